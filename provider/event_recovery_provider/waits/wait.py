"""A wait as data, and the loop that holds it in a task. The trigger holds the same wait in the triggerer."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from event_recovery_provider.aws.calls import error_code, is_of_aws, is_transient
from event_recovery_provider.aws.clients import AsyncAws, Aws, AwsAccess
from event_recovery_provider.emr.end import KillPolicy
from event_recovery_provider.waits.polls import WAITS
from event_recovery_provider.waits.verdict import Verdict, failed, pending, timed_out

log = logging.getLogger(__name__)

#: A trigger that fires within seconds can meet a scheduler that has not yet noticed the deferral, and Airflow then
#: fails the task. So no trigger looks sooner than this after it starts; the task has looked just before.
FIRST_LOOK_SECONDS = 15.0
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Kill:
    """What to end when a user ends the task that waits."""

    policy: KillPolicy
    job_flow_id: str
    step_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait, complete: what to ask, how often, until when, and as whom. All of it is JSON.

    :param name: a key of ``polls.WAITS``
    :param arguments: the arguments of that conversation
    :param what: what is waited for, in words
    :param interval: seconds between two polls; each is shortened or lengthened by up to a tenth, so that many runs do
        not ask at once
    :param timeout: seconds from ``started`` until the wait gives up
    :param started: when the wait began, seconds since the epoch: a deadline that deferrals and restarts do not move
    """

    name: str
    arguments: dict[str, Any]
    what: str
    interval: float
    timeout: float
    started: float
    access: AwsAccess = field(default_factory=AwsAccess)
    kill: Kill | None = None

    @property
    def deadline(self) -> float:
        """When the wait gives up, seconds since the epoch."""
        return self.started + self.timeout

    def pause(self, now: float, *, least: float = 0.0) -> float:
        """Return how long to sleep before the next poll; the last one comes at the deadline, not after it."""
        interval = max(self.interval * random.uniform(1 - _JITTER, 1 + _JITTER), least)  # noqa: S311 - no secret
        return max(min(interval, self.deadline - now), 0.0, least)

    def poll(self, aws: Aws) -> Verdict:
        """Look once, with boto3."""
        try:
            return aws.run(WAITS[self.name](**self.arguments, now=datetime.now(UTC)))
        except Exception as error:  # noqa: BLE001 - sorted below, and what is no error of AWS is raised again
            return verdict_on(error)

    async def poll_async(self, aws: AsyncAws) -> Verdict:
        """Look once, with aiobotocore."""
        try:
            return await aws.run(WAITS[self.name](**self.arguments, now=datetime.now(UTC)))
        except Exception as error:  # noqa: BLE001 - sorted below, and what is no error of AWS is raised again
            return verdict_on(error)

    def timed_out(self, last: Verdict) -> Verdict:
        """Return the verdict of a wait that was still pending at its deadline."""
        return timed_out(self.what, seconds=self.timeout, last=last.message)

    def to_dict(self) -> dict[str, Any]:
        """Return the wait as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Wait:
        """Read what ``to_dict`` wrote."""
        kill = Kill(**data["kill"]) if data.get("kill") else None
        return cls(**{**data, "access": AwsAccess(**data["access"]), "kill": kill})


def hold(wait: Wait, aws: Aws) -> Verdict:
    """Poll until the wait is settled or its deadline has passed, in this process."""
    while True:
        verdict = wait.poll(aws)
        if verdict.settled:
            return verdict
        log.info("waiting for %s: %s", wait.what, verdict.message)
        if time.time() >= wait.deadline:
            return wait.timed_out(verdict)
        time.sleep(wait.pause(time.time()))


def verdict_on(error: Exception) -> Verdict:
    """Judge an error of AWS: one of the moment is waited out, within the deadline; a refusal ends the wait.

    Any other exception is a fault of ours and is raised again.
    """
    if is_transient(error):
        return pending(f"AWS could not answer ({error_code(error)}): {error}")
    if is_of_aws(error):
        return failed("AwsRefusedError", str(error), code=error_code(error))
    raise error
