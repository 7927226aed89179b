"""What every sensor of the provider does: poll in place, or poll once and hand over to the trigger."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any, Final

from event_recovery_provider._compat import AirflowSensorTimeout, AwsBaseSensor, Context, EmrHook, PokeReturnValue
from event_recovery_provider.config import DEFAULT_DEFERRABLE, LOG_WAIT
from event_recovery_provider.emr.end import KillPolicy
from event_recovery_provider.planning.identity import AROUND_THE_JOB_SECONDS, DEFAULT_SCOPE
from event_recovery_provider.runtime.task import RecoveryTask
from event_recovery_provider.waits.verdict import Verdict
from event_recovery_provider.waits.wait import Kill, Wait

#: For whoever reads why a job or its cluster was lost. Airflow clears setups with a task, but not with "only failed".
HOW_TO_GO_ON: Final = (
    "to go on from the newest checkpoint, on a new cluster: clear this task with what follows it, or the whole run; "
    "clearing the failed tasks only would look at the same cluster and step again"
)
_LOST: Final = ("JobFailedError", "ClusterFailedError", "CheckpointsStalledError")


class RecoverySensor(RecoveryTask, AwsBaseSensor[EmrHook]):
    """Base of the sensors: waits for one thing, and fails at once when it can no longer happen.

    :param job_flow_id: the cluster (templated)
    :param step_id: the step that runs the job (templated)
    :param deferrable: wait in the triggerer and hold no worker slot; Airflow's ``default_deferrable`` decides if not
        given
    :param kill_policy: what to end when a user ends the task: ``terminate_cluster``, ``cancel_step`` or ``leave``
    :param job_seconds: the longest the job may take (templated): the wait then gives up two hours after that, whatever
        ``timeout`` says
    :param log_wait_seconds: how long to wait, after a failure, for EMR to deliver the logs
    :param scope: tells apart several recoveries of one DAG run; the same in all tasks of one recovery
    """

    aws_hook_class = EmrHook
    ui_color = "#e9f5ee"

    def __init__(
        self,
        *,
        job_flow_id: str | None,
        step_id: str | None = None,
        deferrable: bool = DEFAULT_DEFERRABLE,
        kill_policy: KillPolicy = "terminate_cluster",
        log_wait_seconds: float = LOG_WAIT,
        job_seconds: int | str | None = None,
        scope: str = DEFAULT_SCOPE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_flow_id = job_flow_id
        self.step_id = step_id
        self.deferrable = deferrable
        self.kill_policy = kill_policy
        self.log_wait_seconds = log_wait_seconds
        self.job_seconds = job_seconds
        self.scope = scope

    @abstractmethod
    def wait(self, *, started: float) -> Wait:
        """Return the wait, once the templates are rendered."""

    def execute(self, context: Context) -> Any:
        """Return the result of the wait, once it is settled."""
        self.keep_task_instance(context)
        self.link_all(context)
        if self.job_seconds:
            self.timeout = int(self.job_seconds) + AROUND_THE_JOB_SECONDS
        wait = self.wait(started=time.time())
        if not self.deferrable:
            self.prepare_on_kill()
            try:
                return super().execute(context)
            except AirflowSensorTimeout:
                return self._end(wait.timed_out(self.wait(started=wait.started).poll(self.aws)))
        verdict = self._look(wait)
        if verdict.settled:
            return self._end(verdict)
        self.log.info("waiting for %s: %s", wait.what, verdict.message)
        return self.defer_to(self.wait(started=wait.started))

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once.

        :raises RecoveryError: when what is waited for can no longer happen
        """
        wait = self.wait(started=time.time())
        verdict = self._look(wait)
        if verdict.settled:
            return PokeReturnValue(is_done=True, xcom_value=self._end(verdict))
        self.log.info("waiting for %s: %s", wait.what, verdict.message)
        return PokeReturnValue(is_done=False)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take over from the trigger: return what it found, or raise its failure."""
        return self._end(Verdict.from_event(event))

    def on_kill(self) -> None:
        """End the work outside Airflow, as ``kill_policy`` says."""
        if self.job_flow_id:
            self.kill(Kill(self.kill_policy, self.job_flow_id, self.step_id))

    def link_all(self, context: Context) -> None:
        """Store what the task's links need."""
        if self.job_flow_id:
            self.link_cluster(context, self.job_flow_id)

    def make_wait(self, name: str, what: str, started: float, **arguments: Any) -> Wait:
        """Return a wait with this sensor's interval, timeout and access."""
        kill = Kill(self.kill_policy, self.job_flow_id, self.step_id) if self.job_flow_id else None
        return Wait(
            name=name,
            arguments=arguments,
            what=what,
            interval=self.poke_interval,
            timeout=self.timeout,
            started=started,
            access=self.access,
            kill=kill,
        )

    def _look(self, wait: Wait) -> Verdict:
        return wait.poll(self.aws)

    def _end(self, verdict: Verdict) -> Any:
        advice = self.advice(verdict.failure)
        return self.settle(verdict, job_flow_id=self.job_flow_id, step_id=self.step_id, advice=advice)

    def advice(self, failure: str) -> list[str]:
        """Return what to do about a failure: of a job or cluster that was lost, where a clear makes another."""
        return [HOW_TO_GO_ON] if failure in _LOST and any(self.get_upstreams_only_setups()) else []
