"""See when a path goes on below a field that holds text, where there is nothing to find."""

from __future__ import annotations

from collections.abc import Iterator

from event_recovery.badrows.decoders import name_value_pairs
from event_recovery.badrows.types import ENRICHED_FIELDS, HEADERS, BadRowType, PayloadKind
from event_recovery.config.lint.paths import compiled
from event_recovery.config.lint.places import goes_on, payload_place
from event_recovery.flows.path import Field, Segment

_LISTS = (HEADERS, name_value_pairs)
_PROCESSOR = ("artifact", "version")


def step_below_text(path: str, row_type: BadRowType | None, *, deletes: bool = False) -> Iterator[str]:
    """Tell when a step is in vain because its path goes on below text.

    :param deletes: whether the step has nothing to do then, and does not fail
    """
    name = _text_crossed(compiled(path) or (), row_type)
    if name is not None and deletes:
        yield (
            f"the step has no effect: `{name}` holds text, even if it looks like JSON, and the path goes on below it; "
            f"Remove a part of the text by a `match`"
        )
    elif name is not None:
        yield (
            f"the step always fails: `{name}` holds text, even if it looks like JSON, and the path goes on below it; "
            f"end the path at `{name}`, and change a part of the text by a `match`"
        )


def condition_below_text(path: str, row_type: BadRowType | None) -> Iterator[str]:
    """Tell when a condition is never true because its path goes on below text."""
    segments = compiled(path) or ()
    names = tuple(segment.name if isinstance(segment, Field) else None for segment in segments)
    name = None
    if names[:1] == ("processor",) and names[1:2] and names[1] in _PROCESSOR:
        name = names[1] if goes_on(segments[2:]) else None
    elif names[:1] == ("payload",) and row_type is not None:
        if names[1:2] == ("enriched",) and row_type.kind is PayloadKind.ENRICHMENT:
            name = _enriched_crossed(segments[2:])
        elif row_type.kind in {PayloadKind.ENRICHMENT, PayloadKind.COLLECTOR}:
            name = _text_crossed(segments[1:], row_type)
    if name is not None:
        yield (
            f"the condition is never true: `{name}` holds no object or array, even if its text looks like JSON, and "
            f"the path goes on below it; end the path at `{name}`, and search its text by a `regex`"
        )


def _text_crossed(segments: tuple[Segment, ...], row_type: BadRowType | None) -> str | None:
    place = payload_place(segments, row_type)
    if place is None or place.decoder in _LISTS:
        return None
    return place.name if goes_on(place.rest) else None


def _enriched_crossed(segments: tuple[Segment, ...]) -> str | None:
    field = segments[0] if segments else None
    if not isinstance(field, Field) or field.kind or field.name not in ENRICHED_FIELDS:
        return None
    return field.name if goes_on(segments[1:]) else None
