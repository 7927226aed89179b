"""Groups beside those of an earlier exploration: what is new, what has grown, and what is remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from event_recovery.explore import Explored, Groups, Source, explored
from event_recovery.explore.compare import FEWEST_GROWN, MOST_KNOWN, Compared, Earlier, compare, document

pytestmark = pytest.mark.unit


def of(rows: Mapping[str, int], sample: int | None = None) -> Explored:
    """So many rows of each of these groups, which a letter names."""
    groups = Groups()
    for letter, count in rows.items():
        line = b'{"schema":"iglu:com.acme/%s/jsonschema/1-0-0"}' % letter.encode()
        for number in range(count):
            groups.add(line, Source(1, "rows"), number + 1)
    return explored(groups, sample=sample)


def after(*days: Explored) -> Earlier | None:
    """What explorations leave, one after the other."""
    earlier = None
    for day, found in enumerate(days, 1):
        compared = compare(found, earlier, grows_by=3)
        earlier = Earlier.from_json(document(found, compared, earlier, time=f"2026-11-{day:02}T06:00:00+00:00"))
    return earlier


def told(compared: Compared) -> tuple[list[str], dict[str, int]]:
    """The letters of the groups that are new, and of those that have grown with the rows they had."""
    letters = {one.key.name: one.key.causes[0].schema[-1] for one in compared.new}
    grown = {one.group.key.causes[0].schema[-1]: one.before for one in compared.grown}
    return sorted(letters.values()), grown


def test_nothing_is_new_in_the_first_exploration() -> None:
    assert compare(of({"a": 50}), None, grows_by=3) == Compared()


def test_a_group_that_none_before_has_seen_is_new() -> None:
    earlier = after(of({"a": 20}))
    assert told(compare(of({"a": 20, "b": 1}), earlier, grows_by=3)) == (["b"], {})


def test_a_group_is_known_for_ever_once_it_was_seen() -> None:
    earlier = after(of({"a": 20, "b": 1}), of({"a": 20}), of({"a": 20}))
    assert told(compare(of({"a": 20, "b": 2}), earlier, grows_by=3)) == ([], {})


@pytest.mark.parametrize(("before", "now", "grown"), [(10, 29, False), (10, 30, True), (3, 9, False), (3, 10, True)])
def test_a_group_has_grown_by_so_many_times_its_rows(before: int, now: int, grown: bool) -> None:
    found = compare(of({"a": now, "b": 1}), after(of({"a": before, "b": 1})), grows_by=3)
    assert told(found) == ([], {"a": before} if grown else {})


def test_a_known_group_that_comes_back_has_grown_when_it_is_not_small() -> None:
    earlier = after(of({"a": 5, "b": 5}), of({"a": 5}))
    assert told(compare(of({"a": 5, "b": FEWEST_GROWN}), earlier, grows_by=3)) == ([], {"b": 0})
    assert told(compare(of({"a": 5, "b": FEWEST_GROWN - 1}), earlier, grows_by=3)) == ([], {})


def test_shares_are_compared_where_not_all_rows_were_read() -> None:
    whole = after(of({"a": 10, "b": 90}))
    found = compare(of({"a": 30, "b": 270}, sample=300), whole, grows_by=3)
    assert told(found) == ([], {}), "three times the rows, the same share"
    found = compare(of({"a": 30, "b": 70}, sample=100), whole, grows_by=3)
    assert told(found) == ([], {"a": 10})
    assert [one.by_share for one in found.grown] == [True]
    sample = after(of({"a": 10, "b": 90}, sample=100))
    assert told(compare(of({"a": 30, "b": 270}), sample, grows_by=3)) == ([], {})


def test_the_document_is_that_of_explore_and_what_is_new() -> None:
    found, earlier = of({"a": 30, "b": 2}), after(of({"a": 10}))
    written = json.loads(
        document(found, compare(found, earlier, grows_by=3), earlier, time="2026-11-30T06:00:00+00:00")
    )
    a, b = (one["name"] for one in written["groups"])
    assert (written["new"], written["grown"], written["rows"]) == ([b], [a], 32)
    assert written["known"] == dict.fromkeys((a, b), "2026-11-30T06:00:00+00:00")
    assert written["groups"][0]["example"]["line"] == 1


def test_no_more_names_are_remembered_than_fit() -> None:
    seen = {f"group-{number}": f"2026-01-{number % 28 + 1:02}" for number in range(MOST_KNOWN)}
    found = of({"a": 1})
    written = json.loads(document(found, Compared(), Earlier({}, 0, whole=True, known=seen), time="2026-11-30"))
    assert len(written["known"]) == MOST_KNOWN
    assert found.groups[0].key.name in written["known"]
    assert "group-0" not in written["known"], "it was seen first"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"groups":[{}],"known":{},"rows":1,"sample":null}', b"\xff"])
def test_what_is_no_exploration_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Earlier.from_json(content)
