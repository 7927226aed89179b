"""Which field of a payload a path leads to or crosses, and what such a field may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from event_recovery.badrows.decoders import Decoder, optional, string
from event_recovery.badrows.types import COLLECTOR_PAYLOAD_FIELDS, RAW_FIELDS, BadRowType, PayloadKind
from event_recovery.flows.path import FIELD_KINDS, Field, FieldKind, Filter, Index, Segment

_PAIR_VALUE = optional(string)
_RAW = Field("raw")
_JSON = FieldKind.TEXT | FieldKind.BASE64


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a payload, the value of a parameter, or a header.

    :param name: of the field, parameter or header
    :param decoder: what it may hold
    :param rest: how the path goes on below it
    """

    name: str
    decoder: Decoder
    rest: tuple[Segment, ...]


def payload_place(segments: tuple[Segment, ...], row_type: BadRowType | None) -> Place | None:
    """Return the field that a path below the payload enters; None for one that the payload does not have.

    Parameters that hold JSON are none either: what lies below them can be anything.

    :param row_type: None when it is not known; then whether the path begins at ``raw`` tells the fields
    """
    in_raw = segments[:1] == (_RAW,)
    kinds = {PayloadKind.ENRICHMENT} if in_raw else {PayloadKind.COLLECTOR, PayloadKind.THRIFT}
    first, *rest = segments[in_raw:] or (None,)
    fields = RAW_FIELDS if in_raw else COLLECTOR_PAYLOAD_FIELDS
    if (row_type and row_type.kind not in kinds) or not isinstance(first, Field) or first.name not in fields:
        return None
    if first.kind & FieldKind.PAIRS and rest:
        return _pair_place(rest)
    if first.name == "headers" and rest:
        return _header_place(rest)
    return Place(first.name, fields[first.name], tuple(rest))


def _pair_place(rest: list[Segment]) -> Place | None:
    named, *below = rest
    if isinstance(named, Field):
        return None if named.kind else Place(named.name, _PAIR_VALUE, tuple(below))
    if below[:1] != [Field("value")]:
        return None
    if isinstance(named, Filter) and (named.context or (below[1:] and _may_hold_json(named))):
        return None
    return Place("value", _PAIR_VALUE, tuple(below[1:]))


def _header_place(rest: list[Segment]) -> Place | None:
    first, *below = rest
    if isinstance(first, Index):
        return Place(f"headers.[{first.position}]", string, tuple(below))
    if isinstance(first, Filter):
        # Of an empty list a filter takes the list itself, which is no text but has nothing below it either.
        return Place("headers", string, tuple(below)) if goes_on(below) else None
    return Place("headers", string, tuple(rest))


def goes_on(rest: Sequence[Segment]) -> bool:
    """Tell whether a path has more than filters, which text passes as if they were not there."""
    return any(not isinstance(segment, Filter) for segment in rest)


def _may_hold_json(named: Filter) -> bool:
    """Tell whether a filter has to do with the name of a parameter that holds JSON."""
    return any(name in named.search.pattern.text for name, kind in FIELD_KINDS.items() if kind != FieldKind.PAIRS)


def json_holder(segments: tuple[Segment, ...]) -> str | None:
    """Return the name of the parameter or field whose JSON a path ends at."""
    *before, last = segments
    if isinstance(last, Field) and last.kind & _JSON:
        return last.name
    filtered = before[-1] if before else None
    ends_at_value = last == Field("value") and isinstance(filtered, Filter) and filtered.context & _JSON
    return filtered.search.pattern.text if ends_at_value and isinstance(filtered, Filter) else None
