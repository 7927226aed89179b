"""Bad rows whose groups are known beforehand: one for each kind of failure, as it was made and not as it reads."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from generator import slots
from generator.entities import all_of, entity_of, own_event, parameter, with_entity
from generator.failures import resolution_error
from generator.kinds import (
    ATOMIC,
    Known,
    enrichment,
    format_violation,
    in_body,
    messages,
    plain,
    report,
    request,
    schema_violation,
    unanswered,
    without_body,
    wrong,
)
from generator.schemas import CART, ORDER, USER, WIDE, WIDE_PROPERTIES
from generator.values import Json, compact

_VENDOR = "iglu:com.snowplowanalytics.snowplow.badrows"
_TRACKER = "com.snowplowanalytics.snowplow/tp2"
_UNPUBLISHED = CART.replace("1-0-0", "1-0-9")
_MISSING = "is missing but it is required"
_PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/"
_UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-*"


def _cart(**changes: object) -> Callable[[Random, Json], None]:
    return lambda _, data: data.update(changes)


def _item(**changes: object) -> Callable[[Random, Json], None]:
    return lambda rng, data: rng.choice(data["items"]).update(changes)


def _without(name: str) -> Callable[[Random, Json], object]:
    return lambda _, data: data.pop(name)


KNOWN: tuple[Known, ...] = (
    schema_violation(
        "missing schema",
        "",
        lambda _: {"schemaKey": _UNPUBLISHED, "error": resolution_error()},
        schema=_UNPUBLISHED,
        event=with_entity(_UNPUBLISHED, of=CART),
    ),
    schema_violation("missing schema", "", unanswered, "a registry gave no answer", USER, event=with_entity(USER)),
    schema_violation(
        "missing property",
        "$.items[].sku",
        report(CART, "required", "$.items[#]", _MISSING, "sku"),
        event=with_entity(CART, lambda rng, data: rng.choice(data["items"]).pop("sku")),
    ),
    schema_violation(
        "missing property",
        "$.id",
        report(USER, "required", "$", _MISSING, "id"),
        schema=USER,
        event=with_entity(USER, _without("id")),
    ),
    schema_violation(
        "property not allowed",
        "$.debug",
        report(CART, "additionalProperties", "$", "is not defined", "debug"),
        event=with_entity(
            CART, lambda rng, data: data.update(debug=rng.choice((True, 7, "yes", None, {"a": [1]}, [1, 2])))
        ),
    ),
    schema_violation(
        "wrong type",
        "$.total",
        report(CART, "type", "$.total", "string found", "string", "number"),
        "string, not number",
        event=with_entity(CART, lambda rng, data: data.update(total=f"{rng.randrange(90) / 10}")),
    ),
    schema_violation(
        "wrong type",
        "$.total",
        report(CART, "type", "$.total", "null found", "null", "number"),
        "null, not number",
        event=with_entity(CART, _cart(total=None)),
    ),
    schema_violation(
        "wrong type",
        "$.items[].qty",
        report(CART, "unionType", "$.items[#].qty", "string found", "string", "[integer, null]"),
        "string, not integer or null",
        event=with_entity(CART, lambda rng, data: rng.choice(data["items"]).update(qty=str(rng.randrange(9)))),
    ),
    schema_violation(
        "enum",
        "$.currency",
        report(CART, "enum", "$.currency", "does not have a value", "[EUR, USD]"),
        event=with_entity(CART, _cart(currency="eur")),
    ),
    schema_violation(
        "length",
        "$.note",
        report(CART, "maxLength", "$.note", "may only be 10 characters", "10"),
        "maxLength",
        event=with_entity(CART, lambda rng, data: data.update(note="Merci 😀😀😀😀😀" + "!" * rng.randrange(9))),
    ),
    schema_violation(
        "length",
        "$.note",
        report(CART, "minLength", "$.note", "must be at least 2", "2"),
        "minLength",
        event=with_entity(CART, _cart(note="x")),
    ),
    schema_violation(
        "pattern",
        "$.items[].sku",
        report(CART, "pattern", "$.items[#].sku", "does not match", "^S"),
        event=with_entity(CART, _item(sku="X1")),
    ),
    schema_violation(
        "range",
        "$.total",
        report(CART, "minimum", "$.total", "must have a minimum", "0"),
        "minimum",
        event=with_entity(CART, _cart(total=-1)),
    ),
    schema_violation(
        "range",
        "$.total",
        report(CART, "maximum", "$.total", "must have a maximum", "9"),
        "maximum",
        event=with_entity(CART, _cart(total=10)),
    ),
    schema_violation(
        "format",
        "$.at",
        lambda rng: report(CART, "dateTime", "$.at", "is an invalid date-time", f"on {rng.random()}", "date-time")(rng),
        "date-time",
        event=with_entity(CART, lambda rng, data: data.update(at=f"on {rng.random()}")),
    ),
    schema_violation(
        "format",
        "$.id",
        report(USER, "uuid", "$.id", "x is an invalid uuid", "x", "uuid"),
        "uuid",
        USER,
        event=with_entity(USER, _cart(id="x")),
    ),
    schema_violation(
        "format",
        "$.page",
        report(CART, "format", "$.page", "does not match the uri pattern ^a", "^a"),
        "uri",
        event=with_entity(CART, _cart(page="no page")),
    ),
    schema_violation(
        "other",
        "$",
        report(CART, "dependencies", "$", "has an error with dependencies", "x"),
        "dependencies",
        event=with_entity(CART, _cart(x="1")),
    ),
    Known(
        "schema_violations",
        (
            wrong("missing property", "", CART, "$.id"),
            wrong("wrong type", "", USER, "$.age", "string, not integer"),
        ),
        messages(
            report(CART, "required", "$", _MISSING, "id"),
            report(USER, "type", "$.age", "string found", "string", "integer"),
        ),
        all_of(with_entity(CART, _without("id")), entity_of(USER, {"id": slots.EVENT_ID, "age": "33"})),
    ),
    Known(
        "schema_violations",
        (
            *(wrong("missing property", "", WIDE, f"$.{name}") for name in WIDE_PROPERTIES[:6]),
            wrong("and more"),
        ),
        messages(*(report(WIDE, "required", "$", _MISSING, name) for name in WIDE_PROPERTIES)),
        with_entity(WIDE),
    ),
    Known(
        "schema_violations",
        (wrong("wrong schema", "", CART, "", _UNSTRUCT),),
        messages(lambda _: {"schemaKey": CART, "schemaCriterion": _UNSTRUCT}),
        own_event(lambda _: compact({"schema": CART, "data": {"id": "c-1", "total": 4}})),
    ),
    Known(
        "schema_violations",
        (wrong("not self-describing", detail="INVALID_IGLUURI"),),
        messages(lambda rng: {"json": {"n": rng.random()}, "error": "INVALID_IGLUURI"}),
        own_event(lambda rng: compact({"schema": "iglu:com.acme", "data": {"n": rng.random()}})),
    ),
    Known(
        "schema_violations",
        (wrong("not JSON", field="ue_pr"),),
        messages(
            lambda rng: {"field": "ue_pr", "value": "{", "error": f"invalid json: exhausted input at {rng.random()}"}
        ),
        own_event(lambda _: "{"),
    ),
    schema_violation(
        "length",
        "se_label",
        report(ATOMIC, "atomic_field_length_exceeded", "se_label", "Field is longer than maximum allowed size 4096"),
        "atomic_field_length_exceeded",
        ATOMIC,
        event=parameter("se_la", "label " * 700),
    ),
    schema_violation(
        "invalid schema",
        "",
        lambda rng: {
            "schemaKey": USER,
            "error": {"error": "ValidationError", "schemaIssues": [{"path": "$", "message": f"bad {rng.random()}"}]},
        },
        schema=USER,
        event=with_entity(USER),
    ),
    request(
        "adapter_failures",
        "com.sendgrid/v3",
        ("not JSON", "", "body", ""),
        lambda rng: {"field": "body", "value": "[{", "error": f"invalid json: got {rng.random()}"},
    ),
    request(
        "adapter_failures",
        "com.mailchimp/v1",
        ("unknown event type", "", "", "no schema associated with the provided type parameter at index <number>"),
        lambda rng: {
            "actual": rng.choice(("opened", "closed")),
            "expectedMapping": {"open": "iglu:com.sendgrid/open/jsonschema/3-0-0"},
            "expectation": f"no schema associated with the provided type parameter at index {rng.randrange(9)}",
        },
    ),
    request(
        "adapter_failures",
        "com.mailchimp/v1",
        ("invalid value", "", "querystring", "empty querystring: no events to process"),
        lambda _: {
            "field": "querystring",
            "value": None,
            "expectation": "empty querystring: no events to process",
        },
    ),
    request(
        "adapter_failures",
        "com.snowplowanalytics.iglu/v1",
        ("not self-describing", "", "", "INVALID_DATA_PAYLOAD"),
        lambda rng: {"json": {"n": rng.random()}, "error": "INVALID_DATA_PAYLOAD"},
    ),
    request(
        "tracker_protocol_violations",
        _TRACKER,
        ("wrong schema", f"{_PAYLOAD_DATA}2-0-0", "", f"{_PAYLOAD_DATA}1-0-*"),
        lambda _: {"schemaKey": f"{_PAYLOAD_DATA}2-0-0", "schemaCriterion": f"{_PAYLOAD_DATA}1-0-*"},
        in_body(f"{_PAYLOAD_DATA}2-0-0"),
    ),
    request(
        "tracker_protocol_violations",
        _TRACKER,
        ("missing schema", f"{_PAYLOAD_DATA}1-0-9", "", ""),
        lambda _: {"schemaKey": f"{_PAYLOAD_DATA}1-0-9", "error": resolution_error()},
        in_body(f"{_PAYLOAD_DATA}1-0-9"),
    ),
    request(
        "tracker_protocol_violations",
        _TRACKER,
        ("invalid value", "", "contentType", "expected application/json, got <value>"),
        lambda rng: (
            lambda given: {
                "field": "contentType",
                "value": given,
                "expectation": f"expected application/json, got {given}",
            }
        )(rng.choice(("text/plain", "text/html"))),
        in_body(f"{_PAYLOAD_DATA}1-0-4", "text/plain"),
    ),
    enrichment(
        "api-request",
        wrong("error", "api-request", detail="no answer from <url> after <number> ms"),
        lambda rng: {"error": f"no answer from https://api.acme.example/{rng.random()} after {rng.randrange(999)} ms"},
    ),
    enrichment(
        "ip-lookups",
        wrong("invalid value", "ip-lookups", field="user_ipaddress", detail="not a valid IP address"),
        lambda rng: {
            "field": "user_ipaddress",
            "value": f"10.0.0.{rng.randrange(99)}, x",
            "expectation": "not a valid IP address",
        },
    ),
    enrichment(
        "",
        wrong("wrong type", "", USER, "$.latitude", "null, not number"),
        report(USER, "type", "$.latitude", "null found", "null", "number"),
    ),
    enrichment(
        "javascript-script",
        wrong("error", "javascript-script", detail="TypeError: <text> is undefined (line <number>)"),
        lambda rng: {"error": f'TypeError: "v{rng.random()}" is undefined (line {rng.randrange(90)})'},
    ),
    format_violation(
        wrong("invalid value", field="querystring", detail="cannot parse <value>"),
        lambda rng: (
            lambda given: {"payloadField": "querystring", "value": given, "expectation": f"cannot parse {given}"}
        )(f"a={{{{{rng.random()}}}}}"),
        parameter("page", "{{title}}"),
    ),
    format_violation(
        wrong("error", detail="error deserializing raw event: Unrecognized type <number>"),
        lambda rng: {"error": f"error deserializing raw event: Unrecognized type {rng.randrange(16, 99)}"},
    ),
    plain(
        "size_violation",
        wrong("too large", "ssc", detail="more than 1000000 bytes"),
        lambda rng: {
            "timestamp": slots.FAILED,
            "maximumAllowedSizeBytes": 1_000_000,
            "actualSizeBytes": 1_000_000 + rng.randrange(900_000),
            "expectation": "fits",
        },
    ),
    plain("loader_parsing_error", wrong("not an enriched event"), lambda _: {"type": "NotTSV"}),
    plain(
        "loader_parsing_error",
        wrong("wrong number of fields", detail="130"),
        lambda _: {"type": "FieldNumberMismatch", "fieldCount": 130},
    ),
    plain(
        "loader_parsing_error",
        wrong("invalid value", field="collector_tstamp", detail="InvalidTimestamp"),
        lambda rng: {
            "type": "RowDecodingError",
            "errors": [{"type": "InvalidTimestamp", "key": "collector_tstamp", "value": str(rng.random())}],
        },
    ),
    plain(
        "loader_iglu_error",
        wrong("missing schema", "", CART),
        lambda _: [{"schemaKey": CART, "error": resolution_error()}],
    ),
    plain(
        "loader_iglu_error",
        wrong("missing property", "", USER, "id"),
        lambda rng: [{"schemaKey": USER, "value": {"n": rng.random()}, "key": "id"}],
    ),
    plain(
        "loader_runtime_error",
        wrong("error", "snowplow-rdb-loader", detail="no file <time> in <id>"),
        lambda rng: f"no file 2026-03-0{rng.randrange(1, 9)} in {slots.EVENT_ID}",
    ),
    plain(
        "loader_recovery_error",
        wrong("error", "snowplow-rdb-loader", field="contexts", detail="no such field: c_2"),
        lambda _: {"error": {"message": "no such field: c_2", "location": ["contexts"]}},
    ),
    plain(
        "generic_error",
        wrong("error", "enrich-kinesis", detail="java.lang.OutOfMemoryError: Java heap space"),
        lambda _: {"timestamp": slots.FAILED, "errors": ["java.lang.OutOfMemoryError: Java heap space"]},
    ),
    plain(
        "recovery_error",
        wrong("no flow for it", "", "schema_violations"),
        lambda rng: {"error": f"Failed to load recovery configuration for {rng.random()}.", "configName": None},
        event=with_entity(CART, _cart(total="5")),
    ),
    plain(
        "recovery_error",
        wrong("step failed", "fix-total", "schema_violations", detail="Failed to replace in DownField(ue_pr)"),
        lambda rng: {
            "error": f'Failed to replace {rng.random()} with "1" in DownField(ue_pr)',
            "configName": "fix-total",
        },
        event=with_entity(CART, _cart(total="5")),
    ),
    plain(
        "relay_failure",
        wrong("error", "snowbridge", detail="destination answered <number>"),
        lambda rng: {
            "timestamp": slots.FAILED,
            "message": {"messageText": f"destination answered {rng.randrange(400, 599)}", "stackTrace": None},
        },
    ),
    plain(
        "snowflake_error",
        wrong("invalid value", "snowbridge", field="se_value", detail="<value> is not a number"),
        lambda rng: (
            lambda given: [
                {"valueError": {"value": given, "column": "se_value", "message": f"{given} is not a number"}}
            ]
        )(f"about {rng.random()}"),
    ),
    plain(
        "event_forwarding_error",
        wrong("error", "snowbridge", detail="api: <number>: destination answered <number>"),
        lambda rng: {
            "timestamp": slots.FAILED,
            "errorType": "api",
            "errorCode": str(rng.randrange(400, 599)),
            "errorMessage": f"destination answered {rng.randrange(400, 599)}",
            "latestState": None,
        },
    ),
    plain("", wrong("not JSON"), lambda rng: f"ERROR {rng.random()}"),
    plain("", wrong("no schema"), lambda rng: {"n": rng.random()}),
    plain(
        "", wrong("another schema", schema="com.acme/cart"), lambda rng: {"schema": CART, "data": {"n": rng.random()}}
    ),
    plain(
        "",
        wrong("unknown bad row type", schema="new_error"),
        lambda rng: {"schema": f"{_VENDOR}/new_error/jsonschema/1-0-0", "data": {"n": rng.random()}},
    ),
    Known(
        "schema_violations",
        (
            wrong("missing property", "", ORDER, "$.total"),
            wrong("property not allowed", "", ORDER, "$.totl"),
        ),
        messages(
            report(ORDER, "required", "$", _MISSING, "total"),
            report(ORDER, "additionalProperties", "$", "is not defined", "totl"),
        ),
        with_entity(ORDER, lambda _, data: data.update(totl=data.pop("total"))),
    ),
    schema_violation(
        "property not allowed",
        "$.Gift",
        report(ORDER, "additionalProperties", "$", "is not defined", "Gift"),
        schema=ORDER,
        event=with_entity(ORDER, _cart(Gift=True)),
    ),
    schema_violation(
        "missing property",
        "$.channel",
        report(ORDER, "required", "$", _MISSING, "channel"),
        schema=ORDER,
        event=with_entity(ORDER, _without("channel")),
    ),
    schema_violation(
        "wrong type",
        "$.gift",
        report(ORDER, "type", "$.gift", "string found", "string", "boolean"),
        "string, not boolean",
        ORDER,
        event=with_entity(ORDER, lambda rng, data: data.update(gift=rng.choice(("true", "false")))),
    ),
    schema_violation(
        "wrong type",
        "$.code",
        report(ORDER, "type", "$.code", "integer found", "integer", "string"),
        "integer, not string",
        ORDER,
        event=with_entity(ORDER, lambda rng, data: data.update(code=rng.randrange(900))),
    ),
    schema_violation(
        "wrong type",
        "$.quantity",
        report(ORDER, "type", "$.quantity", "number found", "number", "integer"),
        "number, not integer",
        ORDER,
        event=with_entity(ORDER, _cart(quantity=2.0)),
    ),
    schema_violation(
        "wrong type",
        "$.labels",
        report(ORDER, "type", "$.labels", "string found", "string", "array"),
        "string, not array",
        ORDER,
        event=with_entity(ORDER, _cart(labels="sale")),
    ),
    request(
        "adapter_failures",
        "com.acme/tp2",
        ("invalid value", "", "vendor/version", "vendor/version combination is not supported"),
        lambda _: {
            "field": "vendor/version",
            "value": "com.acme/tp2",
            "expectation": "vendor/version combination is not supported",
        },
        without_body,
    ),
    request(
        "tracker_protocol_violations",
        _TRACKER,
        ("invalid value", "", "contentType", "expected one of application/json"),
        lambda _: {"field": "contentType", "value": "text/plain", "expectation": "expected one of application/json"},
        lambda _, document: document.update(body=None, contentType="text/plain"),
    ),
)

#: Why the rows inside of recovery errors failed.
INNER_FAILURE = messages(report(CART, "type", "$.total", "string found", "string", "number"))
