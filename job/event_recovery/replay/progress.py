"""How far a run is, as a line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from event_recovery.contract import OUTCOMES
from event_recovery.replay.counts import Counts
from event_recovery.text.words import duration

#: How often a log is told.
_LINE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Watched:
    """How far a run is.

    :param size: bytes of the input that it has to read, as they are stored
    """

    size: int
    counts: Callable[[], Counts]


#: Shows a run: is called about twice a second.
Look = Callable[[Watched], None]


def told_in_lines(tell: Callable[[str], None]) -> Look:
    """Return what tells how far a run is every ten seconds."""
    began = told = time.monotonic()

    def look(watched: Watched) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _LINE_SECONDS:
            told = now
            tell(progress_line(watched.counts(), size=watched.size, seconds=now - began))

    return look


def progress_line(counts: Counts, *, size: int, seconds: float) -> str:
    """Return the rows so far, how many a second, what became of them, and how long the rest takes.

    :param size: bytes of the input, as ``counts.read`` is
    :param seconds: since the first of them
    """
    share = min(counts.read / size, 0.99) if size else 0.0
    parts = [f"{counts.total:,} rows ({share:.0%}), {counts.total / max(seconds, 0.001):,.0f} rows/s"]
    parts.append(", ".join(f"{outcome} {rows:,}" for outcome, rows in zip(OUTCOMES, counts.rows, strict=False)))
    if counts.rows[-1]:
        parts.append(f"skipped {counts.rows[-1]:,}")
    if share:
        parts.append(f"about {duration(seconds * (1 - share) / share)} left")
    return "; ".join(parts)
