"""Groups as JSON, and what is told of them wherever they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from event_recovery.explore.counts import Frequencies, widest
from event_recovery.explore.groups import Counts, Group, Groups, Key, mend
from event_recovery.explore.mends import MEANING, Mend
from event_recovery.text import javatext

#: So many values of each kind are told.
_TOLD: Final = 10
#: So many points in time are told of each group.
MOST_SPANS: Final = 100


@dataclass(frozen=True, slots=True)
class Numbered:
    """A group as it is told.

    :param number: its place among all groups, the largest of which is 1
    :param share: of all rows
    """

    number: int
    key: Key
    group: Group
    mend: Mend
    share: float

    @property
    def bot_share(self) -> float | None:
        """The share of bots among the rows that have a user agent; None when none has."""
        return self.group.bots / self.group.with_user_agent if self.group.with_user_agent else None


@dataclass(frozen=True, slots=True)
class Explored:
    """What was found.

    :param files: how many files were read
    :param unread: files that could not be read to their end, with the reason
    :param sample: how many rows were wanted, when not all were read
    """

    groups: tuple[Numbered, ...]
    other: Counts = field(default_factory=Counts)
    files: int = 0
    unread: Mapping[str, str] = field(default_factory=dict)
    sample: int | None = None

    @property
    def total(self) -> Counts:
        """The counts of all rows."""
        total = Counts()
        for counts in (self.other, *(one.group for one in self.groups)):
            total.add(counts)
        return total

    @property
    def span_length(self) -> int:
        """How many characters of a time name a span, the same for all groups."""
        return widest((one.group.volume for one in self.groups), MOST_SPANS)

    def find(self, wanted: str) -> Numbered | None:
        """Return the group with a name or number; None when there is none."""
        return next((one for one in self.groups if wanted in (one.key.name, str(one.number))), None)


def explored(
    groups: Groups, *, files: int = 0, unread: Mapping[str, str] | None = None, sample: int | None = None
) -> Explored:
    """Number the groups, and ask the engine what can be done about each."""
    rows = max(groups.rows, 1)
    numbered = tuple(
        Numbered(number, key, group, mend(key, group), group.rows / rows)
        for number, (key, group) in enumerate(groups.largest_first(), 1)
    )
    return Explored(numbered, groups.other, files, dict(unread or {}), sample)


def as_json(found: Explored) -> dict[str, Any]:
    """Return all of it as JSON values."""
    total, length = found.total, found.span_length
    return {
        "rows": total.rows,
        "events": total.events,
        "bytes": total.bytes,
        "files": found.files,
        "sample": found.sample,
        "unread": dict(found.unread),
        "other": {"rows": found.other.rows, "events": found.other.events, "bytes": found.other.bytes},
        "groups": [_group(one, length) for one in found.groups],
    }


def _group(one: Numbered, length: int) -> dict[str, Any]:
    key, group = one.key, one.group
    return {
        "number": one.number,
        "name": key.name,
        "type": key.type or None,
        "title": key.title,
        "causes": [cause._asdict() for cause in key.causes],
        "rows": group.rows,
        "share": one.share,
        "events": group.events,
        "bytes": group.bytes,
        "first_seen": zoned(group.first_seen),
        "last_seen": zoned(group.last_seen),
        "app_ids": frequencies(group.app_ids),
        "platforms": frequencies(group.platforms),
        "trackers": frequencies(group.trackers),
        "bots": group.bots,
        "bot_share": one.bot_share,
        "values": frequencies(group.values),
        "looked_into": group.looked_into,
        "volume": group.volume.spans(length),
        "recoverable": one.mend.recoverable,
        "mend": [{"kind": kind, "meaning": MEANING[kind]} for kind in one.mend.kinds],
        "why_not": one.mend.why or None,
        "example": _example(group),
    }


def frequencies(values: Frequencies) -> dict[str, Any]:
    """Return the most frequent values as JSON."""
    told = values.most_common(_TOLD)
    rest = values.total - sum(count for _, count in told)
    return {"most_frequent": [{"value": value, "rows": count} for value, count in told], "other_rows": rest}


def _example(group: Group) -> dict[str, Any] | None:
    example = group.example
    if example is None:
        return None
    row = None if example.row is None else javatext.decode(example.row)
    return {"file": example.source.name, "line": example.line, "row": row}


def zoned(time: str | None) -> str | None:
    """Return a time that a group tells, with its zone."""
    return None if time is None else f"{time}Z"
