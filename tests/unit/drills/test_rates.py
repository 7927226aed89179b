"""How a rate is measured."""

from __future__ import annotations

import pytest
from drills.rates import Arrivals, ahead

pytestmark = pytest.mark.unit


def test_minutes_are_counted_inside_of_a_run_and_not_where_nothing_came() -> None:
    counts = (9, 9, 9, *[10] * 60, *[0] * 10, *[10] * 50, *[11] * 60, 99, 99, 99)
    assert Arrivals(counts, counts).minutes(counts, quiet=5) == [(47 * 10 + 13 * 11) / 60]
    assert Arrivals(counts, counts).minutes(counts, quiet=11) == [10, 500 / 60, 11]


def test_each_start_and_stop_has_seconds_that_are_no_measure() -> None:
    edge = 9, 99, 9
    counts = (*edge, *[10] * 60, *edge, *[0] * 10, *edge, *[11] * 60, *[10] * 50, *edge)
    assert Arrivals(counts, counts).minutes(counts, quiet=5) == [10, 11]


@pytest.mark.parametrize("before", [0, 1, 55, 57, 59])
def test_a_stop_counts_in_no_minute_wherever_it_begins(before: int) -> None:
    counts = (0, 0, 0, *[10] * before, *[0] * 8, *[10] * 70, 0, 0, 0)
    assert Arrivals(counts, counts).minutes(counts, quiet=5) == [10]


def test_ahead_is_the_most_that_came_beyond_the_rate_over_any_span() -> None:
    assert ahead((10, 10, 10), 10) == 0
    assert ahead((0, 30, 10, 0, 10), 10) == 2
    assert ahead((12,) * 100, 10) == pytest.approx(20)
