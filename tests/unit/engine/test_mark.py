"""Recoveries that mark what they send, and do not send again what came back."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from event_recovery import Limits, Recovery, Result
from event_recovery.contract.mark import Mark, read_mark
from event_recovery.text.thrift import read_payload
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FORMAT_VIOLATION,
    SCHEMA,
    TRACKER,
    Json,
    b64,
    bad_row,
    collector_payload,
    config,
    enrichment_payload,
    fields_of,
    flow,
    format_violation,
    line_of,
    replace,
    thrift_payload,
    uri,
    written,
)
from support.engine.strategies import WELL_FORMED
from support.engine.thrift import Value, write_struct

pytestmark = pytest.mark.unit

ONCE, TWICE = "Event-Recovery: 1 first", "Event-Recovery: 2 second"
PLAIN = config(flow())
OF_COLLECTOR, OF_ENRICHMENT = (
    [uri(name, "*-*-*") for name in (ADAPTER, TRACKER, FORMAT_VIOLATION)],
    [uri(name, "*-*-*") for name in (SCHEMA, ENRICHMENT)],
)


def recover(row: Json, document: Json = PLAIN, *, run: str | None = "now", **limits: int) -> Result:
    """Recover a row, checking that both routes agree on it."""
    recovery, line = Recovery.from_config(document, limits=Limits(**limits), mark=run), line_of(row)
    result = recovery.recover(line)
    assert result.fault is None
    if result.outcome == "recovered":
        assert recovery._recover_exactly(line) == result
    return result


def headers_of(result: Result) -> Value:
    return fields_of(result)["headers"]


def with_headers(name: str, headers: list[str]) -> Json:
    """Give a row of a type, whose event came with these headers."""
    if name in (SCHEMA, ENRICHMENT):
        return bad_row(name, enrichment_payload(headers=headers))
    if name == FORMAT_VIOLATION:
        return format_violation(b64(thrift_payload(headers=headers)))
    return bad_row(name, collector_payload(headers=headers))


RECOVERABLE = [ADAPTER, TRACKER, SCHEMA, ENRICHMENT, FORMAT_VIOLATION]


@pytest.mark.parametrize("name", RECOVERABLE)
def test_a_row_of_each_type_is_marked_and_counted_on(name: str) -> None:
    # What Enrich had read already is sent without its own headers.
    others = [] if name in (SCHEMA, ENRICHMENT) else ["Accept: *", "Host: a"]
    first = recover(with_headers(name, ["Accept: *", "Host: a"]))
    assert headers_of(first) == [*others, "Event-Recovery: 1 now"]
    again = recover(with_headers(name, ["Accept: *", ONCE, "Host: a"]))
    assert headers_of(again) == [*others[:1], "Event-Recovery: 2 now", *others[1:]]


@pytest.mark.parametrize("name", RECOVERABLE)
def test_a_row_of_each_type_that_came_back_is_not_sent(name: str) -> None:
    row = with_headers(name, ["Accept: *", TWICE])
    assert headers_of(recover(row, resends=3)) is not None
    result = recover(row, resends=2)
    assert (result.outcome, result.payload, result.error, result.type) == ("failed", None, "CameBack", name)
    assert result.message == (
        "Recoveries have sent this event 2 times, the last of them second, and it came back. "
        "It is sent 2 times at most."
    )
    kept = recover(written(result))
    assert (kept.payload, kept.attempts) == (recover(row).payload, 2)
    assert written(result)["data"]["failure"]["error"] == result.message


def test_a_payload_that_was_encoded_twice_has_its_mark_too() -> None:
    payload = b64(b64(thrift_payload(headers=[ONCE])))
    row = format_violation(payload, {"error": "error deserializing raw event: Unrecognized type 57"})
    assert headers_of(recover(row)) == ["Event-Recovery: 2 now"]
    assert recover(row, resends=1).error == "CameBack"


def test_the_mark_is_that_of_the_innermost_row() -> None:
    row = bad_row("recovery_error", bad_row("recovery_error", with_headers(SCHEMA, [ONCE])), recoveries=4)
    assert headers_of(recover(row)) == ["Event-Recovery: 2 now"]
    result = recover(row, resends=1)
    assert (result.error, result.attempts) == ("CameBack", 5)


def test_a_row_that_came_back_is_sent_by_a_run_with_a_higher_limit_or_none() -> None:
    kept = written(recover(with_headers(SCHEMA, [ONCE]), resends=1))
    assert headers_of(recover(kept, resends=2)) == ["Event-Recovery: 2 now"]
    assert headers_of(recover(kept)) == ["Event-Recovery: 2 now"]
    assert recover(kept, resends=1).error == "CameBack"


def test_a_row_that_came_back_for_the_last_time_is_unrecoverable() -> None:
    result = recover(with_headers(SCHEMA, [ONCE]), resends=1, attempts=1)
    assert (result.outcome, result.error) == ("unrecoverable", "TooManyAttempts")


@pytest.mark.parametrize("headers", [["Event-Recovery: -1 x"], ["Event-Recovery: no"], [f"Event-Recovery: {10**20} x"]])
def test_a_header_that_is_no_mark_counts_as_none_and_stays(headers: list[str]) -> None:
    assert headers_of(recover(with_headers(ADAPTER, headers), resends=1)) == [*headers, "Event-Recovery: 1 now"]


def test_a_step_on_the_headers_neither_hides_the_mark_nor_makes_one() -> None:
    gone = config(flow(replace("$.headers", ["A: 1"])))
    assert headers_of(recover(with_headers(ADAPTER, [ONCE]), gone)) == ["A: 1", "Event-Recovery: 2 now"]
    assert recover(with_headers(ADAPTER, [ONCE]), gone, resends=1).error == "CameBack"
    assert recover(with_headers(SCHEMA, [ONCE]), config(flow(replace("$.raw.headers", []))), resends=1).error == (
        "CameBack"
    )
    made = config(flow(replace("$.headers", [TWICE])))
    assert headers_of(recover(with_headers(ADAPTER, []), made, resends=1)) == ["Event-Recovery: 1 now"]


def test_a_row_that_is_not_sent_anyway_fails_as_it_would() -> None:
    row, failing = with_headers(ADAPTER, [ONCE]), config(flow(replace("$.nope", "x")))
    assert recover(row, failing, resends=1) == recover(row, failing, run=None)
    assert recover(row, failing, resends=1).error not in (None, "CameBack")
    assert recover(bad_row("size_violation"), resends=1).outcome == "unrecoverable"


def test_the_limit_of_the_stream_counts_the_mark() -> None:
    row = with_headers(ADAPTER, [])
    payload = recover(row).payload
    assert payload is not None
    assert recover(row, payload_bytes=len(payload)).outcome == "recovered"
    assert recover(row, payload_bytes=len(payload) - 1).error == "PayloadTooLarge"


def test_a_clean_querystring_and_the_mark_go_together() -> None:
    row = line_of(bad_row(SCHEMA, enrichment_payload(parameters=[{"name": "a b", "value": "1"}], headers=[ONCE])))
    read = read_payload(Recovery.from_config(PLAIN, clean=True, mark="now").recover(row).payload or b"")
    assert (read.querystring, read.headers) == ("a+b=1", ["Event-Recovery: 2 now"])


def test_it_reaches_the_workers() -> None:
    recovery = Recovery.from_config(PLAIN, limits=Limits(resends=1), mark="now")
    again = pickle.loads(pickle.dumps(recovery))
    assert again.recover(line_of(with_headers(SCHEMA, [ONCE]))).error == "CameBack"
    assert headers_of(again.recover(line_of(with_headers(SCHEMA, [])))) == ["Event-Recovery: 1 now"]


def test_what_would_mark_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="1 needs the mark"):
        Recovery.from_config(PLAIN, limits=Limits(resends=1))
    with pytest.raises(ValueError, match="not 'two words'"):
        Recovery.from_config(PLAIN, mark="two words")


def edits(*steps: tuple[str, Json]) -> Json:
    """Give a config that replaces parts of an event, whatever the type of its row."""
    flows = [
        config(flow(*(replace(f"$.{above}{path}", value) for path, value in steps)), keys=keys)
        for above, keys in (("", OF_COLLECTOR), ("raw.", OF_ENRICHMENT))
    ]
    return {**flows[0], "data": {**flows[0]["data"], **flows[1]["data"]}}


EDITS = [edits(), edits(("headers", ["A: 1", ONCE])), edits(("headers", []), ("vendor", "com.acme"))]


def unmarked(fields: dict[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """Part the fields of a payload from its headers."""
    headers = fields.pop("headers", [])
    assert isinstance(headers, list)
    return fields, headers


HEADERS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.builds(lambda sends, run: Mark(sends, run).header(), st.integers(1, 9), st.sampled_from(["a", "b-1"])),
    max_size=4,
)


def put_headers(row: Any, headers: list[str]) -> Any:
    """Give a row with other headers, if it has any outside of base64."""
    payload = row["data"]["payload"]
    if isinstance(payload, dict):
        payload.get("raw", payload)["headers"] = headers
    return row


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(EDITS), st.builds(put_headers, WELL_FORMED.map(lambda row: json.loads(json.dumps(row))), HEADERS)
)
def test_both_routes_mark_alike_and_keep_all_other_bytes(document: Json, row: Json) -> None:
    line = line_of(row)
    plain = Recovery.from_config(document).recover(line)
    result = recover(line, document)
    if plain.outcome != "recovered":
        assert (result.outcome, result.error) == (plain.outcome, plain.error)
        return
    fields, headers = unmarked(fields_of(plain))
    others, marked = unmarked(fields_of(result))
    assert others == fields
    assert [one for one in marked if read_mark([one]) is None] == [one for one in headers if read_mark([one]) is None]
    now = read_mark(marked)
    assert now is not None
    assert now.run_id == "now"
    # With the headers that it had, it is byte for byte what is sent without a mark.
    ordered = fields_of(result)
    if "headers" in fields_of(plain):
        assert write_struct({**ordered, "headers": headers}) == plain.payload
    else:
        del ordered["headers"]
        assert write_struct(ordered) == plain.payload
