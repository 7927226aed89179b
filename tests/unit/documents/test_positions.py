"""Every value of a JSON text is found again by its path, and a syntax error is told with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery.documents.positions import JsonSyntaxError, Position, SourceMap, map_source, parse_json
from event_recovery.documents.problems import Problem, json_path
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

TEXT = """{
  "schema": "iglu:a/b/c/1-0-0",
  "data": {
    "iglu:com.acme/x/jsonschema/1-*-*": [
      {"name": "main", "conditions": [], "steps": [
        {"op": "Remove", "path": "$.a"}, {"op": "Replace", "path": "b", "value": [1, {"c": null}]}
      ]}
    ]
  }
}
"""
KEY = "iglu:com.acme/x/jsonschema/1-*-*"


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("$", 1, 1),
        ("$.schema", 2, 13),
        ("$.data", 3, 11),
        (f"$.data['{KEY}']", 4, 41),
        (f"$.data['{KEY}'][0]", 5, 7),
        (f"$.data['{KEY}'][0].conditions", 5, 38),
        (f"$.data['{KEY}'][0].steps[0].op", 6, 16),
        (f"$.data['{KEY}'][0].steps[1]", 6, 42),
        (f"$.data['{KEY}'][0].steps[1].value[0]", 6, 83),
        (f"$.data['{KEY}'][0].steps[1].value[1].c", 6, 92),
    ],
)
def test_positions(path: str, line: int, column: int) -> None:
    assert map_source(TEXT).position(path) == Position(line, column)


def test_what_is_missing_is_placed_at_its_nearest_ancestor() -> None:
    source_map = map_source(TEXT.encode())
    assert source_map.position(f"$.data['{KEY}'][0].steps[0].value.size") == source_map.position(
        ("data", KEY, 0, "steps", 0)
    )
    assert source_map.position("$.nowhere") == Position(1, 1)


def test_columns_count_characters() -> None:
    assert map_source('{"é😀": "ü", "b": 1}'.encode()).position("$.b") == Position(1, 18)


def test_a_position_reads_like_a_compiler_message() -> None:
    assert f"config.json:{Position(12, 9)}" == "config.json:12:9"


@pytest.mark.parametrize("text", ["1", " null ", '"a,b:{}[]"', "[]", "{}", "\n\ttrue"])
def test_a_single_value_is_the_root(text: str) -> None:
    offset = len(text) - len(text.lstrip())
    assert map_source(text).position(()) == Position.of(text, offset)


def test_strings_with_escapes_and_structure_in_them() -> None:
    text = '{"a\\"}": {"\\u0062": ["x\\\\", "]"]}, "c": 2}'
    source_map = map_source(text)
    assert source_map.position(('a"}', "b", 1)) == Position(1, text.index('"]"') + 1)
    assert source_map.position("$.c") == Position(1, text.rindex("2") + 1)


def test_repeated_keys_lose_all_but_the_last_value() -> None:
    source_map = map_source('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}')
    assert source_map.position("$.a") == Position(1, 38)
    message = "the key stands more than once in this object: only the last value is used, the others are lost"
    assert source_map.repeated_keys() == [Problem("$.b.c", message, "warning"), Problem("$.a", message, "warning")]
    assert map_source(TEXT).repeated_keys() == []


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


def leaves(value: Any, parts: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(parts, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [leaf for name, inner in items for leaf in leaves(inner, (*parts, name))]


def offset_of(source_map: SourceMap, parts: tuple[str | int, ...]) -> int:
    position = source_map.position(json_path(parts))
    before = source_map.text.split("\n")[: position.line - 1]
    return sum(len(line) + 1 for line in before) + position.column - 1


@given(documents, st.sampled_from([None, 2]), st.booleans())
def test_the_value_at_a_position_is_the_one_at_the_path(document: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    source_map = map_source(text)
    found = leaves(document)
    assert set(source_map.offsets) == {parts for parts, _ in found}
    for parts, value in found:
        assert json.JSONDecoder().raw_decode(text, offset_of(source_map, parts))[0] == value


@pytest.mark.parametrize(
    ("content", "position", "message"),
    [
        ('{"a": 1,\n "b" 2}', Position(2, 6), "Expecting ':' delimiter"),
        ("", Position(1, 1), "Expecting value"),
        ('{"a": [1, NaN]}', Position(1, 11), "NaN is not a JSON number"),
        ('{"NaN": 1,\n"b": -Infinity}', Position(2, 6), "-Infinity is not a JSON number"),
        ("\ufeff{}", Position(1, 1), "a byte order mark, expected plain UTF-8"),
        (b'{"a":\n "\xc3\xa9\xff"}', Position(2, 4), "not UTF-8"),
        ("[" * 100_000, Position(1, 1), "nested too deeply"),
    ],
)
def test_syntax_errors(content: str | bytes, position: Position, message: str) -> None:
    for read in (parse_json, map_source):
        with pytest.raises(JsonSyntaxError) as caught:
            read(content)
        assert caught.value.position == position
        assert caught.value.message == message
        assert str(caught.value) == f"{message} at line {position.line}, column {position.column}"
