"""See which steps leave what Enrich refuses, whatever the rows are."""

from __future__ import annotations

from collections.abc import Iterator

from event_recovery.config.lint.paths import compiled
from event_recovery.config.lint.results import plain_operation
from event_recovery.config.outline import ConfigNode
from event_recovery.flows.edits import pairs_depth
from event_recovery.flows.operations import Replace
from event_recovery.flows.path import Field, FieldKind, Segment
from event_recovery.text.javauri import is_right_query
from event_recovery.text.jsontext import Json

_CLEAN = "or run with `querystrings` set to clean"


def refused_warnings(step: ConfigNode) -> Iterator[str]:
    """Tell of parameters that are sent as the step leaves them, and that Enrich does not take."""
    names, valueless = _brought(step)
    for name in names:
        if not is_right_query(name):
            yield (
                f"the name {name!r} has a character that a URL may not have: names are sent as they are written, and "
                f"Enrich refuses the whole payload; write it form-encoded, {_CLEAN}"
            )
    for name in valueless:
        yield (
            f"the parameter {name!r} has no value and is sent as an empty one, which Enrich refuses where it expects a "
            f"number, an id or JSON; leave it out, {_CLEAN}"
        )


def _brought(step: ConfigNode) -> tuple[list[str], list[str]]:
    operation = plain_operation(step)
    if isinstance(operation, Replace):
        return _parameters(operation.path, operation.value)
    path = compiled(step.text("path") or "") or ()
    if step.text("op") == "Set" and "value" in step.body:
        names, valueless = _parameters(path, step.body["value"])
        named = path[pairs_depth(path) :]
        # A parameter is made, or blanked, by its name.
        if step.body["value"] is None and pairs_depth(path) and len(named) == 1 and isinstance(named[0], Field):
            valueless = [named[0].name]
        return names, valueless
    if step.text("op") == "Rename" and pairs_depth(path) and len(path) == pairs_depth(path) + 1:
        return [step.text("to") or ""], []
    return [], []


def _parameters(path: tuple[Segment, ...], value: Json) -> tuple[list[str], list[str]]:
    """Return the names of parameters that a value brings, and those of them without a value."""
    holders = [index for index, one in enumerate(path) if isinstance(one, Field) and one.kind & FieldKind.PAIRS]
    if not holders:
        return [], []
    below = path[holders[0] + 1 :]
    if len(below) == 2 and below[1] == Field("name") and isinstance(value, str):
        return [value], []
    pairs = value if isinstance(value, list) and not below else [value] if len(below) == 1 else []
    named = [one for one in pairs if isinstance(one, dict) and isinstance(one.get("name"), str)]
    return [one["name"] for one in named], [one["name"] for one in named if one.get("value", "") is None]
