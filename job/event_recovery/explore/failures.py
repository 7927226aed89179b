"""The failure of a bad row of any type, as causes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from event_recovery.explore.causes import Cause, message_causes, said
from event_recovery.explore.folding import cut, fold_path, fold_text

#: A row with more things wrong with it is named by these and that there are more.
MOST_CAUSES: Final = 6
MORE: Final = Cause("and more")
#: A failure is read no further: one row may hold any number of messages.
_MOST_READ: Final = 200

#: Yields the causes of a failure, given what wrote the bad row.
_Reader = Callable[[Any, str], Iterator[Cause]]


def causes_of(type_name: str, failure: Any, processor: str) -> tuple[Cause, ...]:
    """Return the distinct causes of a failure, in an order of their own.

    A row is in one group, that of all its causes together: it passes only when each of them is mended, and so the rows
    of the groups add up to all rows. The order of messages says nothing, since it is that of the event's entities.

    :param type_name: the name of the type in the schema
    :param processor: the name of the application that wrote the bad row
    """
    read = _READERS.get(type_name, _any_failure)
    found: set[Cause] = set()
    for count, cause in enumerate(read(failure, processor), 1):
        found.add(cause)
        if count >= _MOST_READ:
            break
    if not found:
        return (Cause("unreadable failure"),)
    if len(found) == 1:
        return tuple(found)
    ordered = sorted(found)
    return (*ordered[:MOST_CAUSES], MORE) if len(ordered) > MOST_CAUSES else tuple(ordered)


def _messages(failure: Any, _processor: str) -> Iterator[Cause]:
    for message in _listed(failure, "messages"):
        yield from message_causes(message)


def _requests(failure: Any, _processor: str) -> Iterator[Cause]:
    """Yield the causes of adapters and of the tracker protocol, by the vendor and version of the path."""
    path = (failure.get("vendor"), failure.get("version")) if type(failure) is dict else ()
    by = cut("/".join(part for part in path if type(part) is str))
    for message in _listed(failure, "messages"):
        yield from message_causes(message, by)


def _enrichments(failure: Any, _processor: str) -> Iterator[Cause]:
    for message in _listed(failure, "messages"):
        if type(message) is not dict:
            yield Cause("unreadable failure")
            continue
        enrichment = message.get("enrichment")
        by = enrichment.get("identifier") if type(enrichment) is dict else None
        yield from message_causes(message.get("message"), cut(by) if type(by) is str else "")


def _format_violation(failure: Any, _processor: str) -> Iterator[Cause]:
    message = failure.get("message") if type(failure) is dict else None
    # A line that a recovery could not read at all becomes such a row, with the line quoted in what it says.
    told = message.get("error") if type(message) is dict else None
    kind = recovery_error(told) if type(told) is str else None
    if kind is not None:
        yield Cause(kind)
    elif type(failure) is dict:
        yield from message_causes(message)


def _size(failure: Any, processor: str) -> Iterator[Cause]:
    if type(failure) is dict:
        most = failure.get("maximumAllowedSizeBytes")
        yield Cause("too large", processor, detail=f"more than {most} bytes" if type(most) is int else "")


def _runtime(failure: Any, processor: str) -> Iterator[Cause]:
    if type(failure) is str:
        yield Cause("error", processor, detail=fold_text(failure))
    else:
        yield from _any_failure(failure, processor)


def _parsing(failure: Any, _processor: str) -> Iterator[Cause]:
    """Yield why a loader could not read an enriched event."""
    kind = failure.get("type") if type(failure) is dict else None
    if kind == "NotTSV":
        yield Cause("not an enriched event")
    elif kind == "FieldNumberMismatch":
        count = failure.get("fieldCount")
        yield Cause("wrong number of fields", detail=str(count) if type(count) is int else "")
    elif kind == "RowDecodingError":
        for error in _listed(failure, "errors"):
            if type(error) is dict:
                field = error.get("key")
                detail = str(error.get("type", ""))
                yield Cause("invalid value", field=fold_path(field) if type(field) is str else "", detail=cut(detail))
            else:
                yield from message_causes(error)


def _iglu(failure: Any, _processor: str) -> Iterator[Cause]:
    for error in failure if type(failure) is list else ():
        yield from message_causes(error)


def _loader_recovery(failure: Any, processor: str) -> Iterator[Cause]:
    error = failure.get("error") if type(failure) is dict else None
    if type(error) is dict:
        location = error.get("location")
        places = location if type(location) is list else [location]
        field = ", ".join(place for place in places if type(place) is str)
        yield Cause("error", processor, field=cut(field), detail=fold_text(said(error)))


def _generic(failure: Any, processor: str) -> Iterator[Cause]:
    for error in _listed(failure, "errors"):
        yield Cause("error", processor, detail=fold_text(error if type(error) is str else str(type(error).__name__)))


#: How the messages of recovery errors begin, each with the name of the error; some go on with whole documents.
_RECOVERY_ERRORS: Final[Mapping[str, str]] = {
    "Failed to load recovery configuration": "no flow for it",
    "Failed to parse JSON string": "not JSON",
    "Failed to create object from JSON string": "not the shape of its type",
    "Failed to recover bad row of type": "a type that holds no payload",
    "Failed to add": "Add failed",
    "Failed to properly transform to/from Base64": "not base64",
    "Unable to serialize data to thrift": "not Thrift",
    "Supplied data:": "not a querystring",
    "Unable to coerce payload": "a webhook without its payload",
    "Given up after": "too many attempts",
    "The recovered event has": "too large for the stream",
}
_IN_FIELD: Final = re.compile(r" in (DownField\(.{0,150}|.{0,150})$", re.DOTALL)


def recovery_error(told: str) -> str | None:
    """Return which error a recovery tells of; None for one of no fixed beginning."""
    return next((kind for start, kind in _RECOVERY_ERRORS.items() if told.startswith(start)), None)


def recovery_cause(failure: Any, inner: str) -> Cause:
    """Return why an earlier recovery failed: the type of the row in it, the error and the flow.

    :param inner: the type of the innermost row
    """
    if type(failure) is not dict:
        return Cause("unreadable failure", schema=inner)
    error, flow = failure.get("error"), failure.get("configName")
    told = error if type(error) is str else ""
    kind = recovery_error(told)
    detail = "" if kind else fold_text(_in_short(told))
    return Cause(kind or "step failed", cut(flow) if type(flow) is str else "", inner, detail=detail)


def _in_short(told: str) -> str:
    """Leave out the value of the row that a failed step quotes: all but what was done, and in which field."""
    place = _IN_FIELD.search(told[-160:])
    if told.startswith("Failed to replace") and place:
        return f"Failed to replace in {place[1]}"
    return told


def _snowflake(failures: Any, processor: str) -> Iterator[Cause]:
    for one in failures if type(failures) is list else ():
        for name, error in one.items() if type(one) is dict else ():
            if type(error) is not dict:
                yield Cause("unreadable failure", processor)
            elif name == "valueError":
                value = error.get("value")
                detail = fold_text(said(error), value if type(value) is str else None)
                yield Cause("invalid value", processor, field=cut(str(error.get("column", ""))), detail=detail)
            else:
                yield Cause("error", processor, detail=fold_text(said(error)))


def _any_failure(failure: Any, processor: str) -> Iterator[Cause]:
    """Yield what a failure of no known form says."""
    if type(failure) is str:
        yield Cause("error", processor, detail=fold_text(failure))
    elif type(failure) is list:
        for one in failure:
            yield from _any_failure(one, processor) if type(one) in (str, dict) else ()
    elif type(failure) is dict:
        listed = [*_listed(failure, "messages"), *_listed(failure, "errors")]
        if listed:
            for message in listed:
                yield from message_causes(message, processor)
        else:
            message = failure.get("message")
            yield Cause("error", processor, detail=fold_text(said(message if type(message) is dict else failure)))


def _listed(failure: Any, name: str) -> Iterable[Any]:
    found = failure.get(name) if type(failure) is dict else None
    return found if type(found) is list else ()


_READERS: Final[Mapping[str, _Reader]] = {
    "schema_violations": _messages,
    "adapter_failures": _requests,
    "tracker_protocol_violations": _requests,
    "enrichment_failures": _enrichments,
    "collector_payload_format_violation": _format_violation,
    "size_violation": _size,
    "loader_parsing_error": _parsing,
    "loader_iglu_error": _iglu,
    "loader_runtime_error": _runtime,
    "loader_recovery_error": _loader_recovery,
    "generic_error": _generic,
    "snowflake_error": _snowflake,
}
