"""The line that tells how far the job is."""

from __future__ import annotations

from event_recovery.contract import OUTCOMES
from event_recovery.flink.watch.monitor import RowCounts

_MINUTE, _HOUR = 60, 3600


class Progress:
    """Follows a job from one look at its counts to the next.

    :param total: about how many rows there are; None when that is unknown
    :param started: when the job began, in seconds since the epoch
    """

    def __init__(self, *, total: int | None, started: float) -> None:
        self._total = total
        self._started = started
        self._before: RowCounts | None = None
        self._kept = self._seen = self._at_checkpoint = 0
        self._checkpoint: int | None = None

    def line(self, counts: RowCounts, *, checkpoint: int | None, now: float, lost: str | None = None) -> str:
        """Return a line that tells how far the job is, or that it waits for slots.

        Flink counts from zero again when it restarts the job; the rows before the last checkpoint stay counted.

        :param checkpoint: when the newest checkpoint was completed, in milliseconds since the epoch
        :param now: in seconds since the epoch
        :param lost: why TaskManagers were lost, where slots are waited for
        """
        saved = "no checkpoint yet" if checkpoint is None else f"checkpoint {_duration(now - checkpoint / 1000)} ago"
        if counts.wanted:
            wanted = f"{counts.wanted} {'slot' if counts.wanted == 1 else 'slots'}"
            return "; ".join(filter(None, (f"waiting for {wanted} of TaskManagers", lost, saved)))
        if self._before is not None and counts.read < self._before.read:
            self._kept = self._at_checkpoint
        self._before = counts
        rows = self._kept + counts.read
        if checkpoint != self._checkpoint:
            self._checkpoint, self._at_checkpoint = checkpoint, self._seen
        self._seen = rows
        rate = rows / max(now - self._started, 0.001)
        parts = [f"{rows:,} rows{self._share(rows)}, {rate:,.0f} rows/s"]
        parts.append(", ".join(f"{outcome} {counts.written[outcome]:,}" for outcome in OUTCOMES))
        parts.append(saved)
        if self._total is not None and rows and rows < self._total:
            parts.append(f"about {_duration((self._total - rows) / rate)} left")
        return "; ".join(parts)

    def _share(self, rows: int) -> str:
        return "" if not self._total else f" (about {min(rows / self._total, 0.99):.0%})"


def _duration(seconds: float) -> str:
    whole = max(round(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
