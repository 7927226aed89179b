"""CloudWatch metrics, which the Amazon provider has no hook for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from event_recovery.contract import NAMESPACE

from event_recovery_provider import balance, conversations
from event_recovery_provider._compat import AwsBaseHook
from event_recovery_provider.aws import PATIENT, Aws, AwsAccess
from event_recovery_provider.metrics import Metric


class CloudWatchMetricsHook(AwsBaseHook):
    """Lists and reads metrics.

    Takes ``aws_conn_id``, ``region_name``, ``verify`` and ``config`` as every hook of the Amazon provider.
    """

    def __init__(self, *, config: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(client_type="cloudwatch", config={**PATIENT, **(config or {})}, **kwargs)
        self._aws = Aws(AwsAccess(self.aws_conn_id, kwargs.get("region_name"), kwargs.get("verify"), config))

    def list_metrics(self, namespace: str = NAMESPACE) -> list[Metric]:
        """Return the series of a namespace; a new one may take a quarter of an hour to be listed."""
        return sorted(set(self._aws.run(conversations.list_metrics(namespace))))

    def get_metric_data(self, queries: list[dict[str, Any]], *, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return every page of a GetMetricData answer, oldest points first."""
        arguments = {
            "MetricDataQueries": queries,
            "StartTime": start,
            "EndTime": end,
            "ScanBy": "TimestampAscending",
        }
        return self._aws.run(conversations.pages("cloudwatch", "get_metric_data", arguments))

    def counts(self, *, since: datetime, job_flow_id: str | None = None, namespace: str = NAMESPACE) -> balance.Counts:
        """Return the rows counted since a time, those of one cluster only if it is named."""
        return balance.counts_of(
            self._aws.run(
                conversations.sample_metrics(
                    namespace=namespace, since=since, now=datetime.now(UTC), period=60, job_flow_id=job_flow_id
                )
            ).series
        )
