"""What is new since an earlier exploration, and what there is much more of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from event_recovery.explore.report import Explored, Numbered, as_json

#: A group of fewer rows has not grown, however few it had: it may well have as few again.
FEWEST_GROWN: Final = 10
#: So many names of groups are remembered, those that were seen last.
MOST_KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier exploration left to the ones after it.

    :param rows: of each of its groups, by its name
    :param total: all its rows
    :param whole: whether it had read all rows
    :param known: the names of all groups that it or one before it has seen, each with the last time
    """

    rows: Mapping[str, int]
    total: int
    whole: bool
    known: Mapping[str, str]

    @classmethod
    def from_json(cls, content: bytes) -> Earlier:
        """Read what ``document`` returned.

        :raises ValueError: when it is something else
        """
        found = orjson.loads(content)
        try:
            rows = {str(one["name"]): int(one["rows"]) for one in found["groups"]}
            known = {str(name): str(seen) for name, seen in found["known"].items()}
            return cls(rows, int(found["rows"]), found["sample"] is None, known)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"these are no groups of an exploration: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Grown:
    """A group that there is much more of than before.

    :param before: its rows in the earlier exploration
    :param by_share: whether its shares were compared, because not all rows were read now or then
    """

    group: Numbered
    before: int
    by_share: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Groups beside those of an earlier exploration.

    :param new: groups that none of the earlier ones has seen, the largest first
    """

    new: tuple[Numbered, ...] = ()
    grown: tuple[Grown, ...] = ()


def compare(found: Explored, earlier: Earlier | None, *, grows_by: float) -> Compared:
    """Tell which groups are new, and which have grown.

    Where both explorations read all rows, rows are compared, else shares. In the first exploration nothing is new.

    :param grows_by: a group has grown when it has so many times what it had
    """
    if earlier is None:
        return Compared()
    new = tuple(one for one in found.groups if one.key.name not in earlier.known)
    names = {one.key.name for one in new}
    known = (one for one in found.groups if one.key.name not in names and one.group.rows >= FEWEST_GROWN)
    by_share = found.sample is not None or not earlier.whole
    now, then = (max(found.total.rows, 1), max(earlier.total, 1)) if by_share else (1, 1)
    grown = (
        Grown(one, before, by_share)
        for one in known
        for before in [earlier.rows.get(one.key.name, 0)]
        if one.group.rows * then >= before * grows_by * now
    )
    return Compared(new, tuple(grown))


def document(found: Explored, compared: Compared, earlier: Earlier | None, *, time: str) -> bytes:
    """Return groups as JSON, for people and for the next exploration.

    :param time: when the exploration was due, ISO 8601 in UTC
    """
    seen = {**(earlier.known if earlier is not None else {}), **dict.fromkeys(_names(found.groups), time)}
    last = sorted(seen.items(), key=lambda one: (one[1], one[0]))[-MOST_KNOWN:]
    told: dict[str, Any] = {
        "time": time,
        **as_json(found),
        "new": _names(compared.new),
        "grown": _names(one.group for one in compared.grown),
        "known": dict(last),
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def _names(groups: Iterable[Numbered]) -> list[str]:
    return [one.key.name for one in groups]
