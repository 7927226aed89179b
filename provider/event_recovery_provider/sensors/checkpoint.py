"""Waits for a checkpoint of the job, and notices when none completes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from event_recovery_provider._compat import Context, aws_template_fields
from event_recovery_provider.config import POLL_INTERVAL
from event_recovery_provider.links import EmrClusterLink, RecoveryPrefixLink
from event_recovery_provider.sensors.base import RecoverySensor
from event_recovery_provider.waits.wait import Wait


class FlinkCheckpointSensor(RecoverySensor):
    """Waits for a complete checkpoint and returns its path, which is what ``flink run -s`` takes.

    A job that finishes ends the wait well, with or without a checkpoint; one that fails, or a cluster that dies, fails
    it at once.

    :param job_flow_id: the cluster (templated)
    :param step_id: the step that runs the job (templated)
    :param checkpoint_dir: S3 URI of the run's checkpoints (templated)
    :param number: the least number the checkpoint must have
    :param newer_than: only checkpoints completed since then count, ISO 8601 (templated); since the step started if not
        given
    :param checkpoint_interval: seconds between checkpoints (templated); with it the wait fails when none completed for
        ``stalled_after`` intervals
    :param stalled_after: that many intervals
    :param until_job_ends: go on after the checkpoint, and only watch that the checkpoints keep coming
    """

    template_fields = aws_template_fields(
        "job_flow_id", "step_id", "checkpoint_dir", "newer_than", "checkpoint_interval", "job_seconds"
    )
    operator_extra_links = (EmrClusterLink(), RecoveryPrefixLink())

    def __init__(
        self,
        *,
        job_flow_id: str,
        step_id: str,
        checkpoint_dir: str,
        number: int = 1,
        newer_than: str | None = None,
        checkpoint_interval: float | str | None = None,
        stalled_after: float = 3.0,
        until_job_ends: bool = False,
        timeout: timedelta | float = 25 * 3600,
        poke_interval: timedelta | float = POLL_INTERVAL,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            job_flow_id=job_flow_id, step_id=step_id, timeout=timeout, poke_interval=poke_interval, **kwargs
        )
        self.checkpoint_dir = checkpoint_dir
        self.number = number
        self.newer_than = newer_than
        self.checkpoint_interval = checkpoint_interval
        self.stalled_after = stalled_after
        self.until_job_ends = until_job_ends

    def wait(self, *, started: float) -> Wait:
        """Return the wait for the checkpoint.

        :raises ValueError: for a time that cannot be read
        """
        if self.newer_than and datetime.fromisoformat(self.newer_than).tzinfo is None:
            raise ValueError(
                f"newer_than is {self.newer_than!r}; expected a time with its offset, as 2026-01-31T12:00:00+00:00"
            )
        return self.make_wait(
            "checkpoint",
            "the end of the job" if self.until_job_ends else f"checkpoint {self.number}",
            started,
            job_flow_id=self.job_flow_id,
            step_id=self.step_id,
            checkpoint_dir=self.checkpoint_dir,
            number=self.number,
            newer_than=self.newer_than or None,
            interval_seconds=float(self.checkpoint_interval) if self.checkpoint_interval else None,
            stalled_after=self.stalled_after,
            until_job_ends=self.until_job_ends,
        )

    def link_all(self, context: Context) -> None:
        """Link the cluster and the checkpoints."""
        super().link_all(context)
        self.link_prefix(context, self.checkpoint_dir)
