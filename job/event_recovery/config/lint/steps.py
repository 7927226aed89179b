"""See which steps always fail, change nothing, or do something else than their name says."""

from __future__ import annotations

import json
from collections.abc import Iterator

from event_recovery.config.lint.paths import compiled
from event_recovery.config.lint.places import json_holder
from event_recovery.config.lint.regexes import anchor_warning
from event_recovery.config.lint.results import is_refused, object_fault, plain_operation
from event_recovery.config.outline import ConfigNode, Parts
from event_recovery.flows.path import Field, FieldKind
from event_recovery.text.shorten import shorten

_TIMES_AND_IDS = frozenset({"timestamp", "networkUserId", "userId"})


def step_warnings(step: ConfigNode) -> Iterator[tuple[Parts, str]]:
    """Tell what is suspicious about one step, apart from the form and the root of its path."""
    operation = step.text("op")
    for name, message in (*_on_target(step), *_on_values(step)):
        yield (*step.parts, name), message
    if operation == "Cast" and (step.text("from"), step.text("to")) == ("Numeric", "Boolean"):
        yield (*step.parts, "to"), "every number becomes true, 0 too: use Replace with a `value` of false for zeros"


def _on_target(step: ConfigNode) -> Iterator[tuple[str, str]]:
    """Yield the key at fault and the warning, by what the path leads to."""
    segments = compiled(step.text("path") or "")
    operation, match = step.text("op"), step.text("match")
    last = segments[-1] if segments else None
    if not segments or not isinstance(last, Field):
        return
    first = segments[0]
    if isinstance(first, Field) and first.name == "enriched":
        yield "path", "the step has no effect: recovered events are made of `raw` only, so change the parameter there"
        return
    at_field_of_payload = len(segments) == 1 or segments[:-1] == (Field("raw"),)
    if operation == "Remove" and match is None and at_field_of_payload:
        if last.name == "headers":
            yield (
                "path",
                (
                    "Remove blanks and does not delete: the headers become one empty header; to drop some of them use "
                    "Replace with a `match` and the `value` []"
                ),
            )
        elif last.name in _TIMES_AND_IDS:
            yield "path", f'the step always fails: Remove leaves "", which is not a value that `{last.name}` may have'
        elif last.kind & FieldKind.PAIRS:
            yield "path", f"the step always fails: Remove leaves a `{last.name}` that is not a list of names and values"
    holder = json_holder(segments)
    changed = plain_operation(step) if holder is not None else None
    fault = object_fault(changed) if changed is not None and not is_refused(changed) else None
    if fault is not None:
        yield (
            "path",
            (
                f"the step fails for every object: `{holder}` holds JSON, and {fault}; name a field below it, or "
                "replace it by an object"
            ),
        )
    if last.name == "headers" and at_field_of_payload and match is not None:
        yield from _on_headers(step, match)


def _on_headers(step: ConfigNode, match: str) -> Iterator[tuple[str, str]]:
    replaces_text = step.text("op") == "Remove" or isinstance(step.body.get("value"), str)
    if replaces_text and (".*" in match or ".+" in match):
        yield (
            "match",
            (
                "the match is replaced in the JSON text of all headers, where .* and .+ run on to the end of the list: "
                'write [^"]* for the rest of one header, or give the new headers as an array'
            ),
        )
    quotes = anchor_warning(match)
    if quotes:
        yield "match", quotes


def _on_values(step: ConfigNode) -> Iterator[tuple[str, str]]:
    if step.text("op") != "Replace" or "value" not in step.body:
        return
    value = step.body["value"]
    if "match" in step.body and step.body["match"] is not None and not isinstance(value, str | list):
        yield "match", f"`match` counts only when `value` is a string or array: all of the field becomes {_text(value)}"
    if isinstance(value, dict) and list(value) in (["value"], ["regex"]):
        (inner,) = value.values()
        yield "value", f"a string becomes the text {_text(value)}: matchers are for conditions; write {_text(inner)}"


def _text(value: object) -> str:
    return shorten(json.dumps(value, ensure_ascii=False), 60)
