"""How texts, sizes and spans of time are written for a person."""

from __future__ import annotations

from typing import Final

from event_recovery.text.shorten import shorten

_SHOWN: Final = 300


def one_line(text: str) -> str:
    """Return a text of a row as one line that any log, page and database takes; what cannot be shown is U+FFFD."""
    words = " ".join(text.split())
    return shorten("".join(sign if sign.isprintable() else "\ufffd" for sign in words[: _SHOWN + 1]), _SHOWN)


def size(number: int) -> str:
    """Write a number of bytes for a person, in steps of a thousand."""
    value, unit = float(number), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:,.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:,.3g} {unit}"


def duration(seconds: float) -> str:
    """Write a span of time for a person, to the minute."""
    minutes = max(round(seconds / 60), 1)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours:,} h {rest} min" if rest else f"{hours:,} h"
