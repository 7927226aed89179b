"""Rows that are kept of a group: few, fairly drawn, and the same in whichever order they come."""

from __future__ import annotations

import pickle
from random import Random

import pytest
from event_recovery.explore.held import MOST_HELD, Held

pytestmark = pytest.mark.unit

LINES = [b"%d " % number + b"x" * (number % 300) for number in range(500)]


def held(lines: list[bytes]) -> Held:
    one = Held()
    for line in lines:
        one.add(line)
    return one


def test_few_rows_are_kept_and_of_all_parts() -> None:
    kept = list(held(LINES))
    assert len(kept) == MOST_HELD
    places = [LINES.index(line) for line in kept]
    assert min(places) < 100
    assert max(places) > 400


def test_the_same_rows_are_kept_in_any_order_and_parts() -> None:
    shuffled = LINES.copy()
    Random(1).shuffle(shuffled)
    parts = held(shuffled[:123])
    parts.merge(pickle.loads(pickle.dumps(held(shuffled[123:]))))
    assert list(parts) == list(held(LINES))


def test_rows_take_no_more_than_a_quarter_of_a_megabyte() -> None:
    long = [b"%d " % number + b"x" * 60_000 for number in range(40)]
    kept = held(long)
    assert 0 < sum(map(len, kept)) <= 256 * 1024
    merged = held(long[:20])
    merged.merge(held(long[20:]))
    assert list(merged) == list(kept)
    assert list(held([b"x" * 200_000, b"a"])) == [b"a"]
