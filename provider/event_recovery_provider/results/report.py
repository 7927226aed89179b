"""Makes the page of a run: reads what it left, within bounds, and what is known of its files and its cluster."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from event_recovery.contract import RunPaths, RunSummary, layout
from event_recovery.inputs.manifest import Manifest
from event_recovery.text.redact import Redaction

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.emr import queries
from event_recovery_provider.results.chart import Timeline
from event_recovery_provider.results.left import Left, read_left
from event_recovery_provider.results.page import Nodes, RunShown, run_page

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reported:
    """What is told of a run beside its account.

    :param page_uri: where its page is
    """

    page_uri: str
    left: tuple[Left, ...]

    @property
    def text(self) -> str:
        """The groups that are left, for the log."""
        return "\n".join([*(left.text() for left in self.left), f"the page of the run is {self.page_uri}"])

    def to_xcom(self) -> dict[str, Any]:
        """Return it as small JSON without values of rows."""
        return {"page": self.page_uri, "left": {left.outcome: left.to_xcom() for left in self.left}}


def report_run(
    aws: Aws,
    summary: RunSummary,
    paths: RunPaths,
    *,
    manifest: Manifest | None,
    drawn: Timeline | None,
    job_flow_id: str | None,
    redaction: Redaction | None,
    now: datetime,
) -> Reported:
    """Read what a run left, and write its page.

    A page that is there stays when there is nothing to draw any more, since no cluster worked this time.

    :param manifest: the run's files; None when they are not known
    :param drawn: the counters over time, likewise
    :param job_flow_id: the cluster; empty when there was none this time
    :param redaction: what the page does to values of rows; None to show them
    :raises StorageError, ClientError: when S3 does not answer
    """
    client = aws.client("s3")
    reported = Reported(paths.path(layout.REPORT), tuple(read_left(summary, paths, client)))
    if job_flow_id != "" or not aws.run(s3.object_exists(reported.page_uri)):
        shown = RunShown(
            summary,
            paths,
            region=client.meta.region_name,
            partition=client.meta.partition,
            files=None if manifest is None else (len(manifest.files), sum(file.size for file in manifest.files)),
            nodes=_nodes(aws, job_flow_id, now),
            drawn=drawn,
            left=reported.left if redaction is None else tuple(one.redacted(redaction) for one in reported.left),
        )
        aws.run(s3.write_object(reported.page_uri, run_page(shown), content_type="text/html; charset=utf-8"))
    return reported


def _nodes(aws: Aws, job_flow_id: str | None, now: datetime) -> Nodes | None:
    if not job_flow_id:
        return None
    try:
        count, hours = aws.run(queries.node_hours(job_flow_id, now=now))
    except ClientError as error:
        # EMR forgets clusters after two months.
        log.info("the hours of the nodes are not known: %s", error)
        return None
    return Nodes(job_flow_id, count, hours) if count else None
