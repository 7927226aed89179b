"""The bad rows that a recovery writes, and what of a row's history they keep."""

from __future__ import annotations

import json
import re

import pytest
from event_recovery import __version__
from support.engine.rows import (
    ADAPTER,
    ALL_TYPES,
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
    fields_of,
    flow,
    format_violation,
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

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z")


def test_a_recovery_error_letter_for_letter() -> None:
    row = bad_row(ADAPTER, collector_payload(body="é\u2028/"))
    failed = recover(row, replace("$.nope", "x"))
    message = 'Failed to replace full field contents with "x" in DownField(nope)'
    assert failed.bad_row == (
        f'{{"schema":"{uri("recovery_error")}",'
        f'"data":{{"processor":{{"artifact":"snowplow-event-recovery","version":"{__version__}"}},'
        f'"failure":{{"error":{json.dumps(message)},"configName":"flow"}},'
        f'"payload":{json.dumps(row, ensure_ascii=False, separators=(",", ":"))},'
        '"recoveries":1}}'
    )


def test_a_format_violation_letter_for_letter_q41() -> None:
    bad = recover('{"é" : /}').bad_row
    assert bad is not None
    timestamp = INSTANT.search(bad)
    assert timestamp is not None
    assert bad == (
        f'{{"schema":"{uri(FORMAT_VIOLATION)}",'
        f'"data":{{"processor":{{"artifact":"snowplow-event-recovery","version":"{__version__}"}},'
        f'"failure":{{"timestamp":"{timestamp[0]}","loader":"",'
        '"message":{"error":"Failed to parse JSON string from {\\"é\\" : /}"}},'
        '"payload":"{\\"é\\" : /}"}}'
    )


def test_a_line_that_is_json_but_no_bad_row_is_kept_compactly_with_its_numbers() -> None:
    assert written(recover('{ "a" : 1.50, "b": 1E5 }'))["data"]["payload"] == '{"a":1.50,"b":1E5}'


@pytest.mark.parametrize("count", [1, 5])
def test_recoveries_count_on(count: int) -> None:
    result = recover(bad_row("recovery_error", recoveries=count), replace("$.nope", "x"))
    assert written(result)["data"]["recoveries"] == count + 1


@pytest.mark.parametrize("count", [None, "3", -1, 1.5])
def test_a_count_that_is_none_starts_anew(count: Json) -> None:
    result = recover(bad_row("recovery_error", recoveries=count), replace("$.nope", "x"))
    assert written(result)["data"]["recoveries"] == 1


@pytest.mark.parametrize("payload", [{}, "text", 1, bad_row(ADAPTER)["data"]])
def test_a_recovery_error_around_something_else_is_no_bad_row(payload: Json) -> None:
    result = recover(bad_row("recovery_error", payload))
    assert (result.outcome, result.error) == ("failed", "InvalidDataFormat")
    assert json.loads(written(result)["data"]["payload"]) == bad_row("recovery_error", payload)


def test_q1_rows_do_not_grow_from_run_to_run() -> None:
    result = recover(bad_row(ADAPTER), replace("$.nope", "x"))
    lengths = []
    for _ in range(5):
        assert result.bad_row is not None
        lengths.append(len(result.bad_row))
        result = recover(result.bad_row, replace("$.nope", "x"))
    assert len(set(lengths)) == 1


def test_q2_the_type_is_looked_at_only_after_matching() -> None:
    row = bad_row("size_violation")
    assert recover(row, conditions=[condition("$.payload", value="other")]).outcome == "failed"
    assert recover(row, conditions=[condition("$.payload", value="raw text")]).outcome == "unrecoverable"


def test_q13_the_flow_whose_step_failed_is_named() -> None:
    flows = [flow(name="fine"), flow(replace("$.nope", "x"), name="at-fault"), flow(name="later")]
    result = recover_with(config(*flows), bad_row(ADAPTER))
    assert result.flow == written(result)["data"]["failure"]["configName"] == "at-fault"


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (bad_row("enrichment_failures", version="9-0-0"), "FailedToMatchConfiguration"),
        (bad_row("generic_error"), "UnrecoverableBadRowType"),
        (format_violation("!!"), "Base64Failure"),
        (bad_row(SCHEMA, enrichment_payload(vendor="com.sendgrid")), "UncoerciblePayload"),
    ],
)
def test_q13_no_flow_is_named_when_no_step_failed(row: Json, error: str) -> None:
    result = recover_with(config(flow(), keys=[*ALL_TYPES[:5], uri("generic_error")]), row)
    assert (result.error, result.flow) == (error, None)
    assert written(result)["data"]["failure"]["configName"] is None


def test_q24_one_key_below_the_value_of_an_indexed_pair() -> None:
    row = bad_row(ADAPTER, collector_payload(querystring=pairs(("ue_pr", '{"x":"1"}'))))
    by_name = recovered(row, replace("$.querystring.ue_pr.x", "2"))
    assert recovered(row, replace("$.querystring.[?(@.name=~ue_pr)].value.x", "2")) == by_name


def test_q33_all_matching_flows_run() -> None:
    flows = [flow(), flow(add("$.vendor", "A")), flow(add("$.vendor", "B"))]
    result = recover_with(config(*flows), bad_row(ADAPTER, collector_payload(vendor="v")))
    assert fields_of(result)["path"] == "/vAB/v1"


@pytest.mark.parametrize(("given", "written_as"), [(0, 0), (-1, -1), (None, 0)])
def test_q50_timestamps_of_a_struct(given: int | None, written_as: int) -> None:
    assert recovered(format_violation(b64(thrift_payload(timestamp=given))))["timestamp"] == written_as


STEPS_ON_ENRICHED = {
    "replace": replace("$.enriched.app_id", "other"),
    "remove": remove("$.enriched.app_id"),
    "add": add("$.enriched.page_title", "title"),
}


@pytest.mark.parametrize("step", STEPS_ON_ENRICHED.values(), ids=STEPS_ON_ENRICHED)
def test_q51_steps_on_the_enriched_event_change_nothing(step: Json) -> None:
    assert recover(bad_row(ENRICHMENT), step).payload == recover(bad_row(ENRICHMENT)).payload


def test_q51_but_they_are_checked() -> None:
    result = recover(bad_row(ENRICHMENT), cast("$.enriched.app_id", "String", "Array"))
    assert message_of(result).startswith("Failed to parse JSON string from Got value '[\"x\"]' with wrong type")


def test_q63_a_timestamp_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    row = bad_row(ADAPTER, collector_payload(timestamp="2020-02-17T09:28:16.560"))
    assert recovered(row)["timestamp"] == 1581931696560
