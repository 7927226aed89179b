"""Form-encoding against an oracle from the standard library, and lenient reading."""

from __future__ import annotations

import base64
from urllib.parse import unquote_plus

import pytest
from event_recovery.badrows.form_encoding import joined, written
from event_recovery.badrows.querystring import decode_form, read_escaped, read_pairs
from event_recovery.badrows.structs import Pair
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.forms import java_form

pytestmark = pytest.mark.unit

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def encoded(*named: tuple[str, str | None]) -> bytes:
    """Encode in both ways, each of which is quicker where the other is slow."""
    as_joined, as_written = joined([Pair(*one) for one in named]), written([Pair(*one) for one in named])
    assert as_joined == as_written
    return as_written


@pytest.mark.parametrize("code", range(256))
def test_every_character_up_to_ff(code: int) -> None:
    for value in (f"a{chr(code)}b", f"{chr(code)}%20+ {'b' * 500}{chr(code)}", f"{{{chr(code)}{'b' * 500}"):
        assert encoded(("n", value)).decode() == f"n={java_form(value)}"


@pytest.mark.parametrize("size", [300, 301, 302])
@pytest.mark.parametrize("stray", ["", "\n", " ", "=", "%", "{", "~", "é", "-", "_", "+"])
def test_long_base64_with_a_character_that_is_none(size: int, stray: str) -> None:
    for text in (base64.b64encode(bytes(range(250, 256)) * size), base64.urlsafe_b64encode(bytes(size)).rstrip(b"=")):
        value = text.decode()
        for place in (0, 1, 200, len(value) - 1, len(value)):
            changed = value[:place] + stray + value[place:]
            assert encoded(("n", changed)).decode() == f"n={java_form(changed)}"
            assert encoded(("n", changed[len(stray) :])).decode() == f"n={java_form(changed[len(stray) :])}"


def test_what_stays_as_it_is() -> None:
    assert encoded(("n", "azAZ09.-*_ ")) == b"n=azAZ09.-*_+"
    assert encoded(("n", "~'!()")) == b"n=%7E%27%21%28%29"


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, st.none() | TEXT)))
def test_any_pairs(named: list[tuple[str, str | None]]) -> None:
    expected = "&".join(f"{name}={java_form(value or '')}" for name, value in named)
    assert encoded(*named).decode() == expected


@settings(deadline=None)
@given(st.lists(TEXT, min_size=1))
def test_values_survive_encoding(values: list[str]) -> None:
    text = encoded(*(("n", value) for value in values)).decode()
    assert [unquote_plus(piece.removeprefix("n=")) for piece in text.split("&")] == values


@settings(deadline=None)
@given(
    st.text(st.sampled_from("ab+%0Ff \x00~"))
    | st.text(st.characters(max_codepoint=127))
    | st.text(st.sampled_from("%EDA08C3+é\u20ac"))
    | st.text()
)
def test_both_ways_of_reading_escapes_agree(text: str) -> None:
    expected = unquote_plus(text, errors="java")
    assert read_escaped(text.encode()).decode("utf-8", "java") == expected
    assert decode_form(text) == expected


def test_lone_surrogates_become_question_marks() -> None:
    assert encoded(("n\ud800", "\udfff"), ("e", "é")) == b"n?=%3F&e=%C3%A9"


def test_names_are_written_as_they_are() -> None:
    assert encoded(("a b&=%", "1")) == b"a b&=%=1"


#: Each text, and what it holds where it is intact, and where it is not.
READS: dict[str, tuple[list[Pair], list[Pair]]] = {
    "": ([], []),
    "a=1": ([Pair("a", "1")], [Pair("a", "1")]),
    "a": ([Pair("a")], [Pair("a")]),
    "a=": ([Pair("a")], [Pair("a", "")]),
    "=v": ([Pair("", "v")], [Pair("", "v")]),
    "=": ([Pair("", "")], [Pair("", "")]),
    "&&": ([], []),
    "a&b": ([Pair("a"), Pair("b")], [Pair("a"), Pair("b")]),
    "a=1&&b=2&": ([Pair("a", "1"), Pair("b", "2")], [Pair("a", "1"), Pair("b", "2")]),
    "a=b=c": ([Pair("a", "b=c")], [Pair("a", "b=c")]),
    "a=x==": ([Pair("a", "x==")], [Pair("a", "x==")]),
    "a=x+y%20z": ([Pair("a", "x y z")], [Pair("a", "x y z")]),
    "a%20b=1": ([Pair("a%20b", "1")], [Pair("a%20b", "1")]),
    "a=%zz&b=%": ([Pair("a", "%zz"), Pair("b", "%")], [Pair("a", "%zz"), Pair("b", "%")]),
    "a=%FF%C3%A9": ([Pair("a", "\ufffdé")], [Pair("a", "\ufffdé")]),
    "ü=ö+%C3%A9&é": ([Pair("ü", "ö é"), Pair("é")], [Pair("ü", "ö é"), Pair("é")]),
    "a=1&a=2": ([Pair("a", "1"), Pair("a", "2")], [Pair("a", "1"), Pair("a", "2")]),
}


@pytest.mark.parametrize(("text", "intact", "unclean"), [(text, *read) for text, read in READS.items()], ids=READS)
def test_reading(text: str, intact: list[Pair], unclean: list[Pair]) -> None:
    assert read_pairs(text, intact=True) == intact
    assert read_pairs(text, intact=False) == unclean


@settings(deadline=None)
@given(st.text(st.sampled_from("ab=&é+%41")) | st.text())
def test_any_text_is_read_as_its_pieces_are(text: str) -> None:
    for intact in (True, False):
        expected = []
        for piece in filter(None, text.split("&")):
            name, equals, value = piece.partition("=")
            null = not equals or (intact and name and not value)
            expected.append(Pair(name, None if null else unquote_plus(value, errors="java")))
        assert read_pairs(text, intact=intact) == expected
