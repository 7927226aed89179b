"""Bad rows as types that a parser in C fills and checks, and the normal form of their parts.

The types accept a subset of what the exact decoders accept (no numbers in strings, no timestamps of unusual form), made
from the same tables, so that a row that fits means the same on both routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from event_recovery import decoding, shapes
from event_recovery.decoding import Decoder, Nullable, Path
from event_recovery.jsontext import Json, parse
from event_recovery.shapes import BadRowType, PayloadKind
from event_recovery.timestamps import PLAIN_DATE_TIME


class _Pair(TypedDict):
    name: str
    value: NotRequired[str | None]


_INT32 = Annotated[int, msgspec.Meta(ge=decoding.INT32.start, le=decoding.INT32.stop - 1)]
_INT8 = Annotated[int, msgspec.Meta(ge=decoding.INT8.start, le=decoding.INT8.stop - 1)]


class _WholePair(TypedDict):
    name: str
    value: str | None


class _Processor(TypedDict):
    artifact: str
    version: str


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


def _typed(name: str, fields: Mapping[str, Decoder]) -> Any:
    members = {
        field: NotRequired[_TYPES[decode.decode] | None] if isinstance(decode, Nullable) else _TYPES[decode]
        for field, decode in fields.items()
    }
    return TypedDict(name, members)  # type: ignore[operator]


_Collector = _typed("_Collector", shapes.COLLECTOR_PAYLOAD_FIELDS)
_Raw = _typed("_Raw", shapes.RAW_FIELDS)
_Enriched = _typed("_Enriched", shapes.ENRICHED_DECODERS)
_Enrichment = msgspec.defstruct("_Enrichment", [("enriched", _Enriched), ("raw", _Raw)])
_PAYLOAD_TYPES = {
    PayloadKind.COLLECTOR: _Collector,
    PayloadKind.ENRICHMENT: _Enrichment,
    PayloadKind.THRIFT: str,
}


def _parser(payload_type: Any) -> Callable[[bytes], Any]:
    data = msgspec.defstruct(
        "_Data",
        [("processor", _Processor), ("failure", msgspec.Raw), ("payload", payload_type)],
    )
    return msgspec.json.Decoder(msgspec.defstruct("_Row", [("schema", str), ("data", data)])).decode


_PARSERS = {kind: _parser(payload_type) for kind, payload_type in _PAYLOAD_TYPES.items()}


def row_parser(kind: PayloadKind) -> Callable[[bytes], Any]:
    """Give the parser for rows with this kind of payload; what it refuses may still fit the exact decoders."""
    return _PARSERS[kind]


def views(
    bad_row_type: BadRowType,
    sections: set[str],
    *,
    whole_payload: bool,
) -> dict[str, Callable[[Any], Json]]:
    """Give functions that make the wanted sections of a parsed row, always with the payload.

    :param whole_payload: whether more than the ``raw`` part of an enrichment payload is wanted
    """
    made: dict[str, Callable[[Any], Json]] = {}
    if "processor" in sections:
        made["processor"] = lambda data: {"artifact": data.processor["artifact"], "version": data.processor["version"]}
    if "failure" in sections:
        made["failure"] = lambda data: bad_row_type.failure(parse(bytes(data.failure).decode()), None)
    if bad_row_type.kind is PayloadKind.COLLECTOR:
        made["payload"] = lambda data: _normal(_COLLECTOR_NULLS, data.payload, "querystring", "networkUserId")
    elif bad_row_type.kind is PayloadKind.THRIFT:
        made["payload"] = lambda data: data.payload
    elif whole_payload:
        made["payload"] = lambda data: {"enriched": _normal_enriched(data.payload.enriched), "raw": _normal_raw(data)}
    else:
        made["payload"] = lambda data: {"raw": _normal_raw(data)}
    return made


def same_pairs(value: Json, _path: Path) -> Json:
    """Check a list of pairs whose form is right already, but whose values may no longer be text.

    :raises ValueError: when one is not
    """
    return msgspec.convert(value, list[_WholePair])


_COLLECTOR_NULLS = dict.fromkeys(shapes.COLLECTOR_PAYLOAD_FIELDS)
_RAW_NULLS = dict.fromkeys(shapes.RAW_FIELDS)
_ENRICHED_NULLS = dict.fromkeys(shapes.ENRICHED_FIELDS)


def _normal_raw(data: Any) -> dict[str, Any]:
    return _normal(_RAW_NULLS, data.payload.raw, "parameters", "userId")


def _normal(nulls: dict[str, None], parsed: dict[str, Any], pairs: str, user: str) -> dict[str, Any]:
    """Put the fields in the declared order, with nulls for absent ones.

    :raises ValueError: for a UUID or timestamp of unusual form
    """
    payload: dict[str, Any] = {**nulls, **parsed}
    listed = payload[pairs]
    if type(listed) is dict:
        payload[pairs] = [{"name": name, "value": value} for name, value in listed.items()]
    else:
        payload[pairs] = [{"name": pair["name"], "value": pair.get("value")} for pair in listed]
    if payload[user] is not None:
        payload[user] = decoding.uuid(payload[user], None)
    timestamp = payload["timestamp"]
    if timestamp is not None and not PLAIN_DATE_TIME(timestamp):
        raise ValueError(timestamp)
    return payload


def _normal_enriched(parsed: dict[str, Any]) -> dict[str, Any]:
    enriched: dict[str, Any] = {**_ENRICHED_NULLS, **parsed}
    for name in ("geo_latitude", "geo_longitude"):
        if enriched[name] is not None:
            enriched[name] = decoding.float32(enriched[name], None)
    return enriched
