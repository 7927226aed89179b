"""Parts counted apart and merged in whatever order are the whole, and none takes more memory than it may."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from event_recovery.explore import Groups, Source, as_json, explored
from event_recovery.explore.counts import Frequencies, Volume, widest
from generator.known_rows import known_rows
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

LINES = [line for _, line in known_rows(300, seed=9, products=0)]
CUTS = st.lists(st.integers(0, len(LINES)), min_size=2, max_size=4).map(sorted)
VALUES = st.lists(st.sampled_from("abcdefghij"), max_size=60)
TIMES = st.datetimes().map(lambda time: time.isoformat())


def counted(first: int, last: int, limit: int = 1000) -> Groups:
    groups = Groups(limit)
    for number in range(first, last):
        groups.add(LINES[number], Source(0, "rows"), number)
    return groups


@settings(deadline=None, max_examples=30)
@given(CUTS, st.randoms())
def test_parts_merge_in_any_order(cuts: list[int], rng: Random) -> None:
    edges = [0, *cuts, len(LINES)]
    whole = as_json(explored(counted(0, len(LINES))))
    forward, shuffled = ([counted(a, b) for a, b in pairwise(edges)] for _ in range(2))
    rng.shuffle(shuffled)
    last = forward.pop()
    while forward:
        # From the right: a + (b + c).
        one = forward.pop()
        one.merge(last)
        last = one
    left = Groups()
    for part in shuffled:
        left.merge(part)
    assert as_json(explored(last)) == as_json(explored(left)) == whole


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 20), CUTS)
def test_too_many_groups_keep_all_rows_and_the_largest(limit: int, cuts: list[int]) -> None:
    edges = [0, *cuts, len(LINES)]
    merged = Groups(limit)
    for first, last in pairwise(edges):
        merged.merge(counted(first, last, limit))
    assert len(merged.largest_first()) <= limit
    assert merged.rows == len(LINES)
    total = explored(merged).total
    assert total.bytes == sum(len(line) + 1 for line in LINES)


def test_the_largest_groups_survive_however_many_small_ones_there_are() -> None:
    groups = Groups(20)
    for number in range(3000):
        groups.add(LINES[0], Source(0, "rows"), number)
        groups.add(b'{"schema":"iglu:com.acme/x%d/jsonschema/1-0-0"}' % number, Source(0, "rows"), number)
    assert groups.largest_first()[0][1].rows == 3000
    assert groups.other.rows > 2900


@given(VALUES, VALUES, VALUES)
def test_frequencies_are_exact_within_the_limit(a: list[str], b: list[str], c: list[str]) -> None:
    def of(*values: str) -> Frequencies:
        made = Frequencies(10)
        for value in values:
            made.add(value)
        return made

    left, right, tail = of(*a), of(*a), of(*b)
    left.merge(of(*b))
    left.merge(of(*c))
    tail.merge(of(*c))
    right.merge(tail)
    exact = Counter([*a, *b, *c])
    expected = sorted(exact.items(), key=lambda item: (-item[1], item[0]))
    assert left.most_common() == right.most_common() == expected
    assert left.is_complete


@given(st.lists(st.text(max_size=2)), st.integers(2, 5))
def test_frequencies_beyond_the_limit_lose_no_count_and_tell_none_too_high(values: list[str], limit: int) -> None:
    counted = Frequencies(limit)
    for value in values:
        counted.add(value)
    exact = Counter(values)
    told = counted.most_common()
    assert len(told) <= limit
    assert counted.total == len(values)
    assert all(count <= exact[value] for value, count in told)


@given(st.lists(TIMES), st.lists(TIMES), st.lists(TIMES))
def test_volumes_merge_in_any_order(a: list[str], b: list[str], c: list[str]) -> None:
    def of(times: list[str]) -> Volume:
        made = Volume(100)
        for time in times:
            made.add(time)
        return made

    whole, left, right, tail = of([*a, *b, *c]), of(a), of(c), of(b)
    left.merge(of(b))
    left.merge(of(c))
    tail.merge(of(a))
    right.merge(tail)
    assert left.spans() == right.spans() == whole.spans()
    assert left.length == right.length == whole.length
    assert len(whole.spans()) <= 100


def test_a_minute_a_day_and_a_century_have_spans_that_fit() -> None:
    volume = Volume(100)
    for minute in range(60):
        volume.add(f"2026-03-02T06:{minute:02}:00")
    assert list(volume.spans()) == [f"2026-03-02T06:{ten}" for ten in range(6)]
    for year in range(1900, 2026):
        volume.add(f"{year}-01-01T00:00:00")
    assert volume.spans()["20"] == 86
    assert sum(volume.spans().values()) == 186
    other = Volume(100)
    other.add("2026-03-02T06:00:00")
    assert widest([volume, other], 50) == 2
