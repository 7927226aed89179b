"""Times as people give them, for windows of files."""

from __future__ import annotations

from datetime import datetime


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time with its offset.

    :raises ValueError: when it is not one, or has no offset
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"expected a time with its offset, such as 2026-11-28T10:00:00Z, not {text!r}")
    return time
