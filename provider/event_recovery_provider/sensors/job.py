"""Waits for the end of the job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from event_recovery_provider._compat import aws_template_fields
from event_recovery_provider.config import POLL_INTERVAL
from event_recovery_provider.links import EmrClusterLink
from event_recovery_provider.sensors.base import RecoverySensor
from event_recovery_provider.waits.wait import Wait


class RecoveryJobSensor(RecoverySensor):
    """Waits until the step that runs the job has completed; its state decides, not that of the cluster.

    Returns the id of the step.

    :param job_flow_id: the cluster (templated)
    :param step_id: the step (templated)
    """

    template_fields = aws_template_fields("job_flow_id", "step_id", "job_seconds")
    operator_extra_links = (EmrClusterLink(),)

    def __init__(
        self,
        *,
        job_flow_id: str,
        step_id: str,
        timeout: timedelta | float = 25 * 3600,
        poke_interval: timedelta | float = POLL_INTERVAL,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            job_flow_id=job_flow_id, step_id=step_id, timeout=timeout, poke_interval=poke_interval, **kwargs
        )

    def wait(self, *, started: float) -> Wait:
        """Return the wait for the job."""
        return self.make_wait("job", "the end of the job", started, job_flow_id=self.job_flow_id, step_id=self.step_id)
