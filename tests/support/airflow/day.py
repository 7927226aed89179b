"""One run of one DAG on a site of its own, and whatever a user, EMR or Airflow does to it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from event_recovery_provider.planning.identity import RunIdentity
from localaws.fabric import Fabric
from localaws.processes import wait_until

from support.airflow.service import RUN_ENDED, Airflow
from support.provider.site import Site, open_site
from support.provider.stand_in import RELEASE

#: Options of the stand-in job: it works until it is released, or killed; it checkpoints all along, or never.
HOLDS = ("--hold",)
HOLDS_WITHOUT_CHECKPOINTS = ("--hold", "--checkpoints", "0")
_ALIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]


@dataclass(frozen=True)
class World:
    """Where days happen."""

    airflow: Airflow
    fabric: Fabric
    days: list[Day] = field(default_factory=list)

    def day(
        self,
        dag_id: str,
        *stand_in: str,
        faults: Sequence[Mapping[str, Any]] = (),
        **changes: Any,
    ) -> Day:
        """Start a run; ``faults`` strike its cluster alone, ``stand_in`` are job options, ``changes`` are settings."""
        run_id = f"day-{uuid.uuid4().hex[:12]}"
        day = Day(self, open_site(self.fabric), dag_id, run_id)
        for fault in faults:
            self.fabric.admin.arm(**{**fault, "cluster": day.name})
        self.airflow.trigger(dag_id, run_id=run_id, **day.site.settings(*stand_in, **changes))
        self.days.append(day)
        return day

    def quiet_down(self) -> None:
        """End what days that went wrong in earnest left behind, and every fault, so that the next begin afresh."""
        self.fabric.admin.disarm()
        self.fabric.admin.set_cloudwatch(delay=0, partial=0)
        going = [day for day in self.days if self.airflow.run_state(day.dag_id, day.run_id) not in RUN_ENDED]
        for day in going:
            day.mark_run("failed")
        for day in going:
            day.over()
        self.days.clear()


#: Plays a day: asserts what must hold, and returns what is worth telling.
Play = Callable[[World], str]


class DagRun:
    """One run of a DAG, as a user sees and changes it. Tasks are named without their group, ``recovery``."""

    #: Seconds within which no cluster is left, counted from the moment when the run has ended.
    gone_within = 45.0

    def __init__(self, airflow: Airflow, fabric: Fabric, dag_id: str, run_id: str) -> None:
        self.airflow = airflow
        self.emr = fabric.client("emr")
        self.dag_id, self.run_id = dag_id, run_id
        self.identity = RunIdentity(dag_id, run_id)
        self.name = self.identity.cluster_name
        self._gone = 0.0

    def waits(self, task: str, *, tries: int = 1) -> None:
        """Wait until a task waits for something, on at least this try: in a worker, if the name of the DAG says so."""
        in_worker = self.dag_id.endswith("worker")
        if tries > 1:
            wait_until(lambda: self.tries(task) >= tries, 600, f"try {tries} of {task} in {self.run_id}", interval=2)
        self.airflow.wait_for_task(self.dag_id, self.run_id, self._id(task), "running" if in_worker else "deferred")
        # It is running before it looks for the first time, and deferred before a triggerer has taken it over.
        sign = "waiting for" if in_worker else " starting"
        log = partial(self.airflow.log, self.dag_id, self.run_id, self._id(task), tries=tries)
        wait_until(lambda: sign in log(), 300, f"{task} in {self.run_id} to wait", interval=1)

    def mark(self, task: str, state: str) -> None:
        """Mark a task as a user does."""
        self.airflow.mark(self.dag_id, self.run_id, self._id(task), state)

    def mark_run(self, state: str) -> None:
        """Mark the run as a user does."""
        self.airflow.mark_run(self.dag_id, self.run_id, state)

    def delete(self, task: str) -> None:
        """Delete a task of the run, as the API allows."""
        self.airflow.api("DELETE", f"{self._path}/taskInstances/{self._id(task)}")

    def clear(self, *tasks: str) -> None:
        """Clear tasks with all that follows them, as a user does, and wait until the run lives again."""
        with self._lives_again():
            self.airflow.clear(self.dag_id, self.run_id, *(self._id(task) for task in tasks))

    def clear_run(self, *, only_failed: bool = False) -> None:
        """Clear the run as a user does, all tasks of it or those that failed, and wait until it lives again."""
        with self._lives_again():
            self.airflow.clear_run(self.dag_id, self.run_id, only_failed=only_failed)

    @contextmanager
    def _lives_again(self) -> Iterator[None]:
        began = self.airflow.api("GET", self._path)["end_date"]
        yield
        if began is not None:
            wait_until(
                lambda: self.airflow.run_state(self.dag_id, self.run_id) not in RUN_ENDED,
                60,
                "a new life",
                interval=0.5,
            )

    def ends(self, state: str, *, seconds: float = 900) -> None:
        """Wait for the end of the run, which must be in this state, and for that of its clusters."""
        ended = self.over(seconds=seconds)
        assert ended == state, f"{self.run_id} is {ended}: {self.states()}\n{self.errors()}"

    def over(self, *, seconds: float = 900) -> str:
        """Wait for the end of the run and for that of its clusters, and return the run's state."""
        ended = self.airflow.wait_for_run(self.dag_id, self.run_id, seconds=seconds)
        began = time.monotonic()
        wait_until(lambda: not self.alive(), self.gone_within, f"the end of the clusters of {self.name}", interval=0.5)
        self._gone = time.monotonic() - began
        return ended

    def seen(self, *facts: str) -> str:
        """Return what is worth telling of the day, on one line."""
        took = self.airflow.api("GET", self._path)["duration"]
        clusters = self.clusters()
        steps = sum(len(self.steps(one)) for one in clusters)
        cost = f"{len(clusters)} clusters, {steps} steps, gone {self._gone:.0f} s after the end, {took:.0f} s in all"
        return "; ".join((*facts, cost))

    def clusters(self) -> list[str]:
        """List every cluster of the run, alive or gone."""
        return self._clusters()

    def alive(self) -> list[str]:
        """List the clusters of the run that still have instances."""
        return self._clusters(ClusterStates=_ALIVE)

    def steps(self, job_flow_id: str) -> list[dict[str, Any]]:
        """List the submissions of the job to a cluster."""
        listed: list[dict[str, Any]] = self.emr.list_steps(ClusterId=job_flow_id)["Steps"]
        return [step for step in listed if step["Name"].endswith("-job")]

    def cancel_step(self) -> None:
        """Cancel the submission on the cluster that is alive, as somebody does in EMR's console."""
        (job_flow_id,) = self.alive()
        (step,) = self.steps(job_flow_id)
        self.emr.cancel_steps(ClusterId=job_flow_id, StepIds=[step["Id"]])

    def only_step(self) -> dict[str, Any]:
        """Return the one submission on the one cluster; AssertionError when there are more or none."""
        (job_flow_id,) = self.clusters()
        (step,) = self.steps(job_flow_id)
        return step

    def states(self) -> dict[str, str]:
        """Return the state of every task, by its id."""
        return self.airflow.states(self.dag_id, self.run_id)

    def state(self, task: str) -> str:
        """Return the state of a task."""
        return self.states()[self._id(task)]

    def tries(self, task: str) -> int:
        """Return how often a task was tried."""
        return int(self.airflow.task(self.dag_id, self.run_id, self._id(task))["try_number"])

    def process(self, task: str) -> int:
        """Return the process id of a running task."""
        return int(self.airflow.task(self.dag_id, self.run_id, self._id(task))["pid"])

    def log(self, task: str) -> str:
        """Return all logs of a task."""
        return self.airflow.log(self.dag_id, self.run_id, self._id(task))

    def errors(self) -> str:
        """Return the last lines of the logs of the tasks that failed."""
        return self.airflow.errors(self.dag_id, self.run_id)

    def _clusters(self, **filters: Any) -> list[str]:
        pages = self.emr.get_paginator("list_clusters").paginate(**filters)
        return [one["Id"] for page in pages for one in page["Clusters"] if one["Name"] == self.name]

    @property
    def _path(self) -> str:
        return f"/dags/{self.dag_id}/dagRuns/{self.run_id}"

    @staticmethod
    def _id(task: str) -> str:
        return task if task in ("preflight", "trial", "approve", "report", "recover") else f"recovery.{task}"


class Day(DagRun):
    """A run with a site of its own, where a stand-in plays the job."""

    def __init__(self, world: World, site: Site, dag_id: str, run_id: str) -> None:
        super().__init__(world.airflow, world.fabric, dag_id, run_id)
        self.site = site

    def release(self) -> None:
        """Let the job end that holds."""
        self.site.put(RELEASE, b"")
