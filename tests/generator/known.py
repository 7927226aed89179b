"""Bad rows whose groups are known beforehand: one for each kind of failure, as it was made and not as it reads."""

from __future__ import annotations

from generator import slots
from generator.failures import resolution_error
from generator.kinds import (
    ATOMIC,
    CART,
    USER,
    Known,
    enrichment,
    format_violation,
    messages,
    plain,
    report,
    request,
    schema_violation,
    unanswered,
    wrong,
)

_VENDOR = "iglu:com.snowplowanalytics.snowplow.badrows"
_TRACKER = "com.snowplowanalytics.snowplow/tp2"
_PROPERTIES = tuple(f"p{number}" for number in range(9))
_MISSING = "is missing but it is required"
_PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/"

KNOWN: tuple[Known, ...] = (
    schema_violation("missing schema", "", lambda _: {"schemaKey": CART, "error": resolution_error()}),
    schema_violation("missing schema", "", unanswered, "a registry gave no answer", USER),
    schema_violation("missing property", "$.items[].sku", report(CART, "required", "$.items[#]", _MISSING, "sku")),
    schema_violation("missing property", "$.id", report(USER, "required", "$", _MISSING, "id"), schema=USER),
    schema_violation(
        "property not allowed", "$.debug", report(CART, "additionalProperties", "$", "is not defined", "debug")
    ),
    schema_violation(
        "wrong type",
        "$.total",
        report(CART, "type", "$.total", "string found", "string", "number"),
        "string, not number",
    ),
    schema_violation(
        "wrong type", "$.total", report(CART, "type", "$.total", "null found", "null", "number"), "null, not number"
    ),
    schema_violation(
        "wrong type",
        "$.items[].qty",
        report(CART, "unionType", "$.items[#].qty", "string found", "string", "[integer, null]"),
        "string, not integer or null",
    ),
    schema_violation("enum", "$.currency", report(CART, "enum", "$.currency", "does not have a value", "[EUR, USD]")),
    schema_violation(
        "length", "$.note", report(CART, "maxLength", "$.note", "may only be 10 characters", "10"), "maxLength"
    ),
    schema_violation("length", "$.note", report(CART, "minLength", "$.note", "must be at least 2", "2"), "minLength"),
    schema_violation("pattern", "$.items[].sku", report(CART, "pattern", "$.items[#].sku", "does not match", "^S")),
    schema_violation("range", "$.total", report(CART, "minimum", "$.total", "must have a minimum", "0"), "minimum"),
    schema_violation("range", "$.total", report(CART, "maximum", "$.total", "must have a maximum", "9"), "maximum"),
    schema_violation(
        "format",
        "$.at",
        lambda rng: report(CART, "dateTime", "$.at", "is an invalid date-time", f"on {rng.random()}", "date-time")(rng),
        "date-time",
    ),
    schema_violation("format", "$.id", report(USER, "uuid", "$.id", "x is an invalid uuid", "x", "uuid"), "uuid", USER),
    schema_violation(
        "format", "$.page", report(CART, "format", "$.page", "does not match the uri pattern ^a", "^a"), "uri"
    ),
    schema_violation(
        "other", "$", report(CART, "dependencies", "$", "has an error with dependencies", "x"), "dependencies"
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
    ),
    Known(
        "schema_violations",
        (
            *(wrong("missing property", "", CART, f"$.{name}") for name in _PROPERTIES[:6]),
            wrong("and more"),
        ),
        messages(*(report(CART, "required", "$", _MISSING, name) for name in _PROPERTIES)),
    ),
    Known(
        "schema_violations",
        (wrong("wrong schema", "", CART, "", "iglu:com.acme/contexts/jsonschema/1-*-*"),),
        messages(lambda _: {"schemaKey": CART, "schemaCriterion": "iglu:com.acme/contexts/jsonschema/1-*-*"}),
    ),
    Known(
        "schema_violations",
        (wrong("not self-describing", detail="INVALID_IGLUURI"),),
        messages(lambda rng: {"json": {"n": rng.random()}, "error": "INVALID_IGLUURI"}),
    ),
    Known(
        "schema_violations",
        (wrong("not JSON", field="ue_pr"),),
        messages(
            lambda rng: {"field": "ue_pr", "value": "{", "error": f"invalid json: exhausted input at {rng.random()}"}
        ),
    ),
    schema_violation(
        "length",
        "se_label",
        report(ATOMIC, "atomic_field_length_exceeded", "se_label", "Field is longer than maximum allowed size 4096"),
        "atomic_field_length_exceeded",
        ATOMIC,
    ),
    schema_violation(
        "invalid schema",
        "",
        lambda rng: {
            "schemaKey": USER,
            "error": {"error": "ValidationError", "schemaIssues": [{"path": "$", "message": f"bad {rng.random()}"}]},
        },
        schema=USER,
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
        ("wrong schema", f"{_PAYLOAD_DATA}2-0-0", "", f"{_PAYLOAD_DATA}1-*-*"),
        lambda _: {"schemaKey": f"{_PAYLOAD_DATA}2-0-0", "schemaCriterion": f"{_PAYLOAD_DATA}1-*-*"},
    ),
    request(
        "tracker_protocol_violations",
        _TRACKER,
        ("missing schema", f"{_PAYLOAD_DATA}1-0-9", "", ""),
        lambda _: {"schemaKey": f"{_PAYLOAD_DATA}1-0-9", "error": resolution_error()},
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
    ),
    plain(
        "recovery_error",
        wrong("step failed", "fix-total", "schema_violations", detail="Failed to replace in DownField(ue_pr)"),
        lambda rng: {
            "error": f'Failed to replace {rng.random()} with "1" in DownField(ue_pr)',
            "configName": "fix-total",
        },
    ),
    *(
        plain(
            name,
            wrong("error", "snowbridge", detail="destination answered <number>"),
            lambda rng: {"timestamp": slots.FAILED, "message": f"destination answered {rng.randrange(400, 599)}"},
        )
        for name in ("relay_failure", "snowflake_error", "event_forwarding_error")
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
)
