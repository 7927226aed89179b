"""Generated rows of known kinds of failure: the groups and their counts are the generator's own."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from event_recovery.contract import TYPE_NAMES
from event_recovery.explore import Groups, Key, Source, explored, key_of
from generator.kinds import Known
from generator.known import KNOWN
from generator.known_rows import known_rows

pytestmark = pytest.mark.unit

SOURCE = Source(0, "rows")


def key(known: Known) -> tuple[str, tuple[tuple[str, ...], ...]]:
    return known.type, known.wrong


def plain(found: Key) -> tuple[str, tuple[tuple[str, ...], ...]]:
    return found.type, tuple(tuple(cause) for cause in found.causes)


def test_groups_and_counts_are_those_of_the_generator() -> None:
    expected: Counter[object] = Counter()
    sizes: Counter[object] = Counter()
    groups = Groups()
    for number, (known, line) in enumerate(known_rows(3000, seed=5), 1):
        expected[key(known)] += 1
        sizes[key(known)] += len(line) + 1
        groups.add(line, SOURCE, number)
    found = groups.largest_first()
    assert {plain(one): group.rows for one, group in found} == expected
    assert {plain(one): group.bytes for one, group in found} == sizes
    assert groups.other.rows == 0
    assert groups.rows == 3000


def test_there_are_groups_of_all_types() -> None:
    assert {known.type for known in KNOWN} == {*TYPE_NAMES, ""}
    assert len({key(known) for known in KNOWN}) == len(KNOWN) >= 40


def test_every_group_has_a_name_of_its_own_that_stays() -> None:
    names = defaultdict(set)
    for known, line in known_rows(600, seed=6):
        names[key(known)].add(key_of(line).name)
    assert all(len(of) == 1 for of in names.values())
    assert len(set.union(*names.values())) == len(KNOWN)
    assert all(len(name) <= 43 for of in names.values() for name in of)
    [one] = names["schema_violations", KNOWN[5].wrong]
    assert one == "schema-cart-wrong-type-total-8a9b89"


def test_senders_times_and_examples_are_told() -> None:
    groups = Groups()
    lines = {}
    for number, (known, line) in enumerate(known_rows(400, seed=7), 1):
        lines[number] = key(known), line
        groups.add(line, SOURCE, number)
    for one in explored(groups).groups:
        example = one.group.example
        assert example is not None
        assert lines[example.line] == (plain(one.key), example.row)
        if one.key.type:
            assert one.group.app_ids.most_common() == [("acme-shop", one.group.rows)]
            assert one.group.trackers.most_common() == [("js-3.24.0", one.group.rows)]
            assert one.group.first_seen is not None
            assert one.group.first_seen.startswith("2026-03-0")
            assert sum(one.group.volume.spans().values()) == one.group.rows
        assert one.group.events == (one.group.rows if one.key.type else 0)
