"""What messages of failures say, in all their published forms and in those that Enrich was recorded with."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from event_recovery import Recovery
from event_recovery.explore import key_of
from event_recovery.explore.causes import Cause, message_causes
from event_recovery.explore.failures import causes_of, recovery_cause
from event_recovery.explore.folding import fold_path, fold_text

pytestmark = pytest.mark.unit

RECORDED = Path(__file__).parents[2] / "conformance/enrich/schemas-1.0.70.jsonl.gz"
SCHEMA = "iglu:com.acme/x/jsonschema/1-0-0"


def of_report(**report: Any) -> Cause:
    [cause] = message_causes({"schemaKey": SCHEMA, "error": {"error": "ValidationError", "dataReports": [report]}})
    return cause


def test_every_report_of_the_validator_has_a_kind_and_a_folded_place() -> None:
    kinds: Counter[str] = Counter()
    for line in gzip.decompress(RECORDED.read_bytes()).splitlines():
        for report in json.loads(line)[2].get("reports", ()):
            cause = of_report(**report)
            kinds[cause.kind] += 1
            assert "[0]" not in cause.field
            if cause.kind == "wrong type":
                assert ", not " in cause.detail
    assert set(kinds) == {
        "missing property",
        "property not allowed",
        "wrong type",
        "enum",
        "length",
        "pattern",
        "range",
        "format",
        "other",
    }


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("$.a.sku: is missing but it is required", "$.a.sku"),
        ("$.a: required property 'sku' not found", "$.a.sku"),
        ("$.a: property 'sku' is not defined in the schema", "$.a.sku"),
        ("no word of it", "$.a"),
    ],
)
def test_the_property_is_found_in_the_message_when_it_is_no_target(message: str, field: str) -> None:
    assert of_report(path="$.a", keyword="required", message=message).field == field


def test_null_is_another_group_than_a_text() -> None:
    text, null = (of_report(path="$.n", keyword="type", targets=[found, "number"]) for found in ("string", "null"))
    assert (text.detail, null.detail) == ("string, not number", "null, not number")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("timed out after 5000 ms", "timed out after <number> ms"),
        ("took 5000ms, 3.5 and 1,000", "took <number>ms, <number> and <number>"),
        ('For input string: "12,5"', "For input string: <text>"),
        ("Unexpected character ('o' (code 111))", "Unexpected character (<text> (code <number>))"),
        ("can't and won't", "can't and won't"),
        ("GET https://a.example/x?y=1 failed", "GET <url> failed"),
        ("iglu:com.acme/x/jsonschema/1-0-0 is missing", "iglu:com.acme/x/jsonschema/1-0-0 is missing"),
        ("no contexts_com_acme_product_2", "no contexts_com_acme_product_2"),
        ("java.lang.Foo@1f3a9c failed", "java.lang.Foo@<hex> failed"),
        ("from 10.0.0.1 at 2026-03-02T06:00:00.123Z", "from <address> at <time>"),
        ("user jo.x@acme.example", "user <email>"),
        ("id 9e8a7b6c-1234-4abc-8def-001122334455", "id <id>"),
        ("two\n lines", "two lines"),
        ("x" * 5000, "x" * 199 + "…"),
    ],
)
def test_what_varies_from_row_to_row_is_folded(text: str, folded: str) -> None:
    assert fold_text(text) == folded


def test_a_value_that_a_message_quotes_is_folded_but_no_short_one() -> None:
    assert fold_text("got oops here", "oops") == "got <value> here"
    assert fold_text("got it here", "e") == "got it here"


def test_positions_in_arrays_are_folded() -> None:
    assert fold_path("$.items[3].tags[12]") == "$.items[].tags[]"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("Failed to load recovery configuration for iglu:x. No", ("no flow for it", "")),
        (
            "Failed to cast DownField(a) from String to Numeric",
            ("step failed", "Failed to cast DownField(a) from String to Numeric"),
        ),
        ('Failed to replace x1 with "y" in DownField(a)', ("step failed", "Failed to replace in DownField(a)")),
        ("Failed to add 1 to path x on {}", ("Add failed", "")),
        (None, ("step failed", "")),
    ],
)
def test_recovery_errors_are_known_by_the_beginning_of_their_message(error: str | None, cause: tuple[str, str]) -> None:
    found = recovery_cause({"error": error, "configName": "f"}, "adapter_failures")
    assert (found.kind, found.detail) == cause
    assert (found.by, found.schema) == ("f", "adapter_failures")


def test_a_row_is_in_one_group_whatever_the_order_and_number_of_its_messages() -> None:
    messages = [{"field": name, "value": "v", "error": "e"} for name in ("b", "a", "b")]
    forward = causes_of("schema_violations", {"messages": messages}, "")
    assert forward == causes_of("schema_violations", {"messages": messages[::-1]}, "")
    assert [cause.field for cause in forward] == ["a", "b"]


def test_lines_that_a_recovery_could_not_read_are_of_one_cause_whatever_they_held() -> None:
    recovery = Recovery.from_config({"schema": "iglu:event_recovery/recoveries/jsonschema/4-0-1", "data": {}})
    rows = [recovery.recover(line).bad_row for line in (b"no JSON", b'{"a": 1', b"\xff", b"{" * 9)]
    keys = {key_of(row) for row in rows if row is not None}
    assert {(key.type, key.causes) for key in keys} == {("collector_payload_format_violation", (Cause("not JSON"),))}
