"""How a recovery ends when its day goes wrong, under a real scheduler, triggerer and API server.

After each of these no cluster is alive, the run says what happened, and the task log says why.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow_service import Airflow, example_dags
from event_recovery.contract import NAMESPACE
from event_recovery_provider.names import RunIdentity
from localaws.fabric import Fabric
from localaws.processes import wait_until
from provider_site import Site, open_site, started

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

#: Seconds within which no cluster is left, counted from the moment when the run has ended.
GONE_WITHIN = 45.0
_ALIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]


@pytest.fixture(scope="module")
def fabric(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fabric]:
    pace = {"provision": 4, "step": 2, "terminate": 3}
    work = tmp_path_factory.mktemp("fabric")
    with Fabric(work, pace=pace, statsd_interval=0.5, statsd_namespace=NAMESPACE, kinesis_limits=False) as fabric:
        yield fabric


@pytest.fixture(scope="module")
def airflow(fabric: Fabric, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    dags = {"examples": example_dags(), "bad-days": Path(__file__).parent / "dags"}
    with Airflow(tmp_path_factory.mktemp("airflow"), env=fabric.env, dags=dags) as airflow:
        yield airflow


@pytest.fixture
def site(fabric: Fabric) -> Iterator[Site]:
    fabric.admin.disarm()
    fabric.admin.set_pace(clock_speed=1)
    yield open_site(fabric)
    fabric.admin.disarm()


class Day:
    """One run of one DAG on a site."""

    def __init__(self, airflow: Airflow, site: Site, dag_id: str, *stand_in: str, **changes: Any) -> None:
        self.airflow, self.site, self.dag_id = airflow, site, dag_id
        self.run_id = airflow.trigger(dag_id, **site.settings(*stand_in, **changes))
        self.name = RunIdentity(dag_id, self.run_id).cluster_name

    def clusters(self) -> list[str]:
        return started(self.site.fabric, self.name)

    def alive(self) -> list[str]:
        pages = self.site.fabric.client("emr").get_paginator("list_clusters").paginate(ClusterStates=_ALIVE)
        return [one["Id"] for page in pages for one in page["Clusters"] if one["Name"] == self.name]

    def gone(self) -> None:
        began = time.monotonic()
        wait_until(lambda: not self.alive(), GONE_WITHIN, f"the end of the clusters of {self.name}", interval=0.5)
        print(f"{self.dag_id}: no cluster alive {time.monotonic() - began:.0f} s after the run ended")

    def at(self, task: str, *states: str) -> None:
        self.airflow.wait_for_task(self.dag_id, self.run_id, f"recovery.{task}", *states)

    def mark(self, task: str, state: str) -> None:
        self.airflow.mark(self.dag_id, self.run_id, f"recovery.{task}", state)

    def state(self, task: str) -> str:
        return self.airflow.states(self.dag_id, self.run_id)[f"recovery.{task}"]

    def log(self, task: str) -> str:
        return self.airflow.log(self.dag_id, self.run_id, f"recovery.{task}")

    def ends(self, state: str) -> None:
        ended = self.airflow.wait_for_run(self.dag_id, self.run_id)
        assert ended == state, f"{self.airflow.states(self.dag_id, self.run_id)}\n{self.errors()}"
        self.gone()

    def errors(self) -> str:
        return self.airflow.errors(self.dag_id, self.run_id)

    def steps(self, job_flow_id: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]
        return [step for step in listed if step["Name"].endswith("-job")]


LONG = ("--seconds", "300", "--checkpoints", "100")


def test_a_good_day_of_the_manual_dag(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "event_recovery", "--rows", "300", "--failed-rows", "3")
    day.ends("success")
    assert set(airflow.states(day.dag_id, day.run_id).values()) == {"success"}
    (job_flow_id,) = day.clusters()
    assert len(day.steps(job_flow_id)) == 1
    assert "297" in airflow.log(day.dag_id, day.run_id, "report")


def test_waiting_takes_no_worker_slot_and_few_calls(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "event_recovery", *LONG)
    day.at("balance", "deferred")
    time.sleep(5)
    slots = airflow.api("GET", "/pools/default_pool")
    print({key: value for key, value in slots.items() if key.endswith("slots")})
    assert slots["running_slots"] == 0
    day.mark("balance", "failed")
    day.ends("failed")


@pytest.mark.parametrize("dag_id", ["worker", "triggerer"])
@pytest.mark.parametrize("task", ["ready", "checkpoint", "balance"])
def test_a_task_that_is_marked_failed(airflow: Airflow, site: Site, dag_id: str, task: str) -> None:
    site.fabric.admin.set_pace(provision=60 if task == "ready" else 4)
    job = ("--seconds", "300", "--checkpoints", "0") if task == "checkpoint" else LONG
    day = Day(airflow, site, dag_id, *job, interval=600)
    day.at(task, "running" if dag_id == "worker" else "deferred")
    time.sleep(3)
    day.mark(task, "failed")
    site.fabric.admin.set_pace(provision=4)
    day.ends("failed")
    assert day.state("terminate") == "success"


def test_a_task_that_is_marked_as_successful_goes_on(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "triggerer", "--seconds", "40", "--checkpoints", "0", interval=600)
    day.at("checkpoint", "deferred")
    time.sleep(3)
    day.mark("checkpoint", "success")
    day.ends("success")
    assert len(day.clusters()) == 1


@pytest.mark.parametrize("dag_id", ["worker", "triggerer"])
@pytest.mark.parametrize("task", ["ready", "submit", "balance"])
def test_a_task_that_is_cleared_goes_on_with_the_same_cluster_and_step(
    airflow: Airflow, site: Site, dag_id: str, task: str
) -> None:
    day = Day(airflow, site, dag_id, "--seconds", "100", "--checkpoints", "50")
    day.at("balance", "running" if dag_id == "worker" else "deferred")
    airflow.clear(day.dag_id, day.run_id, f"recovery.{task}")
    day.ends("success")
    (job_flow_id,) = day.clusters()
    assert len(day.steps(job_flow_id)) == 1


def test_a_run_that_failed_resumes_from_its_checkpoint_when_it_is_cleared(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "triggerer", *LONG)
    day.at("balance", "deferred")
    time.sleep(5)
    day.mark("balance", "failed")
    day.ends("failed")
    (first,) = day.clusters()
    airflow.clear(day.dag_id, day.run_id, "recovery.create")
    wait_until(lambda: len(day.clusters()) == 2, 180, "a second cluster", interval=1)
    second = next(one for one in day.clusters() if one != first)
    day.at("balance", "deferred")
    (step,) = day.steps(second)
    assert "-s" in step["Config"]["Args"], "the second submission goes on from a checkpoint of the first"
    day.mark("balance", "failed")
    day.ends("failed")
    assert len(day.clusters()) == 2


@pytest.mark.parametrize("state", ["failed", "success"])
def test_a_run_that_is_marked_by_a_user(airflow: Airflow, site: Site, state: str) -> None:
    day = Day(airflow, site, "triggerer", *LONG)
    day.at("balance", "deferred")
    airflow.mark_run(day.dag_id, day.run_id, state)
    wait_until(lambda: not day.alive(), 120, "the end of the cluster", interval=1)
    day.ends(state)


@pytest.mark.parametrize("dag_id", ["worker", "triggerer"])
def test_a_job_that_fails(airflow: Airflow, site: Site, dag_id: str) -> None:
    day = Day(airflow, site, dag_id, "--exit", "31", "--checkpoints", "0")
    day.ends("failed")
    text = "".join(day.log(task) for task in ("checkpoint", "balance"))
    assert "STEP_FAILURE" in text
    assert "the stand-in was told to fail" in text
    assert day.state("terminate") == "success"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "bootstrap-failure"}, "BOOTSTRAP_FAILURE"),
        ({"kind": "validation-error", "message": "not supported here"}, "not supported here"),
        ({"kind": "lost-capacity"}, "INTERNAL_ERROR"),
        ({"kind": "instance-failure", "seconds": 25}, "INSTANCE_FAILURE"),
        ({"kind": "step-failure", "step": "*-job", "message": "it's out of luck"}, "it's out of luck"),
        ({"kind": "step-interrupted", "step": "*-job", "seconds": 20}, "STEP_INTERRUPTED"),
        ({"kind": "step-hang", "step": "*-job"}, "CHECKPOINTS_STALLED"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_every_fault_of_emr_fails_the_run_and_is_named(
    airflow: Airflow, site: Site, fault: dict[str, Any], why: str
) -> None:
    site.fabric.admin.arm(**fault)
    day = Day(airflow, site, "triggerer", *LONG)
    day.ends("failed")
    assert why in day.errors()


def test_a_failed_step_on_a_cluster_that_ends_plain_terminated(airflow: Airflow, site: Site) -> None:
    site.fabric.admin.arm("plain-termination", times=None)
    day = Day(airflow, site, "triggerer", "--exit", "31", "--checkpoints", "0")
    day.ends("failed")
    assert "STEP_FAILURE" in day.errors()


def test_a_wait_that_times_out(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "impatient", "--seconds", "300", "--checkpoints", "0", interval=600)
    day.ends("failed")
    assert "TIMED_OUT: checkpoint 1 did not happen within 20 s" in day.errors()
    assert day.state("terminate") == "success"


def test_a_dag_run_that_times_out_ends_its_cluster_though_its_teardown_is_skipped(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "limited", *LONG)
    day.ends("failed")
    assert len(day.clusters()) <= 1


def test_a_setup_that_fails_leaves_no_cluster(airflow: Airflow, site: Site) -> None:
    site.fabric.admin.arm("read-timeout", action="RunJobFlow", seconds=60)
    day = Day(airflow, site, "slow_setup", *LONG)
    day.ends("failed")
    assert day.state("create") == "failed"
    assert len(day.clusters()) <= 1


def test_a_triggerer_that_is_restarted(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "triggerer", "--seconds", "60", "--checkpoints", "0", interval=600)
    day.at("checkpoint", "deferred")
    airflow.kill("triggerer")
    airflow.start("triggerer", "--skip-serve-logs")
    day.ends("success")
    assert len(day.clusters()) == 1


def test_a_worker_that_is_lost(airflow: Airflow, site: Site) -> None:
    day = Day(airflow, site, "retries", "--seconds", "60", "--checkpoints", "0", interval=600)
    day.at("checkpoint", "running")
    time.sleep(3)
    pid = int(airflow.task(day.dag_id, day.run_id, "recovery.checkpoint")["pid"])
    parent = int(re.findall(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])
    for process in (parent, pid):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    day.ends("success")
    (job_flow_id,) = day.clusters()
    assert len(day.steps(job_flow_id)) == 1
    assert airflow.task(day.dag_id, day.run_id, "recovery.checkpoint")["try_number"] >= 2


@pytest.mark.parametrize("task", ["create", "submit", "report"])
def test_clearing_a_task_of_a_complete_run_starts_no_cluster(airflow: Airflow, site: Site, task: str) -> None:
    day = Day(airflow, site, "triggerer", "--rows", "30", "--failed-rows", "0")
    day.ends("success")
    airflow.clear(day.dag_id, day.run_id, "report" if task == "report" else f"recovery.{task}")
    wait_until(lambda: airflow.run_state(day.dag_id, day.run_id) not in ("success", "failed"), 60, "a new life")
    day.ends("success")
    assert len(day.clusters()) == 1


def test_ten_runs_at_once_while_emr_throttles(airflow: Airflow, site: Site) -> None:
    site.fabric.admin.arm("throttle", action="*", fraction=0.2)
    days = [
        Day(airflow, open_site(site.fabric), "event_recovery", "--rows", "10", "--failed-rows", "0") for _ in range(10)
    ]
    for day in days:
        assert airflow.wait_for_run(day.dag_id, day.run_id, seconds=1200) == "success", day.errors()
    site.fabric.admin.disarm()
    for day in days:
        day.gone()
        assert len(day.clusters()) == 1
