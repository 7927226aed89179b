"""Groups without values of their rows: what is told of them, and their examples, as types and lengths."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any, Final

import orjson

from event_recovery.explore.counts import Frequencies
from event_recovery.explore.groups import Example, Group, Key
from event_recovery.explore.names import plain
from event_recovery.explore.report import Explored, Numbered
from event_recovery.flows.path import FIELD_KINDS, FieldKind
from event_recovery.iglu.uris import BAD_ROWS_VENDOR
from event_recovery.text.redact import Redaction, kind_of

_BAD_ROW: Final = f"iglu:{BAD_ROWS_VENDOR}/"
#: Names in a failure whose values are words of a schema, of a validator or of an application.
_OF_A_FAILURE: Final = frozenset(
    "schema schemaKey schemaCriterion keyword path targets field payloadField timestamp vendor version identifier "
    "artifact attempts lastAttempt maximumAllowedSizeBytes actualSizeBytes fieldCount errorType loader".split()
)
#: Kinds of errors that are told under a name that is otherwise for texts.
_KINDS_OF_ERRORS: Final = ("ValidationError", "ResolutionError", "NotFound")
#: What such a name has in it as a value, if it is of the row.
_QUOTED: Final = ("value", "actual", "json")
#: Fields of the request that hold JSON as text beside those of the tracker protocol.
_TEXTS: Final = ("body",)


def redacted(found: Explored, redaction: Redaction) -> Explored:
    """Return the same groups, under the same names, without values of rows but those of the fields that are kept."""
    return replace(found, groups=tuple(_numbered(one, redaction) for one in found.groups))


def _numbered(one: Numbered, redaction: Redaction) -> Numbered:
    key = Key(one.key.type, tuple(map(plain, one.key.causes)), told_as=one.key.name)
    why = str(kind_of(one.mend.why)) if one.mend.why else ""
    fields = [cause.field for cause in one.key.causes]
    return replace(one, key=key, group=_group(one.group, fields, redaction), mend=replace(one.mend, why=why))


def _group(group: Group, fields: list[str], redaction: Redaction) -> Group:
    return replace(
        group,
        app_ids=_frequencies(group.app_ids, redaction, "aid", "app_id"),
        platforms=_frequencies(group.platforms, redaction, "p", "platform"),
        trackers=_frequencies(group.trackers, redaction, "tv", "v_tracker"),
        values=group.values if all(map(redaction.keeps, fields)) else _kinds(group.values),
        example=None if group.example is None else _example(group.example, redaction),
    )


def _frequencies(values: Frequencies, redaction: Redaction, *names: str) -> Frequencies:
    return values if any(map(redaction.keeps, names)) else _kinds(values)


def _kinds(values: Frequencies) -> Frequencies:
    """Count values by their kinds."""
    kinds = Frequencies(len(values.most_common()) + 1)
    for value, count in values.most_common():
        kinds.add(kind_of(value), count)
    kinds.forgotten = values.forgotten
    return kinds


def _example(example: Example, redaction: Redaction) -> Example:
    return example if example.row is None else replace(example, row=redacted_row(example.row, redaction))


def redacted_row(line: bytes, redaction: Redaction) -> bytes:
    """Return a row in which only names, schemas and what is said of its failure by schemas and applications are left.

    JSON in text and in base64 is looked into. A line that is not JSON becomes a JSON string of its type and length.
    """
    try:
        document = orjson.loads(line)
    except ValueError:
        return orjson.dumps(kind_of(line.decode(errors="replace")))
    return orjson.dumps(_bad_row(document, redaction))


def _bad_row(row: Any, redaction: Redaction) -> Any:
    data = row.get("data") if isinstance(row, dict) else None
    if not isinstance(data, dict) or not _is_schema("schema", row.get("schema")):
        return _document("", row, redaction)
    parts = {}
    for name, value in data.items():
        if name == "processor":
            parts[name] = value
        elif name in ("failure", "failures"):
            parts[name] = _failure(name, value, redaction)
        else:
            parts[name] = _document(name, value, redaction)
    return {"schema": row["schema"], "data": parts}


def _failure(name: str, value: Any, redaction: Redaction) -> Any:
    if (name in _OF_A_FAILURE and not isinstance(value, dict)) or value in _KINDS_OF_ERRORS:
        return value
    if isinstance(value, dict):
        field = next((value[one] for one in ("field", "payloadField") if isinstance(value.get(one), str)), "")
        return {
            one: _document(field, inner, redaction) if one in _QUOTED else _failure(one, inner, redaction)
            for one, inner in value.items()
        }
    if isinstance(value, list):
        return [_failure(name, one, redaction) for one in value]
    return kind_of(value)


def _document(name: str, value: Any, redaction: Redaction) -> Any:
    """Return a part of a payload.

    :param name: of the field that it is in
    """
    if isinstance(value, dict):
        if _is_bad_row(value):
            return _bad_row(value, redaction)
        if value.keys() == {"name", "value"} and isinstance(value["name"], str):
            return {"name": value["name"], "value": _document(value["name"], value["value"], redaction)}
        return {
            one: inner if _is_schema(one, inner) else _document(one, inner, redaction) for one, inner in value.items()
        }
    if isinstance(value, list):
        return [_document(name, one, redaction) for one in value]
    if isinstance(value, str) and not redaction.keeps(name):
        return _text(name, value, redaction)
    return redaction.value(name, value)


def _text(name: str, text: str, redaction: Redaction) -> str:
    """Return text of a payload, looking into the documents that it holds."""
    kind = FIELD_KINDS.get(name, FieldKind.NONE)
    try:
        if kind & FieldKind.BASE64:
            held = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return urlsafe_b64encode(orjson.dumps(_document("", held, redaction))).decode()
        if kind & FieldKind.TEXT or name in (*_TEXTS, "payload"):
            held = orjson.loads(text)
            if isinstance(held, dict | list):
                return orjson.dumps(_document("", held, redaction)).decode()
    except (ValueError, TypeError):
        pass  # it is text like any other
    return str(kind_of(text))


def _is_bad_row(value: dict[str, Any]) -> bool:
    schema = value.get("schema")
    return isinstance(schema, str) and schema.startswith(_BAD_ROW)


def _is_schema(name: str, value: Any) -> bool:
    return name == "schema" and isinstance(value, str) and value.startswith("iglu:")
