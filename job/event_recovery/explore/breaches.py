"""The values that broke a rule, found in the payload of a bad row by what its failure says."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from event_recovery.explore.causes import property_of
from event_recovery.explore.folding import cut
from event_recovery.explore.payloads import parameters_of
from event_recovery.explore.row import Row

#: A value is shown so far.
_SHOWN: Final = 100
#: So many messages of a row are looked at.
_MOST: Final = 20
_ATOMIC: Final = "iglu:com.snowplowanalytics.snowplow/atomic/"
_PLACE: Final = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
_ABSENT: Final = object()
_TYPES: Final[Mapping[type, tuple[str, ...]]] = {
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    dict: ("object",),
    list: ("array",),
    type(None): ("null",),
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A value that broke a rule.

    :param value: as text: a string as it is, anything else as JSON; None when it is what is missing
    :param entity: the self-describing JSON that it is in; None when it is in a field of the event or request
    :param place: the names and positions that lead to it in the entity's data
    :param field: the parameter or field that it is in
    :param missing: the property that the object at the place lacks; empty when it is the value that is wrong
    """

    value: str | None
    entity: Any = None
    place: tuple[str | int, ...] = ()
    field: str = ""
    missing: str = ""


def breaches_of(row: Row) -> Iterator[Breach]:
    """Yield the values that broke a rule, as far as they can be found."""
    for message in messages_of(row.failure)[:_MOST]:
        if type(message) is not dict:
            continue
        inner = message.get("message")
        told = inner if type(inner) is dict else message
        if type(told.get("schemaKey")) is str and type(told.get("error")) is dict:
            yield from _of_schema(row, told["schemaKey"], told["error"])
        else:
            yield from _of_message(told)


def messages_of(failure: Any) -> list[Any]:
    """Return the messages of a failure of any type."""
    if type(failure) is not dict:
        return failure if type(failure) is list else []
    listed = failure.get("messages")
    return listed if type(listed) is list else [failure]


def _of_message(message: Mapping[str, Any]) -> Iterator[Breach]:
    field = message.get("field", message.get("payloadField"))
    name = field if type(field) is str else ""
    for key in ("value", "actual", "json"):
        if message.get(key) is not None:
            yield Breach(shown(message[key]), field=name)
            return


def _of_schema(row: Row, schema: str, error: Mapping[str, Any]) -> Iterator[Breach]:
    reports = error.get("dataReports")
    if type(reports) is not list:
        return
    if schema.startswith(_ATOMIC):
        for report in reports[:_MOST]:
            yield from _of_field(row, report.get("path") if type(report) is dict else None)
        return
    entities = [one for one in entities_of(row) if one.get("schema") == schema]
    for report in reports[:_MOST]:
        if type(report) is dict and type(report.get("path")) is str:
            yield from _in_entities(entities, report)


def _in_entities(entities: list[dict[str, Any]], report: Mapping[str, Any]) -> Iterator[Breach]:
    place = place_of(report["path"])
    if report.get("keyword") == "required":
        # What is marked is the object that lacks it.
        name = property_of(report)
        found = next((one for one in entities if _lacks(at(one.get("data"), place), name)), None)
        if found is not None:
            yield Breach(None, found, place, missing=name)
        return
    if report.get("keyword") == "additionalProperties":
        place = (*place, property_of(report))
    for entity in entities:
        value = at(entity.get("data"), place)
        if value is not _ABSENT and not _keeps(value, report):
            yield Breach(shown(value), entity, place)
            return


def _lacks(value: Any, name: str) -> bool:
    return type(value) is dict and name not in value


def _keeps(value: Any, report: Mapping[str, Any]) -> bool:
    """Tell whether a value keeps the rule for sure, so that another entity's must have broken it."""
    keyword, targets = report.get("keyword"), report.get("targets")
    if type(targets) is not list or not targets or type(targets[0]) is not str:
        return False
    target = targets[0]
    if keyword in ("type", "unionType"):
        return target not in _TYPES.get(type(value), ())
    if keyword == "enum":
        return type(value) is str and value in target.strip("[]").split(", ")
    if keyword in ("maxLength", "minLength") and target.isdecimal() and type(value) is str and len(target) < 10:
        return len(value) <= int(target) if keyword == "maxLength" else len(value) >= int(target)
    return False


def _of_field(row: Row, name: Any) -> Iterator[Breach]:
    if type(name) is not str or type(row.payload) is not dict:
        return
    raw, enriched = row.payload.get("raw"), row.payload.get("enriched")
    parameters = parameters_of(raw.get("parameters")) if type(raw) is dict else {}
    for source in (enriched if type(enriched) is dict else {}, parameters):
        if source.get(name) is not None:
            yield Breach(shown(source[name]), field=name)
            return


def entities_of(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the self-describing JSONs of an event: its own data and the entities attached to it."""
    for _, document in carried_of(row):
        yield from _entities(document)


def carried_of(row: Row) -> Iterator[tuple[str, Any]]:
    """Yield the JSON that parameters of the event hold, each with the parameter's name."""
    for name, value in _parameters(row):
        if type(value) is not str or name not in ("ue_pr", "ue_px", "co", "cx"):
            continue
        try:
            yield name, orjson.loads(_unbase64(value) if name.endswith("x") else value)
        except ValueError:
            continue


def _parameters(row: Row) -> Iterator[tuple[str, Any]]:
    payload = row.payload
    if type(payload) is dict:
        raw = payload.get("raw")
        yield from parameters_of(raw.get("parameters") if type(raw) is dict else payload.get("querystring")).items()


def _entities(document: Any) -> Iterator[dict[str, Any]]:
    held = document.get("data") if type(document) is dict else None
    for one in held if type(held) is list else [held]:
        if type(one) is dict and "schema" in one:
            yield one


def _unbase64(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def place_of(path: str) -> tuple[str | int, ...]:
    """Return the names and positions of a path such as ``$.items[3].price``."""
    return tuple(name or int(index[:9]) for name, index in _PLACE.findall(path[:1000]))


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    """Return what lies at a place; a value of its own where there is nothing."""
    for step in place:
        kind: type[Any] = dict if type(step) is str else list
        if type(value) is not kind:
            return _ABSENT
        try:
            value = value[step]
        except (KeyError, IndexError):
            return _ABSENT
    return value


def shown(value: Any) -> str:
    """Return a value as text of one line: a string as it is, anything else as JSON."""
    if type(value) is not str:
        try:
            value = orjson.dumps(value).decode()
        except TypeError:
            value = repr(value)
    return cut(" ".join(value[: 2 * _SHOWN].split()), _SHOWN)
