"""Problems carry JSON paths that read well and can be read back."""

from __future__ import annotations

import pickle

import pytest
from event_recovery.documents.problems import ConfigError, Problem, json_path, parse_json_path
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), "$"),
        (
            ("data", "iglu:com.acme/x/jsonschema/1-*-*", 0, "steps", 1, "op"),
            "$.data['iglu:com.acme/x/jsonschema/1-*-*'][0].steps[1].op",
        ),
        (("a_b", "c-d", "1", ""), "$.a_b['c-d']['1']['']"),
        (("it's", "back\\slash"), "$['it\\'s']['back\\\\slash']"),
        (("naïve",), "$['naïve']"),
    ],
)
def test_json_path(parts: tuple[str | int, ...], text: str) -> None:
    assert json_path(parts) == text
    assert parse_json_path(text) == parts


@given(st.lists(st.text() | st.integers(min_value=0)))
def test_json_paths_read_back(parts: list[str | int]) -> None:
    assert parse_json_path(json_path(parts)) == tuple(parts)


@pytest.mark.parametrize("text", ["", "a", "$a", "$.a[b]", "$['a", "$[1", "$."])
def test_other_texts_are_no_json_paths(text: str) -> None:
    with pytest.raises(ValueError, match="not a JSON path"):
        parse_json_path(text)


def test_a_config_error_has_a_line_for_every_problem() -> None:
    error = ConfigError([Problem("$.a", "wrong"), Problem("$", "odd", "warning")])
    assert str(error) == "$.a: wrong\n$: odd"
    assert error.problems == (Problem("$.a", "wrong", "error"), Problem("$", "odd", "warning"))


def test_a_config_error_keeps_its_problems_when_pickled() -> None:
    error = pickle.loads(pickle.dumps(ConfigError([Problem("$.a", "wrong")])))
    assert error.problems == (Problem("$.a", "wrong"),)
    assert str(error) == "$.a: wrong"
