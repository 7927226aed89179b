"""The event's own data and its contexts: JSON in a parameter, in an envelope, each with its schema."""

from __future__ import annotations

from typing import Final

from event_recovery.iglu.resolver import SchemaNotFoundError
from event_recovery.text.jsontext import Json
from event_recovery.verify.dialect.shapes import is_maybe_deep
from event_recovery.verify.envelopes import read_envelope
from event_recovery.verify.failures import (
    EnrichException,
    Message,
    NotCheckable,
    Violation,
    criterion_mismatch,
    iglu_error,
)
from event_recovery.verify.generations import Generation
from event_recovery.verify.jsonreading import read_json, read_key, self_describing
from event_recovery.verify.lenient_base64 import decode_bytes, decode_text
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.schemas import Schemas
from event_recovery.verify.tracker import is_of

#: The parameters that hold JSON, each with whether it is base64.
IN_JSON: Final = {"ue_pr": False, "ue_px": True, "co": False, "cx": True}
_CRITERION: Final = "iglu:com.snowplowanalytics.snowplow/{}/jsonschema/1-0-*"


class Entities:
    """What was found of an event's data and contexts."""

    def __init__(self) -> None:
        #: Of what is wrong.
        self.messages: list[Message] = []
        #: What could not be checked.
        self.unseen: list[str] = []


def json_text(name: str, value: str) -> str:
    """Return the JSON text that a parameter holds."""
    return decode_text(value) if IN_JSON[name] else value


def read_values(parameters: Parameters, schemas: Schemas, generation: Generation) -> dict[str, Json | Exception]:
    """Parse the parameters that hold JSON, but for those that are surely right; for one that is none, its exception."""
    values: dict[str, Json | Exception] = {}
    for name, is_encoded in IN_JSON.items():
        value = parameters.get(name)
        if value is None:
            continue
        text = decode_bytes(value) if is_encoded else value
        if not is_surely_right("unstruct_event" if name.startswith("ue") else "contexts", text, schemas, generation):
            try:
                values[name] = read_json(text, generation)
            except (ValueError, NotCheckable) as error:
                values[name] = error
    return values


def is_surely_right(name: str, text: str | bytes, schemas: Schemas, generation: Generation) -> bool:
    """Tell whether a text is surely an envelope of entities that all fit; most are, and cost little that way.

    :param name: of the envelope's schema
    """
    try:
        uri, entities = read_envelope(name, text)
        envelope = read_key(uri, generation)
        if not is_of(envelope, name) or not schemas.is_published(envelope):
            return False
        for entity in entities:
            key, data = read_key(entity.schema, generation), bytes(entity.data)
            if not schemas.surely_fits(key, data) and (
                is_maybe_deep(data) or schemas.error(key, read_json(data, generation)) is not None
            ):
                return False
    # What is wrong is told by those that do not stop at the first doubt.
    except (ValueError, NotCheckable, EnrichException, SchemaNotFoundError):
        return False
    return True


def check_event(document: Json, schemas: Schemas, generation: Generation) -> Entities:
    """Check the data of an event: the first thing that is wrong is all that is said."""
    found = Entities()
    try:
        inner = _content(document, "unstruct_event", schemas, generation)
        _check_entity(inner, found, schemas, generation)
    except Violation as violation:
        found.messages += violation.messages
    except NotCheckable as unseen:
        found.unseen.append(str(unseen))
    return found


def check_contexts(document: Json, schemas: Schemas, generation: Generation) -> Entities:
    """Check the contexts of an event: each that is wrong is told."""
    found = Entities()
    try:
        entities = _content(document, "contexts", schemas, generation)
    except Violation as violation:
        found.messages += violation.messages
        return found
    except NotCheckable as unseen:
        found.unseen.append(str(unseen))
        return found
    for entity in entities if type(entities) is list else ():
        try:
            _check_entity(entity, found, schemas, generation)
        except Violation as violation:
            found.messages += violation.messages
        except NotCheckable as unseen:
            found.unseen.append(str(unseen))
    return found


def _content(document: Json, name: str, schemas: Schemas, generation: Generation) -> Json:
    """Return what the envelope holds, after a look at the envelope."""
    key, data = self_describing(document, generation)
    if not is_of(key, name):
        raise Violation(criterion_mismatch(key.uri, _CRITERION.format(name)))
    error = schemas.error(key, data)
    if error is not None:
        raise Violation(iglu_error(key.uri, error))
    return data


def _check_entity(entity: Json, found: Entities, schemas: Schemas, generation: Generation) -> None:
    key, data = self_describing(entity, generation)
    error = schemas.error(key, data)
    if error is not None:
        found.messages.append(iglu_error(key.uri, error))
