"""What becomes of whole rows: recovered, failed or unrecoverable, and the bad row that tells why."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from event_recovery import ConfigError, Recovery
from support.engine.rows import (
    ADAPTER,
    ALL_TYPES,
    ENRICHMENT,
    FAILURES,
    FORMAT_VIOLATION,
    TRACKER,
    Json,
    add,
    bad_row,
    collector_payload,
    condition,
    config,
    fields_of,
    flow,
    line_of,
    message_of,
    pairs,
    recover,
    recover_with,
    recovered,
    replace,
    uri,
    written,
)

pytestmark = pytest.mark.unit

NO_MATCH = "Failed to load recovery configuration for {}. No schema-configuration mapping found."
UNRECOVERABLE = "Failed to recover bad row of type com.snowplowanalytics.snowplow.badrows.BadRow.{}."
FAILING_STEP = replace("$.nope", "x")

NOT_BAD_ROWS = {
    "O1": ("{oops", "Failed to parse JSON string from {oops", "{oops"),
    "O2": ("{}", "Missing required field: DownField(schema)", "{}"),
    "O3": ("[]", "Missing required field: DownField(schema)", "[]"),
    "O4": (
        '{"schema":"iglu:x","data":{}}',
        "Cannot decode iglu:x as SchemaKey, Invalid Iglu URI: iglu:x, code: INVALID_IGLUURI: DownField(schema)",
        '{"schema":"iglu:x","data":{}}',
    ),
    "O5": (
        '{ "schema" : null, "data": {} }',
        "Got value 'null' with wrong type, expecting string: DownField(schema)",
        '{"schema":null,"data":{}}',
    ),
    "O11": (
        line_of({"schema": uri("foo"), "data": bad_row(ADAPTER)["data"] | {"payload": 1}}).decode(),
        "Missing required field: DownField(errors),DownField(failure),DownField(data)",
        json.dumps(
            {"schema": uri("foo"), "data": bad_row(ADAPTER)["data"] | {"payload": 1}},
            ensure_ascii=False,
            separators=(",", ":"),
        ),
    ),
    "O11-no-timestamp": (
        '{"schema":"' + uri("foo") + '","data":{"processor":{"artifact":"a","version":"b"},"failure":{}}}',
        "Missing required field: DownField(timestamp),DownField(failure),DownField(data)",
        '{"schema":"' + uri("foo") + '","data":{"processor":{"artifact":"a","version":"b"},"failure":{}}}',
    ),
}


@pytest.mark.parametrize(("line", "message", "payload"), NOT_BAD_ROWS.values(), ids=NOT_BAD_ROWS)
def test_lines_that_are_no_bad_rows(line: str, message: str, payload: str) -> None:
    keys = [*ALL_TYPES, uri("foo", "*-*-*")]
    result = recover_with(config(flow(), keys=keys), line)
    row = written(result)
    assert result.outcome == "failed"
    assert row["schema"] == uri(FORMAT_VIOLATION)
    assert row["data"]["failure"]["message"] == {"error": message}
    assert row["data"]["failure"]["loader"] == ""
    assert row["data"]["payload"] == payload


def test_o6_no_key_matches() -> None:
    result = recover_with(config(flow(), keys=[uri(ENRICHMENT)]), bad_row(ADAPTER))
    row = written(result)
    assert result.outcome == "failed"
    assert row["schema"] == uri("recovery_error")
    assert row["data"]["failure"] == {"error": NO_MATCH.format(uri(ADAPTER)), "configName": None}
    assert row["data"]["recoveries"] == 1
    assert row["data"]["payload"] == bad_row(ADAPTER)


def test_o7_no_condition_holds() -> None:
    result = recover(bad_row(ADAPTER), conditions=[condition("$.payload.vendor", value="other")])
    assert result.outcome == "failed"
    assert message_of(result) == NO_MATCH.format(uri(ADAPTER))


UNRECOVERABLE_TYPES = {
    "O8-size_violation": ("size_violation", "SizeViolation"),
    "O10-generic_error": ("generic_error", "GenericError"),
    "O10-loader_parsing_error": ("loader_parsing_error", "LoaderParsingError"),
    "loader_runtime_error": ("loader_runtime_error", "LoaderRuntimeError"),
    "loader_iglu_error": ("loader_iglu_error", "LoaderIgluError"),
    "loader_recovery_error": ("loader_recovery_error", "LoaderRecoveryError"),
}


@pytest.mark.parametrize(("name", "type_name"), UNRECOVERABLE_TYPES.values(), ids=UNRECOVERABLE_TYPES)
def test_unrecoverable_types(name: str, type_name: str) -> None:
    result = recover(bad_row(name))
    assert (result.outcome, result.type) == ("unrecoverable", name)
    assert message_of(result) == UNRECOVERABLE.format(type_name)
    assert written(result)["data"]["payload"] == bad_row(name)


@pytest.mark.parametrize("name", [name for name, _ in UNRECOVERABLE_TYPES.values()])
def test_o9_unrecoverable_types_without_a_key_are_failed(name: str) -> None:
    result = recover_with(config(flow(), keys=[uri(ADAPTER)]), bad_row(name))
    assert result.outcome == "failed"
    assert message_of(result) == NO_MATCH.format(uri(name))


@pytest.mark.parametrize("name", sorted(FAILURES.keys() - {name for name, _ in UNRECOVERABLE_TYPES.values()}))
def test_recoverable_types(name: str) -> None:
    assert recover(bad_row(name)).outcome == "recovered"


def test_o12_a_known_shape_under_another_uri() -> None:
    schema = "iglu:com.acme/foo/jsonschema/1-0-0"
    result = recover_with(config(flow(), keys=[schema]), bad_row(ADAPTER) | {"schema": schema})
    assert result.outcome == "recovered"
    assert result.payload == recover(bad_row(ADAPTER)).payload


@pytest.mark.parametrize("version", ["1-0-0", "1-0-1"])
def test_o13_o14_q1_recovery_errors_are_tried_again_as_the_row_inside(version: str) -> None:
    row = bad_row("recovery_error", bad_row(ADAPTER), version=version)
    result = recover_with(config(flow(replace("$.vendor", "other")), keys=[uri(ADAPTER)]), row)
    assert fields_of(result)["path"] == "/other/v1"


def test_o15_q1_a_recovery_error_that_fails_again_keeps_the_innermost_row_and_counts_on() -> None:
    inner = bad_row(ADAPTER)
    row = bad_row("recovery_error", bad_row("recovery_error", inner, recoveries=3), version="1-0-1", recoveries=1)
    result = recover_with(config(flow(FAILING_STEP, name="mend"), keys=[uri(ADAPTER)]), row)
    data = written(result)["data"]
    assert result.outcome == "failed"
    assert (data["recoveries"], data["payload"], data["failure"]["configName"]) == (4, inner, "mend")


def test_o16_q7_the_type_is_the_one_that_the_envelope_names() -> None:
    failure = FAILURES[TRACKER] | {"messages": [{"field": "f", "value": None, "expectation": "e"}]}
    result = recover(bad_row(TRACKER, failure=failure), FAILING_STEP)
    assert result.type == TRACKER
    assert written(result)["data"]["payload"]["schema"] == uri(TRACKER)


@pytest.mark.parametrize(("first", "second", "path"), [("A", "B", "/vAB/v1"), ("B", "A", "/vBA/v1")])
def test_o17_all_matching_keys_contribute_in_document_order(first: str, second: str, path: str) -> None:
    keys = {"A": uri(ADAPTER, "1-0-*"), "B": uri(ADAPTER)}
    merged = config(keys=[])
    for letter in (first, second):
        merged["data"][keys[letter]] = [flow(add("$.vendor", letter))]
    result = recover_with(merged, bad_row(ADAPTER, collector_payload(vendor="v")))
    assert fields_of(result)["path"] == path


def test_o18_conditions_see_the_row_before_any_step() -> None:
    flows = [
        flow(add("$.vendor", "A")),
        flow(replace("$.version", "c"), conditions=[condition("$.payload.vendor", value="v")]),
        flow(replace("$.version", "d"), conditions=[condition("$.payload.vendor", value="vA")]),
    ]
    result = recover_with(config(*flows), bad_row(ADAPTER, collector_payload(vendor="v")))
    assert fields_of(result)["path"] == "/vA/c"


def test_o19_a_failing_flow_after_a_good_one_fails_the_row_as_it_came() -> None:
    flows = [flow(replace("$.vendor", "changed"), name="good"), flow(FAILING_STEP, name="bad")]
    result = recover_with(config(*flows), bad_row(ADAPTER))
    assert (result.outcome, result.flow, result.error) == ("failed", "bad", "ReplacementFailure")
    assert result.payload is None
    assert written(result)["data"]["payload"] == bad_row(ADAPTER)


def querystrings(recovery: Recovery, vendors: str) -> list[object]:
    rows = [bad_row(ADAPTER, collector_payload(vendor=vendor, querystring=[])) for vendor in vendors]
    return [fields_of(recovery.recover(line_of(row)))["querystring"] for row in rows]


@pytest.mark.parametrize("given", [add, replace], ids=["added", "replaced"])
def test_the_list_a_step_gives_is_the_same_for_every_row(given: Callable[[str, Json], Json]) -> None:
    flows = [
        flow(given("$.querystring", pairs(("aid", "default"), ("e", "pv")))),
        flow(replace("$.querystring.aid", "x-app"), conditions=[condition("$.payload.vendor", value="x")]),
        flow(replace("$.querystring.e", "x", "$")),
    ]
    default, changed = "aid=default&e=pvx", "aid=x-app&e=pvx"
    recovery = Recovery.from_config(config(*flows))
    for _ in range(2):
        assert querystrings(recovery, "axa") == [default, changed, default]
    recover_with(config(*flows), bad_row(ADAPTER, collector_payload(vendor="x", querystring=[])))


def test_o20_blanks_around_the_line() -> None:
    line = b"  \t" + line_of(bad_row(ADAPTER)) + b" \t"
    assert recover(line).payload == recover(bad_row(ADAPTER)).payload


def test_o21_q3_an_invalid_regex_is_refused_at_load() -> None:
    with pytest.raises(ConfigError) as caught:
        Recovery.from_config(config(flow(conditions=[condition("$.payload.vendor", regex="(")]), keys=[uri(ADAPTER)]))
    assert [problem.path for problem in caught.value.problems] == [
        f"$.data['{uri(ADAPTER)}'][0].conditions[0].value.regex",
    ]


def test_every_line_of_a_written_bad_row_is_one_line_that_parses_again() -> None:
    result = recover(bad_row(ADAPTER, collector_payload(body="a\nb\u2028\u0085")), FAILING_STEP)
    assert result.bad_row is not None
    assert "\n" not in result.bad_row
    assert recovered(result.bad_row)["body"] == "a\nb\u2028\u0085"


def row_without_schema_or_data(key: str) -> Json:
    return {name: value for name, value in bad_row(ADAPTER).items() if name != key}


@pytest.mark.parametrize("key", ["schema", "data"])
def test_both_parts_of_the_envelope_are_required(key: str) -> None:
    assert message_of(recover(row_without_schema_or_data(key))) == f"Missing required field: DownField({key})"


def test_other_keys_of_the_envelope_are_ignored() -> None:
    assert recover(bad_row(ADAPTER) | {"more": 1}).payload == recover(bad_row(ADAPTER)).payload
