"""OpenLineage's events, held to its specification by way of its own client, whose classes are generated from it.

The classes say which fields an event and each facet has, of which types, and which it must have; here they become JSON
Schemas again. The specification lets everybody add fields, as Airflow does; the facets of ours have only their own.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import typing
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any
from uuid import UUID

import attr
import jsonschema
from openlineage.client import event_v2, generated

SPECIFICATION = "https://openlineage.io/spec/"
#: The facets that this provider makes.
OURS = ("inputStatistics", "outputStatistics", "subset")
_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    dict: {"type": "object"},
    list: {"type": "array"},
    Any: {},
}


@cache
def facet_classes() -> dict[str, Any]:
    """The class of each facet of the specification, by the URL of its schema."""
    found = {}
    for module in pkgutil.iter_modules(generated.__path__):
        members = vars(importlib.import_module(f"{generated.__name__}.{module.name}"))
        for kind in members.values():
            if isinstance(kind, type) and attr.has(kind) and hasattr(kind, "_get_schema"):
                found[kind._get_schema()] = kind
    return found


def schema_of(kind: type, *, others: bool = True) -> dict[str, Any]:
    """Return the JSON Schema of a class.

    :param others: whether there may be fields that it does not know
    """
    known: dict[str, dict[str, Any]] = {}
    found = _schema(kind, known)
    return {**found, "$defs": {name: {**one, "additionalProperties": others} for name, one in known.items()}}


def _schema(kind: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a field's type; those of its classes, which may hold each other, are added to the known."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        return {"anyOf": [_schema(one, known) for one in arguments]}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], known)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], known)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [one.value for one in kind]}
    if not isinstance(kind, type) or not attr.has(kind):
        raise TypeError(f"no schema for {kind!r}")
    name = kind.__name__
    if name not in known:
        known[name] = {}
        hints, fields = typing.get_type_hints(kind), attr.fields(kind)
        known[name] = {
            "type": "object",
            "properties": {one.name: _schema(hints[one.name], known) for one in fields},
            "required": [one.name for one in fields if one.default is attr.NOTHING],
        }
    return {"$ref": f"#/$defs/{name}"}


def events_in(file: Path) -> list[dict[str, Any]]:
    """The events that the file transport has written."""
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def check(event: Mapping[str, Any]) -> int:
    """Hold an event to the specification; return how many facets of the specification it has.

    :raises jsonschema.ValidationError, AssertionError: when it does not keep to it
    """
    assert event["schemaURL"].startswith(SPECIFICATION), event["schemaURL"]
    jsonschema.validate(event, schema_of(event_v2.RunEvent))
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    UUID(event["run"]["runId"])
    known = 0
    for name, facet in _facets(event):
        url = facet["_schemaURL"]
        assert facet["_producer"].startswith("https://"), name
        if url.startswith(SPECIFICATION) and "/facets/" in url:
            jsonschema.validate(facet, schema_of(facet_classes()[url], others=name not in OURS))
            known += 1
    return known


def _facets(event: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from event["run"].get("facets", {}).items()
    yield from event["job"].get("facets", {}).items()
    for dataset in (*event.get("inputs", ()), *event.get("outputs", ())):
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from dataset.get(kind, {}).items()
