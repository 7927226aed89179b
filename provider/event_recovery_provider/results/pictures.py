"""Conversations that show a run: its chart in S3, its dashboard in CloudWatch. No I/O here: see ``aws.calls``."""

from __future__ import annotations

from datetime import datetime

from event_recovery.contract import NAMESPACE, RunPaths, RunSummary, layout

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.metrics import cloudwatch
from event_recovery_provider.metrics.counts import counts_from
from event_recovery_provider.metrics.series import MetricSeries
from event_recovery_provider.results import chart, dashboard


def read_timeline(
    summary: RunSummary, series: list[MetricSeries], *, period: int, now: datetime
) -> Conversation[chart.Timeline]:
    """Read the run's counters over time; there are no times when CloudWatch has none of them.

    :param period: seconds between two points; a long run is drawn with fewer
    """
    began = min(datetime.fromisoformat(summary.started), now)
    sample = yield from cloudwatch.read_metrics(series, namespace=NAMESPACE, since=began, now=now, period=period)
    return chart.timeline(sample.series)


def write_chart(summary: RunSummary, line: chart.Timeline, *, prefix: str) -> Conversation[str]:
    """Draw the run's counters over time into its prefix, and say where.

    :raises ImportError: when matplotlib is not installed
    """
    if not line.times:
        return "no chart: CloudWatch has no metrics of the run"
    picture = chart.draw(line, title=f"run {summary.run_id}", account=counts_from(summary))
    uri = RunPaths(prefix).path(layout.CHART)
    yield from s3.write_object(uri, picture, content_type="image/png")
    return f"the chart of the run is {uri}"


def write_dashboard(
    summary: RunSummary, series: list[MetricSeries], *, name: str, prefix: str, region: str, period: int, now: datetime
) -> Conversation[str]:
    """Show the run on a CloudWatch dashboard, in place of what it showed before, and say so.

    :raises ValueError: for a name that CloudWatch does not take, or more series than a dashboard can show
    """
    body = dashboard.dashboard_body(
        series,
        namespace=NAMESPACE,
        region=region,
        title=f"run {summary.run_id}",
        start=min(datetime.fromisoformat(summary.started), now),
        end=now,
        period=period,
        note=f"What the job committed is in `{prefix}/summary.json`.",
    )
    yield from dashboard.put_dashboard(name, body)
    return f"the dashboard {name} shows the run"
