"""What runs over two numbers of rows say: what a row costs, what the start costs, and whether two variants differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """A straight line through two runs.

    :param row: microseconds that a row costs
    :param start: seconds that a run costs without any row
    """

    row: float
    start: float


def cost(rows: tuple[int, int], seconds: tuple[float, float]) -> Cost:
    """Return the line through a small run and a large one.

    :raises ValueError: when both have the same number of rows
    """
    (few, many), (small, large) = rows, seconds
    if few == many:
        raise ValueError(f"two runs of {few:,} rows have no slope")
    slope = (large - small) / (many - few)
    return Cost(row=slope * 1e6, start=small - slope * few)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two variants, by their runs.

    :param ratio: of the second's median to the first's, None where the first's is not above zero
    :param apart: whether all runs of one lie below all of the other
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    ratio: float | None
    apart: bool

    def __str__(self) -> str:
        if not self.apart:
            return "not told apart"
        return "less" if max(self.second) < min(self.first) else "more"


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare two variants by what each of their runs took.

    A single run of each says nothing, whatever it took.

    :raises ValueError: when one of them has none
    """
    if not first or not second:
        raise ValueError("expected at least one run of each variant")
    apart = len(first) > 1 < len(second) and (max(first) < min(second) or max(second) < min(first))
    middle = median(first)
    return Comparison(
        first=tuple(first), second=tuple(second), ratio=median(second) / middle if middle > 0 else None, apart=apart
    )


def by_chance(first: int, second: int) -> float:
    """Return how likely so many runs of two variants that do not differ come out apart all the same."""
    return min(1.0, 2 / comb(first + second, first))
