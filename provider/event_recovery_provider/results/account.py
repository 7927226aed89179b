"""The account of a run: read, checked, compared with the metrics, drawn for the log and published."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from event_recovery.contract import NAMESPACE, OUTCOMES, RunPaths, RunSummary, layout
from event_recovery.inputs.manifest import Manifest, ManifestError

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Call, Conversation
from event_recovery_provider.exceptions import DamagedInputError, RowsMissingError, TooManyFailedRowsError
from event_recovery_provider.metrics.counts import counts_from, differences

log = logging.getLogger(__name__)

#: Damaged files that are named in Airflow, whose XComs and messages stand in a database; ``summary.json`` names all.
MOST_NAMED: Final = 100
_BAR = 24
_T = TypeVar("_T")
_WINDOW: Final = ("arrived_from", "arrived_to", "failed_from", "failed_to")
_PARTS: Final = (*OUTCOMES, "skipped")


def read_summary(uri: str) -> Conversation[RunSummary]:
    """Read the job's account.

    :raises RowsMissingError: when there is no account, or it cannot be read
    """
    text = yield from s3.read_object(uri)
    if text is None:
        raise RowsMissingError(f"{uri} does not exist: the job did not finish its account")
    try:
        return RunSummary.from_json(text)
    except ValueError as error:
        raise RowsMissingError(f"{uri} cannot be read: {error}") from error


def check_summary(summary: RunSummary, *, minimum_rows: int = 1, max_failed_ratio: float | None = None) -> None:
    """Check that every row is accounted for, and that few enough failed.

    :raises RowsMissingError: when rows are missing, or there are fewer than expected
    :raises TooManyFailedRowsError: when too many could not be recovered
    """
    counts = counts_from(summary)
    if counts.missing:
        raise RowsMissingError(f"{counts.missing} of {counts.submitted} rows are not accounted for\n{draw(summary)}")
    if counts.chosen < minimum_rows:
        skipped = f", and {counts.skipped} skipped" if counts.skipped else ""
        raise RowsMissingError(
            f"{counts.chosen} rows were submitted{skipped}, at least {minimum_rows} expected\n{draw(summary)}"
        )
    if max_failed_ratio is not None and counts.failed_ratio > max_failed_ratio:
        share = f"{counts.failed_ratio:.1%} of the rows could not be recovered, at most {max_failed_ratio:.1%} may"
        raise TooManyFailedRowsError(f"{share}\n{draw(summary)}")


def check_damage(summary: RunSummary) -> None:
    """Check that every file of the input was what had been chosen, and was read to its end.

    :raises DamagedInputError: naming the others
    """
    told: list[str] = []
    if summary.damaged_files:
        head = f"files of the input could not be read to their end: {len(summary.damaged_files)}"
        told += [f"{head}; what could be read of them is recovered and sent"]
        told += [f"  - {line}" for line in damage(summary)]
    if summary.changed_files:
        head = f"files of the input are no longer what was chosen: {len(summary.changed_files)}"
        told += [f"{head}; a try that began after that has not read them"]
        told += [f"  - {line}" for line in changes(summary)]
    if told:
        raise DamagedInputError("\n".join(told))


def damage(summary: RunSummary) -> list[str]:
    """Say which files could not be read to their end, why not, and how many rows were read of each: a line each."""
    return _lines(summary.damaged_files)


def changes(summary: RunSummary) -> list[str]:
    """Say which files are no longer what was chosen, a line each."""
    return _lines(summary.changed_files)


def _lines(files: Mapping[str, object]) -> list[str]:
    lines = [f"{uri}: {told}" for uri, told in _named(files).items()]
    left = len(files) - len(lines)
    return [*lines, f"and {left} more, which summary.json names"] if left else lines


def _named(files: Mapping[str, _T]) -> dict[str, _T]:
    return dict(islice(files.items(), MOST_NAMED))


def against_metrics(summary: RunSummary, metrics: Mapping[str, int] | None) -> str:
    """Say how the metrics compare; a difference is no failure, since only the account is exact."""
    if not metrics:
        return "no metrics to compare with"
    differing = differences(counts_from(summary).to_dict(), metrics)
    if not differing:
        return "the metrics agree with the account"
    listed = ", ".join(
        f"{name}: {account:,} committed, {seen:,} in the metrics" for name, (account, seen) in differing.items()
    )
    why = f"; the job restarted {summary.restarts} times, which resets its counters" if summary.restarts else ""
    return f"the metrics differ from the account, which is exact: {listed}{why}"


def to_xcom(summary: RunSummary) -> dict[str, Any]:
    """Return the numbers of a run as small JSON: the task's return value and the extra of its assets."""
    return {
        "run_id": summary.run_id,
        **counts_from(summary).to_dict(),
        "bytes": {part: getattr(summary, part).bytes for part in _PARTS},
        "labels": {part: getattr(summary, part).labels for part in _PARTS},
        "started": summary.started,
        "finished": summary.finished,
        "restarts": summary.restarts,
        "versions": dict(summary.versions),
        "first_event": summary.first_event,
        "last_event": summary.last_event,
        "damaged": len(summary.damaged_files),
        "damaged_files": {uri: asdict(damaged) for uri, damaged in _named(summary.damaged_files).items()},
        "changed": len(summary.changed_files),
        "changed_files": _named(summary.changed_files),
        "balanced": summary.balanced,
    }


def read_manifest(paths: RunPaths) -> Conversation[Manifest | None]:
    """Read which files a run has chosen; None when that cannot be told, which is logged."""
    uri = paths.path(layout.INPUTS)
    try:
        content = yield from s3.read_object(uri)
        return None if content is None else Manifest.from_bytes(content)
    except (BotoCoreError, ClientError, ManifestError) as error:
        log.info("the files of the run are not known: %s: %s", uri, error)
        return None


def where_from(paths: RunPaths, manifest: Manifest | None) -> dict[str, Any]:
    """Return where a run is, what it read, and by which window its files and rows were chosen, as small JSON.

    :param manifest: the run's files; None when they are not known
    """
    asked = {} if manifest is None else manifest.asked
    window = {name: asked[name] for name in _WINDOW if name in asked}
    return {"prefix": f"{paths.prefix}/", "inputs": asked.get("inputs", []), "window": window}


def publish(summary: RunSummary, *, now: datetime) -> Conversation[None]:
    """Write the exact totals to CloudWatch, under names that do not change from run to run."""
    counts = counts_from(summary).to_dict()
    data = [
        {"MetricName": f"run_{name}", "Timestamp": now, "Value": float(value), "Unit": "Count"}
        for name, value in counts.items()
    ]
    yield Call("cloudwatch", "put_metric_data", {"Namespace": NAMESPACE, "MetricData": data})


def draw(summary: RunSummary) -> str:
    """Draw all that the account holds as a table, for the task log."""
    total = max(summary.submitted, 1)
    lines = [f"run {summary.run_id}: {summary.submitted:,} rows, {summary.started} to {summary.finished}"]
    for outcome in _PARTS if summary.skipped.rows else OUTCOMES:
        tally = getattr(summary, outcome)
        bar = "#" * round(_BAR * tally.rows / total)
        size = f"{tally.bytes:,} bytes"
        lines.append(f"  {outcome:<14}{tally.rows:>14,} {tally.rows / total:>7.2%} {size:>22}  {bar}".rstrip())
        for label, values in tally.labels.items():
            top = sorted(values.items(), key=lambda one: (-one[1], one[0]))
            lines += [f"    {label + ' ' + name:<40}{count:>12,}" for name, count in top]
    if summary.first_event:
        lines.append(f"  recovered events are from {summary.first_event} to {summary.last_event}")
    lines += [f"  not read to its end: {line}" for line in damage(summary)]
    lines += [f"  no longer what was chosen: {line}" for line in changes(summary)]
    lines += [f"  {summary.unknown_types}"] if summary.unknown_types else []
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items())
    restarts = "not known" if summary.restarts is None else summary.restarts
    lines.append(f"  restarts {restarts}, {'balanced' if summary.balanced else 'NOT BALANCED'}; by {versions}")
    return "\n".join(lines)
