"""Why a row failed, message by message: what a person would have to mend, without what varies from row to row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from event_recovery.explore.folding import cut, fold_path, fold_text

#: The kinds of failure that a schema causes, by the keyword of the validator.
_KINDS: Final[Mapping[str, str]] = {
    "required": "missing property",
    "additionalProperties": "property not allowed",
    "unevaluatedProperties": "property not allowed",
    "type": "wrong type",
    "unionType": "wrong type",
    "enum": "enum",
    "const": "enum",
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "atomic_field_length_exceeded"), "length"),
    "pattern": "pattern",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "range"),
    **dict.fromkeys(("format", "dateTime", "uuid", "email", "ipv4", "ipv6", "uri", "date", "time"), "format"),
    "atomic_field_parse_error": "wrong type",
}
#: Kinds in which it is the keyword that tells what to do about it.
_TOLD_BY_KEYWORD: Final = frozenset({"length", "range", "other"})
_ABOUT_PROPERTY: Final = frozenset({"missing property", "property not allowed"})
#: How validators name the property in their message, where they do not name it among their targets.
_PROPERTY: Final = re.compile(
    r"\.([^.\s]+): is (?:missing|not defined)|[Pp]roperty '([^']+)'|'([^']+)' (?:not found|is not defined)"
)
_NOT_JSON: Final = ("invalid json", "failed to parse json")


class Cause(NamedTuple):
    """One thing that is wrong with a row.

    :param kind: what it is, in a few words, such as ``wrong type``
    :param by: what found it: vendor and version of an adapter, an enrichment, a flow, a loader
    :param schema: the schema that is missing, or that the data does not fit
    :param field: where: a path with ``[]`` for any element of an array, a field of the request or of the event
    :param detail: what else tells one mend from another, with its variable parts folded
    """

    kind: str
    by: str = ""
    schema: str = ""
    field: str = ""
    detail: str = ""


def message_causes(message: Any, by: str = "") -> Iterator[Cause]:
    """Yield what one message of a failure says, in whichever of the published forms it is.

    :param by: what found it
    """
    if type(message) is str:
        yield Cause("error", by, detail=fold_text(message))
    elif type(message) is not dict:
        yield Cause("unreadable failure", by)
    elif "schemaCriterion" in message:
        yield Cause("wrong schema", by, _text(message, "schemaKey"), detail=_text(message, "schemaCriterion"))
    elif "schemaKey" in message:
        yield from _schema_causes(message, by)
    elif "json" in message:
        yield Cause("not self-describing", by, detail=_text(message, "error"))
    elif "expectedMapping" in message:
        yield Cause("unknown event type", by, detail=fold_text(_text(message, "expectation"), _value(message)))
    elif "field" in message or "payloadField" in message:
        yield _field_cause(message, by)
    else:
        yield Cause("error", by, detail=fold_text(said(message)))


def said(failure: Mapping[str, Any]) -> str:
    """Return the texts of a failure whose form is not known, those first that usually tell most."""
    names = (
        "errorType",
        "errorCode",
        "code",
        "type",
        "error",
        "errorMessage",
        "message",
        "messageText",
        "reason",
        "expectation",
    )
    texts = [str(failure[name]) for name in names if type(failure.get(name)) in (str, int) and failure[name] != ""]
    return ": ".join(dict.fromkeys(texts))


def _field_cause(message: Mapping[str, Any], by: str) -> Cause:
    field = _text(message, "field") or _text(message, "payloadField")
    told = _text(message, "error") or _text(message, "expectation")
    if told.lower().startswith(_NOT_JSON):
        # What follows is where the parser stopped, which differs from row to row.
        return Cause("not JSON", by, field=field)
    return Cause("invalid value", by, field=field, detail=fold_text(told, _value(message)))


def _schema_causes(message: Mapping[str, Any], by: str) -> Iterator[Cause]:
    schema, error = _text(message, "schemaKey"), message.get("error")
    if type(error) is not dict:
        yield _loader_cause(message, by, schema)
        return
    if "lookupHistory" in error or error.get("error") == "ResolutionError":
        yield Cause("missing schema", by, schema, detail="a registry gave no answer" if _unanswered(error) else "")
        return
    reports = error.get("dataReports")
    if type(reports) is list and reports:
        for report in reports:
            yield report_cause(report, by, schema) if type(report) is dict else Cause("other", by, schema)
    else:
        yield Cause("invalid schema", by, schema)


def _loader_cause(message: Mapping[str, Any], by: str, schema: str) -> Cause:
    """Return the cause in the forms that only loaders have: a value that the schema's column does not take."""
    if "key" in message:
        return Cause("missing property", by, schema, fold_path(_text(message, "key")))
    if "expected" in message:
        expected = message["expected"]
        kind = "enum" if type(expected) is list else "wrong type"
        return Cause(kind, by, schema, detail=cut(f"not {expected}") if type(expected) is str else "")
    return Cause("invalid schema", by, schema, detail=fold_text(_text(message, "message")))


def report_cause(report: Mapping[str, Any], by: str, schema: str) -> Cause:
    """Return what one report of a validator says."""
    keyword = _text(report, "keyword")
    kind = _KINDS.get(keyword, "other")
    field = fold_path(_text(report, "path"))
    if kind in _ABOUT_PROPERTY:
        return Cause(kind, by, schema, _below(field, property_of(report)))
    detail = keyword if kind in _TOLD_BY_KEYWORD else ""
    if kind == "wrong type":
        detail = _types(report)
    elif kind == "format":
        detail = _format(report, keyword)
    return Cause(kind, by, schema, field, detail)


def property_of(report: Mapping[str, Any]) -> str:
    """Return the property that is missing or not allowed; empty when the report does not tell."""
    targets = report.get("targets")
    if type(targets) is list and targets and type(targets[0]) is str:
        return targets[0]
    match = _PROPERTY.search(_text(report, "message", 1000))
    return next(filter(None, match.groups()), "") if match else ""


def _below(path: str, name: str) -> str:
    return cut(f"{path or '$'}.{name}") if name else path


def _types(report: Mapping[str, Any]) -> str:
    """Return which type was found and which expected: null is mended otherwise than a number in quotes."""
    targets = report.get("targets")
    if type(targets) is list and len(targets) == 2 and type(targets[0]) is type(targets[1]) is str:
        return _found(targets[0], targets[1])
    return fold_text(_text(report, "message").rpartition(": ")[2])


@lru_cache(maxsize=1024)
def _found(found: str, expected: str) -> str:
    return cut(f"{found}, not {expected.strip('[]').replace(', ', ' or ')}")


def _format(report: Mapping[str, Any], keyword: str) -> str:
    targets = report.get("targets")
    if keyword in ("dateTime", "uuid"):
        return cut(targets[-1]) if type(targets) is list and targets and type(targets[-1]) is str else keyword
    # "does not match the uri pattern ..."
    match = re.search(r"(?:the|valid|invalid) ([\w-]{1,40})(?: pattern|$)", _text(report, "message", 1000))
    return match[1] if match else keyword


def _unanswered(error: Mapping[str, Any]) -> bool:
    """Tell whether a registry did not say that it has no such schema, but failed."""
    history = error.get("lookupHistory")
    found = (one.get("errors") for one in history if type(one) is dict) if type(history) is list else ()
    return any(
        one.get("error") in ("RepoFailure", "ClientFailure") for one in _dicts(found) if isinstance(one, Mapping)
    )


def _dicts(lists: Iterable[Any]) -> Iterator[Any]:
    for one in lists:
        if type(one) is list:
            yield from one


def _text(document: Mapping[str, Any], name: str, length: int = 200) -> str:
    value = document.get(name)
    return cut(value, length) if type(value) is str else ""


def _value(message: Mapping[str, Any]) -> str | None:
    for name in ("value", "actual"):
        if type(message.get(name)) is str:
            return str(message[name])
    return None
