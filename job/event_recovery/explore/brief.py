"""Groups in few words that hold no value of any row, for logs, databases and messages, which many can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from event_recovery.explore.names import plain_title
from event_recovery.explore.report import Numbered
from event_recovery.text.words import one_line

#: So many groups are told of at most.
MOST_IN_SHORT: Final = 50


@dataclass(frozen=True, slots=True)
class Brief:
    """A group in short.

    :param title: what is wrong, in one line without values of rows
    :param type: the bad row type; None for what is no bad row
    :param share: of all rows that were read
    :param file: where one of its rows is; None when that is not known
    :param line: of that file, from 1 on
    """

    name: str
    title: str
    type: str | None
    rows: int
    share: float
    file: str | None
    line: int | None

    def __str__(self) -> str:
        """Return it in two lines, for a log."""
        return f"{self.rows:>11,} {self.share:>6.1%}  {self.name}\n{'':20}{self.title}"


def brief(one: Numbered) -> Brief:
    """Return a group in short."""
    key, example = one.key, one.group.example
    return Brief(
        name=key.name,
        title=one_line(plain_title(key.causes)),
        type=key.type or None,
        rows=one.group.rows,
        share=one.share,
        file=None if example is None else one_line(example.source.name),
        line=None if example is None else example.line,
    )


def briefs(groups: Iterable[Numbered], most: int = MOST_IN_SHORT) -> list[Brief]:
    """Return the first groups in short."""
    return [brief(one) for one in islice(groups, most)]
