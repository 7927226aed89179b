"""A DAG run on the fabric, task by task, each run in this process as a worker would run it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from airflow.sdk import DAG
from event_recovery_provider.operators.cluster import CreateRecoveryClusterOperator, TerminateRecoveryClusterOperator
from event_recovery_provider.operators.job import SubmitRecoveryJobOperator
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.sensors.cluster import RecoveryClusterReadySensor
from event_recovery_provider.sensors.job import RecoveryJobSensor


class Place(Protocol):
    """Where runs happen: a site that knows the settings of its runs."""

    def settings(self, *stand_in: str, **changes: Any) -> dict[str, Any]:
        """Return the settings of a run."""


class Store(dict[str, Any]):
    """The store that Airflow keeps for a task instance."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


@dataclass
class TaskInstance:
    """As much of a task instance as the operators use."""

    dag_id: str
    run_id: str
    map_index: int = -1
    xcoms: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.xcoms[key] = value


class Run:
    """One DAG run: the tasks of it share an identity, and each has a store."""

    def __init__(self, site: Place) -> None:
        self.site = site
        self.ti = TaskInstance("tests", f"run-{uuid.uuid4().hex}")
        self.identity = RunIdentity("tests", self.ti.run_id)
        self.stores: dict[str, Store] = {}
        self.plan: dict[str, Any] = {}

    def context(self, task: Any) -> Any:
        store = self.stores.setdefault(task.task_id, Store())
        return {"ti": self.ti, "params": {}, "task_state_store": store, "outlet_events": {}, "dag": DAG("tests")}

    def execute(self, task: Any) -> Any:
        return task.execute(self.context(task))

    def preflight(self, *stand_in: str, **changes: Any) -> dict[str, Any]:
        settings = self.site.settings(*stand_in, **changes)
        self.plan = self.execute(RecoveryPreflightOperator(task_id="preflight", settings=settings))
        return self.plan

    def create(self, **arguments: Any) -> str:
        job_flow_id: str = self.execute(self.creator(**arguments))
        return job_flow_id

    def creator(self, **arguments: Any) -> CreateRecoveryClusterOperator:
        return CreateRecoveryClusterOperator(
            **{
                "task_id": "create",
                "job_flow": self.plan["job_flow"],
                "job_seconds": 3600,
                "success_uri": self.plan["success_uri"],
                **arguments,
            }
        )

    def submit(self, job_flow_id: str, **arguments: Any) -> str:
        step_id: str = self.execute(
            SubmitRecoveryJobOperator(
                task_id="submit",
                job_flow_id=job_flow_id,
                job=self.plan["job"],
                required=self.plan["required"],
                success_uri=self.plan["success_uri"],
                **arguments,
            )
        )
        return step_id

    def terminate(self, job_flow_id: str | None = None) -> list[str]:
        ended: list[str] = self.execute(
            TerminateRecoveryClusterOperator(task_id="terminate", job_flow_id=job_flow_id, poll_interval=0.1)
        )
        return ended

    def ready(self, job_flow_id: str, *, relaunches: int = 0) -> str:
        sensor = RecoveryClusterReadySensor(
            task_id="ready",
            job_flow_id=job_flow_id,
            request=self.ti.xcoms["request"],
            relaunches=relaunches,
            poke_interval=0.1,
            timeout=30,
        )
        sensor.log_wait_seconds = 5
        ready: str = self.execute(sensor)
        return ready

    def finished(self, job_flow_id: str, step_id: str) -> Any:
        sensor = RecoveryJobSensor(
            task_id="job", job_flow_id=job_flow_id, step_id=step_id, poke_interval=0.2, timeout=60, log_wait_seconds=8
        )
        return self.execute(sensor)
