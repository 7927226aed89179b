"""Follows a job from the client: counts its restarts, and reports its progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from event_recovery.flink.watch.failures import because
from event_recovery.flink.watch.monitor import Monitor
from event_recovery.flink.watch.progress import Progress
from event_recovery.run.attempts import Attempt, record
from event_recovery.storage.files import Storage, StorageError
from event_recovery.storage.locations import Location

#: How often the progress is reported.
PROGRESS_SECONDS = 10.0


class Follower:
    """Looks at a job whenever ``look`` is called, and calls ``tell`` with a line every ten seconds.

    The attempt is recorded again with every restart, so that it is known whatever becomes of this client.
    """

    def __init__(
        self,
        *,
        monitor: Monitor,
        started: str,
        directory: Location,
        storage: Storage,
        total_rows: int | None,
        tell: Callable[[str], None],
    ) -> None:
        self._monitor, self._directory, self._storage, self._tell = monitor, directory, storage, tell
        self._progress = Progress(total=total_rows, started=time.time())
        self._told = time.monotonic()
        self._restarts_told = 0
        #: By what TaskManagers were lost, while slots are waited for.
        self.lost: str | None = None
        self._attempt = Attempt(job_id=monitor.job_id, started=started)
        self._recorded: Attempt | None = None
        self._record()

    def look(self) -> None:
        """Look at the job once."""
        restarts = self._monitor.restarts()
        if restarts is not None and (self._attempt.restarts is None or restarts > self._attempt.restarts):
            self._attempt = replace(self._attempt, restarts=restarts)
        self._record()
        self._tell_restart()
        if time.monotonic() - self._told >= PROGRESS_SECONDS:
            self._told = time.monotonic()
            counts = self._monitor.counts()
            if counts is not None:
                self.lost = self._monitor.why_no_slots() if counts.wanted else None
                checkpoint = self._monitor.checkpoint()
                self._tell(self._progress.line(counts, checkpoint=checkpoint, now=time.time(), lost=self.lost))

    def _tell_restart(self) -> None:
        """Tell of the newest restart once its reason is known: Flink may count it some seconds earlier."""
        restarts = self._attempt.restarts or 0
        if restarts > self._restarts_told and (reason := self._monitor.failure()) is not None:
            self._tell(f"restart {restarts}: {because(reason, self.lost)}")
            self._restarts_told = restarts

    def _record(self) -> None:
        if self._attempt == self._recorded:
            return
        try:
            record(self._attempt, self._directory, self._storage)
        except StorageError as error:
            # The job goes on without, and the next look tries again: the fault may pass.
            self._tell(f"warning: {error}")
        else:
            self._recorded = self._attempt
