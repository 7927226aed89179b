"""Reads the account of a run, checks it and publishes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from event_recovery.contract import NAMESPACE, RunPaths, RunSummary
from event_recovery.inputs.manifest import Manifest

from event_recovery_provider._compat import Context, aws_template_fields
from event_recovery_provider.config import METRICS_PERIOD
from event_recovery_provider.links import RecoveryPrefixLink
from event_recovery_provider.metrics import cloudwatch
from event_recovery_provider.metrics.series import MetricSeries
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.planning.normalise import entries
from event_recovery_provider.results import account, pictures
from event_recovery_provider.results import chart as charts
from event_recovery_provider.runtime.task import optional_number

if TYPE_CHECKING:
    from event_recovery.text.redact import Redaction

#: Under which Airflow keeps what a task returned.
_RETURNED = "return_value"


def redaction_of(redact: bool | str, keep: str | list[str]) -> Redaction | None:
    """Return what pages do to values of rows, of parameters that may be templates; None to show them."""
    from event_recovery.text.redact import Redaction

    return Redaction.keeping(entries(keep)) if msgspec.convert(redact, bool, strict=False) else None


def fail_on_damage(summary: RunSummary, numbers: dict[str, Any], context: Context) -> None:
    """Fail the task when a file of the input could not be read to its end, but leave the numbers that it would return.

    :raises DamagedInputError: naming the files
    """
    if summary.damaged_files or summary.changed_files:
        context["ti"].xcom_push(key=_RETURNED, value=numbers)
    account.check_damage(summary)


def read_metrics(
    task: RecoveryOperator, summary: RunSummary, *, job_flow_id: str | None, period: int
) -> tuple[list[MetricSeries], charts.Timeline] | None:
    """Read a run's counters over time; None when CloudWatch does not answer, which is told in the log."""
    try:
        series = task.aws.run(cloudwatch.run_metrics(namespace=NAMESPACE, job_flow_id=job_flow_id))
        now = datetime.now(UTC)
        return series, task.aws.run(pictures.read_timeline(summary, series, period=period, now=now))
    except (BotoCoreError, ClientError, ValueError) as error:
        task.log.warning("the metrics of the run could not be read: %s", error)
        return None


def make_page(
    task: RecoveryOperator,
    summary: RunSummary,
    prefix: str,
    context: Context,
    *,
    manifest: Manifest | None,
    drawn: charts.Timeline | None,
    job_flow_id: str | None,
    redaction: Redaction | None,
) -> dict[str, Any]:
    """Write the page of a run, show it in Airflow, and return its place and what is left, as small JSON.

    The account is what counts, so a page that cannot be made is a warning.

    :param manifest: the run's files; None when they are not known
    :param drawn: the counters over time, likewise
    :param job_flow_id: the cluster; empty when there was none this time, and a page that is there stays
    :param redaction: what the page does to values of rows; None to show them
    """
    # Loaded here, since no DAG file is to load the engine.
    from event_recovery_provider.results.report import report_run

    try:
        told = report_run(
            task.aws,
            summary,
            RunPaths(prefix),
            manifest=manifest,
            drawn=drawn,
            job_flow_id=job_flow_id,
            redaction=redaction,
            now=datetime.now(UTC),
        )
        task.publish_page(context, "report", told.page_uri)
    except Exception as error:  # noqa: BLE001 - no fault of a page may fail a run whose rows are all accounted for
        task.log.warning("the page of the run could not be made: %r", error)
        return {"page": None}
    task.log.info("%s", told.text)
    return told.to_xcom()


class RecoveryReportOperator(RecoveryOperator):
    """Reads ``summary.json``, fails when a row is missing, and returns the numbers of the run.

    A file of the input that could not be read to its end is a warning in the log, and is named in what is returned.
    The page ``report.html`` beside the account shows the run, and in groups the rows that did not come back. The log
    and what is returned tell of these groups, without values of rows.

    The numbers become the extra of the task's outlet assets, so that what consumes the recovered events knows how many
    to expect, from when they are, and where the run and its page are.

    :param summary_uri: S3 URI of the account (templated)
    :param metric_counts: the counts that ``MetricBalanceSensor`` returned, to compare with (templated)
    :param minimum_rows: the least number of rows that makes sense (templated)
    :param max_failed_ratio: fail when more than this share of the rows could not be recovered (templated)
    :param fail_on_damaged: fail in the end when a file of the input could not be read to its end (templated); the
        numbers are published and returned all the same
    :param redact: show values of rows on the page as their types and lengths (templated)
    :param keep: with it, fields whose values are shown all the same, one or several (templated)
    :param kms_key: ARN of the KMS key that writes to S3 name; none if empty (templated)
    :param publish_metrics: write the exact totals to CloudWatch, also those of a run that then fails over them
    :param chart: draw the counters over time into ``chart.png`` beside the account, if the extra ``chart`` is installed
    :param dashboard: name of a CloudWatch dashboard to show the run on, in place of the last one; none if empty
        (templated)
    :param job_flow_id: the cluster, so that only what its hosts reported is drawn and shown (templated); empty when
        there was none this time, and nothing is drawn again
    :param period_seconds: the length of a period of the metrics
    :param stream: ARN of the stream, for OpenLineage; empty if it is not known (templated)
    """

    template_fields = aws_template_fields(
        "summary_uri",
        "metric_counts",
        "minimum_rows",
        "max_failed_ratio",
        "fail_on_damaged",
        "redact",
        "keep",
        "kms_key",
        "dashboard",
        "job_flow_id",
        "stream",
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
        redact: bool | str = False,
        keep: str | list[str] = "",
        kms_key: str = "",
        publish_metrics: bool = False,
        chart: bool = True,
        dashboard: str = "",
        job_flow_id: str | None = None,
        period_seconds: int = METRICS_PERIOD,
        stream: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.summary_uri = summary_uri
        self.metric_counts = metric_counts
        self.minimum_rows = minimum_rows
        self.max_failed_ratio = max_failed_ratio
        self.fail_on_damaged = fail_on_damaged
        self.redact = redact
        self.keep = keep
        self.kms_key = kms_key
        self.publish_metrics = publish_metrics
        self.chart = chart
        self.dashboard = dashboard
        self.job_flow_id = job_flow_id
        self.period_seconds = period_seconds
        self.stream = stream
        self._manifest: Manifest | None = None
        self._summary: RunSummary | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the numbers of the run."""
        aws = self.aws
        prefix = self._paths.prefix
        self.link_prefix(context, prefix)
        self._manifest = aws.run(account.read_manifest(self._paths))
        summary = self._summary = aws.run(account.read_summary(self.summary_uri))
        shown = self._show(summary, prefix, context)
        for line in account.changes(summary):
            self.log.warning("no longer what was chosen: %s", line)
        for line in account.damage(summary):
            self.log.warning("not read to its end: %s", line)
        if self.publish_metrics:
            self._publish(summary)
        account.check_summary(
            summary,
            minimum_rows=int(self.minimum_rows),
            max_failed_ratio=optional_number(self.max_failed_ratio),
        )
        self.log.info("%s", account.draw(summary))
        self.log.info("%s", account.against_metrics(summary, self.metric_counts))
        numbers = {**account.to_xcom(summary), **account.where_from(self._paths, self._manifest), **shown}
        for outlet in self.outlets or ():
            context["outlet_events"][outlet].extra = numbers
        if msgspec.convert(self.fail_on_damaged, bool, strict=False):
            fail_on_damage(summary, numbers, context)
        return numbers

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Tell OpenLineage what the run read and wrote, with its counts; of a run without an account, only where."""
        from event_recovery_provider.results import lineage

        inputs, files = ((), None) if self._manifest is None else (self._manifest.asked["inputs"], self._manifest.files)
        told = lineage.of_run(self._paths, inputs, stream=self.stream, files=files, summary=self._summary)
        return lineage.facets(told)

    @property
    def _paths(self) -> RunPaths:
        return RunPaths(self.summary_uri.rpartition("/")[0])

    def _publish(self, summary: RunSummary) -> None:
        try:
            self.aws.run(account.publish(summary, now=datetime.now(UTC)))
        except (BotoCoreError, ClientError) as error:
            self.log.warning("the totals of the run are not in CloudWatch: %s", error)

    def _show(self, summary: RunSummary, prefix: str, context: Context) -> dict[str, Any]:
        """Draw the run, and return what is told of it."""
        watched = None
        if self.job_flow_id == "":
            self.log.info("no cluster worked this time: the chart and the dashboard stay as they are")
        else:
            watched = read_metrics(self, summary, job_flow_id=self.job_flow_id, period=self.period_seconds)
        if watched is not None:
            try:
                self._draw(summary, *watched, prefix)
            except (BotoCoreError, ClientError, ValueError) as error:
                self.log.warning("the run could not be shown: %s", error)
        drawn = watched and watched[1]
        return make_page(
            self,
            summary,
            prefix,
            context,
            manifest=self._manifest,
            drawn=drawn,
            job_flow_id=self.job_flow_id,
            redaction=redaction_of(self.redact, self.keep),
        )

    def _draw(self, summary: RunSummary, series: list[MetricSeries], drawn: charts.Timeline, prefix: str) -> None:
        """Write the chart and the dashboard."""
        if self.chart and charts.is_available():
            self.log.info("%s", self.aws.run(pictures.write_chart(summary, drawn, prefix=prefix)))
        elif self.chart:
            self.log.info("no chart: matplotlib is not installed; it comes with the extra chart")
        if self.dashboard:
            shown = pictures.write_dashboard(
                summary,
                series,
                name=self.dashboard,
                prefix=prefix,
                region=self.aws.client("cloudwatch").meta.region_name,
                period=self.period_seconds,
                now=datetime.now(UTC),
            )
            self.log.info("%s", self.aws.run(shown))
