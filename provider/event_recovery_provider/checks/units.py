"""Settings whose number is most likely of another unit."""

from __future__ import annotations

from event_recovery.contract.units import interval_doubt


def interval_warnings(interval: int) -> list[str]:
    """Warn of seconds between checkpoints that can only be milliseconds."""
    doubt = interval_doubt(interval)
    return [] if doubt is None else [f"interval: {interval} seconds is more than an hour; {doubt}"]
