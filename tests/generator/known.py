"""Bad rows whose groups are known beforehand: for each kind of failure what is wrong, as it was made, not as it reads.

Of a kind, rows differ in all that must not matter: positions in arrays, values, numbers, times, the order of messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from generator import payloads, slots
from generator.badrows import BUILDERS
from generator.failures import resolution_error, validation_error
from generator.slots import Template, values
from generator.stream import START
from generator.values import Json

#: What is wrong, in the words of explore: kind, by, schema, field, detail.
Wrong = tuple[str, str, str, str, str]
Failure = Callable[[Random], object]

_VENDOR = "iglu:com.snowplowanalytics.snowplow.badrows"
CART = "iglu:com.acme/cart/jsonschema/1-0-0"
USER = "iglu:com.acme/user/jsonschema/2-1-0"
ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"
_TRACKER = "com.snowplowanalytics.snowplow/tp2"
_VARIANTS = 8


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of failure: the type of its rows, empty for what is no bad row, and the one group they belong to."""

    type: str
    wrong: tuple[Wrong, ...]
    failure: Failure


def wrong(kind: str, by: str = "", schema: str = "", field: str = "", detail: str = "") -> Wrong:
    """Give one thing that is wrong."""
    return kind, by, schema, field, detail


def _messages(*made: Callable[[Random], Json], **others: str) -> Failure:
    def failure(rng: Random) -> Json:
        messages = [one(rng) for one in made]
        rng.shuffle(messages)
        return {"timestamp": slots.FAILED, **others, "messages": messages}

    return failure


def _report(schema: str, keyword: str, path: str, message: str, *targets: str) -> Callable[[Random], Json]:
    """Make a message of a validator, with ``#`` for a position in an array."""

    def made(rng: Random) -> Json:
        place = path.replace("#", str(rng.randrange(30)))
        return {"schemaKey": schema, "error": validation_error(place, keyword, f"{place}: {message}", list(targets))}

    return made


def _schema(kind: str, field: str, made: Callable[[Random], Json], detail: str = "", schema: str = CART) -> Known:
    return Known("schema_violations", (wrong(kind, "", schema, field, detail),), _messages(made))


def _unanswered(_: Random) -> Json:
    error = resolution_error()
    error["lookupHistory"][1]["errors"] = [{"error": "RepoFailure", "message": "503"}]
    return {"schemaKey": USER, "error": error}


def _request(type_name: str, path: str, what: tuple[str, str, str, str], made: Callable[[Random], Json]) -> Known:
    vendor, _, version = path.partition("/")
    kind, schema, field, detail = what
    return Known(
        type_name, (wrong(kind, path, schema, field, detail),), _messages(made, vendor=vendor, version=version)
    )


def _enrichment(by: str, what: Wrong, message: Callable[[Random], Json]) -> Known:
    key = f"iglu:com.snowplowanalytics.snowplow.enrichments/{by.replace('-', '_')}/jsonschema/1-0-0"
    enrichment = {"schemaKey": key, "identifier": by} if by else None
    made = _messages(lambda rng: {"enrichment": enrichment, "message": message(rng)})
    return Known("enrichment_failures", (what,), made)


def _format(what: Wrong, message: Callable[[Random], Json]) -> Known:
    def made(rng: Random) -> Json:
        return {"timestamp": slots.FAILED, "loader": "thrift", "message": message(rng)}

    return Known("collector_payload_format_violation", (what,), made)


def _plain(type_name: str, what: Wrong, failure: Failure) -> Known:
    return Known(type_name, (what,), failure)


_PROPERTIES = tuple(f"p{number}" for number in range(9))
_MISSING = "is missing but it is required"
_PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/"

KNOWN: tuple[Known, ...] = (
    _schema("missing schema", "", lambda _: {"schemaKey": CART, "error": resolution_error()}),
    _schema("missing schema", "", _unanswered, "a registry gave no answer", USER),
    _schema("missing property", "$.items[].sku", _report(CART, "required", "$.items[#]", _MISSING, "sku")),
    _schema("missing property", "$.id", _report(USER, "required", "$", _MISSING, "id"), schema=USER),
    _schema("property not allowed", "$.debug", _report(CART, "additionalProperties", "$", "is not defined", "debug")),
    _schema(
        "wrong type",
        "$.total",
        _report(CART, "type", "$.total", "string found", "string", "number"),
        "string, not number",
    ),
    _schema(
        "wrong type", "$.total", _report(CART, "type", "$.total", "null found", "null", "number"), "null, not number"
    ),
    _schema(
        "wrong type",
        "$.items[].qty",
        _report(CART, "unionType", "$.items[#].qty", "string found", "string", "[integer, null]"),
        "string, not integer or null",
    ),
    _schema("enum", "$.currency", _report(CART, "enum", "$.currency", "does not have a value", "[EUR, USD]")),
    _schema("length", "$.note", _report(CART, "maxLength", "$.note", "may only be 10 characters", "10"), "maxLength"),
    _schema("length", "$.note", _report(CART, "minLength", "$.note", "must be at least 2", "2"), "minLength"),
    _schema("pattern", "$.items[].sku", _report(CART, "pattern", "$.items[#].sku", "does not match", "^S")),
    _schema("range", "$.total", _report(CART, "minimum", "$.total", "must have a minimum", "0"), "minimum"),
    _schema("range", "$.total", _report(CART, "maximum", "$.total", "must have a maximum", "9"), "maximum"),
    _schema(
        "format",
        "$.at",
        lambda rng: _report(CART, "dateTime", "$.at", "is an invalid date-time", f"on {rng.random()}", "date-time")(
            rng
        ),
        "date-time",
    ),
    _schema("format", "$.id", _report(USER, "uuid", "$.id", "x is an invalid uuid", "x", "uuid"), "uuid", USER),
    _schema("format", "$.page", _report(CART, "format", "$.page", "does not match the uri pattern ^a", "^a"), "uri"),
    _schema("other", "$", _report(CART, "dependencies", "$", "has an error with dependencies", "x"), "dependencies"),
    Known(
        "schema_violations",
        (
            wrong("missing property", "", CART, "$.id"),
            wrong("wrong type", "", USER, "$.age", "string, not integer"),
        ),
        _messages(
            _report(CART, "required", "$", _MISSING, "id"),
            _report(USER, "type", "$.age", "string found", "string", "integer"),
        ),
    ),
    Known(
        "schema_violations",
        (
            *(wrong("missing property", "", CART, f"$.{name}") for name in _PROPERTIES[:6]),
            wrong("and more"),
        ),
        _messages(*(_report(CART, "required", "$", _MISSING, name) for name in _PROPERTIES)),
    ),
    Known(
        "schema_violations",
        (wrong("wrong schema", "", CART, "", "iglu:com.acme/contexts/jsonschema/1-*-*"),),
        _messages(lambda _: {"schemaKey": CART, "schemaCriterion": "iglu:com.acme/contexts/jsonschema/1-*-*"}),
    ),
    Known(
        "schema_violations",
        (wrong("not self-describing", detail="INVALID_IGLUURI"),),
        _messages(lambda rng: {"json": {"n": rng.random()}, "error": "INVALID_IGLUURI"}),
    ),
    Known(
        "schema_violations",
        (wrong("not JSON", field="ue_pr"),),
        _messages(
            lambda rng: {"field": "ue_pr", "value": "{", "error": f"invalid json: exhausted input at {rng.random()}"}
        ),
    ),
    _schema(
        "length",
        "se_label",
        _report(ATOMIC, "atomic_field_length_exceeded", "se_label", "Field is longer than maximum allowed size 4096"),
        "atomic_field_length_exceeded",
        ATOMIC,
    ),
    _schema(
        "invalid schema",
        "",
        lambda rng: {
            "schemaKey": USER,
            "error": {"error": "ValidationError", "schemaIssues": [{"path": "$", "message": f"bad {rng.random()}"}]},
        },
        schema=USER,
    ),
    _request(
        "adapter_failures",
        "com.sendgrid/v3",
        ("not JSON", "", "body", ""),
        lambda rng: {"field": "body", "value": "[{", "error": f"invalid json: got {rng.random()}"},
    ),
    _request(
        "adapter_failures",
        "com.mailchimp/v1",
        ("unknown event type", "", "", "no schema associated with the provided type parameter at index <number>"),
        lambda rng: {
            "actual": rng.choice(("opened", "closed")),
            "expectedMapping": {"open": "iglu:com.sendgrid/open/jsonschema/3-0-0"},
            "expectation": f"no schema associated with the provided type parameter at index {rng.randrange(9)}",
        },
    ),
    _request(
        "adapter_failures",
        "com.mailchimp/v1",
        ("invalid value", "", "querystring", "empty querystring: no events to process"),
        lambda _: {
            "field": "querystring",
            "value": None,
            "expectation": "empty querystring: no events to process",
        },
    ),
    _request(
        "adapter_failures",
        "com.snowplowanalytics.iglu/v1",
        ("not self-describing", "", "", "INVALID_DATA_PAYLOAD"),
        lambda rng: {"json": {"n": rng.random()}, "error": "INVALID_DATA_PAYLOAD"},
    ),
    _request(
        "tracker_protocol_violations",
        _TRACKER,
        ("wrong schema", f"{_PAYLOAD_DATA}2-0-0", "", f"{_PAYLOAD_DATA}1-*-*"),
        lambda _: {"schemaKey": f"{_PAYLOAD_DATA}2-0-0", "schemaCriterion": f"{_PAYLOAD_DATA}1-*-*"},
    ),
    _request(
        "tracker_protocol_violations",
        _TRACKER,
        ("missing schema", f"{_PAYLOAD_DATA}1-0-9", "", ""),
        lambda _: {"schemaKey": f"{_PAYLOAD_DATA}1-0-9", "error": resolution_error()},
    ),
    _request(
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
    _enrichment(
        "api-request",
        wrong("error", "api-request", detail="no answer from <url> after <number> ms"),
        lambda rng: {"error": f"no answer from https://api.acme.example/{rng.random()} after {rng.randrange(999)} ms"},
    ),
    _enrichment(
        "ip-lookups",
        wrong("invalid value", "ip-lookups", field="user_ipaddress", detail="not a valid IP address"),
        lambda rng: {
            "field": "user_ipaddress",
            "value": f"10.0.0.{rng.randrange(99)}, x",
            "expectation": "not a valid IP address",
        },
    ),
    _enrichment(
        "",
        wrong("wrong type", "", USER, "$.latitude", "null, not number"),
        _report(USER, "type", "$.latitude", "null found", "null", "number"),
    ),
    _enrichment(
        "javascript-script",
        wrong("error", "javascript-script", detail="TypeError: <text> is undefined (line <number>)"),
        lambda rng: {"error": f'TypeError: "v{rng.random()}" is undefined (line {rng.randrange(90)})'},
    ),
    _format(
        wrong("invalid value", field="querystring", detail="cannot parse <value>"),
        lambda rng: (
            lambda given: {"payloadField": "querystring", "value": given, "expectation": f"cannot parse {given}"}
        )(f"a={{{{{rng.random()}}}}}"),
    ),
    _format(
        wrong("error", detail="error deserializing raw event: Unrecognized type <number>"),
        lambda rng: {"error": f"error deserializing raw event: Unrecognized type {rng.randrange(16, 99)}"},
    ),
    _plain(
        "size_violation",
        wrong("too large", "ssc", detail="more than 1000000 bytes"),
        lambda rng: {
            "timestamp": slots.FAILED,
            "maximumAllowedSizeBytes": 1_000_000,
            "actualSizeBytes": 1_000_000 + rng.randrange(900_000),
            "expectation": "fits",
        },
    ),
    _plain("loader_parsing_error", wrong("not an enriched event"), lambda _: {"type": "NotTSV"}),
    _plain(
        "loader_parsing_error",
        wrong("wrong number of fields", detail="130"),
        lambda _: {"type": "FieldNumberMismatch", "fieldCount": 130},
    ),
    _plain(
        "loader_parsing_error",
        wrong("invalid value", field="collector_tstamp", detail="InvalidTimestamp"),
        lambda rng: {
            "type": "RowDecodingError",
            "errors": [{"type": "InvalidTimestamp", "key": "collector_tstamp", "value": str(rng.random())}],
        },
    ),
    _plain(
        "loader_iglu_error",
        wrong("missing schema", "", CART),
        lambda _: [{"schemaKey": CART, "error": resolution_error()}],
    ),
    _plain(
        "loader_iglu_error",
        wrong("missing property", "", USER, "id"),
        lambda rng: [{"schemaKey": USER, "value": {"n": rng.random()}, "key": "id"}],
    ),
    _plain(
        "loader_runtime_error",
        wrong("error", "snowplow-rdb-loader", detail="no file <time> in <id>"),
        lambda rng: f"no file 2026-03-0{rng.randrange(1, 9)} in {slots.EVENT_ID}",
    ),
    _plain(
        "loader_recovery_error",
        wrong("error", "snowplow-rdb-loader", field="contexts", detail="no such field: c_2"),
        lambda _: {"error": {"message": "no such field: c_2", "location": ["contexts"]}},
    ),
    _plain(
        "generic_error",
        wrong("error", "enrich-kinesis", detail="java.lang.OutOfMemoryError: Java heap space"),
        lambda _: {"timestamp": slots.FAILED, "errors": ["java.lang.OutOfMemoryError: Java heap space"]},
    ),
    _plain(
        "recovery_error",
        wrong("no flow for it", "", "schema_violations"),
        lambda rng: {"error": f"Failed to load recovery configuration for {rng.random()}.", "configName": None},
    ),
    _plain(
        "recovery_error",
        wrong("step failed", "fix-total", "schema_violations", detail="Failed to replace in DownField(ue_pr)"),
        lambda rng: {
            "error": f'Failed to replace {rng.random()} with "1" in DownField(ue_pr)',
            "configName": "fix-total",
        },
    ),
    *(
        _plain(
            name,
            wrong("error", "snowbridge", detail="destination answered <number>"),
            lambda rng: {"timestamp": slots.FAILED, "message": f"destination answered {rng.randrange(400, 599)}"},
        )
        for name in ("relay_failure", "snowflake_error", "event_forwarding_error")
    ),
    _plain("", wrong("not JSON"), lambda rng: f"ERROR {rng.random()}"),
    _plain("", wrong("no schema"), lambda rng: {"n": rng.random()}),
    _plain(
        "", wrong("another schema", schema="com.acme/cart"), lambda rng: {"schema": CART, "data": {"n": rng.random()}}
    ),
    _plain(
        "",
        wrong("unknown bad row type", schema="new_error"),
        lambda rng: {"schema": f"{_VENDOR}/new_error/jsonschema/1-0-0", "data": {"n": rng.random()}},
    ),
)

_BUILDERS: Mapping[str, str] = dict.fromkeys(
    ("relay_failure", "snowflake_error", "event_forwarding_error"), "unknown_type"
)
_ARTIFACTS: Mapping[str, str] = {
    "size_violation": "ssc",
    "loader_runtime_error": "snowplow-rdb-loader",
    "loader_recovery_error": "snowplow-rdb-loader",
    "generic_error": "enrich-kinesis",
    **dict.fromkeys(_BUILDERS, "snowbridge"),
}


def known_rows(count: int, *, seed: int, products: int = 2) -> Iterator[tuple[Known, bytes]]:
    """Yield rows with their kinds, the first kinds more often than the last, the same for the same seed.

    :param products: how many entities an event has, of about 300 bytes each
    """
    rng = Random(f"known {seed}")
    weights = [1 / (place + 3) for place in range(len(KNOWN))]
    start_ms = int(START.timestamp() * 1000)
    templates: dict[tuple[int, int], Template] = {}
    for number in range(count):
        kind = number if number < len(KNOWN) else rng.choices(range(len(KNOWN)), weights=weights)[0]
        place = kind, rng.randrange(_VARIANTS)
        if place not in templates:
            templates[place] = _template(KNOWN[kind], Random(f"{seed} {place}"), products)
        yield KNOWN[kind], templates[place].fill(values(rng, start_ms + number * 86_400_000 // max(count, 1)))


def _template(known: Known, rng: Random, products: int) -> Template:
    failure = known.failure(rng)
    if not known.type:
        text = failure if isinstance(failure, str) else json.dumps(failure)
        return Template.of(text.encode())
    drawn = None
    # Of the types that share a builder, and of a recovery error's inner row, it is drawn which one it is.
    while drawn is None or not _fits(known, drawn.document):
        event = payloads.event(rng, products, lean=False, sparse=False)
        drawn = BUILDERS[_BUILDERS.get(known.type, known.type)](rng, event)
    document = drawn.document
    document["data"]["failure"] = failure
    if known.type in _ARTIFACTS:
        document["data"]["processor"]["artifact"] = _ARTIFACTS[known.type]
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Template.of(text.encode(), embedded=drawn.embedded, rounds=drawn.rounds)


def _fits(known: Known, document: Json) -> bool:
    if known.type == "recovery_error":
        return "/schema_violations/" in document["data"]["payload"]["schema"]
    return f"/{known.type}/" in document["schema"]
