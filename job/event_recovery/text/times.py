"""Times as people give them, for windows of files and rows."""

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


def check_window(begin: datetime | None, end: datetime | None) -> None:
    """Check that a window has a length; None sets no bound.

    :raises ValueError: when it ends before it begins, or at once
    """
    if begin is not None and end is not None and begin >= end:
        raise ValueError(f"{begin.isoformat()} is not before {end.isoformat()}")
