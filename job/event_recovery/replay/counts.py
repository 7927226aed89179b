"""The counts of several processes, which each of them may be asked for while they work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from event_recovery.contract import OUTCOMES

#: Rows by outcome, rows that were skipped, bytes of the input that were read.
_FIELDS: Final = len(OUTCOMES) + 2


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done so far.

    :param rows: recovered, failed, unrecoverable, skipped
    :param read: bytes of the input, as it is stored
    """

    rows: tuple[int, ...]
    read: int

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows)


class SharedCounts:
    """A row of numbers for each process, in memory that all of them share.

    :param context: of ``multiprocessing``
    """

    def __init__(self, context: Any, processes: int) -> None:
        self._numbers = context.RawArray("q", processes * _FIELDS)
        self._claimed = context.Value("i", 0)

    def claim(self) -> int:
        """Return which row this process has from now on."""
        with self._claimed.get_lock():
            row: int = self._claimed.value
            self._claimed.value = row + 1
        return row

    def add(self, row: int, rows: Sequence[int], read: int) -> None:
        """Add to the counts of a process; only that process may."""
        first = row * _FIELDS
        for position, number in enumerate((*rows, read), first):
            self._numbers[position] += number

    def of_each(self) -> list[Counts]:
        """Return the counts of each process."""
        rows = (self._numbers[first : first + _FIELDS] for first in range(0, len(self._numbers), _FIELDS))
        return [Counts(tuple(row[:-1]), row[-1]) for row in rows]

    def all(self) -> Counts:
        """Return the counts of all processes together."""
        each = self.of_each()
        return Counts(tuple(map(sum, zip(*(one.rows for one in each), strict=True))), sum(one.read for one in each))
