"""What a run looks like from outside: its tasks from Airflow, its cluster from EMR, its rows from CloudWatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from event_recovery.contract import NAMESPACE
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.metrics import cloudwatch
from event_recovery_provider.metrics.counts import RowCounts, Series, counts_of
from support.airflow.service import Airflow

from demo.site import Site

T = TypeVar("T")
DAG = "event_recovery"
TASKS = (
    "preflight",
    "trial",
    "approve",
    *(f"recovery.{name}" for name in ("create", "ready", "submit", "checkpoint", "balance")),
)
TASKS += ("report", "recovery.terminate")
RUN_ENDED = ("success", "failed")


@dataclass(frozen=True, slots=True)
class TaskLook:
    """One task: Airflow's name for its state, and how many seconds it has taken so far."""

    state: str = "none"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """The run at one moment."""

    state: str = "queued"
    tasks: dict[str, TaskLook] = field(default_factory=dict)
    cluster: str = ""
    counts: RowCounts = field(default_factory=RowCounts)


class Watch:
    """Looks at one run of the manual DAG."""

    def __init__(self, airflow: Airflow, site: Site, run_id: str) -> None:
        self._airflow, self._site, self.run_id = airflow, site, run_id
        self._clients: dict[str, Any] = {}
        self._began = datetime.now(UTC)

    def look(self) -> Look:
        """Return how things are."""
        path = f"/dags/{DAG}/dagRuns/{quote(self.run_id)}"
        state = self._airflow.api("GET", path)["state"]
        listed = self._airflow.api("GET", f"{path}/taskInstances")["task_instances"]
        tasks = {one["task_id"]: _task(one) for one in listed}
        clusters = self._site.clusters()
        cluster = next((f"{name} {what.lower()}" for name, what in clusters.items()), "none yet")
        return Look(state=str(state), tasks=tasks, cluster=cluster, counts=counts_of(self.series()))

    def series(self) -> Sequence[Series]:
        """Return the counters of the run as CloudWatch has them."""
        asked = cloudwatch.sample_metrics(
            namespace=NAMESPACE, since=self._began, now=datetime.now(UTC), period=1, job_flow_id=None
        )
        return self._hold(asked).series

    def prefix(self) -> str:
        """Return the S3 URI below which the run keeps its files."""
        entry = self._airflow.api(
            "GET", f"/dags/{DAG}/dagRuns/{quote(self.run_id)}/taskInstances/preflight/xcomEntries/return_value"
        )
        prefix: str = entry["value"]["prefix"]
        return prefix

    def _hold(self, conversation: Conversation[T]) -> T:
        """Make the calls of a conversation; its own errors are raised."""
        try:
            call = next(conversation)
            while True:
                client = self._clients.setdefault(call.service, self._site.fabric.client(call.service))
                call = conversation.send(getattr(client, call.operation)(**call.arguments))
        except StopIteration as done:
            result: T = done.value
            return result


def _task(one: dict[str, Any]) -> TaskLook:
    state = one["state"] or "none"
    if not one["start_date"]:
        return TaskLook(state)
    end = datetime.fromisoformat(one["end_date"]) if one["end_date"] else datetime.now(UTC)
    return TaskLook(state, max((end - datetime.fromisoformat(one["start_date"])).total_seconds(), 0))
