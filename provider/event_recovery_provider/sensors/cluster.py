"""Waits for a cluster that takes work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from event_recovery_provider._compat import POLL_INTERVAL, aws_template_fields
from event_recovery_provider.links import EmrClusterLink
from event_recovery_provider.sensors.base import RecoverySensor
from event_recovery_provider.waiting import Wait


class RecoveryClusterReadySensor(RecoverySensor):
    """Waits until the cluster runs or waits for steps, and fails at once when it is ending.

    Returns the id of the cluster.

    :param job_flow_id: the cluster (templated)
    """

    template_fields = aws_template_fields("job_flow_id")
    operator_extra_links = (EmrClusterLink(),)

    def __init__(
        self,
        *,
        job_flow_id: str,
        timeout: timedelta | float = 3600,
        poke_interval: timedelta | float = POLL_INTERVAL,
        **kwargs: Any,
    ) -> None:
        super().__init__(job_flow_id=job_flow_id, timeout=timeout, poke_interval=poke_interval, **kwargs)

    def wait(self, *, started: float) -> Wait:
        """Return the wait for the cluster."""
        return self.make_wait("ready", "the cluster to be ready", started, job_flow_id=self.job_flow_id)
