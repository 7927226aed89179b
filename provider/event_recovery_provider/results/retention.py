"""What runs of long ago hold of rows: found, told and deleted, but for what later runs and the account need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from event_recovery.contract import layout
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3
from event_recovery.text.words import size

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Call, Conversation, pages

#: What stays of every run, files and folders: by ``_SUCCESS`` and the list of its files a later run knows what this one
#: has read, and ``duplicates`` which events it has sent; the account tells what became of its rows. No value of a row
#: is in them, but ids of events.
KEPT: Final = frozenset(
    {
        layout.SUCCESS,
        layout.INPUTS,
        layout.SUMMARY,
        layout.RECOVERED_INDEX,
        layout.REJECTED_INDEX,
        layout.SKIPPED_INDEX,
    }
)
#: Objects that S3 deletes by one call.
_AT_ONCE: Final = 1000
_LOGGED: Final = 100
_MOST_PAGES: Final = 1000


@dataclass(frozen=True, slots=True)
class OldRun:
    """A run, and what of it is to go.

    :param newest: when anything of it was last written
    :param going: why it is to be left, empty when it is not
    """

    run_id: str
    newest: datetime
    files: tuple[StoredFile, ...]
    going: str = ""

    @property
    def bytes(self) -> int:
        """The size of what is to go."""
        return sum(file.size for file in self.files)

    def __str__(self) -> str:
        """Return it as a line for the log."""
        told = self.going or f"{len(self.files):,} objects, {size(self.bytes)}"
        return f"{self.run_id}, last written {self.newest:%Y-%m-%d %H:%M} UTC: {told}"


def judge(
    run_id: str, files: Sequence[StoredFile], *, runs: S3, active: Collection[str], before: datetime
) -> OldRun | None:
    """Tell what of a run is to go; None when nothing is.

    A run that works writes checkpoints all the time; so one of which nothing was written for so long has ended, or
    waits, and a cluster of it tells which.

    :param runs: the folder that all runs are in
    :param active: ids of the runs that have a cluster
    :param before: a run of which anything was written since is not old
    """
    newest = max((file.arrived for file in files), default=None)
    if newest is None or newest >= before:
        return None
    start = f"{runs.uri.rstrip('/')}/{run_id}/"
    old = tuple(file for file in files if file.location.uri.removeprefix(start).partition("/")[0] not in KEPT)
    if not old:
        return None
    return OldRun(run_id, newest, old, "it has a cluster and is left" if run_id in active else "")


def old_runs(base: str, *, active: Collection[str], now: datetime, days: float) -> Conversation[list[OldRun]]:
    """Find the runs below a base that are old.

    :param base: S3 URI, as runs are given it
    :param days: how long nothing was written of a run that is old
    """
    bucket, key = s3.split_uri(base)
    runs = S3(bucket, f"{key}/runs/".lstrip("/"))
    asked = {"Bucket": bucket, "Prefix": runs.key, "Delimiter": "/"}
    cursor = ("NextContinuationToken", "ContinuationToken")
    listed = yield from pages("s3", "list_objects_v2", asked, cursor=cursor, most=_MOST_PAGES)
    found: list[OldRun] = []
    for folder in [one["Prefix"] for page in listed for one in page.get("CommonPrefixes") or ()]:
        files = yield from s3.all_files(S3(bucket, folder))
        run_id = folder.removeprefix(runs.key).rstrip("/")
        one = judge(run_id, files, runs=runs, active=active, before=now - timedelta(days=days))
        found += [one] if one else []
    return found


def delete(runs: Iterable[OldRun]) -> Conversation[list[str]]:
    """Delete what is to go of runs that have no cluster; return what S3 did not delete, a line each."""
    refused: list[str] = []
    for run in runs:
        if run.going:
            continue
        for first in range(0, len(run.files), _AT_ONCE):
            refused += yield from _delete(run.files[first : first + _AT_ONCE])
    return refused


def _delete(files: Sequence[StoredFile]) -> Conversation[list[str]]:
    places = [file.location for file in files if isinstance(file.location, S3)]
    objects = {"Objects": [{"Key": place.key} for place in places], "Quiet": True}
    answer = yield Call("s3", "delete_objects", {"Bucket": places[0].bucket, "Delete": objects})
    return [f"{one.get('Key')}: {one.get('Code')}, {one.get('Message')}" for one in answer.get("Errors") or ()]


def table(runs: Sequence[OldRun], *, report_only: bool) -> str:
    """Tell it for the log."""
    return "\n".join(_lines(runs, report_only=report_only))


def _lines(runs: Sequence[OldRun], *, report_only: bool) -> Iterator[str]:
    told = to_json(runs, report_only=report_only)
    what = "would be deleted" if report_only else "are deleted"
    yield f"{told['objects']:,} objects of {told['runs']:,} old runs, {size(told['bytes'])}, {what}"
    yield from map(str, islice(runs, _LOGGED))
    if len(runs) > _LOGGED:
        yield f"and {len(runs) - _LOGGED:,} more runs"


def to_json(runs: Iterable[OldRun], *, report_only: bool) -> dict[str, Any]:
    """Return the counts, as a task returns them."""
    listed = list(runs)
    gone = [run for run in listed if not run.going]
    return {
        "runs": len(gone),
        "objects": sum(len(run.files) for run in gone),
        "bytes": sum(run.bytes for run in gone),
        "left": [run.run_id for run in listed if run.going],
        "deleted": not report_only,
    }
