"""Bad rows and their payloads as types that a parser in C fills and checks.

The types accept a subset of what the exact decoders accept, made from the same tables, so that a row that fits means
the same on both routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from event_recovery.badrows import decoders, types
from event_recovery.badrows.decoders import Decoder, Nullable
from event_recovery.badrows.types import PayloadKind


class Pair(msgspec.Struct, gc=False):
    """A parameter of an event."""

    name: str
    value: str | None = None


class _Processor(msgspec.Struct, gc=False):
    artifact: str
    version: str


_INT32 = Annotated[int, msgspec.Meta(ge=decoders.INT32.start, le=decoders.INT32.stop - 1)]
_INT8 = Annotated[int, msgspec.Meta(ge=decoders.INT8.start, le=decoders.INT8.stop - 1)]
_TYPES: dict[Decoder, Any] = {
    decoders.string: str,
    decoders.date_time: str,
    decoders.uuid: str,
    decoders.float32: float,
    decoders.name_value_pairs: list[Pair] | dict[str, str | None],
    types.HEADERS: list[str],
    types.INT: _INT32,
    types.BYTE: _INT8,
}


#: Types of numbers, and of texts that hold one. Numbers with a fraction are left to who sees their text.
_NUMBERS_AS_TEXT: dict[Decoder, Any] = {decoders.float32: float | str, types.INT: _INT32 | str, types.BYTE: _INT8 | str}


def _struct(name: str, fields: Mapping[str, Decoder], known: Mapping[Decoder, Any] = _TYPES) -> type[msgspec.Struct]:
    """Make a type whose fields have the declared order, and null when absent."""
    members: list[Any] = [
        (field, known[decode.decode] | None, None) if isinstance(decode, Nullable) else (field, known[decode])
        for field, decode in fields.items()
    ]
    return msgspec.defstruct(name, members, kw_only=True, gc=False)


def _row(payload_type: Any) -> Callable[[bytes], Any]:
    data = msgspec.defstruct(
        "_Data",
        [("processor", _Processor), ("failure", msgspec.Raw), ("payload", payload_type)],
    )
    return msgspec.json.Decoder(msgspec.defstruct("_Row", [("schema", str), ("data", data)])).decode


#: The types of the two payloads that can be sent again.
COLLECTOR_PAYLOAD = _struct("CollectorPayload", types.COLLECTOR_PAYLOAD_FIELDS)
RAW_EVENT = _struct("RawEvent", types.RAW_FIELDS)


def _enrichment_row(known: Mapping[Decoder, Any]) -> Callable[[bytes], Any]:
    enriched = _struct("EnrichedEvent", types.ENRICHED_DECODERS, known)
    return _row(msgspec.defstruct("EnrichmentPayload", [("enriched", enriched), ("raw", RAW_EVENT)]))


_PARSERS = {
    PayloadKind.COLLECTOR: _row(COLLECTOR_PAYLOAD),
    PayloadKind.ENRICHMENT: _enrichment_row(_TYPES),
    PayloadKind.THRIFT: _row(str),
}
#: The parser of rows whose enriched event has numbers as text; they are to be checked.
parse_numbers_as_text = _enrichment_row({**_TYPES, **_NUMBERS_AS_TEXT})


def row_parser(kind: PayloadKind) -> Callable[[bytes], Any]:
    """Return the parser for rows with this kind of payload; what it refuses may still fit the exact decoders."""
    return _PARSERS[kind]
