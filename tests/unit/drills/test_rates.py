"""How a rate is measured."""

from __future__ import annotations

import pytest
from drills.rates import Arrivals, ahead

pytestmark = pytest.mark.unit


def test_minutes_are_counted_inside_of_a_run_and_not_where_nothing_came() -> None:
    edge = 9, 99, 9
    before, after = (*edge, *[10] * 60, *edge), (*edge, *[11] * 60, *[10] * 50, *edge)
    counts = (*before, *[0] * 10, *after)
    assert Arrivals(counts, counts).minutes(counts, quiet=5) == [10, 11]
    assert Arrivals(counts, counts).minutes(counts, quiet=11)[0] == 10


@pytest.mark.parametrize("before", [0, 1, 55, 57, 59])
def test_a_stop_counts_in_no_minute_wherever_it_begins(before: int) -> None:
    counts = (0, 0, 0, *[10] * before, *[0] * 8, *[10] * 70, 0, 0, 0)
    assert Arrivals(counts, counts).minutes(counts, quiet=5) == [10]


def test_ahead_is_the_most_that_came_beyond_the_rate_over_any_span() -> None:
    assert ahead((10, 10, 10), 10) == 0
    assert ahead((0, 30, 10, 0, 10), 10) == 2
    assert ahead((12,) * 100, 10) == pytest.approx(20)
