"""Rows and bytes made to break things: every one has an outcome, and none takes long."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from event_recovery import Recovery
from event_recovery.config.loader import Flow, RecoveryConfig
from event_recovery.javaregex import TIME_LIMIT_S
from event_recovery.text import javatext
from event_recovery.text.jsontext import MAX_DEPTH
from generator import rows
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FORMAT_VIOLATION,
    SCHEMA,
    Json,
    add,
    b64,
    bad_row,
    cast,
    collector_payload,
    condition,
    config,
    enrichment_payload,
    flow,
    format_violation,
    line_of,
    message_of,
    pairs,
    recover,
    recover_with,
    recovered,
    remove,
    replace,
    thrift_payload,
    uri,
    written,
)

pytestmark = pytest.mark.unit


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Check the processor time that something takes, which other work on the machine does not stretch."""
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


def nested(depth: int, opening: str = "[", closing: str = "]", core: str = "") -> str:
    return opening * depth + core + closing * depth


QUERYSTRING = pairs(("e", "pv"), ("co", "@co@"))
LEVELS_ABOVE = {"failure": 5, "payload": 3}


def inside(field: str, text: str) -> bytes:
    """Give a row with raw JSON text in its failure, its payload or one of its parameters."""
    row = bad_row(ADAPTER, collector_payload(querystring=QUERYSTRING))
    row["data"]["failure"]["messages"] = [{"json": "@failure@", "error": "INVALID_DATA_PAYLOAD"}]
    row["data"]["payload"]["unknown"] = "@payload@"
    line = json.dumps(row, ensure_ascii=False)
    embedded = json.dumps(text) if field == "co" else text
    return line.replace(f'"@{field}@"', embedded).encode()


DEEP_LINES = {
    "brackets": nested(100_000).encode(),
    "unclosed-brackets": b"[" * 100_000,
    "objects": nested(100_000, '{"a":', "}", "1").encode(),
    "unclosed-objects": b'{"a":' * 100_000,
    "mixed": b'[{"a":' * 50_000,
    "under-schema": b'{"schema":' * 50_000,
    "after-the-schema": f'{{"schema":"{uri(ADAPTER)}","data":{nested(100_000)}}}'.encode(),
    "in-the-failure": inside("failure", nested(100_000)),
    "in-the-payload": inside("payload", nested(100_000)),
}


@pytest.mark.parametrize("line", DEEP_LINES.values(), ids=DEEP_LINES)
def test_q61_deep_lines_fail(line: bytes) -> None:
    with within(5):
        result = recover(line, replace("$.querystring.e", "x"), conditions=[condition("$.failure", regex=".")])
    assert (result.outcome, result.error) == ("failed", "InvalidJsonFormat")
    assert written(result)["data"]["payload"] == line.decode()


STEPS: dict[str, Json] = {
    "enter": replace("$.querystring.co.x", "X"),
    "replace": replace("$.querystring.co", {"a": 1}),
    "remove": remove("$.querystring.co", "x"),
    "cast": cast("$.querystring.co", "String", "Array"),
    "add": add("$.querystring.co", [1]),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("depth", [200, 300, MAX_DEPTH, MAX_DEPTH + 1, 100_000])
def test_q61_deep_json_in_a_string(depth: int, step: Json) -> None:
    with within(5):
        result = recover(inside("co", nested(depth)), step)
    assert result.outcome in {"recovered", "failed"}
    if depth > MAX_DEPTH:
        assert message_of(result) == f"Failed to parse JSON string from nesting deeper than {MAX_DEPTH} levels"


@pytest.mark.parametrize("depth", [100, 250, 300, MAX_DEPTH - 10])
@pytest.mark.parametrize("shape", ["arrays", "objects"])
def test_q61_what_is_just_deep_enough_is_walked_compared_and_printed(depth: int, shape: str) -> None:
    text = nested(depth) if shape == "arrays" else nested(depth, '{"a":', "}", "1")
    path, line = "$.failure.messages.[0].json", inside("failure", text)
    value = json.loads(text)
    for matcher in ({"value": value}, {"regex": "^[\\[{]"}):
        assert recover(line, conditions=[condition(path, **matcher)]).outcome == "recovered"
    printed = recover(line, replace("$.nope", "x"))
    assert written(printed)["data"]["payload"]["data"]["failure"]["messages"][0]["json"] == value
    assert recover(inside("payload", text), remove("$.querystring.nope")).error == "InvalidDataFormat"


@pytest.mark.parametrize("depth", [MAX_DEPTH - 6, MAX_DEPTH, 500])
@pytest.mark.parametrize("field", ["failure", "payload"])
def test_q61_only_what_has_to_be_read_is_limited(field: str, depth: int) -> None:
    """The short cut does not look into parts that no flow needs, so their depth is no reason to refuse the row."""
    line = inside(field, nested(depth))
    unread = Recovery.from_config(config(flow())).recover(line)
    assert unread.payload == recover(bad_row(ADAPTER, collector_payload(querystring=QUERYSTRING))).payload
    unmatched = recover(line, conditions=[condition("$.processor", regex="no such text")])
    printed = field == "payload" or depth + LEVELS_ABOVE[field] <= MAX_DEPTH  # of a payload, the known fields are
    assert unmatched.error == ("FailedToMatchConfiguration" if printed else "InvalidJsonFormat")


def test_a_thousand_recovery_errors_around_a_row() -> None:
    text = line_of(bad_row(ADAPTER)).decode()
    for _ in range(1000):
        text = f'{{"schema":"{uri("recovery_error")}","data":{{"payload":{text}}}}}'
    assert recover(text).outcome == "failed"


CATASTROPHES = {
    "match": (replace("$.querystring.e", "X", "^(a+)+$"), []),
    "filter": (replace('$.querystring.[?(@.value=~^"(a+)+$)].value', "X"), []),
    "condition": (None, [condition("$.payload.querystring.e", regex='^"(a+)+$')]),
    "alternatives": (replace("$.querystring.e", "X", "^(a|aa)+$"), []),
    "list": (replace("$.querystring", "X", "^(.*,)*(.*,)*(.*,)*(.*,)*Z$"), []),
}


@pytest.mark.parametrize(("step", "conditions"), CATASTROPHES.values(), ids=CATASTROPHES)
def test_catastrophic_regexes_end_within_the_time_limit(step: Json, conditions: list[Json]) -> None:
    row = bad_row(ADAPTER, collector_payload(querystring=pairs(("e", "a" * 200 + "!" + "," * 200))))
    with within(3 * TIME_LIMIT_S):
        result = recover(row, *([step] if step else []), conditions=conditions)
    assert result.outcome in {"recovered", "failed"}
    if result.error == "RegexTimeout":
        assert written(result)["data"]["payload"]["data"]["payload"] == row["data"]["payload"]


@pytest.mark.parametrize(
    "damage",
    [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xfe\xff"],
    ids=["ff", "cut-short", "surrogate", "overlong", "beyond", "byte-order-mark"],
)
def test_q52_invalid_utf8_becomes_replacement_characters(damage: bytes) -> None:
    line = line_of(bad_row(ADAPTER, collector_payload(body="a@b"))).replace(b"a@b", b"a" + damage + b"b")
    body = recovered(line)["body"]
    assert body == f"a{javatext.decode(damage)}b"
    assert "\ufffd" in str(body)


def test_invalid_utf8_outside_json() -> None:
    assert written(recover(b"\xff\xfe{}"))["data"]["payload"] == "\ufffd\ufffd{}"


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udc00\\ud800", "\\ud83d\\ude00", "\\uffff"])
def test_odd_characters_by_escape(text: str) -> None:
    body = json.loads(f'"{text}"')
    line = json.dumps(bad_row(ADAPTER, collector_payload(body="@@"))).replace("@@", text)
    expected = body.encode("utf-8", "replace").decode()
    assert recovered(line)["body"] == expected
    assert recovered(line, replace("$.vendor", "x"), conditions=[condition("$.payload.body", regex=".")])["body"] == (
        expected
    )
    failed = recover(line, replace("$.nope", "x"))
    assert failed.bad_row is not None
    assert recovered(failed.bad_row.encode("utf-8", "replace"))["body"] == expected


@pytest.mark.parametrize("control", ["\x00", "\x01", "\t", "\n", "\x1f"])
@pytest.mark.parametrize("place", ["body", "unknown"])
def test_raw_control_characters_in_strings_are_no_json(control: str, place: str) -> None:
    line = json.dumps(bad_row(ADAPTER, collector_payload(**{place: "a@@b"}))).replace("@@", control)
    assert recover(line).error == "InvalidJsonFormat"


NUMBERS = {
    "1e400": "recovered",
    "-1e400": "recovered",
    "9" * 5000: "recovered",
    "0." + "1" * 5000: "recovered",
    "1e-400": "recovered",
    "1E+0000001": "recovered",
    "-0": "recovered",
    "NaN": "failed",
    "Infinity": "failed",
    "-Infinity": "failed",
    "0x10": "failed",
    "01": "failed",
    "1.": "failed",
    "+1": "failed",
}


@pytest.mark.parametrize(("number", "outcome"), NUMBERS.items(), ids=[text[:12] for text in NUMBERS])
@pytest.mark.parametrize("field", ["failure", "payload"])
def test_odd_numbers_in_places_nobody_looks_at(field: str, number: str, outcome: str) -> None:
    assert recover(inside(field, number)).outcome == outcome


@pytest.mark.parametrize(
    ("field", "number", "kept"),
    [
        ("geo_latitude", "1e400", None),
        ("geo_latitude", "9" * 5000, None),
        ("geo_latitude", "-1e-400", -0.0),
        ("geo_latitude", "3.4028235e38", 3.4028235e38),
        ("geo_latitude", '"1e400"', None),
        ("page_urlport", "1e9", 1_000_000_000),
        ("page_urlport", "0e999999999999", 0),
    ],
)
def test_odd_numbers_that_fit(field: str, number: str, kept: Json) -> None:
    line = json.dumps(bad_row(ENRICHMENT, enrichment_payload(enriched={field: "@@"}))).replace('"@@"', number)
    assert recover(line).outcome == "recovered"
    failed = written(recover(line, replace("$.nope", "x")))
    assert failed["data"]["payload"]["data"]["payload"]["enriched"][field] == kept


@pytest.mark.parametrize("number", ["1e400", "9" * 5000, "1e999999999999", "1e-999999999999", '"' + "9" * 5000 + '"'])
def test_odd_numbers_that_do_not_fit(number: str) -> None:
    line = json.dumps(bad_row(ENRICHMENT, enrichment_payload(enriched={"page_urlport": "@@"})))
    with within(1):
        assert recover(line.replace('"@@"', number)).error == "InvalidDataFormat"


@pytest.mark.parametrize("number", ["1e400", "9" * 5000, "1e999999999", "-1e-999999999", "0.1", f"1e{10**21}"])
@pytest.mark.parametrize("matcher", [{"value": 1}, {"value": 0.1}, {"size": {"gt": 1}}, {"regex": "9"}])
def test_odd_numbers_under_conditions(number: str, matcher: Json) -> None:
    with within(1):
        result = recover(inside("failure", number), conditions=[condition("$.failure.messages.[0].json", **matcher)])
    assert result.outcome in {"recovered", "failed"}


@pytest.mark.parametrize("number", ["1e400", "9" * 5000, "1e999999999"])
@pytest.mark.parametrize("step", [add("$.querystring.co", 1), cast("$.querystring.co", "Numeric", "Boolean")])
def test_odd_numbers_under_steps(number: str, step: Json) -> None:
    result = recover(inside("co", number), step)
    assert result.outcome == "recovered"


TIMESTAMPS = ["9" * 5000, "2020-02-17T09:28:16." + "9" * 5000 + "Z", "999999999-12-31T23:59:59.999Z", "-999999999"]


@pytest.mark.parametrize("timestamp", TIMESTAMPS, ids=range(len(TIMESTAMPS)))
def test_odd_timestamps(timestamp: str) -> None:
    with within(1):
        result = recover(bad_row(ADAPTER, collector_payload(timestamp=timestamp)))
    assert result.outcome in {"recovered", "failed"}


BIG = 10_000_000
BIG_ROWS: dict[str, Json] = {
    "body": bad_row(ADAPTER, collector_payload(body="x" * BIG)),
    "body-to-escape": bad_row(ADAPTER, collector_payload(body='\\"' * (BIG // 2))),
    "parameter": bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "ü&" * (BIG // 3))))),
    "parameters": bad_row(ADAPTER, collector_payload(querystring=pairs(*[("n", "v&")] * 100_000))),
    "headers": bad_row(ADAPTER, collector_payload(headers=["H: 1"] * 100_000)),
    "unknown": bad_row(ADAPTER, collector_payload(unknown=[{"a": 1}] * 100_000)),
    "struct": format_violation(b64(thrift_payload(body="x" * BIG, querystring="e={x}&" * 100_000))),
    "raw-text": bad_row("size_violation", "x" * BIG),
}


@pytest.mark.parametrize("row", BIG_ROWS.values(), ids=BIG_ROWS)
def test_big_rows(row: Json) -> None:
    with within(20):
        result = recover(row)
        failed = recover(row, replace("$.nope", "x"))
    assert result.outcome == ("unrecoverable" if "size_violation" in row["schema"] else "recovered")
    assert failed.outcome != "recovered"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b"[" + b"1," * (BIG // 2),
        b"\x00" * 1_000_000,
        b"x" * BIG,
        b'"' + b"x" * BIG,
        b"\xff" * 1_000_000,
        b"\n",
    ],
)
def test_big_and_empty_lines_that_are_no_json(line: bytes) -> None:
    with within(20):
        assert recover(line).error == "InvalidJsonFormat"


def test_hostile_thrift() -> None:
    for data in (b"\x0c\0\1" * 100_000, b"\x0f\0\1\x0c\x7f\xff\xff\xff", b"\x0b\x01\x54\x7f\xff\xff\xff"):
        with within(5):
            assert recover(bad_row(FORMAT_VIOLATION, b64(data))).error == "ThriftFailure"


def test_many_envelopes_do_not_pile_up() -> None:
    document = config(flow(), keys=[uri(ADAPTER, "*-*-*")])
    for version in range(1, 1200):
        assert recover_with(document, bad_row(ADAPTER, version=f"1-0-{version}")).outcome == "recovered"


class FaultyOperation:
    path = ()

    def apply(self, _document: Json) -> Json:
        raise ZeroDivisionError("a bug")


def test_a_fault_of_the_engine_itself_costs_neither_the_row_nor_the_job() -> None:
    faulty = Flow("faulty", (), (FaultyOperation(),))  # type: ignore[arg-type]
    key = "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/*-*-*"
    line = next(iter(rows(1, seed=1, mix={"schema_violations": 1})))
    result = Recovery(RecoveryConfig(((key, (faulty,)),), "")).recover(line)
    assert (result.outcome, result.error) == ("failed", "UnexpectedFault")
    written = json.loads(result.bad_row or "")
    assert written["data"]["payload"] == line.decode()
    assert written["data"]["failure"]["message"]["error"].endswith("ZeroDivisionError: a bug")
