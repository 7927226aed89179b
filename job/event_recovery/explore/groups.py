"""Rows counted by what a person would mend together, in memory that does not grow with their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from event_recovery.explore.bots import is_bot
from event_recovery.explore.breaches import breaches_of
from event_recovery.explore.causes import Cause
from event_recovery.explore.counts import Frequencies, Volume
from event_recovery.explore.folding import cut
from event_recovery.explore.held import Held
from event_recovery.explore.mends import Mend, mend_of
from event_recovery.explore.names import name_of, title
from event_recovery.explore.payloads import Sender, sender_of
from event_recovery.explore.row import Row, read_row, utc

#: Beyond so many groups the smaller half of them is counted together.
MOST_GROUPS: Final = 1000
#: A longer row is no example as a whole: it is told by its file and line alone.
MOST_OF_AN_EXAMPLE: Final = 32 * 1024
_MOST_SENDERS: Final = 50
_MOST_VALUES: Final = 200
_MOST_SPANS: Final = 400
# Finding a value takes as long as all the rest, and after a few hundred the frequent ones are known.
_ALL_VALUES_OF: Final = 256
_ONE_VALUE_OF: Final = 16


class Key(NamedTuple):
    """What the rows of a group have in common: their type, empty for what is no bad row, and all that is wrong.

    :param told_as: the name of the group, where its causes are not told as they are
    """

    type: str
    causes: tuple[Cause, ...]
    told_as: str = ""

    @property
    def name(self) -> str:
        """The name of the group, the same in every run."""
        return self.told_as or name_of(self.type, self.causes)

    @property
    def title(self) -> str:
        """What is wrong, in one line."""
        return title(self.causes)


class Source(NamedTuple):
    """A file of rows: its place among all files, and its name."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a group.

    :param line: its number in the file, from 1 on
    :param row: None when it is too long to be kept
    """

    source: Source
    line: int
    row: bytes | None

    def is_before(self, other: Example) -> bool:
        """Tell whether it is the better of two: whole, then first."""
        mine, others = (self.row is None, self.source, self.line), (other.row is None, other.source, other.line)
        return mine < others


@dataclass(slots=True)
class Counts:
    """What is counted of any rows."""

    rows: int = 0
    events: int = 0
    bytes: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of other rows."""
        self.rows += other.rows
        self.events += other.events
        self.bytes += other.bytes


def _senders() -> Frequencies:
    return Frequencies(_MOST_SENDERS)


@dataclass(slots=True)
class Group(Counts):
    """What is counted of the rows of a group.

    :param with_user_agent: rows that have one
    :param bots: rows whose user agent is that of a bot
    :param looked_into: rows in which values that broke a rule were looked for: the first ones of each file, then some
    :param first_seen: the earliest failure, else the earliest event, as ISO 8601 in UTC without the zone
    :param held: rows to try a mend on; none unless they were asked for
    """

    with_user_agent: int = 0
    bots: int = 0
    looked_into: int = 0
    first_seen: str | None = None
    last_seen: str | None = None
    app_ids: Frequencies = field(default_factory=_senders)
    platforms: Frequencies = field(default_factory=_senders)
    trackers: Frequencies = field(default_factory=_senders)
    values: Frequencies = field(default_factory=lambda: Frequencies(_MOST_VALUES))
    volume: Volume = field(default_factory=lambda: Volume(_MOST_SPANS))
    example: Example | None = None
    held: Held = field(default_factory=Held)

    def count(self, row: Row, sender: Sender, size: int) -> None:
        """Count a row."""
        self.rows += 1
        self.events += sender.events
        self.bytes += size
        if sender.app_id is not None:
            self.app_ids.add(cut(sender.app_id))
        if sender.platform is not None:
            self.platforms.add(cut(sender.platform))
        if sender.tracker is not None:
            self.trackers.add(cut(sender.tracker))
        if sender.user_agent is not None:
            self.with_user_agent += 1
            self.bots += is_bot(sender.user_agent)
        seen = row.failed or utc(sender.collected)
        if seen is not None:
            self.volume.add(seen)
            if self.first_seen is None or seen < self.first_seen:
                self.first_seen = seen
            if self.last_seen is None or seen > self.last_seen:
                self.last_seen = seen
        if self.rows <= _ALL_VALUES_OF or not self.rows % _ONE_VALUE_OF:
            self.looked_into += 1
            for value in {breach.value for breach in breaches_of(row)}:
                if value is not None:
                    self.values.add(value)

    def merge(self, other: Group) -> None:
        """Add what was counted of other rows of the same group."""
        self.add(other)
        self.with_user_agent += other.with_user_agent
        self.bots += other.bots
        self.looked_into += other.looked_into
        for mine, others in (
            (self.app_ids, other.app_ids),
            (self.platforms, other.platforms),
            (self.trackers, other.trackers),
            (self.values, other.values),
        ):
            mine.merge(others)
        self.volume.merge(other.volume)
        self.first_seen = min(filter(None, (self.first_seen, other.first_seen)), default=None)
        self.last_seen = max(filter(None, (self.last_seen, other.last_seen)), default=None)
        self.keep(other.example)
        self.held.merge(other.held)

    def keep(self, example: Example | None) -> None:
        """Keep an example when it is better than the one there is."""
        if example is not None and (self.example is None or example.is_before(self.example)):
            self.example = example


class Groups:
    """The groups of the rows so far.

    Parts of the rows can be counted apart and merged in any order. When there are too many groups, the smaller half is
    counted together as ``other``. Such a group has less than a five-hundredth of the rows by then, since as many groups
    are larger; when it comes up again, it is counted anew.

    :param holds: whether some rows of each group are kept
    """

    def __init__(self, limit: int = MOST_GROUPS, *, holds: bool = False) -> None:
        self._groups: dict[Key, Group] = {}
        self._limit = limit
        self._holds = holds
        #: Rows of groups that are not kept apart.
        self.other = Counts()

    def add(self, line: bytes, source: Source, number: int) -> Key:
        """Count a row, whatever its bytes are, and return its group.

        :param number: of the line in its file
        """
        row = read_row(line)
        key = Key(row.type, row.causes)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group()
        size = len(line)
        group.count(row, sender_of(row), size + 1)
        if group.example is None or (group.example.row is None and size <= MOST_OF_AN_EXAMPLE):
            group.keep(Example(source, number, line if size <= MOST_OF_AN_EXAMPLE else None))
        if self._holds:
            group.held.add(line)
        if len(self._groups) > self._limit:
            self._forget()
        return key

    def merge(self, other: Groups) -> None:
        """Add the groups of other rows, which must not be used any more."""
        self.other.add(other.other)
        for key, theirs in other._groups.items():
            mine = self._groups.get(key)
            if mine is None:
                self._groups[key] = theirs
            else:
                mine.merge(theirs)
        if len(self._groups) > self._limit:
            self._forget()

    @property
    def rows(self) -> int:
        """All rows."""
        return self.other.rows + sum(group.rows for group in self._groups.values())

    def largest_first(self) -> list[tuple[Key, Group]]:
        """Return the groups, the largest first; their numbers count from 1 in this order."""
        return sorted(self._groups.items(), key=lambda item: (-item[1].rows, item[0]))

    def _forget(self) -> None:
        ordered = self.largest_first()
        for key, group in ordered[self._limit // 2 :]:
            self.other.add(group)
            del self._groups[key]


def key_of(line: bytes) -> Key:
    """Return the group of a row, whatever its bytes are."""
    row = read_row(line)
    return Key(row.type, row.causes)


def mend(key: Key, group: Group) -> Mend:
    """Tell what can be done about the rows of a group."""
    return mend_of(key.type, key.causes, None if group.example is None else group.example.row)
