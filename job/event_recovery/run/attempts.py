"""The attempts of one run: its first client, and each that resumed it from a checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Location


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission of the job to Flink."""

    job_id: str
    #: ISO 8601 in UTC, when its client began.
    started: str
    #: How often Flink itself restarted it so far; None when Flink could not be asked.
    restarts: int | None = None


def record(attempt: Attempt, directory: Location, storage: Storage) -> None:
    """Keep an attempt, in place of what was kept of it before."""
    storage.write(directory.child(f"{attempt.job_id}.json"), json.dumps(asdict(attempt)).encode())


def recorded(directory: Location, storage: Storage) -> list[Attempt]:
    """Return all attempts kept so far, the earliest first."""
    attempts = (Attempt(**json.loads(b"\n".join(storage.lines(file.location)))) for file in storage.files(directory))
    return sorted(attempts, key=lambda attempt: datetime.fromisoformat(attempt.started))


def restarts(attempts: Sequence[Attempt]) -> int | None:
    """Return how often a run began again: Flink's own restarts, and each attempt but the first; None when unknown."""
    counts = [attempt.restarts for attempt in attempts]
    known = [count for count in counts if count is not None]
    return sum(known) + len(counts) - 1 if counts and len(known) == len(counts) else None
