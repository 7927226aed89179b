"""Counts that take no more memory however much is counted, and that can be added to each other in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final


class Frequencies:
    """How often values were seen, the most frequent of them.

    Counts are exact up to a number of distinct values. Beyond it those seen least are forgotten, more than half of
    them at once, and then ``is_complete`` is false: a value that is left was seen at least as often as it says.

    :param limit: how many distinct values are kept
    """

    __slots__ = ("_counts", "_limit", "forgotten")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, int] = {}
        #: How much was counted of values that were forgotten.
        self.forgotten = 0

    @property
    def is_complete(self) -> bool:
        """Whether no value was forgotten."""
        return not self.forgotten

    @property
    def total(self) -> int:
        """How much was counted in all."""
        return sum(self._counts.values()) + self.forgotten

    def add(self, value: str, count: int = 1) -> None:
        """Count a value."""
        counts = self._counts
        if value in counts:
            counts[value] += count
        else:
            counts[value] = count
            if len(counts) > self._limit:
                self._forget()

    def merge(self, other: Frequencies) -> None:
        """Add the counts of another."""
        self.forgotten += other.forgotten
        counts = self._counts
        for value, count in other._counts.items():
            counts[value] = counts.get(value, 0) + count
        if len(counts) > self._limit:
            self._forget()

    def most_common(self, count: int | None = None) -> list[tuple[str, int]]:
        """Return the most frequent values, each with its count; those as frequent by their names."""
        return _ordered(self._counts)[:count]

    def _forget(self) -> None:
        ordered = _ordered(self._counts)
        self._counts = dict(ordered[: self._limit // 2])
        self.forgotten += sum(count for _, count in ordered[self._limit // 2 :])


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


#: How much of a time is told, from ten minutes to a century, by the length of its text.
_LENGTHS: Final = (15, 13, 10, 7, 4, 2)


class Volume:
    """How much was seen when, in spans as short as a number of spans allows.

    :param limit: how many spans there are at most, a hundred at least
    """

    __slots__ = ("_limit", "_spans", "length")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._spans: dict[str, int] = {}
        #: How many characters of a time name its span.
        self.length = _LENGTHS[0]

    def add(self, time: str, count: int = 1) -> None:
        """Count what was seen at a time.

        :param time: as ISO 8601 in UTC
        """
        span = time[: self.length]
        spans = self._spans
        if span in spans:
            spans[span] += count
        else:
            spans[span] = count
            if len(spans) > self._limit:
                self._widen()

    def merge(self, other: Volume) -> None:
        """Add the counts of another; the wider of both spans is kept."""
        if self.length > other.length:
            self._to(other.length)
        spans, length = self._spans, self.length
        for span, count in other._spans.items():
            name = span[:length]
            spans[name] = spans.get(name, 0) + count
        if len(spans) > self._limit:
            self._widen()

    def spans(self, length: int | None = None) -> dict[str, int]:
        """Return the counts by the beginning of the times, in the order of time.

        :param length: of the beginnings, when they are to be shorter than they are
        """
        if length is None or length >= self.length:
            return dict(sorted(self._spans.items()))
        shorter: dict[str, int] = {}
        for span, count in sorted(self._spans.items()):
            shorter[span[:length]] = shorter.get(span[:length], 0) + count
        return shorter

    def _widen(self) -> None:
        while len(self._spans) > self._limit:
            self._to(_LENGTHS[_LENGTHS.index(self.length) + 1])

    def _to(self, length: int) -> None:
        self._spans = self.spans(length)
        self.length = length


def widest(volumes: Iterable[Volume], limit: int) -> int:
    """Return the length of spans by which volumes can be shown together, in no more spans than a limit."""
    shown = list(volumes)
    length = min((volume.length for volume in shown), default=_LENGTHS[0])
    while len({span[:length] for volume in shown for span in volume.spans(length)}) > limit and length > _LENGTHS[-1]:
        length = _LENGTHS[_LENGTHS.index(length) + 1]
    return length
