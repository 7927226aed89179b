"""From a payload to the fields of the Thrift struct, for every vendor that is treated in its own way."""

from __future__ import annotations

import json

import pytest
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    SCHEMA,
    Json,
    bad_row,
    collector_payload,
    enrichment_payload,
    message_of,
    pairs,
    recover,
    recovered,
    replace,
)

pytestmark = pytest.mark.unit

IGLU, SENDGRID = "com.snowplowanalytics.iglu", "com.sendgrid"


def unstruct(schema: Json, data: Json) -> str:
    inner = {"schema": schema, "data": data}
    return json.dumps({"schema": "iglu:outer", "data": inner}, ensure_ascii=False, separators=(",", ":"))


def webhook(vendor: str, ue_pr: str | None, **changes: Json) -> Json:
    parameters = [*pairs(("aid", "web")), *([] if ue_pr is None else pairs(("ue_pr", ue_pr)))]
    return bad_row(SCHEMA, enrichment_payload(vendor=vendor, parameters=parameters, **changes))


def test_f14_iglu() -> None:
    schema = "iglu:com.acme/x/jsonschema/1-0-0"
    fields = recovered(webhook(IGLU, unstruct(schema, {"a": 1, "é": "ü"})))
    assert fields["querystring"] == f"schema={schema}"
    assert fields["body"] == '{"a":1,"é":"ü"}'
    assert fields["contentType"] == "application/json"
    assert "headers" not in fields


@pytest.mark.parametrize(("data", "body"), [(None, "null"), ([1], "[1]"), ("x", '"x"'), ({}, "{}")])
def test_iglu_bodies_of_any_type(data: Json, body: str) -> None:
    assert recovered(webhook(IGLU, unstruct("anything at all", data)))["body"] == body
    assert recovered(webhook(IGLU, unstruct("a b", data)))["querystring"] == "schema=a b"


def test_iglu_numbers_stay_as_written() -> None:
    ue_pr = '{"data":{"schema":"s","data":{"n":1.50,"big":12345678901234567890123,"e":1E5}}}'
    assert recovered(webhook(IGLU, ue_pr))["body"] == '{"n":1.50,"big":12345678901234567890123,"e":1E5}'


def test_the_first_ue_pr_counts() -> None:
    parameters = pairs(("ue_pr", unstruct("s", 1)), ("ue_pr", unstruct("t", 2)))
    assert recovered(bad_row(SCHEMA, enrichment_payload(vendor=IGLU, parameters=parameters)))["body"] == "1"


FAILURES = {
    "F15": (IGLU, None, "ue_pr parameter is empty"),
    "F15-null": (IGLU, "@null", "ue_pr parameter is empty"),
    "F15-sendgrid": (SENDGRID, None, "ue_pr parameter is empty"),
    "no-json": (IGLU, "{oops", "expected \" got 'oops' (line 1, column 2)"),
    "empty": (IGLU, "", "exhausted input"),
    "no-data": (IGLU, "{}", "Missing required field"),
    "no-inner-schema": (IGLU, '{"data":{"data":1}}', "Missing required field"),
    "no-inner-data": (IGLU, '{"data":{"schema":"s"}}', "Missing required field"),
    "schema-is-no-string": (IGLU, unstruct(1, 2), "Got value '1' with wrong type, expecting string"),
    "F17": (SENDGRID, unstruct("nope", {}), "InvalidIgluUri"),
    "sendgrid-version": (SENDGRID, unstruct("iglu:com.sendgrid/open/jsonschema/0-0-0", {}), "InvalidSchemaVer"),
}


@pytest.mark.parametrize(("vendor", "ue_pr", "reason"), FAILURES.values(), ids=FAILURES)
def test_webhooks_without_a_usable_event_q42(vendor: str, ue_pr: str | None, reason: str) -> None:
    row = webhook(vendor, ue_pr)
    if ue_pr == "@null":
        row["data"]["payload"]["raw"]["parameters"][-1]["value"] = None
    result = recover(row)
    before, _, data = message_of(result).partition(". Data: ")
    assert (result.outcome, result.error) == ("failed", "UncoerciblePayload")
    assert before == (
        "Unable to coerce payload of type com.snowplowanalytics.snowplow.badrows.Payload.EnrichmentPayload "
        f"to CollectorPayload: {reason}"
    )
    assert json.loads(data)["vendor"] == vendor


def test_f16_sendgrid() -> None:
    event = {"a": 1, "event": "zz", "b": {"c": 2}}
    ue_pr = unstruct("iglu:com.sendgrid/open/jsonschema/2-0-0", event)
    fields = recovered(webhook(SENDGRID, ue_pr))
    assert fields["body"] == '[{"event":"open","a":1,"b":{"c":2}}]'
    assert str(fields["querystring"]).startswith("aid=web&ue_pr=%7B%22schema%22")
    assert fields["contentType"] == "application/json"


@pytest.mark.parametrize("data", [None, 1, ["x"]])
def test_sendgrid_events_that_are_no_objects(data: Json) -> None:
    ue_pr = unstruct("iglu:com.sendgrid/open/jsonschema/2-0-0", data)
    assert recovered(webhook(SENDGRID, ue_pr))["body"] == '[{"event":"open"}]'


def test_f18_the_vendor_after_the_steps_decides() -> None:
    row = webhook("com.acme", unstruct("s", {"a": 1}))
    fields = recovered(row, replace("$.raw.vendor", IGLU))
    assert (fields["querystring"], fields["body"]) == ("schema=s", '{"a":1}')
    assert recovered(webhook(IGLU, "no json"), replace("$.raw.vendor", "com.acme"))["path"] == "/com.acme/tp2"


@pytest.mark.parametrize("vendor", [IGLU, SENDGRID])
def test_collector_payloads_have_no_special_vendors(vendor: str) -> None:
    fields = recovered(bad_row(ADAPTER, collector_payload(vendor=vendor, querystring=pairs(("e", "pv")))))
    assert (fields["querystring"], fields["body"], fields["headers"]) == ("e=pv", '{"a":1}', ["H: 1", "X: 2"])


@pytest.mark.parametrize("vendor", ["com.acme", "com.sendgrid.other", "COM.SENDGRID"])
def test_q43_other_vendors_lose_headers_and_content_type(vendor: str) -> None:
    fields = recovered(bad_row(ENRICHMENT, enrichment_payload(vendor=vendor)))
    assert not {"headers", "contentType", "body"} & fields.keys()


def test_q44_iglu_rows_lose_their_other_parameters() -> None:
    assert "aid" not in str(recovered(webhook(IGLU, unstruct("s", 1)))["querystring"])


def test_f19_a_body_with_a_lone_surrogate() -> None:
    row = json.dumps(bad_row(ADAPTER, collector_payload(body="a@@"))).replace("@@", "\\udc00")
    assert recovered(row)["body"] == "a?"


def test_lone_surrogates_in_parameters() -> None:
    row = json.dumps(bad_row(ADAPTER, collector_payload(querystring=pairs(("n@@", "v@@"))))).replace("@@", "\\ud83d")
    assert recovered(row)["querystring"] == "n?=v%3F"
