"""Waits until the metrics show that every submitted row came out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from event_recovery.contract import NAMESPACE

from event_recovery_provider._compat import Context, aws_template_fields
from event_recovery_provider.config import METRICS_PERIOD, POLL_INTERVAL
from event_recovery_provider.links import EmrClusterLink, RecoveryMetricsLink
from event_recovery_provider.runtime.task import optional_number
from event_recovery_provider.sensors.base import RecoverySensor
from event_recovery_provider.waits.balance import BalanceRules
from event_recovery_provider.waits.wait import Wait


class MetricBalanceSensor(RecoverySensor):
    """Waits for the counters of the job in CloudWatch to balance: what came out or was skipped is what was submitted.

    With a step the wait ends after the job: the counters must be equal, not zero, and unchanged for ``windows``
    periods. With ``live`` a running job is enough, and ``tolerance`` is the share of rows that may be in flight. The
    table of counts is in the log at each poll; the counts are returned.

    :param job_flow_id: the cluster (templated); with it a dead cluster is noticed, and only its own hosts are counted
    :param step_id: the step that runs the job (templated); with it a failed job is noticed at once
    :param summary_uri: S3 URI of the job's own account (templated): it decides if the metrics do not balance in time,
        which happens when a container is lost with its last values
    :param since: count from then on, ISO 8601 (templated); from the start of the step, or else of the DAG run
    :param namespace: CloudWatch namespace
    :param match_hosts: count only what the cluster's instances reported; runs share the namespace
    :param live: accept a running job
    :param tolerance: with ``live``, the share of rows that may be in flight
    :param windows: how many periods without a change
    :param period_seconds: the length of a period
    :param minimum_rows: the least number of rows that makes sense (templated)
    :param max_failed_ratio: fail when more than this share of the rows could not be recovered (templated)
    :param grace_seconds: how long after the end of the job the metrics may take
    """

    template_fields = aws_template_fields(
        "job_flow_id", "step_id", "summary_uri", "since", "minimum_rows", "max_failed_ratio", "job_seconds"
    )
    operator_extra_links = (EmrClusterLink(), RecoveryMetricsLink())

    def __init__(
        self,
        *,
        job_flow_id: str | None = None,
        step_id: str | None = None,
        summary_uri: str | None = None,
        since: str = "{{ dag_run.start_date.isoformat() }}",
        namespace: str = NAMESPACE,
        match_hosts: bool = True,
        live: bool = False,
        tolerance: float = 0.0,
        windows: int = 2,
        period_seconds: int = METRICS_PERIOD,
        minimum_rows: int | str = 1,
        max_failed_ratio: float | str | None = None,
        grace_seconds: float = 1200,
        timeout: timedelta | float = 26 * 3600,
        poke_interval: timedelta | float = POLL_INTERVAL * 1.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            job_flow_id=job_flow_id, step_id=step_id, timeout=timeout, poke_interval=poke_interval, **kwargs
        )
        self.summary_uri = summary_uri
        self.since = since
        self.namespace = namespace
        self.match_hosts = match_hosts
        self.live = live
        self.tolerance = tolerance
        self.windows = windows
        self.period_seconds = period_seconds
        self.minimum_rows = minimum_rows
        self.max_failed_ratio = max_failed_ratio
        self.grace_seconds = grace_seconds

    def wait(self, *, started: float) -> Wait:
        """Return the wait for the balance."""
        rules = BalanceRules(
            live=self.live,
            tolerance=self.tolerance,
            windows=self.windows,
            period_seconds=self.period_seconds,
            minimum=int(self.minimum_rows),
            max_failed_ratio=optional_number(self.max_failed_ratio),
            grace_seconds=self.grace_seconds,
        )
        since = datetime.fromisoformat(self.since)
        return self.make_wait(
            "balance",
            "balanced metrics",
            started,
            job_flow_id=self.job_flow_id or None,
            step_id=self.step_id or None,
            namespace=self.namespace,
            since=(since if since.tzinfo else since.replace(tzinfo=UTC)).isoformat(),
            match_hosts=self.match_hosts,
            summary_uri=self.summary_uri or None,
            rules=asdict(rules),
        )

    def link_all(self, context: Context) -> None:
        """Link the cluster and the metrics."""
        super().link_all(context)
        self.link(context, RecoveryMetricsLink, namespace=self.namespace)
