"""Worked examples of what Enrich says of a payload, each with how it is known.

``seen``: asserted by a test of Enrich or of its Iglu client, or in a bad row of the wild. ``ran``: what the library in
question said when it was run. ``inferred``: from both, or from the sources, and asserted nowhere. What 3.9.0 says in
other words or as another bad row has an example of its own, which was run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from event_recovery.verify import Verdict
from support.verify.payloads import (
    EVENT_ID,
    REQUIRED,
    TRACKER,
    contexts,
    encoded,
    entity,
    get,
    nested,
    payload,
    post,
    unstruct,
    webhook,
)
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"
UNSTRUCT = f"iglu:{TRACKER}/unstruct_event/jsonschema/1-0-0"
PATTERN = "^iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/[a-zA-Z0-9-_]+/[0-9]+-[0-9]+-[0-9]+$"
NO_EVENT = (
    "trying to extract the schema of the enriched event but event type [null] doesn't match\n          "
    "any of page_view, page_ping, struct, transaction, transaction_item and unstruct\n          "
)
TEXT = {"type": "string"}
SCHEMAS = (
    schema(
        "add_to_cart",
        vendor=TRACKER,
        type="object",
        properties={"sku": TEXT, "quantity": {"type": "integer"}},
        required=["sku"],
        additionalProperties=False,
    ),
    schema(
        "email_sent",
        type="object",
        properties={"emailAddress": TEXT, "emailAddress2": TEXT},
        required=["emailAddress", "emailAddress2"],
        additionalProperties=False,
    ),
    schema(
        "superseding_example",
        type="object",
        properties={"field_a": TEXT},
        additionalProperties=False,
        **{"$supersededBy": "1-0-1"},
    ),
    schema("superseding_example", "1-0-1", type="object", properties={"field_a": TEXT, "field_b": TEXT}),
    schema("place", type="object", properties={"latitude": {"type": "number"}}, required=["latitude"]),
    schema(
        "form",
        type="object",
        properties={
            "formId": {"type": "string", "maxLength": 4096},
            "email": {"type": "string", "format": "email"},
            "group": {"type": "integer", "maximum": 32767},
        },
    ),
    schema("open", type="object"),
)


@dataclass(frozen=True)
class Example:
    """A payload, and what Enrich says of it.

    :param row: the bad row type; None for a good event
    """

    number: str
    evidence: str
    payload: bytes
    row: str | None
    messages: Iterable[Any] = ()
    enrich: str = "6"


def refused(key: str, *reports: tuple[str, str, str | None, list[str]]) -> dict[str, Any]:
    data = [
        {"message": text, "path": path, "keyword": word, "targets": targets} for text, path, word, targets in reports
    ]
    return {"schemaKey": key, "error": {"error": "ValidationError", "dataReports": data}}


def missing(name: str, path: str = "$") -> tuple[str, str, str, list[str]]:
    return f"{path}.{name}: is missing but it is required", path, "required", [name]


def unknown(name: str, path: str = "$") -> tuple[str, str, str, list[str]]:
    text = f"{path}.{name}: is not defined in the schema and the schema does not allow additional properties"
    return text, path, "additionalProperties", [name]


def atomic(*reports: tuple[str, str]) -> dict[str, Any]:
    return refused(ATOMIC, *((text, name, "atomic_field_parse_error", []) for text, name in reports))


def not_found(key: str) -> dict[str, Any]:
    history = [{"repository": name, "errors": [{"error": "NotFound"}]} for name in ("Acme", "Iglu Client Embedded")]
    return {"schemaKey": key, "error": {"error": "ResolutionError", "lookupHistory": history}}


def value(field: str, given: str | None, expectation: str) -> dict[str, Any]:
    return {"field": field, "value": given, "expectation": expectation}


def enrichment(message: dict[str, Any]) -> dict[str, Any]:
    return {"enrichment": None, "message": message}


def event(inner: Any) -> bytes:
    return get({"e": "ue", "ue_pr": unstruct(inner)})


def acme(name: str, version: str = "1-0-0") -> str:
    return f"iglu:com.acme/{name}/jsonschema/{version}"


CART = unstruct(entity("add_to_cart", {"skuu": "pedals", "quantity": 2}, vendor=TRACKER))
BAD_MAIL = entity("email_sent", {"emailAddress": "a", "emailAddress2": "b", "unallowedAdditionalField": "c"})
HALF_MAIL = entity("email_sent", {"foo": "x", "emailAddress2": "b"})
MAIL_FAULTS = refused(acme("email_sent"), missing("emailAddress"), unknown("foo"))
NO_NUMBER = 'Character n is neither a decimal digit number, decimal point, nor "e" notation exponential mark.'
NO_URI = [
    refused(UNSTRUCT, (f"$.schema: does not match the regex pattern {PATTERN}", "$.schema", "pattern", [PATTERN]))
]
THREE = get({"e": "se", "eid": "not-a-uuid", "dtm": "yesterday", "res": "1024 x 768"})
DATES = get({"e": "pv", "stm": "1111111111111111"})
MILLIS = "ot in the expected format: ms since epoch"
TYPES = ["application/json", "application/json; charset=utf-8", "application/json; charset=UTF-8"]
WRONG_SCHEMA = f"iglu:{TRACKER}/wrong-schema/thrift/1-0-0"
PAYLOAD_SCHEMA = f"iglu:{TRACKER}/CollectorPayload/thrift/1-0-"
LENGTHS = "Enriched event does not conform to atomic schema field's length restrictions"


def sized(text: str) -> bytes:
    return len(text).to_bytes(4) + text.encode()


def versioned(number: str) -> Any:
    return entity("email_sent", {}, number)


def not_iglu(given: Any, code: str) -> dict[str, Any]:
    return {"json": given, "error": code}


LONG_ZERO = versioned("1-0-000000")
SV, EF, TPV = "schema_violations", "enrichment_failures", "tracker_protocol_violations"
AF, CPFV = "adapter_failures", "collector_payload_format_violation"
EXAMPLES = (
    Example(
        "1",
        "seen",
        get({"e": "ue", "eid": EVENT_ID, "ue_px": encoded(CART)}),
        SV,
        [refused(f"iglu:{TRACKER}/add_to_cart/jsonschema/1-0-0", missing("sku"), unknown("skuu"))],
    ),
    Example(
        "2",
        "seen in part",
        get({"e": "ue", "tr_tt": "not number", "ue_pr": unstruct(BAD_MAIL)}),
        SV,
        [
            atomic((f"Cannot be converted to java.math.BigDecimal. Error : {NO_NUMBER}", "tr_tt")),
            refused(acme("email_sent"), unknown("unallowedAdditionalField")),
        ],
    ),
    Example(
        "2 of 3.9",
        "ran",
        get({"e": "ue", "tr_tt": "not number", "ue_pr": unstruct(BAD_MAIL)}),
        EF,
        [enrichment(value("tr_tt", "not number", f"cannot be converted to java.math.BigDecimal. Error : {NO_NUMBER}"))],
        "3.9",
    ),
    Example("3", "seen", get({"e": "pp", "co": contexts(HALF_MAIL)}), SV, [MAIL_FAULTS]),
    Example(
        "4",
        "seen",
        get({"e": "pp", "tv": "x" * 101}),
        SV,
        [
            refused(
                ATOMIC,
                ("Field is longer than maximum allowed size 100", "v_tracker", "atomic_field_length_exceeded", []),
            )
        ],
    ),
    Example(
        "4 of 3.9",
        "ran",
        get({"e": "pp", "tv": "x" * 101}),
        EF,
        [
            enrichment({"error": LENGTHS}),
            enrichment({"error": "Field v_tracker longer than maximum allowed size 100"}),
        ],
        "3.9",
    ),
    Example(
        "5",
        "seen, text inferred",
        get({"e": "ue", "ue_pr": "foo"}),
        SV,
        [{"field": "unstruct", "value": "foo", "error": "invalid json: expected false got 'foo' (line 1, column 1)"}],
    ),
    Example(
        "5 of 4.2",
        "inferred",
        get({"e": "ue", "ue_pr": "foo"}),
        SV,
        [atomic(("invalid json: expected false got 'foo' (line 1, column 1)", "ue_pr"))],
        "4.2",
    ),
    Example(
        "5 of 3.9",
        "ran",
        get({"e": "ue", "ue_pr": "foo"}),
        EF,
        [enrichment(value("ue_pr", "foo", "invalid json: expected false got 'foo' (line 1, column 1)"))],
        "3.9",
    ),
    Example(
        "6",
        "seen",
        get({"e": "ue", "ue_pr": '{"foo":"bar"}'}),
        SV,
        [not_iglu({"foo": "bar"}, "INVALID_DATA_PAYLOAD")],
    ),
    Example(
        "7",
        "seen",
        get({"e": "ue", "ue_pr": json.dumps(entity("foo", {}, vendor=TRACKER))}),
        SV,
        [
            {
                "schemaKey": f"iglu:{TRACKER}/foo/jsonschema/1-0-0",
                "schemaCriterion": f"iglu:{TRACKER}/unstruct_event/jsonschema/1-0-*",
            }
        ],
    ),
    Example(
        "8",
        "seen, reports ran",
        event({"foo": "bar"}),
        SV,
        [refused(UNSTRUCT, missing("schema"), missing("data"), unknown("foo"))],
    ),
    Example("9", "seen", event(entity("foo", {})), SV, [not_found(acme("foo"))]),
    Example(
        "10a", "seen", event(versioned("1-0-000000")), SV, [not_iglu(versioned("1-0-000000"), "INVALID_SCHEMAVER")]
    ),
    Example("10b", "seen", event(versioned("0-0-0")), SV, [not_iglu(versioned("0-0-0"), "INVALID_SCHEMAVER")]),
    Example(
        "10c",
        "seen",
        event(versioned("123456789123456789-0-0")),
        SV,
        [not_iglu(versioned("123456789123456789-0-0"), "INVALID_SCHEMAVER")],
    ),
    Example("10c of 3.9", "ran", event(versioned("123456789123456789-0-0")), "generic_error", enrich="3.9"),
    Example("11a", "seen, report ran", event(entity("test_event", {}, "1--")), SV, NO_URI),
    Example("11b", "seen, report ran", event(entity("test/event", {})), SV, NO_URI),
    Example("11c", "seen, report ran", event(entity("test#event", {})), SV, NO_URI),
    Example(
        "12",
        "seen",
        get({"e": "pv", "co": contexts(HALF_MAIL, entity("foo", {}))}),
        SV,
        [MAIL_FAULTS, not_found(acme("foo"))],
    ),
    Example(
        "13",
        "seen",
        get({"e": "pv", "co": contexts(entity("superseding_example", {"field_a": "a", "field_b": "b"}))}),
        None,
    ),
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
        "23",
        "texts seen",
        THREE,
        SV,
        [atomic(("Not a valid UUID", "eid"), (f"N{MILLIS}", "dtm"), (r"Does not conform to regex (\d+)x(\d+)", "res"))],
    ),
    Example(
        "23 of 4.1",
        "ran with 3.9",
        THREE,
        EF,
        [
            enrichment(value("eid", "not-a-uuid", "not a valid UUID")),
            enrichment(value("dtm", "yesterday", f"n{MILLIS}")),
            enrichment(value("res", "1024 x 768", r"does not conform to regex (\d+)x(\d+)")),
        ],
        "4.1",
    ),
    Example(
        "24", "seen", DATES, SV, [atomic(("Formatting as 37179-09-17 07:18:31.111 is not Redshift-compatible", "stm"))]
    ),
    Example(
        "25",
        "seen, row type inferred",
        get({"aid": "x", "tv": "t", "p": "web"}),
        EF,
        [enrichment(value("event", None, NO_EVENT))],
    ),
    Example("26", "ran", get({"e": "ue"}), None),
    Example(
        "27",
        "seen",
        get({"e": "pv", "url": "http://host/?_sp=abc.not-a-timestamp"}),
        EF,
        [enrichment(value("sp_dtm", "not-a-timestamp", f"N{MILLIS}"))],
    ),
    Example(
        "27 of 3.9",
        "ran",
        get({"e": "pv", "url": "http://host/?_sp=abc.not-a-timestamp"}),
        EF,
        [enrichment(value("sp_dtm", "not-a-timestamp", f"n{MILLIS}"))],
        "3.9",
    ),
    Example(
        "28", "seen", get({"e": "pv"}, collector=""), EF, [enrichment(value("v_collector", None, "should be set"))]
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
    Example(
        "38",
        "seen",
        event(entity("form", {"formId": "x" * 4097})),
        SV,
        [refused(acme("form"), ("$.formId: may only be 4096 characters long", "$.formId", "maxLength", ["4096"]))],
    ),
    Example(
        "39",
        "seen",
        event(entity("form", {"email": "wjr@w.w"})),
        SV,
        [
            refused(
                acme("form"),
                ("$.email: does not match the wjr@w.w pattern email", "$.email", "format", ["wjr@w.w", "email"]),
            )
        ],
    ),
    Example(
        "40",
        "seen",
        event(entity("form", {"group": 32768})),
        SV,
        [refused(acme("form"), ("$.group: must have a maximum value of 32767", "$.group", "maximum", ["32767"]))],
    ),
    Example(
        "41",
        "seen",
        event(entity("open", {"a": nested(48)})),
        SV,
        [
            {
                "field": "unstruct",
                "value": unstruct(entity("open", {"a": nested(48)})),
                "error": "invalid json: maximum allowed JSON depth exceeded",
            }
        ],
    ),
    Example("41, one level less", "seen", event(entity("open", {"a": nested(47)})), None),
    Example("41 of 3.9", "ran", event(entity("open", {"a": nested(48)})), None, enrich="3.9"),
)


def comparable(failure: dict[str, Any]) -> Any:
    """Return a failure with its data reports in an order of their own, which Enrich leaves to a hash map."""
    for message in failure.get("messages", ()):
        error = message.get("error")
        if isinstance(error, dict) and "dataReports" in error:
            error["dataReports"].sort(key=json.dumps)
    messages = failure.get("messages", failure.get("message"))
    return sorted(messages, key=json.dumps) if isinstance(messages, list) else messages


def said(verdict: Verdict) -> Any:
    return comparable(json.loads(json.dumps(verdict.failure)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.number} ({one.evidence})")
def test_what_enrich_says(example: Example) -> None:
    (verdict,) = verifier(*SCHEMAS, enrich=example.enrich).verify(example.payload)
    assert (verdict.outcome, verdict.bad_row_type) == ("fails" if example.row else "passes", example.row)
    if example.row == "generic_error":
        assert verdict.failure == {"errors": ['For input string: "123456789123456789"']}
    elif example.row:
        expected = example.messages if isinstance(example.messages, dict) else {"messages": list(example.messages)}
        wanted = comparable(json.loads(json.dumps(expected)))
        assert said(verdict) == (wanted if wanted is not None else expected)


def test_long_fields_are_accepted_where_enrich_is_told_to() -> None:
    (example,) = (one for one in EXAMPLES if one.number == "4")
    (verdict,) = verifier(accept_invalid=True).verify(example.payload)
    assert verdict.outcome == "passes"


def test_all_of_them_are_here() -> None:
    numbers = {int("".join(filter(str.isdigit, one.number.split()[0].rstrip(",")))) for one in EXAMPLES}
    assert numbers == set(range(1, 42))
