"""What a trial found, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from event_recovery.contract import Outcome
from event_recovery.explore.report import Explored
from event_recovery.inputs.sample_reader import Sampled
from event_recovery.storage.files import StoredFile
from event_recovery.verify.tally import Tally


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that ended alike.

    :param type: the bad row type; None for what is no bad row
    :param error: the error class, when they were not recovered
    :param flow: the flow whose step failed, when one did
    :param example: the error of one of them, in words
    """

    outcome: Outcome
    type: str | None
    error: str | None
    flow: str | None
    rows: int
    example: str | None


@dataclass(frozen=True, slots=True)
class AlikeChanges:
    """Changes to one row that differ in nothing but a position in a list, which is then ``[*]``.

    :param before: None where there was no such field
    :param after: None where there is none any more
    :param steps: that made the change
    :param times: how often
    """

    field: str
    before: str | None
    after: str | None
    steps: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """What the config did to one row, with the flows that took part."""

    type: str
    flows: tuple[str, ...]
    changes: tuple[AlikeChanges, ...]


@dataclass(frozen=True, slots=True)
class TriedFile:
    """What became of the rows of one file.

    :param rows: that were tried, of ``row_bytes`` with their line ends
    :param recovered: of these
    :param sent_bytes: of their payloads
    """

    file: StoredFile
    rows: int
    row_bytes: int
    recovered: int
    sent_bytes: int


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What became of the rows of a sample.

    Rows are those that were tried. A recovered row passes when Enrich would take each of its events, fails when it
    would refuse one, and is not checked when none of them fails but something of one could not be looked at.

    :param passing: recovered rows that would pass
    :param failing: recovered rows that would fail
    :param not_checked: recovered rows that were not checked; a run sends them
    :param verdicts: on the events of the recovered rows
    :param left: the rows that a run would not bring back, failed, unrecoverable or refused by Enrich, by what failed
    :param left_as: for each of these groups, by its name, how many rows of it end in which of the three ways
    :param files: those of the rows
    :param enrich: the version of Enrich that was predicted
    """

    sampled: Sampled
    groups: tuple[RowGroup, ...] = ()
    passing: int = 0
    failing: int = 0
    not_checked: int = 0
    verdicts: Tally = field(default_factory=Tally)
    left: Explored = field(default_factory=lambda: Explored(()))
    left_as: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    changed: tuple[ChangedRow, ...] = ()
    files: tuple[TriedFile, ...] = ()
    enrich: str = ""

    @property
    def rows(self) -> int:
        """Rows that were tried."""
        return self.sampled.rows

    @property
    def pass_ratio(self) -> float:
        """The share of the rows that are recovered, and of which Enrich is not known to refuse an event."""
        return (self.passing + self.not_checked) / self.rows if self.rows else 0.0

    def failed_by_type(self) -> Mapping[str, int]:
        """Return how many rows of each type failed, without those that are no bad row."""
        types: Counter[str] = Counter()
        for group in self.groups:
            if group.outcome == "failed" and group.type is not None:
                types[group.type] += group.rows
        return types

    def count(self, outcome: Outcome) -> int:
        """Return how many rows ended so."""
        return sum(group.rows for group in self.groups if group.outcome == outcome)
