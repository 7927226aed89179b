"""Bad rows as types that a parser in C fills and checks, and the normal form of their parts.

The types accept a subset of what the exact decoders accept (no numbers in strings, no timestamps of unusual form), made
from the same tables, so that a row that fits means the same on both routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import to_builtins

from event_recovery import decoding, shapes
from event_recovery.decoding import Decoder, Nullable, Path
from event_recovery.jsontext import Json, parse
from event_recovery.shapes import BadRowType, PayloadKind
from event_recovery.timestamps import is_normal_date_time


class _Pair(msgspec.Struct, gc=False):
    name: str
    value: str | None = None


class _WholePair(TypedDict):
    name: str
    value: str | None


class _Processor(msgspec.Struct, gc=False):
    artifact: str
    version: str


_INT32 = Annotated[int, msgspec.Meta(ge=decoding.INT32.start, le=decoding.INT32.stop - 1)]
_INT8 = Annotated[int, msgspec.Meta(ge=decoding.INT8.start, le=decoding.INT8.stop - 1)]
_TYPES: dict[Decoder, Any] = {
    decoding.string: str,
    decoding.date_time: str,
    decoding.uuid: str,
    decoding.float32: float,
    decoding.name_value_pairs: list[_Pair] | dict[str, str | None],
    shapes.HEADERS: list[str],
    shapes.INT: _INT32,
    shapes.BYTE: _INT8,
}


def _struct(name: str, fields: Mapping[str, Decoder]) -> type[msgspec.Struct]:
    """Make a type whose fields have the declared order, and null when absent."""
    members: list[Any] = [
        (field, _TYPES[decode.decode] | None, None) if isinstance(decode, Nullable) else (field, _TYPES[decode])
        for field, decode in fields.items()
    ]
    return msgspec.defstruct(name, members, kw_only=True, gc=False)


def _row(payload_type: Any) -> Callable[[bytes], Any]:
    data = msgspec.defstruct(
        "_Data",
        [("processor", _Processor), ("failure", msgspec.Raw), ("payload", payload_type)],
    )
    return msgspec.json.Decoder(msgspec.defstruct("_Row", [("schema", str), ("data", data)])).decode


_Enriched = _struct("_Enriched", shapes.ENRICHED_DECODERS)
_Raw = _struct("_Raw", shapes.RAW_FIELDS)
_PARSERS = {
    PayloadKind.COLLECTOR: _row(_struct("_Collector", shapes.COLLECTOR_PAYLOAD_FIELDS)),
    PayloadKind.ENRICHMENT: _row(msgspec.defstruct("_Enrichment", [("enriched", _Enriched), ("raw", _Raw)])),
    PayloadKind.THRIFT: _row(str),
}


def row_parser(kind: PayloadKind) -> Callable[[bytes], Any]:
    """Give the parser for rows with this kind of payload; what it refuses may still fit the exact decoders."""
    return _PARSERS[kind]


def payload_view(kind: PayloadKind, *, whole: bool) -> Callable[[Any], Json]:
    """Give the function that makes the payload of a parsed row, in the form that conditions and steps work on.

    :param whole: whether more than the ``raw`` part of an enrichment payload is wanted
    """
    if kind is PayloadKind.COLLECTOR:
        return lambda data: _normal(data.payload, "querystring", "networkUserId")
    if kind is PayloadKind.THRIFT:
        return lambda data: data.payload
    if whole:
        return lambda data: {"enriched": _normal_enriched(data), "raw": _normal_raw(data)}
    return lambda data: {"raw": _normal_raw(data)}


def views(bad_row_type: BadRowType) -> dict[str, Callable[[Any], Json]]:
    """Give functions that make the sections of a parsed row, each as a whole, in the order they are printed in."""
    return {
        "processor": lambda data: to_builtins(data.processor),
        "failure": lambda data: bad_row_type.failure(parse(bytes(data.failure).decode()), None),
        "payload": payload_view(bad_row_type.kind, whole=True),
    }


def same_pairs(value: Json, _path: Path) -> Json:
    """Check a list of pairs whose form is right already, but whose values may no longer be text.

    :raises ValueError: when one is not
    """
    return msgspec.convert(value, list[_WholePair])


def _normal_raw(data: Any) -> dict[str, Any]:
    return _normal(data.payload.raw, "parameters", "userId")


def _normal(parsed: msgspec.Struct, pairs: str, user: str) -> dict[str, Any]:
    """Put a payload in the form that steps work on.

    :raises ValueError: for a UUID or timestamp that is none, or of unusual form
    """
    payload: dict[str, Any] = to_builtins(parsed)
    if type(payload[pairs]) is dict:
        payload[pairs] = [{"name": name, "value": value} for name, value in payload[pairs].items()]
    if payload[user] is not None:
        payload[user] = decoding.uuid(payload[user], None)
    if payload["timestamp"] is not None and not is_normal_date_time(payload["timestamp"]):
        raise ValueError(payload["timestamp"])
    return payload


def _normal_enriched(data: Any) -> dict[str, Any]:
    enriched: dict[str, Any] = to_builtins(data.payload.enriched)
    for name in ("geo_latitude", "geo_longitude"):
        if enriched[name] is not None:
            enriched[name] = decoding.float32(enriched[name], None)
    return enriched
