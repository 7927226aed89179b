"""What Flink says of a running job, by its REST API. What it does not answer is None: the job goes on without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from event_recovery.contract import OUTCOMES, PROCESS_OPERATOR, RECORDS_IN, Outcome
from event_recovery.flink.watch.failures import root_of_trace, why_no_slots

_TIMEOUT_SECONDS = 5.0
# Of the JobManager's log, which grows by some lines with every checkpoint, the end is enough.
_LOG_BYTES = 1_000_000
# It uses no proxy of the environment: a proxy for the outside world does not know a cluster's addresses.
_HTTP = urllib3.PoolManager()
_READ = f"{PROCESS_OPERATOR}.{RECORDS_IN}"
_WRITTEN: dict[str, Outcome] = {f"{outcome.capitalize()}__Writer.{RECORDS_IN}": outcome for outcome in OUTCOMES}


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows since the job last began: read by ``Process``, and given to each sink.

    :param wanted: slots that subtasks wait for; while they do, the rows are those of before
    """

    read: int
    written: Mapping[Outcome, int]
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class Monitor:
    """A job behind a REST address, e.g. ``http://127.0.0.1:8081``."""

    url: str
    job_id: str

    def restarts(self) -> int | None:
        """Return how often Flink restarted the job.

        Flink keeps the newest failures only, and refreshes its count of restarts every ten seconds: the larger number
        is right.
        """
        job, history = self._get(""), self._get("/exceptions?maxExceptions=100")
        if job is None or history is None:
            return None
        # The failure that ended a job was not followed by a restart.
        failures = len(history["exceptionHistory"]["entries"]) - (job["state"] in ("FAILING", "FAILED"))
        metrics = self._get("/metrics?get=numRestarts") or []
        return max([failures, *(int(metric["value"]) for metric in metrics)])

    def failure(self) -> str | None:
        """Return the newest failure, in one line; None when Flink knows of none yet."""
        history = self._get("/exceptions?maxExceptions=1") or {"exceptionHistory": {"entries": []}}
        entries = history["exceptionHistory"]["entries"]
        return root_of_trace(entries[0]["stacktrace"]) if entries else None

    def counts(self) -> RowCounts | None:
        """Return the rows so far; the counts may be ten seconds old."""
        job = self._get("")
        if job is None:
            return None
        names = ",".join((_READ, *_WRITTEN))
        found: dict[str, int] = {}
        for vertex in job["vertices"]:
            metrics = self._get(f"/vertices/{vertex['id']}/subtasks/metrics?get={names}&agg=sum") or []
            found |= {metric["id"]: int(metric["sum"]) for metric in metrics}
        written = {outcome: found.get(name, 0) for name, outcome in _WRITTEN.items()}
        wanted = max((vertex["tasks"].get("SCHEDULED", 0) for vertex in job["vertices"]), default=0)
        return RowCounts(found.get(_READ, 0), written, wanted)

    def checkpoint(self) -> int | None:
        """Return when the newest checkpoint was completed, in milliseconds since the epoch."""
        answer = self._get("/checkpoints") or {}
        newest = (answer.get("latest") or {}).get("completed")
        return None if newest is None else int(newest["latest_ack_timestamp"])

    def why_no_slots(self) -> str | None:
        """Return by what TaskManagers were lost since a task last had a slot; None when the log does not tell."""
        end = b""
        try:
            with _HTTP.request(
                "GET", f"{self.url}/jobmanager/log", timeout=_TIMEOUT_SECONDS, retries=False, preload_content=False
            ) as answer:
                for chunk in answer.stream() if answer.status == 200 else ():
                    end = (end + chunk)[-_LOG_BYTES:]
        except (urllib3.exceptions.HTTPError, OSError):
            return None
        return why_no_slots(end.decode(errors="replace"))

    def _get(self, path: str) -> Any:
        url = f"{self.url}/jobs/{self.job_id}{path}"
        try:
            answer = _HTTP.request("GET", url, timeout=_TIMEOUT_SECONDS, retries=False, enforce_content_length=True)
            return json.loads(answer.data) if answer.status == 200 else None
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            # No such job any more, no way to Flink's address from here, or half an answer.
            return None
