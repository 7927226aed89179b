"""Units that are easily mistaken: what a number most likely means."""

from __future__ import annotations

from typing import Final

#: More seconds than this between two checkpoints are hardly meant: a job that fails does all since the last one again.
LONGEST_INTERVAL: Final = 3600


def interval_doubt(interval: int) -> str | None:
    """Tell how many seconds an interval between checkpoints probably means; None when it can be seconds."""
    if interval <= LONGEST_INTERVAL:
        return None
    return f"in milliseconds, as the old templates had it, that is {max(1, round(interval / 1000))}"
