"""What the provider's operators and sensors have in common: who they are, how they reach AWS, wait, fail and end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from event_recovery_provider._compat import BaseAwsLink, Context, task_state
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.aws.clients import URGENT, Aws, AwsAccess
from event_recovery_provider.aws.s3 import split_uri
from event_recovery_provider.config import DEPLOYMENT, LOG_WAIT
from event_recovery_provider.emr import end
from event_recovery_provider.emr.evidence import Diagnosis, diagnose
from event_recovery_provider.exceptions import FAILURES, RecoveryError, RunFailedError
from event_recovery_provider.links import EmrClusterLink, RecoveryPrefixLink
from event_recovery_provider.planning.identity import DEFAULT_SCOPE, RunIdentity
from event_recovery_provider.triggers.wait import RecoveryTrigger
from event_recovery_provider.waits.verdict import Verdict
from event_recovery_provider.waits.wait import Kill, Wait

log = logging.getLogger(__name__)

_LOG_POLL_SECONDS = 15.0
#: States of a killed setup task whose next try is certain.
_TRIED_AGAIN = ("cleared", "restarting", "scheduled", "queued")
#: How long a killed task waits to learn why it is killed; it has some five seconds in all.
_STATE_SECONDS = 1.5
#: A deferral outlives its own deadline a little: the trigger is to say that the time is up, with what it saw last.
_DEFERRAL_MARGIN = 120.0


def optional_number(value: float | str | None) -> float | None:
    """Return the number of a templated parameter that may be left out; a template renders to text, or to nothing."""
    return None if value is None or value == "" else float(value)


class RecoveryTask:
    """Mixin for operators and sensors built on the Amazon provider's bases.

    Those give ``aws_conn_id``, ``region_name``, ``verify`` and ``botocore_config``; the classes here add ``scope`` and,
    where they wait, ``deferrable``, ``kill_policy`` and ``log_wait_seconds``.
    """

    aws_conn_id: str | None
    region_name: str | None
    verify: bool | str | None
    botocore_config: dict[str, Any] | None
    scope: str = DEFAULT_SCOPE
    #: ARN of the KMS key that writes to S3 name; set before ``aws`` is first used.
    kms_key: str | None = None
    log_wait_seconds: float = LOG_WAIT
    _ti: Any = None
    _killed = False

    if TYPE_CHECKING:

        def defer(self, **kwargs: Any) -> NoReturn:
            """Hand over to a trigger."""

    @property
    def access(self) -> AwsAccess:
        """How this task reaches AWS."""
        return AwsAccess(self.aws_conn_id, self.region_name, self.verify, self.botocore_config)

    @cached_property
    def aws(self) -> Aws:
        """AWS for this task; first used once the templates are rendered."""
        return Aws(self.access, kms_key=self.kms_key or "")

    def identity(self, context: Context) -> RunIdentity:
        """Return which recovery this task works for: the same on every try and after every clear."""
        ti = context["ti"]
        map_index = ti.map_index if ti.map_index is not None else -1
        return RunIdentity(ti.dag_id, ti.run_id, self.scope, map_index, DEPLOYMENT)

    def link(self, context: Context, kind: type[BaseAwsLink], **values: Any) -> None:
        """Store what one of the task's links needs; a link is a convenience and never fails the task."""
        here = self.aws.client("emr").meta
        kind.persist(
            context=context, operator=self, region_name=here.region_name, aws_partition=here.partition, **values
        )

    def link_cluster(self, context: Context, job_flow_id: str) -> None:
        """Link the cluster in the EMR console."""
        self.link(context, EmrClusterLink, job_flow_id=job_flow_id)

    def link_prefix(self, context: Context, uri: str, kind: type[BaseAwsLink] = RecoveryPrefixLink) -> None:
        """Link a prefix in the S3 console."""
        bucket, prefix = split_uri(uri)
        self.link(context, kind, bucket=bucket, prefix=f"{prefix}/")

    def defer_to(self, wait: Wait) -> NoReturn:
        """Hand a wait over to the triggerer; ``execute_complete`` takes over with the event."""
        self.defer(
            trigger=RecoveryTrigger(wait.to_dict()),
            method_name="execute_complete",
            timeout=timedelta(seconds=max(wait.deadline - time.time(), 0) + _DEFERRAL_MARGIN),
        )

    def settle(
        self, verdict: Verdict, *, job_flow_id: str | None, step_id: str | None = None, advice: Iterable[str] = ()
    ) -> Any:
        """Return the result of a settled wait, or raise its failure with the evidence.

        :param advice: lines for whoever reads the failure
        """
        if verdict.outcome == "success":
            log.info("%s", verdict.message)
            return verdict.result
        error = FAILURES[verdict.failure](verdict.message, code=verdict.code)
        raise self.with_evidence(error, job_flow_id=job_flow_id, step_id=step_id, advice=advice)

    def with_evidence(
        self, error: RecoveryError, *, job_flow_id: str | None, step_id: str | None, advice: Iterable[str] = ()
    ) -> RecoveryError:
        """Return the error with the reasons in its message, and write the evidence to the log."""
        if not job_flow_id:
            return error
        found = self._diagnose(job_flow_id, step_id)
        full = error.with_diagnostics(found.text, told=[*found.reasons, *advice])
        log.error("%s\n%s", full, full.diagnostics)
        return full

    def kill(self, target: Kill) -> None:
        """End the work outside Airflow, if that is what was meant, within the few seconds that a killed task has."""
        state = self._state_in_time()
        if not end.ends_work(state):
            log.info("the task is %s: cluster %s goes on", state, target.job_flow_id)
            return
        self._killed = target.policy == "terminate_cluster"
        self._urgently(end.kill(target.policy, job_flow_id=target.job_flow_id, step_id=target.step_id))

    def kill_setup(self, identity: RunIdentity, job_flow_id: str | None) -> None:
        """End what a killed setup started, by its name if the task did not live to learn its id.

        There is no teardown for a setup that failed, so the cluster is left only to a try that is about to adopt it.
        """
        state = self._state_in_time()
        if state in _TRIED_AGAIN:
            log.info("the task is %s: its next try goes on with the cluster", state)
            return
        self._killed = True
        if job_flow_id:
            self._urgently(end.kill("terminate_cluster", job_flow_id=job_flow_id, step_id=None))
        else:
            self._urgently(end.kill_by_name(identity.cluster_name, now=datetime.now(UTC)))

    def terminate_if_killed(self, job_flow_id: str) -> None:
        """End a cluster whose start was answered after the kill, which could not find it yet.

        Airflow calls ``on_kill`` during the call that starts a cluster, and then lets that call go on.
        """
        if self._killed:
            self._urgently(end.kill("terminate_cluster", job_flow_id=job_flow_id, step_id=None))
            raise RunFailedError(f"the task was killed while cluster {job_flow_id} was started, which is ended again")

    def keep_task_instance(self, context: Context) -> None:
        """Keep what ``on_kill`` needs, which is given no context."""
        self._ti = context["ti"]

    def prepare_on_kill(self) -> None:
        """Make the client that ``on_kill`` uses: on a busy worker that alone can take the few seconds that it has."""
        self._urgent.client("emr")

    @cached_property
    def _urgent(self) -> Aws:
        # Not the client of the task: the kill may come during a call of that one.
        return Aws(self.access, profile=URGENT)

    def _state_in_time(self) -> str | None:
        """Ask for the task's state, in a thread: the kill may come during another question, which blocks this one."""
        if self._ti is None:
            return None
        asked = ThreadPoolExecutor(max_workers=1)
        try:
            return asked.submit(task_state, self._ti).result(timeout=_STATE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the safe reading is "not known"
            log.info("the state of the task cannot be read: %r", error)
            return None
        finally:
            asked.shutdown(wait=False)

    def _urgently(self, conversation: Conversation[str]) -> None:
        try:
            done = self._urgent.run(conversation)
        except Exception:
            log.exception("the task was killed and its cluster could not be ended; the lease will end it")
        else:
            log.info("the task was killed: %s", done)

    def _diagnose(self, job_flow_id: str, step_id: str | None) -> Diagnosis:
        """Collect the evidence, waiting a while for the logs when there are none yet."""
        deadline = time.monotonic() + self.log_wait_seconds
        while True:
            try:
                found = self.aws.run(diagnose(job_flow_id, step_id))
            except Exception as error:  # noqa: BLE001 - evidence must not hide the failure that it explains
                return Diagnosis(f"the evidence cannot be collected: {error!r}")
            if not found.logs_to_come or time.monotonic() >= deadline:
                return found
            log.info("no logs of cluster %s yet, looking again in %.0f s", job_flow_id, _LOG_POLL_SECONDS)
            time.sleep(min(_LOG_POLL_SECONDS, max(deadline - time.monotonic(), 0)))
