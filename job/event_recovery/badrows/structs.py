"""Bad rows and their payloads as types that a parser in C fills and checks.

The types accept a subset of what the exact decoders accept, made from the same tables, so that a row that fits means
the same on both routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

import msgspec

from event_recovery.badrows import decoders, types
from event_recovery.badrows.decoders import Decoder, Nullable
from event_recovery.badrows.types import PayloadKind


class Pair(msgspec.Struct, gc=False):
    """A parameter of an event."""

    name: str
    value: str | None = None


class _KnownPair(Pair, gc=False, forbid_unknown_fields=True):
    """A parameter with a name and a value, and nothing else."""


_PROCESSOR = [("artifact", str), ("version", str)]


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


#: Types of what has no field but those that are known here.
_KNOWN: dict[Decoder, Any] = {**_TYPES, decoders.name_value_pairs: list[_KnownPair] | dict[str, str | None]}
#: Types of numbers, and of texts that hold one. Numbers with a fraction are left to who sees their text.
_NUMBERS_AS_TEXT: dict[Decoder, Any] = {decoders.float32: float | str, types.INT: _INT32 | str, types.BYTE: _INT8 | str}


def _struct(
    name: str,
    fields: Mapping[str, Decoder],
    known: Mapping[Decoder, Any] = _TYPES,
    *,
    bases: tuple[type[msgspec.Struct], ...] = (),
    known_only: bool = False,
) -> type[msgspec.Struct]:
    """Make a type whose fields have the declared order, and null when absent."""
    members: list[Any] = [
        (field, known[decode.decode] | None, None) if isinstance(decode, Nullable) else (field, known[decode])
        for field, decode in fields.items()
    ]
    return msgspec.defstruct(name, members, bases=bases, kw_only=True, gc=False, forbid_unknown_fields=known_only)


def _row(payload_type: Any, *, known_only: bool = False) -> Callable[[bytes], Any]:
    processor = msgspec.defstruct("_Processor", _PROCESSOR, gc=False, forbid_unknown_fields=known_only)
    parts = [("processor", processor), ("failure", msgspec.Raw), ("payload", payload_type)]
    data = msgspec.defstruct("_Data", parts, forbid_unknown_fields=known_only)
    row = msgspec.defstruct("_Row", [("schema", str), ("data", data)], forbid_unknown_fields=known_only)
    return msgspec.json.Decoder(row).decode


#: The types of the two payloads that can be sent again.
COLLECTOR_PAYLOAD = _struct("CollectorPayload", types.COLLECTOR_PAYLOAD_FIELDS)
RAW_EVENT = _struct("RawEvent", types.RAW_FIELDS)
_KNOWN_COLLECTOR_PAYLOAD = _struct(
    "KnownCollectorPayload",
    types.COLLECTOR_PAYLOAD_FIELDS,
    _KNOWN,
    bases=(COLLECTOR_PAYLOAD,),
    known_only=True,
)
_KNOWN_RAW_EVENT = _struct("KnownRawEvent", types.RAW_FIELDS, _KNOWN, bases=(RAW_EVENT,), known_only=True)


def _enrichment_row(
    known: Mapping[Decoder, Any], raw: type[msgspec.Struct], *, known_only: bool = False
) -> Callable[[bytes], Any]:
    enriched = _struct("EnrichedEvent", types.ENRICHED_DECODERS, known, known_only=known_only)
    parts = [("enriched", enriched), ("raw", raw)]
    payload = msgspec.defstruct("EnrichmentPayload", parts, forbid_unknown_fields=known_only)
    return _row(payload, known_only=known_only)


#: Parses a row; and one whose enriched event has numbers as text, which are to be checked, where a row has that event.
Parsers: TypeAlias = tuple[Callable[[bytes], Any], Callable[[bytes], Any] | None]


def _parsers(*, known_only: bool) -> dict[PayloadKind, Parsers]:
    fields = _KNOWN if known_only else _TYPES
    collector_payload = _KNOWN_COLLECTOR_PAYLOAD if known_only else COLLECTOR_PAYLOAD
    raw_event = _KNOWN_RAW_EVENT if known_only else RAW_EVENT
    return {
        PayloadKind.COLLECTOR: (_row(collector_payload, known_only=known_only), None),
        PayloadKind.ENRICHMENT: (
            _enrichment_row(fields, raw_event, known_only=known_only),
            _enrichment_row({**fields, **_NUMBERS_AS_TEXT}, raw_event, known_only=known_only),
        ),
        PayloadKind.THRIFT: (_row(str, known_only=known_only), None),
    }


_PARSERS = {known_only: _parsers(known_only=known_only) for known_only in (False, True)}


def row_parsers(kind: PayloadKind, *, known_only: bool = False) -> Parsers:
    """Return the parsers for rows with this kind of payload; what they refuse may still fit the exact decoders.

    They do not look into what they pass over: the failure, and fields that they do not know.

    :param known_only: whether rows with such fields are refused
    """
    return _PARSERS[known_only][kind]
