"""Is this a schema at all? What Enrich's client checks of a schema before it checks an event by it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check
from event_recovery.verify.generations import Generation

#: The only ``$schema`` that the client knows.
KNOWN_META_SCHEMA: Final = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"

_NATURAL: Final = {"type": "integer", "minimum": 0}
_SCHEMA: Final = {"$ref": "#"}
_SCHEMAS: Final = {"type": "array", "minItems": 1, "items": _SCHEMA}
_NAMED: Final = {"type": "object", "additionalProperties": _SCHEMA}
_TEXTS: Final = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}}
_TYPE: Final = {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]}
_SWITCH: Final = {"type": "boolean"}
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}

_DRAFT_4: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("id", "$schema", "title", "description", "pattern", "format"), _TEXT),
        **dict.fromkeys(("maximum", "minimum"), _NUMBER),
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), _SWITCH),
        **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), _NATURAL),
        **dict.fromkeys(("definitions", "properties", "patternProperties"), _NAMED),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), _SCHEMAS),
        "multipleOf": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "additionalItems": {"anyOf": [_SWITCH, _SCHEMA]},
        "items": {"anyOf": [_SCHEMA, _SCHEMAS]},
        "required": _TEXTS,
        "additionalProperties": {"anyOf": [_SWITCH, _SCHEMA]},
        "dependencies": {"type": "object", "additionalProperties": {"anyOf": [_SCHEMA, _TEXTS]}},
        "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
        "type": {
            "anyOf": [_TYPE, {"type": "array", "items": _TYPE, "minItems": 1, "uniqueItems": True}],
        },
        "not": _SCHEMA,
    },
    "dependencies": {"exclusiveMaximum": ["maximum"], "exclusiveMinimum": ["minimum"]},
}
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def schema_issues(schema: Any, generation: Generation) -> list[dict[str, str]]:
    """List what keeps a schema from being one, as a bad row has it: ``path`` and ``message`` of each."""
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    if isinstance(named, str) and named != KNOWN_META_SCHEMA:
        return [_issue("$", f"Unknown MetaSchema: {named}")]
    identifier = schema.get("id") if isinstance(schema, Mapping) else None
    if isinstance(identifier, str) and not _ABSOLUTE.fullmatch(identifier):
        return [_issue("$", f"{identifier}: null is an invalid segment for URI {{2}}")]
    reports = _check(generation)(schema) or ()
    return [_issue(f"${report.path}", f"${report.path}{report.text}") for report in reports]


def _issue(path: str, message: str) -> dict[str, str]:
    return {"path": path, "message": message}


@cache
def _check(generation: Generation) -> Check:
    meta_schema = dict(_DRAFT_4)
    if generation.any_of_names_types:
        # The text that came with this client lets a multiple be 0, and knows no exclusive minimum.
        properties = {name: value for name, value in _DRAFT_4["properties"].items() if name != "exclusiveMinimum"}
        meta_schema["properties"] = properties | {"multipleOf": {"type": "number", "minimum": 0}}
        meta_schema["dependencies"] = {"exclusiveMaximum": ["maximum"]}
    return Compiler(meta_schema, generation, Patience(most_references=sys.maxsize)).compile(meta_schema)
