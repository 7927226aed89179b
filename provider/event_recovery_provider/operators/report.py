"""Reads the account of a run, checks it and publishes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from event_recovery_provider import report
from event_recovery_provider._compat import Context, aws_template_fields
from event_recovery_provider.links import RecoveryPrefixLink
from event_recovery_provider.operators.base import RecoveryOperator


class RecoveryReportOperator(RecoveryOperator):
    """Reads ``summary.json``, fails when a row is missing, and returns the numbers of the run.

    The numbers become the extra of the task's outlet assets, so that what consumes the recovered events knows how many
    to expect.

    :param summary_uri: S3 URI of the account (templated)
    :param metric_counts: the counts that ``MetricBalanceSensor`` returned, to compare with (templated)
    :param minimum_rows: the least number of rows that makes sense (templated)
    :param max_failed_ratio: fail when more than this share of the rows could not be recovered (templated)
    :param publish_metrics: write the exact totals to CloudWatch
    """

    template_fields = aws_template_fields("summary_uri", "metric_counts", "minimum_rows", "max_failed_ratio")
    operator_extra_links = (RecoveryPrefixLink(),)
    ui_color = "#e4f4e4"

    def __init__(
        self,
        *,
        summary_uri: str,
        metric_counts: dict[str, int] | None = None,
        minimum_rows: int | str = 1,
        max_failed_ratio: float | str | None = None,
        publish_metrics: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.summary_uri = summary_uri
        self.metric_counts = metric_counts
        self.minimum_rows = minimum_rows
        self.max_failed_ratio = max_failed_ratio
        self.publish_metrics = publish_metrics

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the numbers of the run."""
        aws = self.aws
        self.link_prefix(context, self.summary_uri.rsplit("/", 1)[0])
        summary = aws.run(report.read_summary(self.summary_uri))
        ratio = self.max_failed_ratio
        report.check(
            summary,
            minimum_rows=int(self.minimum_rows),
            max_failed_ratio=None if ratio is None or ratio == "" else float(ratio),
        )
        self.log.info("%s", report.draw(summary))
        self.log.info("%s", report.against_metrics(summary, self.metric_counts))
        if self.publish_metrics:
            aws.run(report.publish(summary, now=datetime.now(UTC)))
        numbers = report.to_xcom(summary)
        for outlet in self.outlets or ():
            context["outlet_events"][outlet].extra = numbers
        return numbers
