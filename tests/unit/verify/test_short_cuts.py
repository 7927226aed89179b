"""Where verification takes a short cut, it says what the long way says."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery.javaregex import compile_pattern
from event_recovery.text.javauri import UriSyntaxError
from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check
from event_recovery.verify.generations import Generation
from event_recovery.verify.pairs import Pairs, read_pairs
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

NEWEST = Generation.parse("6")
PIECES = "a b1 & ; = == + % %2 %41 %3D %26 %00 %01 %c3%a9 %ff # [ { \x00 \x01 é".split(" ")
NODES = "a b [ab] [^a] . ^ $ \\d \\s a* [ab]+ a? (a|b) (?:ab|) a{2,3} [^b]* \\z | (?i)A \\n".split()
NAMES = st.sampled_from(["a", "b", "c", "#d"])


def pairs_or_fault(query: str, charset: str) -> Pairs | str:
    try:
        return read_pairs(query, charset)
    except UriSyntaxError as error:
        return str(error)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_pairs_that_are_read_at_once_are_those_that_are_read_with_care(query: str) -> None:
    # Under another name of it the character set has no short cut.
    assert pairs_or_fault(query, "utf-8") == pairs_or_fault(query, "utf8")


@settings(deadline=None)
@given(st.lists(st.sampled_from(NODES), min_size=1, max_size=6).map("".join), st.text("abA1 \n\r\t", max_size=8))
def test_plain_patterns_are_found_where_others_would_be(pattern: str, text: str) -> None:
    # With a look-around it is not plain, and says the same.
    assert compile_pattern(pattern).found_in(text) is compile_pattern(f"(?=)(?:{pattern})").found_in(text)


def fresh(schema: dict[str, Any]) -> Check:
    return Compiler(schema, NEWEST, Patience()).compile(schema)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"properties": st.dictionaries(NAMES, st.just({"type": "string"}))},
        optional={
            "required": st.lists(NAMES, unique=True, min_size=1),
            "additionalProperties": st.sampled_from([True, False, {"type": "string"}]),
            "patternProperties": st.just({"^b": {"type": "string"}}),
            "minProperties": st.integers(0, 2),
            "maxProperties": st.integers(0, 2),
        },
    ),
    st.lists(st.dictionaries(NAMES, st.sampled_from(["x", 1])), max_size=8),
)
def test_what_names_decide_is_said_each_time_they_come(schema: dict[str, Any], values: list[dict[str, Any]]) -> None:
    used = fresh(schema)
    for value in values * 2:
        assert list(used(value) or ()) == list(fresh(schema)(value) or ())
