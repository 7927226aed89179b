"""Reads the account of a run, checks it and publishes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from event_recovery.contract import NAMESPACE, RunSummary

from event_recovery_provider._compat import Context, aws_template_fields
from event_recovery_provider.config import METRICS_PERIOD
from event_recovery_provider.links import RecoveryPrefixLink
from event_recovery_provider.metrics import cloudwatch
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.results import account, pictures
from event_recovery_provider.results import chart as charts
from event_recovery_provider.runtime.task import optional_number

#: Under which Airflow keeps what a task returned.
_RETURNED = "return_value"


def fail_on_damage(summary: RunSummary, context: Context) -> None:
    """Fail the task when a file of the input could not be read to its end, but leave the numbers that it would return.

    :raises DamagedInputError: naming the files
    """
    if summary.damaged_files or summary.changed_files:
        context["ti"].xcom_push(key=_RETURNED, value=account.to_xcom(summary))
    account.check_damage(summary)


class RecoveryReportOperator(RecoveryOperator):
    """Reads ``summary.json``, fails when a row is missing, and returns the numbers of the run.

    A file of the input that could not be read to its end is a warning in the log, and is named in what is returned.

    The numbers become the extra of the task's outlet assets, so that what consumes the recovered events knows how many
    to expect.

    :param summary_uri: S3 URI of the account (templated)
    :param metric_counts: the counts that ``MetricBalanceSensor`` returned, to compare with (templated)
    :param minimum_rows: the least number of rows that makes sense (templated)
    :param max_failed_ratio: fail when more than this share of the rows could not be recovered (templated)
    :param fail_on_damaged: fail in the end when a file of the input could not be read to its end (templated); the
        numbers are published and returned all the same
    :param publish_metrics: write the exact totals to CloudWatch
    :param chart: draw the counters over time into ``chart.png`` beside the account, if the extra ``chart`` is installed
    :param dashboard: name of a CloudWatch dashboard to show the run on, in place of the last one; none if empty
        (templated)
    :param job_flow_id: the cluster, so that only what its hosts reported is drawn and shown (templated); empty when
        there was none this time, and nothing is drawn again
    :param period_seconds: the length of a period of the metrics
    """

    template_fields = aws_template_fields(
        "summary_uri",
        "metric_counts",
        "minimum_rows",
        "max_failed_ratio",
        "fail_on_damaged",
        "dashboard",
        "job_flow_id",
    )
    operator_extra_links = (RecoveryPrefixLink(),)
    ui_color = "#e4f4e4"

    def __init__(
        self,
        *,
        summary_uri: str,
        metric_counts: dict[str, int] | None = None,
        minimum_rows: int | str = 1,
        max_failed_ratio: float | str | None = None,
        fail_on_damaged: bool | str = False,
        publish_metrics: bool = False,
        chart: bool = True,
        dashboard: str = "",
        job_flow_id: str | None = None,
        period_seconds: int = METRICS_PERIOD,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.summary_uri = summary_uri
        self.metric_counts = metric_counts
        self.minimum_rows = minimum_rows
        self.max_failed_ratio = max_failed_ratio
        self.fail_on_damaged = fail_on_damaged
        self.publish_metrics = publish_metrics
        self.chart = chart
        self.dashboard = dashboard
        self.job_flow_id = job_flow_id
        self.period_seconds = period_seconds

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the numbers of the run."""
        aws = self.aws
        prefix = self.summary_uri.rsplit("/", 1)[0]
        self.link_prefix(context, prefix)
        summary = aws.run(account.read_summary(self.summary_uri))
        self._show(summary, prefix)
        for line in account.changes(summary):
            self.log.warning("no longer what was chosen: %s", line)
        for line in account.damage(summary):
            self.log.warning("not read to its end: %s", line)
        account.check_summary(
            summary,
            minimum_rows=int(self.minimum_rows),
            max_failed_ratio=optional_number(self.max_failed_ratio),
        )
        self.log.info("%s", account.draw(summary))
        self.log.info("%s", account.against_metrics(summary, self.metric_counts))
        if self.publish_metrics:
            aws.run(account.publish(summary, now=datetime.now(UTC)))
        numbers = account.to_xcom(summary)
        for outlet in self.outlets or ():
            context["outlet_events"][outlet].extra = numbers
        if msgspec.convert(self.fail_on_damaged, bool, strict=False):
            fail_on_damage(summary, context)
        return numbers

    def _show(self, summary: RunSummary, prefix: str) -> None:
        """Draw the run; the account is what counts, so a picture that cannot be made is a warning."""
        if self.job_flow_id == "":
            self.log.info("no cluster worked this time: the chart and the dashboard stay as they are")
            return
        chart = self.chart and charts.is_available()
        if self.chart and not chart:
            self.log.info("no chart: matplotlib is not installed; it comes with the extra chart")
        if not chart and not self.dashboard:
            return
        now, period = datetime.now(UTC), self.period_seconds
        try:
            series = self.aws.run(cloudwatch.run_metrics(namespace=NAMESPACE, job_flow_id=self.job_flow_id))
            if chart:
                told = pictures.write_chart(summary, series, prefix=prefix, period=period, now=now)
                self.log.info("%s", self.aws.run(told))
            if self.dashboard:
                region = self.aws.client("cloudwatch").meta.region_name
                shown = pictures.write_dashboard(
                    summary, series, name=self.dashboard, prefix=prefix, region=region, period=period, now=now
                )
                self.log.info("%s", self.aws.run(shown))
        except (BotoCoreError, ClientError, ValueError) as error:
            self.log.warning("the run could not be shown: %s", error)
