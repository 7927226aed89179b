"""See which deletions, renamings and settings leave a payload that is none, or a parameter that Enrich refuses."""

from __future__ import annotations

from collections.abc import Iterator

from event_recovery.badrows.types import COLLECTOR_PAYLOAD_FIELDS, RAW_FIELDS, BadRowType
from event_recovery.config.lint.paths import compiled
from event_recovery.config.lint.places import Place, json_holder, payload_place
from event_recovery.config.lint.results import KEPT, TEXT, fits_whole, shown, takes
from event_recovery.config.outline import ConfigNode, Parts
from event_recovery.flows.edits import pair_text
from event_recovery.flows.own_steps import ends_in_pair
from event_recovery.flows.path import Field, Segment

_RAW = (Field("raw"),)


def edit_warnings(step: ConfigNode, row_type: BadRowType | None) -> Iterator[tuple[Parts, str]]:
    """Tell of edits that a payload cannot have, since its fields are given."""
    segments = compiled(step.text("path") or "")
    if not segments:
        return
    place = payload_place(segments, row_type)
    at_field = place is not None and segments in ((Field(place.name),), (*_RAW, Field(place.name)))
    match step.text("op"):
        case "Delete":
            found = _deleted(segments, place if at_field else None)
        case "Rename":
            found = _renamed(step.text("to"), segments, place if at_field else None)
        case "Set" if "value" in step.body:
            found = _set(step, segments, place)
        case _:
            return
    for name, message in found:
        yield (*step.parts, name), message


def _deleted(segments: tuple[Segment, ...], place: Place | None) -> Iterator[tuple[str, str]]:
    if segments == _RAW or (place is not None and not takes(place.decoder, None)):
        name = "raw" if place is None else place.name
        hint = "" if place is None else f"; Set it, to {shown(KEPT.get(place.name, TEXT)[1])} for example"
        yield "path", f"the step always fails: a payload without `{name}` is none{hint}"


def _renamed(name: str | None, segments: tuple[Segment, ...], place: Place | None) -> Iterator[tuple[str, str]]:
    fields = RAW_FIELDS if segments[:1] == _RAW else COLLECTOR_PAYLOAD_FIELDS
    if segments == _RAW or (place is not None and (name in fields or not takes(place.decoder, None))):
        yield "path", "the step always fails: a payload has all its fields, and each has its name"
    elif place is not None:
        yield "path", f"the value of `{place.name}` is lost: a payload has no field `{name}` that it could go to"


def _set(step: ConfigNode, segments: tuple[Segment, ...], place: Place | None) -> Iterator[tuple[str, str]]:
    value = step.body["value"]
    holder = json_holder(segments)
    if segments == _RAW and not fits_whole(segments, value):
        yield "value", f"the step always fails: the path ends at all of a payload, which {shown(value)} is not"
    elif holder is not None and not isinstance(value, dict):
        yield "value", f"`{holder}` holds a JSON object, which {shown(value)} is not: Enrich refuses it"
    elif place is not None and not place.rest:
        left = pair_text(value) if ends_in_pair(segments) else value
        if not takes(place.decoder, left):
            what, example = KEPT.get(place.name, TEXT)
            message = f"the step always fails: it leaves {shown(value)}, and `{place.name}` must stay {what}"
            yield "value", f"{message}; write {what}, such as {shown(example)}"
