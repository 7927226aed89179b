"""Worked examples of what Enrich says of a request, before any event in it."""

from __future__ import annotations

import json

import pytest
from support.verify.examples import (
    AF,
    CPFV,
    TPV,
    Example,
    acme,
    check,
    missing,
    named,
    not_iglu,
    refused,
    unknown,
    value,
)
from support.verify.payloads import REQUIRED, TRACKER, entity, get, payload, post, webhook

pytestmark = pytest.mark.unit

TYPES = ["application/json", "application/json; charset=utf-8", "application/json; charset=UTF-8"]
WRONG_SCHEMA = f"iglu:{TRACKER}/wrong-schema/thrift/1-0-0"
PAYLOAD_SCHEMA = f"iglu:{TRACKER}/CollectorPayload/thrift/1-0-"


def sized(text: str) -> bytes:
    return len(text).to_bytes(4) + text.encode()


EXAMPLES = (
    Example(
        "14",
        "seen",
        payload(body="body", content_type="text/plain"),
        TPV,
        [value("contentType", "text/plain", f"expected one of {', '.join(TYPES)}")],
    ),
    Example(
        "15",
        "seen",
        payload(),
        TPV,
        [
            value("body", None, "empty body: not a valid tracker protocol event"),
            value("querystring", None, "empty querystring: not a valid tracker protocol event"),
        ],
    ),
    Example(
        "16",
        "seen",
        get({"a": "b"}, content_type=TYPES[1]),
        TPV,
        [value("body", None, "empty body: not a valid track protocol event")],
    ),
    Example(
        "17",
        "seen",
        payload(body="body", content_type=TYPES[0]),
        TPV,
        [
            {
                "field": "body",
                "value": "body",
                "error": "invalid json: expected json value got 'body' (line 1, column 1)",
            }
        ],
    ),
    Example(
        "18",
        "seen",
        payload(body='{"not":"self-desc"}', content_type=TYPES[0]),
        TPV,
        [not_iglu({"not": "self-desc"}, "INVALID_DATA_PAYLOAD")],
    ),
    Example(
        "19",
        "seen",
        post([{"tv": "ios-0.1.0", "p": "mob", "e": "se"}, {"new": "foo"}], "1-0-0"),
        TPV,
        [
            refused(
                f"iglu:{TRACKER}/payload_data/jsonschema/1-0-0",
                *(missing(name, "$[1]") for name in ("tv", "p", "e")),
                unknown("new", "$[1]"),
            )
        ],
    ),
    Example(
        "20",
        "seen",
        post({}, "1-0-0"),
        TPV,
        [
            refused(
                f"iglu:{TRACKER}/payload_data/jsonschema/1-0-0",
                ("$: object found, array expected", "$", "type", ["object", "array"]),
            )
        ],
    ),
    Example(
        "21",
        "seen",
        payload(body=json.dumps(entity("place", {})), content_type=TYPES[0]),
        TPV,
        [refused(acme("place"), missing("latitude"))],
    ),
    Example(
        "22",
        "ran",
        post([REQUIRED | {"dtm": 1581382581877}]),
        TPV,
        [
            refused(
                f"iglu:{TRACKER}/payload_data/jsonschema/1-0-4",
                ("$[0].dtm: integer found, string expected", "$[0].dtm", "type", ["integer", "string"]),
            )
        ],
    ),
    Example(
        "29",
        "seen",
        webhook({"schema": "iglooooooo://blah"}),
        AF,
        [value("schema", "iglooooooo://blah", "INVALID_IGLUURI")],
    ),
    Example(
        "30",
        "seen",
        webhook({"schema": acme("open")}, "[]", TYPES[0]),
        AF,
        [value("body", "[]", "empty array of events")],
    ),
    Example(
        "31",
        "seen",
        webhook({"schema": acme("open")}, "{}", TYPES[0]),
        AF,
        [value("body", "{}", "has no key-value pairs")],
    ),
    Example(
        "32",
        "seen",
        webhook({}),
        AF,
        [value("schema", None, "empty `schema` field"), value("body", None, "empty body")],
    ),
    Example(
        "33",
        "seen, text from the source",
        payload(path="/foo"),
        CPFV,
        {
            "payloadField": "path",
            "value": "/foo",
            "expectation": "path does not match (/)vendor/version(/) nor is a legacy /i(ce.png) request",
        },
    ),
    Example(
        "34",
        "from the source",
        payload(path="/com.acme/v1"),
        AF,
        [value("vendor/version", "com.acme/v1", "vendor/version combination is not supported")],
    ),
    Example(
        "35",
        "ran",
        payload(querystring=b"e=pv&page=a b"),
        CPFV,
        {
            "payloadField": "querystring",
            "value": "e=pv&page=a b",
            "expectation": "could not extract name-value pairs from querystring with encoding UTF-8: "
            "Illegal character in query at index 29: http://localhost/?e=pv&page=a b",
        },
    ),
    Example("36", "seen", b"nonsense", CPFV, {"error": "error deserializing raw event: Unrecognized type 110"}),
    Example(
        "37",
        "seen",
        get({"e": "pv"}).replace(sized(f"{PAYLOAD_SCHEMA}0"), sized(WRONG_SCHEMA)),
        CPFV,
        {"error": f"verifying record as {PAYLOAD_SCHEMA}* failed: found {WRONG_SCHEMA}"},
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_what_enrich_says(example: Example) -> None:
    check(example)


def test_all_of_them_are_here() -> None:
    assert {one.whole_number for one in EXAMPLES} == {*range(14, 23), *range(29, 38)}
