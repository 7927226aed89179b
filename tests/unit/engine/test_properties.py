"""What holds for any row and any config."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from event_recovery import Recovery, Result
from event_recovery.text.timestamps import parse_date_time
from generator.thrift import COLLECTOR_PAYLOAD_SCHEMA
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.engine.forms import java_form
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FORMAT_VIOLATION,
    INSTANT,
    SCHEMA,
    TRACKER,
    Json,
    b64,
    bad_row,
    condition,
    config,
    fields_of,
    flow,
    line_of,
    replace,
    written,
)
from support.engine.strategies import (
    COLLECTOR_PAYLOADS,
    CONFIGS,
    ENRICHMENT_PAYLOADS,
    LINES,
    ROWS,
    STRUCTS,
    WELL_FORMED,
    broken_lines,
    fitting,
)
from support.engine.thrift import read_struct

pytestmark = pytest.mark.unit

OUTCOMES = {"recovered", "failed", "unrecoverable"}
PASS_THROUGH = Recovery.from_config(config(flow()))
NOTHING_MATCHES = Recovery.from_config(config(keys=[]))
FAILING = [
    config(flow(replace("$.nope", "x"))),
    config(flow(conditions=[condition("$.nope", value=1)])),
    config(keys=[]),
]
OF_CONFIGS = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True, scope="module")
def _stopped_clock() -> Iterator[None]:
    with mock.patch("event_recovery.badrows.output.now", return_value=INSTANT):
        yield


def check(result: Result) -> None:
    """Check that a result has what its outcome promises, and nothing else."""
    assert result.outcome in OUTCOMES
    if result.outcome == "recovered":
        assert result.bad_row is None
        assert result.error is None
        assert result.payload is not None
        assert read_struct(result.payload)["schema"] == COLLECTOR_PAYLOAD_SCHEMA
    else:
        assert result.payload is None
        assert result.error
        assert "\n" not in (result.bad_row or "\n")
        assert written(result)["data"]["processor"]["artifact"] == "snowplow-event-recovery"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_have_an_outcome(line: bytes) -> None:
    check(PASS_THROUGH.recover(line))


@OF_CONFIGS
@given(CONFIGS, LINES | broken_lines())
def test_any_row_has_an_outcome_under_any_config(document: Json, line: bytes) -> None:
    check(Recovery.from_config(document).recover(line))


@OF_CONFIGS
@given(CONFIGS, st.lists(LINES, min_size=1, max_size=3))
def test_recovering_is_deterministic_and_keeps_no_state(document: Json, lines: list[bytes]) -> None:
    text = json.dumps(document)
    recovery = Recovery.from_config(text)
    first = [recovery.recover(line) for line in lines]
    assert [recovery.recover(line) for line in reversed(lines)] == first[::-1]
    assert [Recovery.from_config(text.encode()).recover(line) for line in lines] == first


@OF_CONFIGS
@given(CONFIGS, LINES)
def test_a_pickled_recovery_gives_the_same_results(document: Json, line: bytes) -> None:
    recovery = Recovery.from_config(document)
    assert pickle.loads(pickle.dumps(recovery)).recover(line) == recovery.recover(line)


@settings(OF_CONFIGS, max_examples=400)
@given(fitting() | st.tuples(CONFIGS, ROWS))
def test_the_fast_route_agrees_with_the_exact_one(both: tuple[Json, Json]) -> None:
    recovery, line = Recovery.from_config(both[0]), line_of(both[1])
    if recovery._fast.recover(line) is not None:
        assert recovery.recover(line) == recovery._recover_exactly(line)


@settings(OF_CONFIGS, max_examples=500)
@given(broken_lines())
def test_the_fast_route_is_as_strict_as_the_exact_one(line: bytes) -> None:
    for recovery in (PASS_THROUGH, NOTHING_MATCHES):
        if recovery._fast.recover(line) is not None:
            assert recovery.recover(line) == recovery._recover_exactly(line)


def querystring_of(listed: Any) -> str:
    """Write pairs of either form as the collector would have sent them."""
    if isinstance(listed, dict):
        listed = [{"name": name, "value": value} for name, value in listed.items()]
    return "&".join(f"{pair['name']}={java_form(pair.get('value') or '')}" for pair in listed)


def expected_fields(payload: Json, *, collector: str, user: str, pairs: str) -> dict[str, Any]:
    """Map the fields that all payloads share to those of the struct."""
    timestamp = payload["timestamp"]
    return {
        "ipAddress": payload["ipAddress"],
        "timestamp": 0 if timestamp is None else parse_date_time(timestamp).millis,
        "encoding": payload["encoding"],
        "collector": payload[collector],
        "userAgent": payload["useragent"],
        "refererUri": payload["refererUri"],
        "path": f"/{payload['vendor']}/{payload['version']}",
        "querystring": querystring_of(payload[pairs]),
        "hostname": payload["hostname"],
        "networkUserId": payload[user] and payload[user].lower(),
        "schema": COLLECTOR_PAYLOAD_SCHEMA,
    }


def set_fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@settings(deadline=None)
@given(st.sampled_from([ADAPTER, TRACKER]), COLLECTOR_PAYLOADS)
def test_collector_payloads_pass_through_field_by_field(name: str, payload: Json) -> None:
    expected = expected_fields(payload, collector="collector", user="networkUserId", pairs="querystring")
    expected |= {name: payload[name] for name in ("body", "headers", "contentType")}
    assert fields_of(PASS_THROUGH.recover(line_of(bad_row(name, payload)))) == set_fields(expected)


@settings(deadline=None)
@given(st.sampled_from([SCHEMA, ENRICHMENT]), ENRICHMENT_PAYLOADS)
def test_enrichment_payloads_pass_through_field_by_field(name: str, payload: Json) -> None:
    raw = payload["raw"]
    assume(raw["vendor"] not in {"com.sendgrid", "com.snowplowanalytics.iglu"})
    result = PASS_THROUGH.recover(line_of(bad_row(name, payload)))
    assume(result.outcome == "recovered")  # some enriched values do not fit their fields
    expected = expected_fields(raw, collector="loaderName", user="userId", pairs="parameters")
    assert fields_of(result) == set_fields(expected)


@settings(deadline=None)
@given(STRUCTS)
def test_structs_pass_through_field_by_field(struct: bytes) -> None:
    before = read_struct(struct)
    assume(set(str(before.get("querystring", ""))) != {"&"})
    row = bad_row(FORMAT_VIOLATION, b64(struct))
    after = fields_of(PASS_THROUGH.recover(line_of(row)))
    same = before.keys() - {"querystring", "path", "networkUserId"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["path"] == before.get("path", "//")
    assert after.get("networkUserId") == (str(before["networkUserId"]).lower() if "networkUserId" in before else None)
    assert after["headers"] == []


@OF_CONFIGS
@given(CONFIGS, WELL_FORMED, st.lists(st.sampled_from(FAILING), max_size=4))
def test_failed_rows_recover_as_the_original_would_have(mended: Json, row: Json, failing: list[Json]) -> None:
    recovery, line = Recovery.from_config(mended), line_of(row)
    original = recovery.recover(line)
    for attempt, document in enumerate(failing, start=1):
        failed = Recovery.from_config(document).recover(line)
        assert failed.outcome == "failed"
        line = (failed.bad_row or "").encode()
        # What cannot be read as a bad row at all is kept as text, and does not count on.
        assume("recovery_error" in json.loads(line)["schema"])
        assert json.loads(line)["data"]["recoveries"] == attempt
        assert "recovery_error" not in json.loads(line)["data"]["payload"]["schema"]
    again = recovery.recover(line)
    assert (again.outcome, again.payload, again.error) == (original.outcome, original.payload, original.error)


@settings(deadline=None)
@given(ROWS, st.integers(0, 5))
def test_recovery_errors_around_a_row_make_no_difference(row: Json, depth: int) -> None:
    plain = PASS_THROUGH.recover(line_of(row))
    wrapped = row
    for _ in range(depth):
        wrapped = bad_row("recovery_error", wrapped)
    again = PASS_THROUGH.recover(line_of(wrapped))
    # Only what holds nothing to send is told apart: where a recovery has seen it before, its name is enough.
    assert again.outcome == plain.outcome or (again.outcome, again.error) == (
        "unrecoverable",
        "UnrecoverableBadRowType",
    )
    assert again.payload == plain.payload


@pytest.mark.parametrize("name", [ADAPTER, TRACKER, SCHEMA, ENRICHMENT, FORMAT_VIOLATION])
def test_the_fast_route_is_taken_by_ordinary_rows(name: str) -> None:
    """Guards the comparisons above from comparing nothing."""
    pairs = "raw.parameters" if name in {SCHEMA, ENRICHMENT} else "querystring"
    mending = config(flow(replace(f"$.{pairs}.e", "pp"), conditions=[condition("$.processor.version", regex="1")]))
    for recovery in (PASS_THROUGH, Recovery.from_config(mending)):
        assert recovery._fast.recover(line_of(bad_row(name))) is not None
