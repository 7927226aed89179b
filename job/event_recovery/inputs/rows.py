"""Which rows are recovered, by their type and by when they failed: a decision on one line, whatever it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec

from event_recovery.iglu.uris import BAD_ROWS_VENDOR, SchemaUriError, parse_uri

#: Why a row is skipped.
RowReason = Literal["other type", "failed before", "failed after"]

# No schema of a bad row is as long; what is remembered of them must not grow with what a line holds.
_MOST_OF_A_SCHEMA: Final = 500

_Other = str | int | float | bool | list[Any] | None


class _Failure(msgspec.Struct):
    timestamp: Any = None


class _Data(msgspec.Struct):
    failure: _Failure | _Other = None


class _Typed(msgspec.Struct):
    schema: Any = None


class _Timed(_Typed):
    data: _Data | _Other = None


_TYPED: Final = msgspec.json.Decoder(_Typed)
_TIMED: Final = msgspec.json.Decoder(_Timed)


class Skip(NamedTuple):
    """Why a row is skipped, and its type, when it has one."""

    reason: RowReason
    type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSelection:
    """Which rows are chosen.

    A row that cannot be judged is chosen, since no event may be lost: one whose envelope cannot be read or is not that
    of a bad row, whatever the types; one without a time of its failure, whatever the window.

    :param types: names of bad row types, as in the envelope's schema; all types when empty
    :param failed_from: rows whose ``data.failure.timestamp`` is then or later, with a time zone; None for all
    :param failed_to: rows whose timestamp is before then
    """

    types: frozenset[str] = frozenset()
    failed_from: datetime | None = None
    failed_to: datetime | None = None

    def __bool__(self) -> bool:
        """Tell whether there is a row that it could skip."""
        return bool(self.types or self.failed_from or self.failed_to)

    def __str__(self) -> str:
        """Say which rows are chosen, as the end of a sentence; nothing when all are."""
        parts = [f"of {', '.join(sorted(self.types))}"] if self.types else []
        parts += [f"failed from {self.failed_from.isoformat()}"] if self.failed_from else []
        parts += [f"failed before {self.failed_to.isoformat()}"] if self.failed_to else []
        return ", ".join(parts)

    def all_failed_before(self, end: datetime) -> bool:
        """Tell whether all rows of a file that was complete then failed before the window."""
        return self.failed_from is not None and end <= self.failed_from

    def against(self, line: bytes) -> Skip | None:
        """Return why a row is skipped, None when it is chosen. Never raises, whatever the line holds."""
        timed = self.failed_from is not None or self.failed_to is not None
        try:
            row: _Typed = (_TIMED if timed else _TYPED).decode(line)
        except Exception:  # noqa: BLE001 - whatever keeps a row from being judged, it is left to the engine
            return None
        name = _type_of(row.schema)
        if self.types and name is not None and name not in self.types:
            return Skip("other type", name)
        if isinstance(row, _Timed):
            failed = _failed_at(row)
            if failed is not None and self.failed_from is not None and failed < self.failed_from:
                return Skip("failed before", name)
            if failed is not None and self.failed_to is not None and failed >= self.failed_to:
                return Skip("failed after", name)
        return None


def _type_of(schema: object) -> str | None:
    """Return the type that an envelope names, known or not; None when it is not that of a bad row."""
    if not isinstance(schema, str) or len(schema) > _MOST_OF_A_SCHEMA:
        return None
    try:
        key = parse_uri(schema)
    except SchemaUriError:
        return None
    return key.name if key.vendor == BAD_ROWS_VENDOR and key.format == "jsonschema" else None


def _failed_at(row: _Timed) -> datetime | None:
    failure = row.data.failure if isinstance(row.data, _Data) else None
    timestamp = failure.timestamp if isinstance(failure, _Failure) else None
    if not isinstance(timestamp, str):
        return None
    try:
        failed = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return None if failed.tzinfo is None else failed
