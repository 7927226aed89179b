"""The messages of bad rows, as data, and the exceptions that end a check with them."""

from __future__ import annotations

import json
from typing import Any, Final

from event_recovery.text.jsontext import Json, no_spaces_utf8

Message = dict[str, Any]

FORMAT_VIOLATION: Final = "collector_payload_format_violation"
ADAPTER_FAILURES: Final = "adapter_failures"
TRACKER_PROTOCOL_VIOLATIONS: Final = "tracker_protocol_violations"
SCHEMA_VIOLATIONS: Final = "schema_violations"
ENRICHMENT_FAILURES: Final = "enrichment_failures"
GENERIC_ERROR: Final = "generic_error"

#: The schema that a parameter or a field is at fault with.
ATOMIC: Final = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"


class NotCheckable(Exception):  # noqa: N818 - not a fault
    """Something cannot be looked at; the text says what."""


class EnrichException(Exception):  # noqa: N818 - Enrich's, not ours
    """An exception that is thrown inside Enrich, with its message."""


class Violation(Exception):  # noqa: N818 - of the event, not of ours
    """What Enrich would write as messages."""

    def __init__(self, *messages: Message) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


def input_data(field: str, value: str | None, expectation: str) -> Message:
    """Make the message of a field with another value than expected."""
    return {"field": field, "value": value, "expectation": expectation}


def not_json(field: str, value: str, error: str) -> Message:
    """Make the message of a text that is no JSON."""
    return {"field": field, "value": value, "error": f"invalid json: {error}"}


def not_iglu(value: Json, code: str) -> Message:
    """Make the message of a value that is no self-describing JSON."""
    return {"json": plain(value), "error": code}


def criterion_mismatch(uri: str, criterion: str) -> Message:
    """Make the message of a schema that is not the one that belongs there."""
    return {"schemaKey": uri, "schemaCriterion": criterion}


def iglu_error(uri: str, error: dict[str, Any]) -> Message:
    """Make the message of data that its schema refuses, or of a schema that was not found."""
    return {"schemaKey": uri, "error": error}


def enrichment(message: Message) -> Message:
    """Make the message of an enrichment failure that no configured enrichment caused."""
    return {"enrichment": None, "message": message}


def plain(value: Json) -> Any:
    """Return a value that any JSON printer takes."""
    return json.loads(no_spaces_utf8(value), parse_int=_whole)


def _whole(text: str) -> int | float:
    # Python reads no whole number of any length.
    return int(text) if len(text) < _MOST_DIGITS else float(text)


_MOST_DIGITS: Final = 4_000
