"""JSON text: strict reading, both ways of printing, and the words of the parser's refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery.text.jsonexact import parse_exact, pretty
from event_recovery.text.jsontext import MAX_DEPTH, JsonTextError, no_spaces, parse
from event_recovery.text.numbers import Number
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)

UNCHANGED = [
    '{"a":1.0,"b":1e5,"c":1E+2,"d":-0,"e":0.1000,"f":123456789012345678901234567890}',
    "[]",
    "{}",
    "null",
    '"/\u2028é😀"',
    '"\\b\\f\\n\\r\\t\\"\\\\"',
    '"\\u0000\\u001f\\u007f\\u0080\\u009f"',
    "[1,[2,[3,{}]],{}]",
    '{"b":1,"a":2}',
    "-0.0",
    "1e400",
    "9007199254740993",
    '"\ufffe\uffff"',
    '{"id":"iglu:a/b/jsonschema/1-0-0","zero":-0}',
    '[0,"-0",-0]',
    "[0,-0.0]",
    "[999999999999999,1000000000000000,-999999999999999,-1000000000000000]",
    "[9223372036854775807,9223372036854775808,18446744073709551615,18446744073709551616]",
    "[1.50]",
    '{"latitude":37.774900000000002,"at":1772431790351000,"none":0}',
    "[1.50,0,-0]",
    "[1.50,18446744073709551616,-9223372036854775809]",
    "[1.50,999999999999999999,1000000000000000000]",
    "[" * 199 + "1" + "]" * 199,
    "[" * 300 + "1.50" + "]" * 300,
]


@pytest.mark.parametrize("text", UNCHANGED)
def test_compact_text_comes_back_as_it_was(text: str) -> None:
    assert no_spaces(parse(text)) == text
    assert no_spaces(parse_exact(text)) == text


CHANGED = {
    "blanks": (' { "a" :\t[ 1 ,\r\n2 ] } ', '{"a":[1,2]}'),
    "escapes": ('"\\u0041\\/\\u00e9\\u001F"', '"A/é\\u001f"'),
    "raw-delete-and-c1": ('"\x7f\x80\x9f\xa0"', '"\\u007f\\u0080\\u009f\xa0"'),
    "duplicates-last-value-first-place": ('{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'),
    "blanks-before-minus-zero": ("[ -0,\n-0,\t-0]", "[-0,-0,-0]"),
    "zeros-and-blanks": ('{ "a": 0, "b": "x -0" }', '{"a":0,"b":"x -0"}'),
    "surrogate-pair": ('"\\ud83d\\ude00"', '"😀"'),
}


@pytest.mark.parametrize(("text", "expected"), CHANGED.values(), ids=CHANGED)
def test_what_changes(text: str, expected: str) -> None:
    assert no_spaces(parse(text)) == expected
    assert no_spaces(parse_exact(text)) == expected


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udc00x"', '{"\\udfff":1}'])
def test_lone_surrogates_are_accepted(text: str) -> None:
    printed = no_spaces(parse(text))
    assert printed == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    assert "?" in printed.encode("utf-8", "replace").decode()


@settings(deadline=None)
@given(JSON)
def test_printing_and_reading_are_inverse(value: Any) -> None:
    text = no_spaces(value)
    assert json.loads(text) == value
    assert no_spaces(parse(text)) == text
    assert no_spaces(parse(json.dumps(value))) == no_spaces(parse_exact(json.dumps(value)))
    assert json.loads(pretty(value)) == value


PRETTY = {
    "object": (
        '{"a":1,"b":{"c":[1,"x"]}}',
        '{\n  "a" : 1,\n  "b" : {\n    "c" : [\n      1,\n      "x"\n    ]\n  }\n}',
    ),
    "empty-object": ("{}", "{\n  \n}"),
    "empty-array": ("[]", "[\n]"),
    "nested-empty": ('{"a":{},"b":[]}', '{\n  "a" : {\n    \n  },\n  "b" : [\n  ]\n}'),
    "scalar": ("1.50", "1.50"),
}


@pytest.mark.parametrize(("text", "expected"), PRETTY.values(), ids=PRETTY)
def test_pretty(text: str, expected: str) -> None:
    assert pretty(parse(text)) == expected


REFUSED = {
    "": "exhausted input",
    " ": "exhausted input",
    "{": "exhausted input",
    '{"a":1': "exhausted input",
    '"abc': "exhausted input",
    "tru": "exhausted input",
    "-": "exhausted input",
    "1.": "exhausted input",
    "s": "expected json value got 's' (line 1, column 1)",
    "something": "expected json value got 'someth...' (line 1, column 1)",
    "[1,\n\n  x]": "expected json value got 'x]' (line 3, column 3)",
    "{} x": "expected whitespace or eof got 'x' (line 1, column 4)",
    "01": "expected whitespace or eof got '1' (line 1, column 2)",
    "{oops": "expected \" got 'oops' (line 1, column 2)",
    '{"a":1,}': "expected \" got '}' (line 1, column 8)",
    "not json": "expected null got 'not js...' (line 1, column 1)",
    "NaN": "expected json value got 'NaN' (line 1, column 1)",
    "truth": "expected true got 'truth' (line 1, column 1)",
    "fals3": "expected false got 'fals3' (line 1, column 1)",
    "[1 2]": "expected ] or , got '2]' (line 1, column 4)",
    '{"a":1 2}': "expected } or , got '2}' (line 1, column 8)",
    '{"a" 1}': "expected : got '1}' (line 1, column 6)",
    "[1,]": "expected json value got ']' (line 1, column 4)",
    '"a\tb"': "control char (9) in string got '\t...' (line 1, column 3)",
    '{"a":"\\u12"}': "expected valid unicode escape got '12\"}' (line 1, column 9)",
    '"\\x41"': "illegal escape sequence (\\x) got '\\...' (line 1, column 2)",
    "\ufeff{}": "expected json value got '\ufeff{}' (line 1, column 1)",
    "\f1": "expected json value got '\f1' (line 1, column 1)",
    "Infinity": "expected json value got 'Infini...' (line 1, column 1)",
    "-Infinity": "expected digit got '-Infin...' (line 1, column 1)",
    "+1": "expected json value got '+1' (line 1, column 1)",
    ".5": "expected json value got '.5' (line 1, column 1)",
    "'a'": "expected json value got ''a'' (line 1, column 1)",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=[repr(text) for text in REFUSED])
def test_refusals(text: str, message: str) -> None:
    expected_start = message.partition(" got ")[0]
    with pytest.raises(JsonTextError) as caught:
        parse(text)
    if text in {"truth", "fals3", "-Infinity"}:
        assert str(caught.value).startswith(expected_start)  # The place of the fault is not known for certain.
    else:
        assert str(caught.value) == message


@settings(deadline=None)
@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\t\\u/bx', max_size=30))
def test_reading_agrees_with_the_standard_library(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    except ValueError:
        with pytest.raises(JsonTextError, match=r"."):
            parse(text)
    else:
        assert json.loads(no_spaces(parse(text))) == expected


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_q61_depth_is_limited(opening: str, closing: str) -> None:
    def nested(depth: int) -> str:
        core = "1" if opening != "[" else ""
        return opening * depth + core + closing * depth

    assert no_spaces(parse(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(JsonTextError, match=f"nesting deeper than {MAX_DEPTH} levels"):
            parse(nested(depth))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[{" * 1000 + "}"])
def test_q61_unclosed_brackets_do_not_overflow(text: str) -> None:
    with pytest.raises(JsonTextError):
        parse(text)


def test_huge_integers_keep_their_digits() -> None:
    digits = "9" * 5000
    assert parse(digits) == Number(digits)
    assert no_spaces([parse(digits)]) == f"[{digits}]"
