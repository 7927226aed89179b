"""All published bad row types, plus lines that are no bad rows: each drawn whole, as a JSON document.

Mixes give each kind its share of a stream. Besides the type names there are two kinds that are none of them:
``unknown_type`` (published types that the reference does not know) and ``not_json`` (lines cut short or no JSON at
all).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from generator import payloads, slots, values
from generator.failures import (
    adapter_message,
    enrichment_message,
    iglu_error,
    schema_message,
    tracker_message,
)
from generator.loader import loader_event
from generator.payloads import Event
from generator.values import Json

RECOVERABLE_MIX: dict[str, float] = {
    "schema_violations": 40,
    "enrichment_failures": 20,
    "adapter_failures": 16,
    "tracker_protocol_violations": 14,
    "collector_payload_format_violation": 10,
}
DEFAULT_MIX: dict[str, float] = RECOVERABLE_MIX | {
    "size_violation": 2,
    "loader_parsing_error": 0.8,
    "loader_iglu_error": 0.8,
    "loader_runtime_error": 0.6,
    "loader_recovery_error": 0.4,
    "generic_error": 0.4,
    "recovery_error": 2,
    "unknown_type": 0.6,
    "not_json": 0.4,
}

_VENDOR = "com.snowplowanalytics.snowplow.badrows"
_ADAPTERS = (*[("com.sendgrid", "v3")] * 5, *[("com.mailchimp", "v1")] * 4, ("com.snowplowanalytics.iglu", "v1"))
_LOADERS = (("snowplow-s3-loader", "2.2.8"), ("snowplow-rdb-loader", "5.7.1"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bad row before it is printed.

    ``embedded`` are the bytes whose base64 (coded ``rounds`` times) stands at ``slots.EMBEDDED``.
    """

    name: str
    version: str
    data: Json
    embedded: bytes | None = None
    rounds: int = 1

    @property
    def document(self) -> Json:
        """The whole self-describing bad row."""
        return {"schema": f"iglu:{_VENDOR}/{self.name}/jsonschema/{self.version}", "data": self.data}


def _data(processor: tuple[str, str], failure: object, payload: object) -> Json:
    artifact, version = processor
    return {"processor": {"artifact": artifact, "version": version}, "failure": failure, "payload": payload}


def _schema_violations(rng: Random, of: Event) -> Drawn:
    message = schema_message(rng, of.parameters)
    if message["schemaKey"] == values.PRODUCT_SCHEMA and not of.sound:
        of = replace(of, parameters=payloads.with_a_currency_at_fault(of.parameters))
    failure = {"timestamp": slots.FAILED, "messages": [message]}
    data = _data(rng.choice(values.ENRICHERS), failure, payloads.enrichment_payload(of, rng))
    return Drawn("schema_violations", rng.choice(("1-0-0", "2-0-0", "2-0-1")), data)


def _enrichment_failures(rng: Random, of: Event) -> Drawn:
    failure = {"timestamp": slots.FAILED, "messages": [enrichment_message(rng)]}
    data = _data(rng.choice(values.ENRICHERS), failure, payloads.enrichment_payload(of, rng))
    return Drawn("enrichment_failures", rng.choice(("1-0-0", "2-0-0", "2-0-1")), data)


def _adapter_failures(rng: Random, of: Event) -> Drawn:
    vendor, version = rng.choice(_ADAPTERS)
    payload = payloads.collector_payload(of, rng, vendor=vendor, version=version)
    payload["body"] = values.compact([{"event": "open", "email": "zoë@acme.example", "reason": "4.2.2 – 応答なし"}])
    failure = {"timestamp": slots.FAILED, "vendor": vendor, "version": version, "messages": [adapter_message(rng)]}
    return Drawn("adapter_failures", "1-0-0", _data(rng.choice(values.ENRICHERS), failure, payload))


def _tracker_protocol_violations(rng: Random, of: Event) -> Drawn:
    payload = payloads.collector_payload(of, rng)
    failure = {
        "timestamp": slots.FAILED,
        "vendor": payload["vendor"],
        "version": payload["version"],
        "messages": [tracker_message(rng)],
    }
    version = rng.choice(("1-0-0", "1-0-1"))
    return Drawn("tracker_protocol_violations", version, _data(rng.choice(values.ENRICHERS), failure, payload))


def _collector_payload_format_violation(rng: Random, of: Event) -> Drawn:
    twice = rng.random() < 0.2
    message: Json
    if twice:
        message = {"error": "error deserializing raw event: Unrecognized type 67"}
    else:
        message = {"payloadField": "querystring", "value": "{{page}}", "expectation": "could not be parsed"}
    return Drawn(
        "collector_payload_format_violation",
        "1-0-0",
        _data(
            rng.choice(values.ENRICHERS),
            {"timestamp": slots.FAILED, "loader": "thrift", "message": message},
            slots.EMBEDDED,
        ),
        embedded=payloads.thrift_struct(of, unescaped=not twice),
        rounds=2 if twice else 1,
    )


def _size_violation(rng: Random, of: Event) -> Drawn:
    line = payloads.enriched_line(of)
    failure = {
        "timestamp": slots.FAILED,
        "maximumAllowedSizeBytes": 1_000_000,
        "actualSizeBytes": 1_000_000 + rng.randrange(900_000),
        "expectation": "event fits the stream's limit",
    }
    return Drawn("size_violation", "1-0-0", _data(("ssc", "3.2.0"), failure, line))


def _loader_parsing_error(rng: Random, of: Event) -> Drawn:
    failure: Json = rng.choice(({"type": "NotTSV"}, {"type": "FieldNumberMismatch", "fieldCount": 130}))
    version = rng.choice(("1-0-0", "2-0-0"))
    return Drawn("loader_parsing_error", version, _data(rng.choice(_LOADERS), failure, payloads.enriched_line(of)))


def _loader_iglu_error(rng: Random, of: Event) -> Drawn:
    version = rng.choice(("1-0-0", "2-0-0", "2-0-1"))
    return Drawn("loader_iglu_error", version, _data(rng.choice(_LOADERS), [iglu_error(rng)], loader_event(of)))


def _loader_runtime_error(rng: Random, of: Event) -> Drawn:
    data = _data(
        rng.choice(_LOADERS), "Unexpected: folder monitoring found no shredding_complete.json", loader_event(of)
    )
    return Drawn("loader_runtime_error", rng.choice(("1-0-0", "1-0-1")), data)


def _loader_recovery_error(rng: Random, of: Event) -> Drawn:
    failure = {"error": {"message": "no such field: contexts_com_acme_product_2", "location": ["contexts"]}}
    return Drawn("loader_recovery_error", "1-0-0", _data(rng.choice(_LOADERS), failure, payloads.enriched_line(of)))


def _generic_error(rng: Random, of: Event) -> Drawn:
    failure = {"timestamp": slots.FAILED, "errors": ["java.lang.OutOfMemoryError: Java heap space"]}
    return Drawn("generic_error", "1-0-0", _data(rng.choice(values.ENRICHERS), failure, payloads.enriched_line(of)))


def _recovery_error(rng: Random, of: Event) -> Drawn:
    inner = rng.choice((_schema_violations, _adapter_failures, _tracker_protocol_violations))(rng, of)
    schema = inner.document["schema"]
    error = f"Failed to load recovery configuration for {schema}. No schema-configuration mapping found."
    failure = {"error": error, "configName": None}
    data = _data(("snowplow-event-recovery", "0.7.2"), failure, inner.document) | {"recoveries": rng.randrange(1, 4)}
    return Drawn("recovery_error", rng.choice(("1-0-0", "1-0-1")), data)


def _unknown_type(rng: Random, of: Event) -> Drawn:
    name = rng.choice(("relay_failure", "snowflake_error", "event_forwarding_error"))
    told = f"destination answered 403 at attempt {rng.randrange(1, 9)}"
    processor = ("snowbridge", "3.1.0")
    if name == "relay_failure":
        failure: Json = {"timestamp": slots.FAILED, "message": {"messageText": told, "stackTrace": None}}
        return Drawn(name, "1-0-0", _data(processor, failure, {"eventStruct": loader_event(of)}))
    if name == "event_forwarding_error":
        failure = {"timestamp": slots.FAILED, "errorType": "api", "errorMessage": told, "errorCode": "403"}
        return Drawn(name, "1-0-0", _data(processor, failure, payloads.enriched_line(of)))
    data = _data(processor, None, None)
    failures = [{"valueError": {"value": "x", "column": "se_value", "message": told}}]
    return Drawn(
        name, "1-0-0", {"failures": failures, "enrichedEvent": loader_event(of), "processor": data["processor"]}
    )


#: How to draw each kind; a ``not_json`` line is a schema violation that was cut short.
BUILDERS: Mapping[str, Callable[[Random, Event], Drawn]] = {
    "size_violation": _size_violation,
    "collector_payload_format_violation": _collector_payload_format_violation,
    "adapter_failures": _adapter_failures,
    "tracker_protocol_violations": _tracker_protocol_violations,
    "schema_violations": _schema_violations,
    "enrichment_failures": _enrichment_failures,
    "loader_runtime_error": _loader_runtime_error,
    "loader_parsing_error": _loader_parsing_error,
    "loader_iglu_error": _loader_iglu_error,
    "loader_recovery_error": _loader_recovery_error,
    "recovery_error": _recovery_error,
    "generic_error": _generic_error,
    "unknown_type": _unknown_type,
    "not_json": _schema_violations,
}
