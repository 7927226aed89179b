"""Waits for a cluster that takes work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from event_recovery_provider._compat import Context, aws_template_fields
from event_recovery_provider.config import POLL_INTERVAL
from event_recovery_provider.emr import find, start
from event_recovery_provider.links import EmrClusterLink
from event_recovery_provider.sensors.base import RecoverySensor
from event_recovery_provider.waits.verdict import Verdict, pending
from event_recovery_provider.waits.wait import Wait


class RecoveryClusterReadySensor(RecoverySensor):
    """Waits until the cluster runs or waits for steps, and fails at once when it is ending. Returns its id.

    A cluster that ends before it ever took work, because there was no capacity or for another reason that may be gone
    the next time, can be replaced: by the same request under the same name, once nothing of it is left.

    :param job_flow_id: the cluster (templated)
    :param request: the RunJobFlow request of the cluster, with its name (templated); needed to replace it
    :param relaunches: how many clusters that failed to start are replaced in all, whatever is retried or cleared
    :param timeout: seconds until the wait gives up, those for the clusters that were replaced included
    """

    template_fields = aws_template_fields("job_flow_id", "request")
    template_fields_renderers = {"request": "json"}  # noqa: RUF012 - Airflow's own form
    operator_extra_links = (EmrClusterLink(),)

    def __init__(
        self,
        *,
        job_flow_id: str,
        request: dict[str, Any] | None = None,
        relaunches: int = 0,
        timeout: timedelta | float = 3600,
        poke_interval: timedelta | float = POLL_INTERVAL,
        **kwargs: Any,
    ) -> None:
        super().__init__(job_flow_id=job_flow_id, timeout=timeout, poke_interval=poke_interval, **kwargs)
        self.request = request
        self.relaunches = relaunches

    def wait(self, *, started: float) -> Wait:
        """Return the wait for the cluster."""
        replaceable = bool(self.request and self.relaunches)
        arguments = {"job_flow_id": self.job_flow_id, "replaceable": replaceable}
        return self.make_wait("ready", "the cluster to be ready", started, **arguments)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take over from the trigger, and hand over again when another cluster takes the place of a failed one."""
        self.keep_task_instance(context)
        self.job_flow_id = event["arguments"]["job_flow_id"]
        verdict = self._replace(Verdict.from_event(event))
        if not verdict.settled:
            self.link_all(context)
            self.log.info("waiting for the cluster to be ready: %s", verdict.message)
            self.defer_to(self.wait(started=event["started"]))
        return self._end(verdict)

    def _look(self, wait: Wait) -> Verdict:
        return self._replace(super()._look(wait))

    def _replace(self, verdict: Verdict) -> Verdict:
        """Go on with another cluster if the verdict is that this one failed to start, and its place may be taken."""
        if verdict.failure != "ClusterFailedError" or not (self.job_flow_id and self.request and self.relaunches):
            return verdict
        name = self.request["Name"]
        found = find.replacement(self.job_flow_id, name=name, relaunches=self.relaunches, now=datetime.now(UTC))
        active, launching = self.aws.run(found)
        if not (active or launching):
            return verdict
        self.log.warning("%s: %s", verdict.code, verdict.message)
        if active is None:
            active = start.run_job_flow(self.aws, self.request)
            self.terminate_if_killed(active)
        failed, self.job_flow_id = self.job_flow_id, active
        return pending(f"cluster {self.job_flow_id} takes the place of {failed}")
