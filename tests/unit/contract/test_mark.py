"""The header that says how often an event was sent: written, read back, and told from what only looks like it."""

from __future__ import annotations

import pytest
from event_recovery.contract.mark import Mark, check_resends, check_run_id, next_mark, read_mark, with_mark
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

RUN_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200)
MARKS = st.builds(Mark, st.integers(1, 999_999_999), RUN_IDS)
OTHERS = st.text().filter(lambda header: read_mark([header]) is None)


def test_a_mark_is_a_header_with_the_sends_and_the_last_run() -> None:
    assert Mark(3, "hourly-0a1b").header() == "Event-Recovery: 3 hourly-0a1b"


@given(MARKS, st.lists(OTHERS), st.lists(OTHERS))
def test_a_mark_is_read_back_among_all_other_headers(mark: Mark, before: list[str], behind: list[str]) -> None:
    assert read_mark([*before, mark.header(), *behind]) == mark
    assert read_mark([*before, mark.header().replace("Event-Recovery", "event-recovery"), *behind]) == mark


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Event-Recovery",
        "Event-Recovery: ",
        "Event-Recovery: yes",
        "Event-Recovery: 1",
        "Event-Recovery: 1 ",
        "Event-Recovery: 0 run",
        "Event-Recovery: -1 run",
        "Event-Recovery: 01 run",
        "Event-Recovery: 1.5 run",
        "Event-Recovery: 1e3 run",
        "Event-Recovery: 1_0 run",
        "Event-Recovery: \u0661 run",  # a digit, but not of ASCII
        f"Event-Recovery: {10**9} run",
        f"Event-Recovery: {'9' * 5000} run",
        "Event-Recovery: 1 two words",
        "Event-Recovery: 1 run\n",
        "Event-Recovery: 1 r\u00fcn",
        f"Event-Recovery: 1 {'r' * 201}",
        "X-Event-Recovery: 1 run",
        " Event-Recovery: 1 run",
        "Event-Recovery-Of: 1 run",
    ],
)
def test_what_only_looks_like_a_mark_is_none_and_stays(header: str) -> None:
    assert read_mark([header]) is None
    assert with_mark([header], Mark(1, "run")) == [header, "Event-Recovery: 1 run"]


def test_of_several_marks_the_one_with_most_sends_counts_and_one_is_left() -> None:
    headers = ["A: 1", "Event-Recovery: 2 b", "B: 1", "event-recovery: 10 a", "C: 1"]
    assert read_mark(headers) == Mark(10, "a")
    assert with_mark(headers, Mark(11, "c")) == ["A: 1", "Event-Recovery: 11 c", "B: 1", "C: 1"]


@given(st.lists(st.text() | MARKS.map(Mark.header)), MARKS)
def test_with_a_mark_the_others_keep_their_order(headers: list[str], mark: Mark) -> None:
    marked = with_mark(headers, mark)
    assert [one for one in marked if read_mark([one]) is None] == [one for one in headers if read_mark([one]) is None]
    assert [one for one in marked if read_mark([one]) is not None] == [mark.header()]
    assert with_mark(marked, mark) == marked


def test_each_run_adds_one_and_the_greatest_number_stays_a_mark() -> None:
    assert next_mark(None, "a") == Mark(1, "a")
    assert next_mark(Mark(1, "a"), "b") == Mark(2, "b")
    greatest = next_mark(Mark(999_999_999, "a"), "b")
    assert read_mark([greatest.header()]) == Mark(999_999_999, "b")


@given(RUN_IDS)
def test_a_run_id_that_is_taken_can_be_read_back(run_id: str) -> None:
    check_run_id(run_id)
    assert read_mark([Mark(1, run_id).header()]) == Mark(1, run_id)


@pytest.mark.parametrize("run_id", ["", "a b", "r\u00fcn", "a\n", "r" * 201])
def test_a_run_id_that_no_mark_can_name_is_refused(run_id: str) -> None:
    with pytest.raises(ValueError, match="expected 1 to 200 printable ASCII characters without blanks for the mark"):
        check_run_id(run_id)


def test_a_limit_of_sends_needs_marks() -> None:
    check_resends(None, mark=False)
    check_resends(2, mark=True)
    with pytest.raises(ValueError, match="2 needs the mark"):
        check_resends(2, mark=False)
