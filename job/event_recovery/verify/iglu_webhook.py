"""The Iglu webhook: an event whose schema is in the querystring, or in the body."""

from __future__ import annotations

from typing import Final

from event_recovery.iglu.uris import SchemaUriError
from event_recovery.text.javauri import UriSyntaxError
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.verify.collector import Collected
from event_recovery.verify.failures import Violation, input_data, not_json
from event_recovery.verify.generations import Generation
from event_recovery.verify.jsonreading import NotJsonError, read_json, read_key, self_describing
from event_recovery.verify.pairs import read_pairs
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.schemas import Schemas

_JSON: Final = ("application/json", "application/json; charset=utf-8")
_FORM: Final = "application/x-www-form-urlencoded"
_EXPECTED_JSON: Final = f"expected one of {', '.join(_JSON)}"
_EXPECTED: Final = f"{_EXPECTED_JSON}, {_FORM}"
_UNSTRUCT: Final = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
#: Parameters that are of the event and not of its data.
_OF_EVENT: Final = ("nuid", "aid", "cv", "p")
_KEPT: Final = ("nuid", "aid", "cv", "eid", "ttm", "url")


def read_iglu_webhook(collected: Collected, schemas: Schemas, generation: Generation) -> list[Parameters]:
    """Read the events of a request; whether their data fits is looked at later."""
    body, content_type = collected.payload.body, collected.payload.content_type
    pairs = dict(collected.pairs)
    schema = pairs.get("schema")
    if body is not None and content_type is None:
        raise Violation(input_data("contentType", None, _EXPECTED))
    if schema is None:
        return [_event(_described(body, content_type, generation), pairs, "app")]
    try:
        uri = read_key(schema, generation).uri
    except SchemaUriError as error:
        raise Violation(input_data("schema", schema, error.code)) from error
    if body is None:
        data = {name: value or None for name, value in pairs.items() if name not in (*_OF_EVENT, "schema")}
        return [_event({"schema": uri, "data": data}, pairs, "app")]
    if content_type in _JSON:
        return [_event({"schema": uri, "data": data}, pairs, "app") for data in _json_events(body, generation)]
    if content_type == _FORM:
        try:
            data = dict(read_pairs(body))
        except UriSyntaxError as error:
            raise Violation(input_data("body", body, str(error))) from error
        return [_event({"schema": uri, "data": data}, pairs, "srv")]
    raise Violation(input_data("contentType", content_type, _EXPECTED))


def _described(body: str | None, content_type: str | None, generation: Generation) -> Json:
    if body is None:
        raise Violation(input_data("schema", None, "empty `schema` field"), input_data("body", None, "empty body"))
    if content_type not in _JSON:
        raise Violation(input_data("contentType", content_type, _EXPECTED_JSON))
    document = _parsed(body, generation)
    key, data = self_describing(document, generation)
    return {"schema": key.uri, "data": data}


def _json_events(body: str, generation: Generation) -> list[Json]:
    document = _parsed(body, generation)
    if type(document) is list:
        if not document:
            raise Violation(input_data("body", body, "empty array of events"))
        return document
    if type(document) is not dict or not document:
        raise Violation(input_data("body", body, "has no key-value pairs"))
    return [document]


def _parsed(body: str, generation: Generation) -> Json:
    try:
        return read_json(body, generation)
    except NotJsonError as error:
        raise Violation(not_json("body", body, str(error))) from error


def _event(entity: Json, pairs: Parameters, platform: str) -> Parameters:
    return {
        "tv": "com.snowplowanalytics.iglu-v1",
        "e": "ue",
        "p": pairs.get("p") or platform,
        "ue_pr": no_spaces({"schema": _UNSTRUCT, "data": entity}),
        **{name: pairs[name] for name in _KEPT if name in pairs},
    }
