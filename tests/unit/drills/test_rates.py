"""How a rate is measured."""

from __future__ import annotations

import pytest
from drills.rates import Arrivals, ahead

pytestmark = pytest.mark.unit


def test_minutes_are_counted_inside_of_a_run_and_not_where_nothing_came() -> None:
    counts = (9, 9, 9, *[10] * 60, *[0] * 10, *[10] * 50, *[11] * 60, 99, 99, 99)
    assert Arrivals(counts, counts).minutes(counts, quiet=5) == [10, 11]
    assert Arrivals(counts, counts).minutes(counts, quiet=11) == [10, 500 / 60, 11]


def test_ahead_is_the_most_that_came_beyond_the_rate_over_any_span() -> None:
    assert ahead((10, 10, 10), 10) == 0
    assert ahead((0, 30, 10, 0, 10), 10) == 2
    assert ahead((12,) * 100, 10) == pytest.approx(20)
