"""The rows that a run left, failed or unrecoverable, in groups, as far as a worker can spare the time to read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from event_recovery.contract import RunPaths, RunSummary
from event_recovery.explore.brief import brief, briefs
from event_recovery.explore.redacted import redacted
from event_recovery.explore.report import Explored
from event_recovery.explore.sampling import explore_sample
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample_reader import SampleReader
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import parse_location
from event_recovery.text.redact import Redaction

#: What is read of the rows of an outcome at most: so many rows, for so many seconds. ``SampleReader`` bounds the bytes.
MOST_ROWS: Final = 20_000
MOST_SECONDS: Final = 60.0
#: How many groups of an outcome are told of in an XCom and in the extra of assets, and how many in the log.
_TOLD, _LOGGED = 20, 10

Outcome = Literal["failed", "unrecoverable"]


@dataclass(frozen=True, slots=True)
class Left:
    """The rows of one outcome.

    :param place: S3 URI of the folder that they are in, with a slash at its end
    :param rows: how many there are, by the account
    :param found: those that were read, in groups
    :param ended: why no more were read; None when that was not for lack of time or because a file is too large
    """

    outcome: Outcome
    place: str
    rows: int
    found: Explored
    ended: str | None

    def redacted(self, redaction: Redaction) -> Left:
        """Return the same without values of rows."""
        return replace(self, found=redacted(self.found, redaction))

    @property
    def is_whole(self) -> bool:
        """Whether all rows were read."""
        return self.found.total.rows == self.rows

    @property
    def read(self) -> str:
        """How much was read, as a sentence."""
        read = self.found.total.rows
        if self.is_whole:
            return f"{self.rows:,} rows in {len(self.found.groups):,} groups."
        why = f": {self.ended}" if self.ended else ""
        return f"{self.rows:,} rows, of which {read:,} were read{why}."

    def to_xcom(self) -> dict[str, Any]:
        """Return it as small JSON without values of rows."""
        groups = [asdict(one) for one in briefs(self.found.groups, _TOLD)]
        return {"rows": self.rows, "read": self.found.total.rows, "place": self.place, "groups": groups}

    def text(self) -> str:
        """Return it for the log."""
        lines = [f"{self.outcome} rows, in {self.place}: {self.read}"]
        for one in self.found.groups[:_LOGGED]:
            short = brief(one)
            lines += [str(short), *([f"{'':20}as in line {short.line} of {short.file}"] if short.file else [])]
        if len(self.found.groups) > _LOGGED:
            lines.append(f"{'':20}and {len(self.found.groups) - _LOGGED:,} more groups")
        return "\n".join(lines)


def read_left(summary: RunSummary, paths: RunPaths, client: Any) -> Iterator[Left]:
    """Yield what a run left, by outcome; nothing where there is nothing.

    :param client: of boto3, for S3
    :raises StorageError: when the files cannot be listed
    """
    outcomes: tuple[Outcome, ...] = ("failed", "unrecoverable")
    for outcome in outcomes:
        rows = getattr(summary, outcome).rows
        if rows:
            yield _read(outcome, f"{getattr(paths, outcome)}/", rows, Storage(client=client))


def _read(outcome: Outcome, place: str, rows: int, storage: Storage) -> Left:
    files = list(storage.files(parse_location(place)))
    sample = SampleReader(files, storage.chunks, rows=RowSelection(), wanted=MOST_ROWS)
    found = explore_sample(sample, seconds=MOST_SECONDS)
    if found.total.rows == rows:
        found = replace(found, sample=None)
    return Left(outcome, place, rows, found, sample.read().ended)
