"""How bad rows are read: shapes, types of fields, and the normal form that conditions and outputs see."""

from __future__ import annotations

import pytest
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FAILURES,
    INSTANT,
    SCHEMA,
    TRACKER,
    USER_ID,
    Json,
    bad_row,
    collector_payload,
    condition,
    enrichment_payload,
    message_of,
    pairs,
    raw_event,
    recover,
    recovered,
    replace,
    uri,
    written,
)

pytestmark = pytest.mark.unit

FAILING_STEP = replace("$.nope", "x")


def row_of(**raw_changes: Json) -> Json:
    return bad_row(ENRICHMENT, enrichment_payload(**raw_changes))


def row_without(field: str) -> Json:
    row = row_of()
    del row["data"]["payload"]["raw"][field]
    return row


def meets(row: Json, path: str, value: Json) -> bool:
    return recover(row, conditions=[condition(path, value=value)]).outcome == "recovered"


def normalised(row: Json) -> Json:
    return written(recover(row, FAILING_STEP))["data"]["payload"]["data"]


RAW = "DownField(raw),DownField(payload),DownField(data)"

PARAMETERS = {
    "D1-object": ({"e": "pv", "page": "x y"}, "e=pv&page=x+y"),
    "D2-object-of-scalars-Q11": ({"e": "pv", "n": 1, "b": True, "f": 1.50}, "e=pv&n=1&b=true&f=1.5"),
    "D2-object-null": ({"e": None}, "e="),
    "D3-no-value": ([{"name": "e"}], "e="),
    "other-keys-ignored": ([{"name": "e", "value": "pv", "more": 1}], "e=pv"),
    "duplicates": ([*pairs(("a", "1"), ("b", "2"), ("a", "3"))], "a=1&b=2&a=3"),
    "empty-list": ([], ""),
    "empty-object": ({}, ""),
}


@pytest.mark.parametrize(("parameters", "querystring"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters(parameters: Json, querystring: str) -> None:
    assert recovered(row_of(parameters=parameters))["querystring"] == querystring


REFUSED = {
    "D4-number-value": (
        row_of(parameters=[{"name": "e", "value": 1}]),
        "Got value '1' with wrong type, expecting string: DownField(value)",
    ),
    "D4-null": (
        row_of(parameters=None),
        f"Got value 'null' with wrong type, expecting array: DownField(parameters),{RAW}",
    ),
    "D4-string": (
        row_of(parameters="e=pv"),
        f"Got value '\"e=pv\"' with wrong type, expecting array: DownField(parameters),{RAW}",
    ),
    "D4-absent": (row_without("parameters"), f"Missing required field: DownField(parameters),{RAW}"),
    "D4-no-name": (row_of(parameters=[{"value": "pv"}]), "Missing required field: DownField(name)"),
    "D4-object-of-objects": (
        row_of(parameters={"e": {"x": 1}}),
        f"Got value '{{\"x\":1}}' with wrong type, expecting string: DownField(e),DownField(parameters),{RAW}",
    ),
    "D5-headers-absent": (row_without("headers"), f"Missing required field: DownField(headers),{RAW}"),
    "D5-headers-null": (
        row_of(headers=None),
        f"Got value 'null' with wrong type, expecting array: DownField(headers),{RAW}",
    ),
    "headers-of-numbers": (
        row_of(headers=["a", "b", 3]),
        f"Got value '3' with wrong type, expecting string: MoveRight,MoveRight,DownArray,DownField(headers),{RAW}",
    ),
    "D7-short-uuid": (
        row_of(userId="1-1-1-1-1"),
        f"Got value '\"1-1-1-1-1\"' with wrong type, expecting string: DownField(userId),{RAW}",
    ),
    "D7-empty-uuid": (
        row_of(userId=""),
        f"Got value '\"\"' with wrong type, expecting string: DownField(userId),{RAW}",
    ),
    "D7-no-uuid": (row_of(userId="z" * 36), f"Couldn't decode a valid UUID: DownField(userId),{RAW}"),
    "Q40-odd-uuid-groups": (
        row_of(userId="510b2f050-27e-4fd3-b449-a2702926da5e"),
        f"Couldn't decode a valid UUID: DownField(userId),{RAW}",
    ),
    "vendor-number": (
        row_of(vendor=1),
        f"Got value '1' with wrong type, expecting string: DownField(vendor),{RAW}",
    ),
    "timestamp-number": (
        row_of(timestamp=1581931696560),
        f"Got value '1581931696560' with wrong type, expecting string: DownField(timestamp),{RAW}",
    ),
    "timestamp-word": (row_of(timestamp="nope"), f'Invalid format: "nope": DownField(timestamp),{RAW}'),
    "timestamp-blank": (
        row_of(timestamp="2020-02-17 09:28:16"),
        f'Invalid format: "2020-02-17 09:28:16" is malformed at " 09:28:16": DownField(timestamp),{RAW}',
    ),
    "payload-is-no-object": (
        bad_row(ADAPTER, "text"),
        "Got value '\"text\"' with wrong type, expecting object: DownField(payload),DownField(data)",
    ),
    "data-is-no-object": (
        {"schema": uri(ADAPTER), "data": []},
        "Got value '[]' with wrong type, expecting object: DownField(data)",
    ),
    "D9-unrecoverable-type-insists-on-its-failure": (
        bad_row("generic_error", failure={"timestamp": "2020-02-17 09:28:18", "errors": ["e"]}),
        (
            "Text '2020-02-17 09:28:18' could not be parsed at index 10: "
            "DownField(timestamp),DownField(failure),DownField(data)"
        ),
    ),
    "empty-errors": (
        bad_row("generic_error", failure={"timestamp": INSTANT, "errors": []}),
        "Got value '[]' with wrong type, expecting array: DownField(errors),DownField(failure),DownField(data)",
    ),
    "schema-version": (
        bad_row(ADAPTER, version="0-0-1"),
        (
            f"Cannot decode {uri(ADAPTER, '0-0-1')} as SchemaKey, Invalid schema version: {uri(ADAPTER, '0-0-1')}, "
            "code: INVALID_SCHEMAVER: DownField(schema)"
        ),
    ),
}


@pytest.mark.parametrize(("row", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_rows_name_the_field_at_fault_q8(row: Json, message: str) -> None:
    result = recover(row)
    assert (result.outcome, result.error) == ("failed", "InvalidDataFormat")
    assert message_of(result) == message


@pytest.mark.parametrize("given", [USER_ID.upper(), USER_ID], ids=["upper", "lower"])
def test_d6_uuids_are_written_in_lower_case(given: str) -> None:
    assert recovered(row_of(userId=given))["networkUserId"] == USER_ID


def test_d8_payload_timestamps_keep_their_offset() -> None:
    row = row_of(timestamp="2020-02-17T09:28:16+02:00")
    assert recovered(row)["timestamp"] == 1581924496000
    assert meets(row, "$.payload.raw.timestamp", "2020-02-17T09:28:16.000+02:00")


def test_d9_q10_a_failure_that_does_not_decode_stays_as_it_is() -> None:
    failure = {"timestamp": "2020-02-17 09:28:18", "more": [1]}
    row = bad_row(ADAPTER, failure=failure)
    assert recover(row).outcome == "recovered"
    assert normalised(row)["failure"] == failure


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("page_urlport", "443", 443),
        ("page_urlport", "0", 0),
        ("page_urlport", "-7", -7),
        ("page_urlport", "4.43e2", 443),
        ("page_urlport", "999999999", 999_999_999),
        ("page_urlport", "1000000000", 1_000_000_000),
        ("page_urlport", "2147483647", 2**31 - 1),
        ("page_urlport", 443.0, 443),
        ("page_urlport", -(2**31), -(2**31)),
        ("br_cookies", "1", 1),
        ("br_cookies", "127", 127),
        ("br_cookies", -128, -128),
        ("geo_latitude", 37.75123456789, 37.751236),
        ("geo_latitude", "37.5", 37.5),
        ("geo_longitude", 1e39, None),
        ("geo_longitude", 7, 7.0),
        ("app_id", None, None),
    ],
)
def test_d10_q48_numbers_of_the_enriched_event(field: str, given: Json, kept: Json) -> None:
    row = bad_row(ENRICHMENT, enrichment_payload(enriched={field: given}))
    assert meets(row, f"$.payload.enriched.{field}", kept)
    assert normalised(row)["payload"]["enriched"][field] == kept


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("br_colordepth", 24),
        ("tr_total", 1.5),
        ("br_cookies", True),
        ("br_cookies", 128),
        ("br_cookies", "128"),
        ("br_cookies", -129),
        ("page_urlport", 443.5),
        ("page_urlport", 2**31),
        ("page_urlport", "2147483648"),
        ("page_urlport", "04"),
        ("page_urlport", "00"),
        ("page_urlport", "+4"),
        ("page_urlport", "\u0664"),
        ("page_urlport", "\u00b2"),
        ("page_urlport", " 4"),
        ("page_urlport", ""),
        ("geo_latitude", "x"),
        ("geo_latitude", True),
        ("app_id", ["x"]),
    ],
)
def test_enriched_values_that_do_not_fit(field: str, given: Json) -> None:
    result = recover(bad_row(ENRICHMENT, enrichment_payload(enriched={field: given})))
    assert (result.outcome, result.error) == ("failed", "InvalidDataFormat")
    assert message_of(result).endswith(f"DownField({field}),DownField(enriched),DownField(payload),DownField(data)")


def test_d11_absent_optionals_are_null() -> None:
    assert meets(row_without("hostname"), "$.payload.raw.hostname", None)


def test_d12_unknown_keys_are_gone() -> None:
    assert not meets(row_of(extra=1), "$.payload.raw.extra", 1)


def test_d13_object_parameters_become_a_list() -> None:
    assert meets(row_of(parameters={"e": "pv"}), "$.payload.raw.parameters.[0].name", "e")


def test_normal_form_has_every_field_in_declared_order() -> None:
    row = bad_row(SCHEMA, {"raw": dict(reversed(raw_event(more=1).items())), "enriched": {"true_tstamp": "t"}})
    payload = normalised(row)["payload"]
    assert list(payload) == ["enriched", "raw"]
    assert payload["raw"] == raw_event()
    assert list(payload["raw"]) == list(raw_event())
    enriched = list(payload["enriched"])
    assert (len(enriched), enriched[0], enriched[-1]) == (131, "app_id", "true_tstamp")
    assert [name for name, value in payload["enriched"].items() if value is not None] == ["true_tstamp"]


def test_collector_payload_in_normal_form() -> None:
    payload = collector_payload()
    assert normalised(bad_row(ADAPTER, dict(reversed(payload.items()))))["payload"] == payload
    assert list(normalised(bad_row(ADAPTER, dict(reversed(payload.items()))))["payload"]) == list(payload)


@pytest.mark.parametrize("version", ["1-0-0", "2-0-0", "2-0-1"])
def test_q49_the_incoming_uri_is_kept(version: str) -> None:
    row = bad_row(SCHEMA, version=version)
    assert written(recover(row, FAILING_STEP))["data"]["payload"]["schema"] == uri(SCHEMA, version)


LOOKUP = {
    "repository": "b",
    "errors": [{"error": "NotFound"}],
    "attempts": 1,
    "lastAttempt": "2020-02-17T09:28:18.000Z",
}
MESSAGES = {
    "adapter-mapping": (
        ADAPTER,
        {"actual": None, "expectedMapping": {"x": "iglu:com.acme/x/jsonschema/1-0-0"}, "expectation": "e"},
        {"actual": None, "expectedMapping": {"x": "iglu:com.acme/x/jsonschema/1-0-0"}, "expectation": "e"},
    ),
    "adapter-extra-key-lost": (
        ADAPTER,
        {"field": "f", "error": "e", "more": 1},
        {"field": "f", "value": None, "error": "e"},
    ),
    "resolution-error-sorted-and-supersededBy-dropped": (
        SCHEMA,
        {
            "schemaKey": "iglu:com.acme/x/jsonschema/1-0-0",
            "error": {
                "error": "ResolutionError",
                "supersededBy": "1-0-1",
                "lookupHistory": [LOOKUP, LOOKUP | {"repository": "a"}],
            },
        },
        {
            "schemaKey": "iglu:com.acme/x/jsonschema/1-0-0",
            "error": {
                "error": "ResolutionError",
                "lookupHistory": [
                    LOOKUP | {"repository": "a", "lastAttempt": "2020-02-17T09:28:18Z"},
                    LOOKUP | {"lastAttempt": "2020-02-17T09:28:18Z"},
                ],
            },
        },
    ),
    "validation-error": (
        SCHEMA,
        {
            "schemaKey": "iglu:com.acme/x/jsonschema/1-0-0",
            "error": {"error": "ValidationError", "dataReports": [{"message": "m", "path": "$"}]},
        },
        {
            "schemaKey": "iglu:com.acme/x/jsonschema/1-0-0",
            "error": {
                "error": "ValidationError",
                "dataReports": [{"message": "m", "path": "$", "keyword": None, "targets": None}],
            },
        },
    ),
    "schema-issues": (
        TRACKER,
        {
            "schemaKey": "iglu:com.acme/x/jsonschema/1-0-0",
            "error": {"error": "ValidationError", "schemaIssues": [{"path": "$", "message": "m"}]},
        },
        {
            "schemaKey": "iglu:com.acme/x/jsonschema/1-0-0",
            "error": {"error": "ValidationError", "schemaIssues": [{"path": "$", "message": "m"}]},
        },
    ),
}


@pytest.mark.parametrize(("name", "message", "kept"), MESSAGES.values(), ids=MESSAGES)
def test_failure_messages_in_normal_form(name: str, message: Json, kept: Json) -> None:
    row = bad_row(name, failure=FAILURES[name] | {"messages": [message]})
    assert normalised(row)["failure"]["messages"] == [kept]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2020-02-17T09:28:18.000Z", "2020-02-17T09:28:18Z"),
        ("2020-02-17T09:28:18.1Z", "2020-02-17T09:28:18.100Z"),
        ("2020-02-17T09:28:18.123456Z", "2020-02-17T09:28:18.123456Z"),
    ],
)
def test_failure_timestamps_in_normal_form(given: str, kept: str) -> None:
    row = bad_row(ADAPTER, failure=FAILURES[ADAPTER] | {"timestamp": given})
    assert normalised(row)["failure"]["timestamp"] == kept


def test_q9_size_violation_without_expectation() -> None:
    failure = {key: value for key, value in FAILURES["size_violation"].items() if key != "expectation"}
    result = recover(bad_row("size_violation", failure=failure))
    assert result.outcome == "unrecoverable"
