"""The tracker protocol: events in a querystring, and batches of them in a body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from event_recovery.iglu.uris import SchemaKey
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.verify.collector import Collected
from event_recovery.verify.envelopes import read_batch
from event_recovery.verify.failures import Message, Violation, criterion_mismatch, iglu_error, input_data, not_json
from event_recovery.verify.generations import Generation
from event_recovery.verify.jsonreading import NotJsonError, read_json, read_key, self_describing
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.schemas import Schemas

_CONTENT_TYPES: Final = ("application/json", "application/json; charset=utf-8", "application/json; charset=UTF-8")
_EXPECTED: Final = f"expected one of {', '.join(_CONTENT_TYPES)}"
_CRITERION: Final = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-*"


def read_tp1(collected: Collected, schemas: Schemas, generation: Generation) -> list[Parameters]:
    """Read an event of the old protocol: it is in the querystring, whatever the body is."""
    if not collected.pairs:
        raise Violation(input_data("querystring", None, "empty querystring: not a valid URI redirect"))
    return [dict(collected.pairs)]


def read_tp2(collected: Collected, schemas: Schemas, generation: Generation) -> list[Parameters]:
    """Read one event of a GET, or the batch of a POST, whose events the querystring's parameters overlay."""
    body, content_type = collected.payload.body, collected.payload.content_type
    if body is None and not collected.pairs:
        raise Violation(
            input_data("body", None, "empty body: not a valid tracker protocol event"),
            input_data("querystring", None, "empty querystring: not a valid tracker protocol event"),
        )
    if content_type not in _CONTENT_TYPES and (content_type is not None or body is not None):
        raise Violation(input_data("contentType", content_type, _EXPECTED))
    overlay = dict(collected.pairs)
    if content_type is None:
        return [overlay]
    if body is None:
        raise Violation(input_data("body", None, "empty body: not a valid track protocol event"))
    return [{**parameters, **overlay} for parameters in _events(body, schemas, generation)]


def _events(body: str, schemas: Schemas, generation: Generation) -> Sequence[Mapping[str, str | None]]:
    """Return the parameters of each event of a body."""
    try:
        uri, events = read_batch(body)
        key = read_key(uri, generation)
    except ValueError:
        return _batch(_payload_data(body, schemas, generation))
    _check_batch(key, events, schemas)
    return events


def _payload_data(body: str, schemas: Schemas, generation: Generation) -> Json:
    """Return the data of a body."""
    try:
        document = read_json(body, generation)
    except NotJsonError as error:
        raise Violation(not_json("body", body, str(error))) from error
    key, data = self_describing(document, generation)
    _check_batch(key, data, schemas)
    return data


def _check_batch(key: SchemaKey, data: Json, schemas: Schemas) -> None:
    """Check the data of a body; whatever its schema is, the data has to fit that before the schema is looked at."""
    refused = schemas.error(key, data)
    if refused is not None:
        raise Violation(iglu_error(key.uri, refused))
    if not is_of(key, "payload_data"):
        raise Violation(criterion_mismatch(key.uri, _CRITERION))


def is_of(key: SchemaKey, name: str) -> bool:
    """Tell whether a schema is one of the tracker protocol's, of any addition 1-0-x."""
    protocol = key.vendor == "com.snowplowanalytics.snowplow" and key.format == "jsonschema"
    return protocol and key.name == name and key.version.startswith("1-0-")


def _batch(data: Json) -> list[Parameters]:
    """Return the parameters of each event. After its schema nothing of this fails, unless that schema was replaced."""
    if type(data) is not list or not data:
        text = "empty list of events" if type(data) is list else "json is not an array"
        raise Violation(input_data("body", None, text))
    faults: list[Message] = []
    for event in data:
        if type(event) is not dict:
            raise Violation(input_data("body", no_spaces(event), "is not an object"))
        for name, value in event.items():
            if value is None:
                faults.append(input_data(name, None, "value cannot be null"))
            elif type(value) is not str:
                faults.append(input_data(name, no_spaces(value), "value is not a string"))
    if faults:
        raise Violation(*faults)
    return data
