"""The bytes of recovered events, letter for letter."""

from __future__ import annotations

import json

import pytest
from generator.thrift import COLLECTOR_PAYLOAD_SCHEMA
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    SCHEMA,
    TRACKER,
    Json,
    b64,
    bad_row,
    collector_payload,
    enrichment_payload,
    format_violation,
    recover,
    recovered,
    thrift_payload,
)

pytestmark = pytest.mark.unit

SCHEMA_AND_STOP = (
    "0b7a690000004169676c753a636f6d2e736e6f77706c6f77616e616c79746963732e736e6f77706c6f772f"
    "436f6c6c6563746f725061796c6f61642f7468726966742f312d302d3000"
)
B1 = (
    "0b006400000007312e322e332e340a00c800000170527a11b00b00d2000000055554462d380b00dc000000037373630b012c000000025541"
    "0b013600000009687474703a2f2f722f0b01400000000c2f636f6d2e61636d652f76310b014a00000026653d707626706167653d412b622532"
    "36632533442543332542432537452a2d2e5f266e756c3d0b0154000000077b2261223a317d0f015e0b0000000200000004483a203100000004"
    "583a20320b0168000000106170706c69636174696f6e2f6a736f6e0b01900000000a682e61636d652e636f6d0b019a00000024353130623266"
    "30352d323765332d346664332d623434392d613237303239323664613565" + SCHEMA_AND_STOP
)
B2 = (
    "0a00c800000000000000000b00d2000000055554462d380b00dc000000037373630b01400000000c2f636f6d2e61636d652f76310b014a0000"
    "00000f015e0b00000000" + SCHEMA_AND_STOP
)
B3 = (
    "0b006400000007312e322e332e340a00c800000170527a11b00b00d2000000055554462d380b00dc000000037373630b01400000000c2f636f"
    "6d2e61636d652f76310b014a00000004653d70760f015e0b00000000" + SCHEMA_AND_STOP
)
NOTHING_OPTIONAL = dict.fromkeys(
    [
        "contentType",
        "body",
        "hostname",
        "timestamp",
        "ipAddress",
        "useragent",
        "refererUri",
        "networkUserId",
    ],
)
EXAMPLES: dict[str, tuple[Json, str]] = {
    "B1": (bad_row(ADAPTER), B1),
    "B2": (bad_row(ADAPTER, collector_payload(headers=[], querystring=[], **NOTHING_OPTIONAL)), B2),
    "B3": (format_violation(b64(thrift_payload())), B3),
}


@pytest.mark.parametrize(("row", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_examples(row: Json, expected: str) -> None:
    payload = recover(row).payload
    assert payload is not None
    assert payload.hex() == expected


def test_tracker_protocol_violations_give_the_same_bytes_as_adapter_failures() -> None:
    assert recover(bad_row(TRACKER)).payload == bytes.fromhex(B1)


@pytest.mark.parametrize("name", [SCHEMA, ENRICHMENT])
def test_enrichment_payload_passed_through(name: str) -> None:
    assert recovered(bad_row(name, enrichment_payload())) == {
        "ipAddress": "1.2.3.4",
        "timestamp": 1581931696560,
        "encoding": "UTF-8",
        "collector": "ssc",
        "userAgent": "UA",
        "refererUri": "http://r/",
        "path": "/com.snowplowanalytics.snowplow/tp2",
        "querystring": "e=pv&aid=web",
        "hostname": "h.acme.com",
        "networkUserId": "510b2f05-27e3-4fd3-b449-a2702926da5e",
        "schema": COLLECTOR_PAYLOAD_SCHEMA,
    }


@pytest.mark.parametrize(
    ("timestamp", "millis"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        (None, 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("1815-12-10T00:00:00.000Z", -4861728000000),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
    ],
    ids=["zero", "none", "negative", "two-centuries-ago", "far"],
)
def test_timestamp_is_always_written(timestamp: str | None, millis: int) -> None:
    assert recovered(bad_row(ADAPTER, collector_payload(timestamp=timestamp)))["timestamp"] == millis


def test_lengths_count_bytes_and_not_characters() -> None:
    fields = recovered(bad_row(ADAPTER, collector_payload(body="ü😀\u2028", headers=["é"], hostname="")))
    assert (fields["body"], fields["headers"], fields["hostname"]) == ("ü😀\u2028", ["é"], "")


@pytest.mark.parametrize("field", ["body", "collector", "hostname", "useragent"])
def test_lone_surrogates_become_question_marks(field: str) -> None:
    row = bad_row(ADAPTER, collector_payload(**{field: "a@@b"}))
    # The escape has to reach the parser as six characters.
    line = json.dumps(row).replace("@@", "\\ud800").encode()
    name = {"useragent": "userAgent"}.get(field, field)
    assert recovered(line)[name] == "a?b"
