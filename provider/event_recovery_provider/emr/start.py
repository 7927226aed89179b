"""Starting what EMR cannot start twice safely: a cluster, and the steps on it.

Neither RunJobFlow nor AddJobFlowSteps is idempotent. Each is sent once, without the SDK's own retries; when the answer
is lost, a look decides whether it took effect.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from event_recovery_provider.aws.calls import Call, error_code, is_of_aws, is_transient
from event_recovery_provider.aws.clients import ONCE, Aws
from event_recovery_provider.emr import end, find, queries
from event_recovery_provider.exceptions import AwsRefusedError, LaunchError
from event_recovery_provider.planning.identity import (
    AROUND_THE_JOB_SECONDS,
    Lease,
    RunIdentity,
    cluster_tags,
    tag_pairs,
    tags_of,
)

log = logging.getLogger(__name__)

_TRIES = 6
_FIRST_PAUSE_SECONDS = 2.0
_NOT_TAKEN = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")


def named_request(
    request: Mapping[str, Any],
    identity: RunIdentity,
    *,
    job_seconds: int,
    owner: str,
    tags: Mapping[str, str],
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return a RunJobFlow request with the name and the tags by which the run and its lease are known.

    :param job_seconds: the longest the job may take; the lease is two hours longer
    """
    lease = Lease(job_seconds=job_seconds, lifetime_seconds=job_seconds + AROUND_THE_JOB_SECONDS)
    expires_at = lease.expires_at(now or datetime.now(UTC))
    own = cluster_tags(identity, owner=owner, expires_at=expires_at, extra=tags)
    return {**request, "Name": identity.cluster_name, "Tags": tag_pairs({**tags_of(request.get("Tags", ())), **own})}


def adopt_cluster(aws: Aws, identity: RunIdentity, *, remembered: str | None) -> str | None:
    """Return the id of the run's active cluster, None when there is none; clusters besides it are ended."""
    now = datetime.now(UTC)
    found, extra = aws.run(find.active_cluster(identity.cluster_name, remembered=remembered, now=now))
    for job_flow_id in extra:
        log.warning("cluster %s is a second one of the name %s: ending it", job_flow_id, identity.cluster_name)
        aws.run(end.terminate(job_flow_id))
    return found


def run_job_flow(aws: Aws, request: Mapping[str, Any]) -> str:
    """Start a cluster and return its id.

    :raises LaunchError: when EMR took no request in several tries
    :raises AwsRefusedError: when EMR refused the request
    """

    def look() -> str | None:
        return aws.run(find.active_cluster(request["Name"], remembered=None, now=datetime.now(UTC)))[0]

    call = Call("emr", "run_job_flow", dict(request))
    return _send(aws, call, id_of=lambda answer: str(answer["JobFlowId"]), look=look, what="the cluster")


def add_steps(aws: Aws, job_flow_id: str, steps: list[dict[str, Any]], *, name: str) -> str:
    """Submit steps and return the id of the one named ``name``.

    :raises LaunchError: when EMR took no request in several tries
    :raises AwsRefusedError: when EMR refused the request
    """
    known = {step.id for step in aws.run(queries.list_steps(job_flow_id))}

    def look() -> str | None:
        listed = aws.run(queries.list_steps(job_flow_id))
        return next((step.id for step in listed if step.name == name and step.id not in known), None)

    call = Call("emr", "add_job_flow_steps", {"JobFlowId": job_flow_id, "Steps": steps})
    at = [step["Name"] for step in steps].index(name)
    return _send(aws, call, id_of=lambda answer: str(answer["StepIds"][at]), look=look, what="the step")


def keep_alive(job_flow_id: str, *, on: bool) -> Call:
    """Return the call that says whether a cluster outlives its last step."""
    arguments = {"JobFlowIds": [job_flow_id], "KeepJobFlowAliveWhenNoSteps": on}
    return Call("emr", "set_keep_job_flow_alive_when_no_steps", arguments)


def _send(
    aws: Aws, call: Call, *, id_of: Callable[[dict[str, Any]], str], look: Callable[[], str | None], what: str
) -> str:
    """Send a call until it took effect, and return the id of what it started.

    :param id_of: reads the id from the answer
    :param look: finds the id when the answer was lost; None when nothing was started
    :param what: what is started, in words
    :raises LaunchError: when EMR took no request in several tries
    :raises AwsRefusedError: when EMR refused the request
    """
    once = Aws(aws.access, profile=ONCE)
    last: Exception | None = None
    for attempt in range(_TRIES):
        try:
            answer = once.call(call)
        except Exception as error:
            if not is_transient(error):
                if is_of_aws(error):
                    raise AwsRefusedError(str(error), code=error_code(error)) from error
                raise
            last = error
            log.warning("no answer to %s (%s)", call.operation, error)
        else:
            return id_of(answer)
        # The look comes after the pause: what took effect a moment ago may not be listed yet.
        _pause(attempt)
        if error_code(last) not in _NOT_TAKEN and (found := _answered(look)):
            log.warning("%s is there although the answer was lost: %s", what, found)
            return found
    raise LaunchError(f"EMR took no {call.operation} in {_TRIES} tries: {last}") from last


def _answered(look: Callable[[], str | None]) -> str | None:
    """Look until there is an answer: to send once more without one could start a second cluster."""
    for attempt in range(_TRIES - 1):
        try:
            return look()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("no answer to whether it took effect (%s)", error)
        _pause(attempt)
    return look()


def _pause(attempt: int) -> None:
    time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
