"""The few calls of Flink's REST API that tests need."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Collection
from typing import Any

from localaws.processes import wait_until

TERMINAL_STATES = frozenset({"FINISHED", "FAILED", "CANCELED"})


class FlinkRest:
    """Client of one JobManager. Answers are the API's own JSON; urllib's HTTPError for an error answer."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        """GET a path such as ``/jobs/overview``."""
        return self._call("GET", path)

    def jobs(self) -> dict[str, str]:
        """Return the state of every job by its id, newest first."""
        jobs = sorted(self.get("/jobs/overview")["jobs"], key=lambda job: -job["start-time"])
        return {job["jid"]: job["state"] for job in jobs}

    def state(self, job_id: str) -> str:
        """Return a job's state, such as RUNNING."""
        return str(self.get(f"/jobs/{job_id}")["state"])

    def wait_for(self, job_id: str, states: Collection[str] = TERMINAL_STATES, *, timeout: float = 120) -> str:
        """Wait until the job is in one of these states and return it; TimeoutError after ``timeout`` seconds."""
        wait_until(lambda: self.state(job_id) in states, timeout, f"job {job_id} in {sorted(states)}", interval=0.2)
        return self.state(job_id)

    def cancel(self, job_id: str) -> None:
        """Ask for the job to be cancelled; it is CANCELED some time later."""
        self._call("PATCH", f"/jobs/{job_id}?mode=cancel")

    def failure(self, job_id: str) -> str:
        """Return the newest root exception of a job with its stack trace; empty when there is none."""
        entries = self.get(f"/jobs/{job_id}/exceptions?maxExceptions=1")["exceptionHistory"]["entries"]
        return str(entries[0]["stacktrace"]) if entries else ""

    def completed_checkpoint(self, job_id: str) -> str | None:
        """Return where the newest complete checkpoint of a job is; None when it has none yet."""
        newest = self.get(f"/jobs/{job_id}/checkpoints")["latest"]["completed"]
        return None if newest is None else str(newest["external_path"])

    def task_managers(self) -> list[dict[str, Any]]:
        """Return the registered TaskManagers; none while the JobManager is not up yet."""
        try:
            return list(self.get("/taskmanagers")["taskmanagers"])
        except OSError:
            return []

    def _call(self, method: str, path: str) -> Any:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
