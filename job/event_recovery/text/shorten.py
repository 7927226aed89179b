"""Long texts in messages, cut to what a reader takes in."""

from __future__ import annotations


def shorten(text: str, length: int) -> str:
    """Return a text of at most so many characters, with an ellipsis behind what was cut."""
    return text if len(text) <= length else f"{text[:length]}…"
