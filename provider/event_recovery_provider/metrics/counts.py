"""The rows of a run, counted by what became of them.

Flink reports cumulative counts, one series per container and subtask, and keeps reporting the last value. A total is
therefore the sum, over the series, of each one's greatest value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from event_recovery.contract import RunSummary

Counter = Literal["submitted", "recovered", "failed", "unrecoverable", "skipped"]
COUNTERS: tuple[Counter, ...] = ("submitted", "recovered", "failed", "unrecoverable", "skipped")


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows, by what became of them.

    :param submitted: all rows that were read, skipped ones among them
    :param skipped: rows that the run was not to recover
    """

    submitted: int = 0
    recovered: int = 0
    failed: int = 0
    unrecoverable: int = 0
    skipped: int = 0

    @property
    def chosen(self) -> int:
        """Submitted rows that the run was to recover."""
        return self.submitted - self.skipped

    @property
    def missing(self) -> int:
        """Submitted rows for which nothing came out; negative when more came out than was submitted."""
        return self.chosen - self.recovered - self.failed - self.unrecoverable

    @property
    def failed_ratio(self) -> float:
        """The share of the chosen rows that could not be recovered, 0 to 1."""
        return (self.failed + self.unrecoverable) / self.chosen if self.chosen else 0.0

    def to_dict(self) -> dict[str, int]:
        """Return the counts as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one subtask: its points as ``(time, value)``, in any order."""

    counter: Counter
    container: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """All series of a run as CloudWatch answered at one time.

    :param partial: whether CloudWatch itself called the answer incomplete
    """

    series: tuple[Series, ...] = ()
    partial: bool = False


def counts_of(series: Iterable[Series]) -> RowCounts:
    """Sum the greatest value of each series, counter by counter."""
    totals = dict.fromkeys(COUNTERS, 0)
    for one in series:
        totals[one.counter] += round(max((value for _, value in one.points), default=0))
    return RowCounts(**with_skipped(totals))


def with_skipped(totals: Mapping[Counter, int]) -> dict[Counter, int]:
    """Return totals of which the submitted rows hold the skipped ones, too, as in the account.

    The metric of the rows submitted, ``numRecordsIn``, counts those that are to be recovered.
    """
    return {**totals, "submitted": totals["submitted"] + totals["skipped"]}


def counts_from(account: RunSummary) -> RowCounts:
    """Return the rows of the job's own account."""
    return RowCounts(
        account.submitted,
        account.recovered.rows,
        account.failed.rows,
        account.unrecoverable.rows,
        account.skipped.rows,
    )


def last_change(series: Iterable[Series]) -> datetime | None:
    """Return when a total last grew: the latest point of any series that exceeds all points before it."""
    changes = []
    for one in series:
        highest = 0.0
        for time, value in sorted(one.points):
            if value > highest:
                highest = value
                changes.append(time)
    return max(changes, default=None)


def differences(counts: Mapping[str, int], other: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the counters on which two accounts differ, each with both values."""
    pairs: dict[str, tuple[int, int]] = {name: (int(counts.get(name, 0)), int(other.get(name, 0))) for name in COUNTERS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def counts_table(series: Sequence[Series]) -> str:
    """Draw the counts per container and in total, for the task log."""
    containers = sorted({one.container for one in series})
    rows = [(name, counts_of(one for one in series if one.container == name)) for name in containers]
    rows.append(("total", counts_of(series)))
    width = max(len("container"), *(len(name) for name, _ in rows))
    lines = [f"{'container':<{width}} " + "".join(f"{head:>15}" for head in (*COUNTERS, "missing"))]
    for name, counts in rows:
        values = (*counts.to_dict().values(), counts.missing)
        lines.append(f"{name:<{width}} " + "".join(f"{value:>15,}" for value in values))
    return "\n".join(lines)
