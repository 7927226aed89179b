"""The normal form of a parsed row, and its parts as the documents that conditions and steps work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec import convert, to_builtins
from msgspec.structs import astuple

from event_recovery.badrows import decoders, types
from event_recovery.badrows.decoders import Cursor
from event_recovery.badrows.structs import Pair
from event_recovery.badrows.types import BadRowType, PayloadKind
from event_recovery.text.jsontext import Json, parse_utf8
from event_recovery.text.timestamps import normalise_date_time

#: Makes a section of a row from its parsed ``data``.
View: TypeAlias = Callable[[Any], Json]


# Python 3.11 takes a while to look up the member of an enumeration.
_COLLECTOR: Final = PayloadKind.COLLECTOR
_ENRICHMENT: Final = PayloadKind.ENRICHMENT


# The numbers of an enriched event, and those of them with a fraction.
_DECODERS: Final = {
    name: decode.decode if isinstance(decode, decoders.Nullable) else decode
    for name, decode in types.ENRICHED_DECODERS.items()
}
_FLOATS: Final = [name for name, decode in _DECODERS.items() if decode is decoders.float32]
# With the place of each among the fields.
_NUMBERS: Final = [
    (place, name, decode) for place, (name, decode) in enumerate(_DECODERS.items()) if decode is not decoders.string
]


def as_pairs(value: Json, _path: Cursor) -> list[Pair]:
    """Return a list of pairs whose form is right, but whose values may no longer be text.

    :raises ValueError: when one is not text
    """
    return convert(value, list[Pair])


def normalise(kind: PayloadKind, payload: Any) -> None:
    """Put a parsed payload in the form that conditions and steps work on.

    :raises ValueError: for a UUID or timestamp that is invalid
    """
    if kind is _COLLECTOR:
        payload.querystring = _pairs(payload.querystring)
        payload.networkUserId = _uuid(payload.networkUserId)
        payload.timestamp = _timestamp(payload.timestamp)
    elif kind is _ENRICHMENT:
        raw = payload.raw
        raw.parameters = _pairs(raw.parameters)
        raw.userId = _uuid(raw.userId)
        raw.timestamp = _timestamp(raw.timestamp)


def read_numbers(enriched: Any) -> bool:
    """Read the numbers of an enriched event that are there as text, and tell whether there are any.

    :raises ValueError: when a text is no such number
    """
    found = False
    values = astuple(enriched)
    for place, name, decode in _NUMBERS:
        value = values[place]
        if type(value) is str:
            found = True
            if decode is decoders.float32:
                decoders.check_float32(value, None)  # and is read where it is shown
            else:
                setattr(enriched, name, decode(value, None))
    return found


def _pairs(pairs: list[Pair] | dict[str, str | None]) -> list[Pair]:
    if isinstance(pairs, dict):
        return [Pair(name, value) for name, value in pairs.items()]
    return pairs


def _uuid(text: str | None) -> Json:
    return None if text is None else decoders.uuid(text, None)


def _timestamp(text: str | None) -> str | None:
    return None if text is None else normalise_date_time(text)


def views(bad_row_type: BadRowType) -> dict[str, View]:
    """Return functions that make the sections of a normalised row, each as a whole, in the order of printing."""
    return {
        "processor": lambda data: to_builtins(data.processor),
        "failure": lambda data: bad_row_type.failure(parse_utf8(bytes(data.failure)), None),
        "payload": _enrichment_view if bad_row_type.kind is _ENRICHMENT else _payload_view,
    }


def document(payload: Any, part: str | None) -> dict[str, Any]:
    """Return a normalised payload, or one part of it in its place, as the document that steps work on."""
    whole: dict[str, Any] = to_builtins(payload) if part is None else {part: to_builtins(getattr(payload, part))}
    return whole


def _payload_view(data: Any) -> Json:
    return to_builtins(data.payload)


def _enrichment_view(data: Any) -> Json:
    enriched: dict[str, Any] = to_builtins(data.payload.enriched)
    for name in _FLOATS:
        if enriched[name] is not None:
            enriched[name] = decoders.float32(enriched[name], None)
    return {"enriched": enriched, "raw": to_builtins(data.payload.raw)}
