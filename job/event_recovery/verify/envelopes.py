"""Envelopes as trackers write them: of an event's data and its contexts, and of the events of a POST.

Entities are left as text for their own schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec


class Entity(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A self-describing JSON whose data is not read yet."""

    schema: str
    data: msgspec.Raw


class _Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: str
    data: Entity


class _Contexts(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: str
    data: list[Entity]


class _Batch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: str
    data: list[dict[str, str]]


_BATCH_READER: Final = msgspec.json.Decoder(_Batch)
_READERS: Final[Mapping[str, msgspec.json.Decoder[_Event] | msgspec.json.Decoder[_Contexts]]] = {
    "unstruct_event": msgspec.json.Decoder(_Event),
    "contexts": msgspec.json.Decoder(_Contexts),
}
_ENTITY: Final = {
    "type": "object",
    "properties": {
        "schema": {
            "type": "string",
            "pattern": "^iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/[a-zA-Z0-9-_]+/[0-9]+-[0-9]+-[0-9]+$",
        },
        "data": {},
    },
    "required": ["schema", "data"],
    "additionalProperties": False,
}
_ASKED: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "unstruct_event": (_ENTITY,),
    "contexts": ({"type": "array", "items": _ENTITY}, {"type": "array", "items": _ENTITY, "minItems": 1}),
}
_SAYS_NOTHING: Final = ("$schema", "self", "description")


def read_envelope(name: str, text: str | bytes) -> tuple[str, list[Entity]]:
    """Read an envelope that looks as trackers write it, which fits the schemas that Snowplow has published for it.

    :param name: of the envelope's schema
    :return: the URI of its schema, and at least one entity
    :raises ValueError: when it looks otherwise
    """
    try:
        envelope = _READERS[name].decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    entities = envelope.data if isinstance(envelope, _Contexts) else [envelope.data]
    if not entities:
        raise ValueError("there is no entity")
    return envelope.schema, entities


def read_batch(text: str) -> tuple[str, list[dict[str, str]]]:
    """Read the body of a POST that looks as trackers write it.

    :return: the URI of its schema, and the parameters of at least one event
    :raises ValueError: when it looks otherwise
    """
    try:
        batch = _BATCH_READER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not batch.data:
        raise ValueError("there is no event")
    return batch.schema, batch.data


def is_published(name: str, schema: Mapping[str, Any]) -> bool:
    """Tell whether the schema of an envelope asks what one does that Snowplow has published."""
    return {key: value for key, value in schema.items() if key not in _SAYS_NOTHING} in _ASKED.get(name, ())
