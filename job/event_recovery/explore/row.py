"""A line as a row of a group: its type, what is wrong with it, when it failed, and its payload. Never raises."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import orjson

from event_recovery.badrows.row import MOST_WRAPPED, may_hold_a_line
from event_recovery.badrows.types import TYPES_BY_NAME
from event_recovery.explore.causes import Cause
from event_recovery.explore.failures import causes_of, recovery_cause
from event_recovery.explore.folding import cut
from event_recovery.iglu.uris import BAD_ROWS_VENDOR, SchemaUriError, parse_uri
from event_recovery.text.jsontext import JsonTextError, parse_utf8

#: The type of a line that is no bad row.
NO_BAD_ROW: Final = ""
#: The kind of cause of a row that explore itself fails on.
FAULT: Final = "fault of explore"
#: Recovery errors around a row are unwrapped so often.
_MOST_NESTED: Final = 100
_MOST_OF_A_SCHEMA: Final = 500

Json = dict[str, Any]


@dataclass(slots=True)
class Row:
    """What a line is.

    :param type: the name of its type; ``NO_BAD_ROW`` for what is none
    :param inner: of a recovery error, and of a format violation around a line, the type of the innermost row; else the
        type
    :param failure: as it was read, of the innermost row
    :param payload: of the innermost row
    :param failed: when it failed, as ``utc`` writes it; None when it does not tell
    """

    type: str
    causes: tuple[Cause, ...]
    inner: str = NO_BAD_ROW
    failure: Any = None
    payload: Any = None
    failed: str | None = None


class _NoBadRow(Exception):  # noqa: N818 - nothing is wrong with the program
    """A document is not a bad row."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


def read_row(line: bytes) -> Row:
    """Read a line, whatever its bytes are."""
    try:
        return _read(_parsed(line))
    except _NoBadRow as error:
        return Row(NO_BAD_ROW, (error.cause,))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not keep all other rows from being counted
        return Row(NO_BAD_ROW, (Cause(FAULT, detail=type(error).__name__),))


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:
        return _exactly(line)


def _exactly(line: bytes) -> Any:
    """Parse a line as the engine's exact route does, which takes invalid UTF-8 and numbers of any size."""
    try:
        return parse_utf8(line, explain=False)
    except JsonTextError as error:
        raise _NoBadRow(Cause("nested too deeply" if "nesting" in str(error) else "not JSON")) from None


def _read(document: Any, depth: int = 0) -> Row:
    """Read a bad row.

    :param depth: how many format violations are around it
    """
    name, data = _bad_row(document)
    if name == "recovery_error":
        return _recovery_error(data, depth)
    if name == "snowflake_error":
        failures = data.get("failures")
        return Row(name, causes_of(name, failures, _artifact(data)), name, failures, data.get("enrichedEvent"))
    failure = data.get("failure")
    causes = causes_of(name, failure, _artifact(data))
    wrapped = _wrapped(name, data.get("payload"), depth)
    if wrapped is not None:
        causes = tuple(cause._replace(schema=wrapped.inner) for cause in causes)
        return replace(wrapped, type=name, causes=causes)
    return Row(name, causes, name, failure, data.get("payload"), _failed(failure))


def _wrapped(name: str, payload: Any, depth: int) -> Row | None:
    """Return the bad row that a format violation holds as text, as the engine reads it; None when it holds none."""
    if name != "collector_payload_format_violation" or depth == MOST_WRAPPED:
        return None
    if type(payload) is not str or not may_hold_a_line(payload):
        return None
    try:
        row = _read(_parsed(payload.encode("utf-8", "replace")), depth + 1)
    except _NoBadRow:
        return None
    return None if row.inner == NO_BAD_ROW else row


def _recovery_error(data: Json, depth: int) -> Row:
    """Read a row that an earlier recovery failed for: the innermost, by the error of the last attempt."""
    error, inner = data.get("failure"), "recovery_error"
    for _ in range(_MOST_NESTED):
        try:
            inner, data = _bad_row(data.get("payload"))
        except _NoBadRow:
            inner = NO_BAD_ROW
        if inner != "recovery_error":
            break
    wrapped = _wrapped(inner, data.get("payload"), depth)
    if wrapped is not None:
        return replace(wrapped, type="recovery_error", causes=(recovery_cause(error, wrapped.inner),))
    cause = recovery_cause(error, inner or "not a bad row")
    failure = data.get("failure")
    return Row("recovery_error", (cause,), inner, failure, data.get("payload"), _failed(failure))


def _bad_row(document: Any) -> tuple[str, Json]:
    if type(document) is not dict:
        raise _NoBadRow(Cause("not a JSON object"))
    name, data = _type_of(document.get("schema")), document.get("data")
    if type(data) is not dict:
        raise _NoBadRow(Cause("no data", schema=name))
    return name, data


def _type_of(schema: Any) -> str:
    if type(schema) is not str:
        raise _NoBadRow(Cause("no schema"))
    name = _type_named(schema if len(schema) <= _MOST_OF_A_SCHEMA else schema[:_MOST_OF_A_SCHEMA])
    if isinstance(name, Cause):
        raise _NoBadRow(name)
    return name


@lru_cache(maxsize=4096)
def _type_named(schema: str) -> str | Cause:
    try:
        key = parse_uri(schema)
    except SchemaUriError:
        return Cause("no Iglu schema")
    if key.vendor != BAD_ROWS_VENDOR or key.format != "jsonschema":
        return Cause("another schema", schema=cut(f"{key.vendor}/{key.name}"))
    return key.name if key.name in TYPES_BY_NAME else Cause("unknown bad row type", schema=cut(key.name))


def _artifact(data: Json) -> str:
    processor = data.get("processor")
    artifact = processor.get("artifact") if type(processor) is dict else None
    return cut(artifact) if type(artifact) is str else ""


def _failed(failure: Any) -> str | None:
    return utc(failure.get("timestamp")) if type(failure) is dict else None


_PLAIN: Final = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?Z"
)
_LONGEST: Final = 40


def utc(time: Any) -> str | None:
    """Return a time in UTC as ISO 8601 without the zone, so that texts compare as times do; None for what is none."""
    if type(time) is not str or len(time) > _LONGEST:
        return None
    if _PLAIN.fullmatch(time):
        return time[:-1]
    try:
        read = datetime.fromisoformat(time)
        # The loaders and the enriched event write UTC without saying so.
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return read.replace(tzinfo=None).isoformat(timespec="milliseconds")
