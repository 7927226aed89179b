"""How far a run is, as a line of a log."""

from __future__ import annotations

from event_recovery.contract import OUTCOMES
from event_recovery.replay.counts import Counts
from event_recovery.text.words import duration


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
