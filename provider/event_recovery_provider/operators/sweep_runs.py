"""Deletes what old runs hold of rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from event_recovery_provider._compat import AirflowSkipException, aws_template_fields
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.emr import sweep
from event_recovery_provider.exceptions import SettingsError, SweepError
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.planning.normalise import quoted


def sweep_runs(aws: Aws, base: str, *, now: datetime, days: float, report_only: bool) -> tuple[dict[str, Any], str]:
    """Find what is to go of old runs, and delete it unless it is only reported.

    :param base: S3 URI of the base path of the runs
    :return: the counts, and the same for the log
    :raises SweepError: when all was tried, for what could not be deleted
    """
    # Loaded here, since no DAG file is to load more of the job than it needs.
    from event_recovery_provider.results import retention

    active = {one.run_id for one in aws.run(sweep.tagged_clusters(now=now))}
    found = aws.run(retention.old_runs(base, active=active, now=now, days=days))
    told = retention.to_json(found, report_only=report_only), retention.table(found, report_only=report_only)
    if not report_only and (refused := aws.run(retention.delete(found))):
        listed = "\n".join(f"  - {line}" for line in refused[:100])
        raise SweepError(f"{len(refused):,} objects of {told[0]['objects']:,} could not be deleted:\n{listed}")
    return told


class SweepRecoveryRunsOperator(RecoveryOperator):
    """Deletes what old runs hold of rows: failed and unrecoverable rows, pages, logs, checkpoints, copies of input.

    The account, the list of a run's files and the indexes stay, so that later runs know what was recovered. A run is
    old when nothing of it was written for so many days; one that has a cluster is left. The task returns counts and
    bytes. It is skipped where no bucket is named.

    :param bucket: bucket of the runs (templated)
    :param base: path in it below which they are, as the setting ``base`` (templated)
    :param retention_days: for how long what runs hold of rows is kept, a day at least (templated)
    :param report_only: only tell what would be deleted (templated)
    """

    template_fields = aws_template_fields("bucket", "base", "retention_days", "report_only")
    ui_color = "#f3e6e6"

    def __init__(
        self,
        *,
        bucket: str,
        retention_days: float | str,
        base: str = "event-recovery",
        report_only: bool | str = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.base = base
        self.retention_days = retention_days
        self.report_only = report_only

    def execute(self, context: Any) -> dict[str, Any]:
        """Return how many runs, objects and bytes were, or would be, deleted.

        :raises SettingsError: when a parameter cannot be used
        :raises SweepError: for what could not be deleted
        """
        if not self.bucket:
            raise AirflowSkipException("no bucket is named")
        days, report_only = self._days(), self._report_only()
        base = f"s3://{self.bucket}/{self.base.strip('/')}"
        counts, text = sweep_runs(self.aws, base, now=datetime.now(UTC), days=days, report_only=report_only)
        self.log.info("%s", text)
        return counts

    def _days(self) -> float:
        try:
            days = float(self.retention_days)
        except ValueError:
            days = 0.0
        if not days >= 1:
            raise SettingsError(f"retention_days: expected days, 1 at least, given {quoted(self.retention_days)}")
        return days

    def _report_only(self) -> bool:
        try:
            return msgspec.convert(self.report_only, bool, strict=False)
        except msgspec.ValidationError as error:
            raise SettingsError(f"report_only: expected true or false, given {quoted(self.report_only)}") from error
