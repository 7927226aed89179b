"""The bad rows that a recovery itself produces, one line of JSON each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from event_recovery.badrows.row import BadRow, Unreadable
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.text.timestamps import normalise_instant
from event_recovery.version import __version__

_VENDOR = "iglu:com.snowplowanalytics.snowplow.badrows"
_PROCESSOR = {"artifact": "snowplow-event-recovery", "version": __version__}


def recovery_error(row: BadRow, message: str, *, flow: str | None) -> str:
    """Wrap a row that could not be recovered, as it came in, so that a corrected config can try it again.

    :param message: why it could not
    :param flow: the name of the flow whose step failed, when one did
    """
    return _line(
        "recovery_error",
        {
            "processor": _PROCESSOR,
            "failure": {"error": message, "configName": flow},
            "payload": {"schema": row.uri, "data": row.data},
            "recoveries": row.recoveries + 1,
        },
    )


def format_violation(line: str, unreadable: Unreadable) -> str:
    """Wrap a line that is not a bad row, as text."""
    payload = line if unreadable.document is None else no_spaces(unreadable.document)
    return _line(
        "collector_payload_format_violation",
        {
            "processor": _PROCESSOR,
            "failure": {"timestamp": now(), "loader": "", "message": {"error": unreadable.reason}},
            "payload": payload,
        },
    )


def now() -> str:
    """Return the current instant in UTC, to the millisecond."""
    return normalise_instant(datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def _line(name: str, data: dict[str, Any]) -> str:
    document: Json = {"schema": f"{_VENDOR}/{name}/jsonschema/1-0-0", "data": data}
    return no_spaces(document)
