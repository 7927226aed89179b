"""Whatever a line holds, it is in one group, and what is told of it can be printed."""

from __future__ import annotations

import json
import time
from typing import Any

import orjson
import pytest
from drills.hostile import LINES
from event_recovery.contract import TYPE_NAMES
from event_recovery.explore import Groups, Source, as_json, explored, key_of
from event_recovery.explore.folding import LONGEST
from event_recovery.explore.row import FAULT
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.rows import bad_row, line_of, uri
from support.engine.strategies import LINES as ANY_LINES
from support.engine.strategies import broken_lines

pytestmark = pytest.mark.unit

SOURCE = Source(0, "rows")
NAMES = st.sampled_from(
    """timestamp messages message error errors field value schemaKey schemaCriterion dataReports lookupHistory path
    keyword targets json expectedMapping expectation actual enrichment identifier vendor version type key expected
    configName location payloadField schema data payload failure processor artifact parameters querystring""".split()
)
TEXTS = st.text(max_size=8) | NAMES | st.sampled_from(["required", "type", "$.a[1].b", "ResolutionError", "\ud800"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=20,
)
FAILURES = ANYTHING | st.fixed_dictionaries({"messages": st.lists(ANYTHING, max_size=3)})


def told(*lines: bytes) -> dict[str, Any]:
    groups = Groups()
    for number, line in enumerate(lines, 1):
        groups.add(line, SOURCE, number)
    document: dict[str, Any] = json.loads(orjson.dumps(as_json(explored(groups))))
    assert document["rows"] == len(lines) == sum(group["rows"] for group in document["groups"])
    assert document["bytes"] == sum(len(line) + 1 for line in lines)
    for group in document["groups"]:
        assert group["causes"][0]["kind"] != FAULT
        assert all(len(part) <= LONGEST for cause in group["causes"] for part in cause.values())
    return document


def test_the_hostile_lines_of_the_drills_are_no_bad_rows() -> None:
    begun = time.process_time()
    document = told(*LINES)
    assert time.process_time() - begun < 10
    kinds = {group["causes"][0]["kind"]: group["rows"] for group in document["groups"]}
    assert {group["type"] for group in document["groups"]} == {None}
    assert kinds == {"not JSON": 6, "nested too deeply": 2, "no schema": 1, "no Iglu schema": 1}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"", "not JSON"),
        (b"<html></html>", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"{}", "no schema"),
        (b'{"schema":7}', "no schema"),
        (b'{"schema":"iglu:x"}', "no Iglu schema"),
        (b'{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":{}}', "another schema"),
        (f'{{"schema":"{uri("new")}","data":{{}}}}'.encode(), "unknown bad row type"),
        (f'{{"schema":"{uri("size_violation")}"}}'.encode(), "no data"),
        (f'{{"schema":"{uri("size_violation")}","data":[]}}'.encode(), "no data"),
    ],
)
def test_what_is_no_bad_row_is_told_why(line: bytes, kind: str) -> None:
    found = key_of(line)
    assert (found.type, found.causes[0].kind) == ("", kind)


def test_a_bad_row_with_invalid_utf8_is_that_bad_row() -> None:
    line = line_of(bad_row("schema_violations"))
    assert key_of(line.replace(b'"UA"', b'"\xff"')) == key_of(line)


def test_a_bad_row_with_a_number_of_any_size_is_that_bad_row() -> None:
    line = line_of(bad_row("schema_violations"))
    assert key_of(line.replace(b'"timestamp"', b'"n": %s, "timestamp"' % (b"9" * 5000), 1)) == key_of(line)


def test_a_thousand_recovery_errors_around_a_row() -> None:
    text = line_of(bad_row("adapter_failures")).decode()
    for _ in range(300):
        text = f'{{"schema":"{uri("recovery_error")}","data":{{"failure":{{"error":"x"}},"payload":{text}}}}}'
    assert key_of(text.encode()).type in ("recovery_error", "")


def test_a_huge_row_is_told_by_its_place_alone() -> None:
    line = json.dumps(bad_row("schema_violations") | {"more": "x" * 1_000_000}).encode()
    [group] = told(line)["groups"]
    assert group["example"] == {"file": "rows", "line": 1, "row": None}
    assert group["recoverable"] is None


def test_ten_thousand_messages_of_a_row_are_one_group_with_a_short_name() -> None:
    row = bad_row("schema_violations")
    row["data"]["failure"]["messages"] = [
        {"field": f"f{number}", "value": "x" * 1000, "error": "e" * 1000} for number in range(10_000)
    ]
    found = key_of(line_of(row))
    assert len(found.causes) == 7
    assert len(found.name) < 150


@pytest.mark.parametrize("name", TYPE_NAMES)
@settings(deadline=None, max_examples=40)
@given(failure=FAILURES, payload=ANYTHING)
def test_any_failure_and_payload_of_a_type_is_in_a_group(name: str, failure: Any, payload: Any) -> None:
    data = {"processor": {"artifact": "x", "version": "1"}, "failure": failure, "payload": payload}
    told(json.dumps({"schema": uri(name), "data": data}).encode())


@settings(deadline=None)
@given(ANY_LINES | broken_lines() | st.binary(max_size=50))
def test_any_line_is_in_a_group(line: bytes) -> None:
    told(line)
