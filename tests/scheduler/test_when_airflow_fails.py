"""How a recovery ends when Airflow's own clocks and processes fail it, and when its rows do not add up."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from localaws.testing import ENDED, job_flow, wait_for_cluster
from support.airflow.day import HOLDS, HOLDS_WITHOUT_CHECKPOINTS, DagRun, Play, World

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]

WAYS = ("triggerer", "worker")


def wait_times_out(world: World, *, way: str) -> str:
    day = world.day(f"impatient_{way}", *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    day.ends("failed")
    assert "TIMED_OUT: checkpoint 1 did not happen within 20 s; last seen: " in day.errors()
    assert day.state("terminate") == "success"
    return day.seen()


def run_times_out(world: World, *, way: str) -> str:
    day = world.day(f"limited_{way}", faults=[{"kind": "slow-start", "seconds": 900}])
    day.waits("ready")
    day.ends("failed")
    assert day.state("terminate") == "skipped", "which is why the waiting task has to end the cluster"
    assert len(day.clusters()) == 1
    return day.seen()


def waiting_task_times_out(world: World) -> str:
    day = world.day("short_worker", *HOLDS)
    day.ends("failed")
    assert "AirflowTaskTimeout" in day.errors()
    assert day.state("terminate") == "success"
    return day.seen()


def setup_times_out(world: World, *, way: str) -> str:
    late = {"kind": "read-timeout", "action": "RunJobFlow", "seconds": 300}
    day = world.day(f"slow_setup_{way}", faults=[late])
    day.ends("failed")
    assert (day.state("create"), day.state("terminate")) == ("failed", "upstream_failed")
    assert len(day.clusters()) == 1
    return day.seen()


def trigger_dies(world: World) -> str:
    day = world.day("doomed", *HOLDS)
    day.ends("failed")
    assert "no such wait" in day.airflow.log(day.dag_id, day.run_id, "trigger")
    assert day.state("terminate") == "success"
    assert len(day.clusters()) == 1
    return day.seen()


def worker_is_lost(world: World) -> str:
    day = world.day("retries_worker", *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    day.waits("checkpoint")
    pid = day.process("checkpoint")
    parent = int(re.findall(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])
    for process in (parent, pid):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    day.waits("checkpoint", tries=2)
    day.release()
    day.ends("success")
    day.only_step()
    assert day.tries("checkpoint") == 2
    return day.seen()


def worker_is_told_to_stop(world: World) -> str:
    day = world.day("retries_worker", *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    day.waits("checkpoint")
    os.kill(day.process("checkpoint"), signal.SIGTERM)
    time.sleep(10)
    assert day.only_step()["Status"]["State"] == "RUNNING", "whoever stops a worker does not mean the cluster"
    day.release()
    day.ends("success")
    day.only_step()
    return day.seen(f"tries of the task: {day.tries('checkpoint')}")


def one_task_is_marked_failed(world: World) -> str:
    day = world.day("event_recovery_single_task", *HOLDS)
    day.waits("recover")
    day.mark("recover", "failed")
    day.ends("failed")
    assert len(day.clusters()) == 1
    return day.seen()


def orphan_is_swept(world: World) -> str:
    """End a cluster whose lease is over, and no other, among those of all days under way."""
    day = world.day("event_recovery", *HOLDS)
    day.waits("balance")
    emr = world.fabric.client("emr")
    tags = [
        {"Key": "event-recovery:run-id", "Value": "orphan"},
        {"Key": "event-recovery:expires-at", "Value": "2026-01-01T00:00:00+00:00"},
    ]
    orphan = emr.run_job_flow(**job_flow("event-recovery-orphan", Tags=tags))["JobFlowId"]
    sweep = DagRun(world.airflow, world.fabric, "recovery_cluster_sweeper", f"day-{orphan}")
    world.airflow.trigger(sweep.dag_id, run_id=sweep.run_id)
    sweep.ends("success")
    wait_for_cluster(emr, orphan, *ENDED)
    day.release()
    day.ends("success")
    return day.seen("the orphan is gone")


def good_day(world: World, *, dag_id: str) -> str:
    day = world.day(dag_id, "--rows", "300", "--failed-rows", "3")
    day.ends("success")
    assert set(day.states().values()) == {"success"}
    assert len(day.clusters()) == 1
    return day.seen()


def rows_do_not_add_up(world: World, *, way: str, job: tuple[str, ...], why: str, **settings: Any) -> str:
    day = world.day(f"strict_{way}", *job, **settings)
    day.ends("failed")
    assert why in day.errors()
    assert day.state("terminate") == "success"
    return day.seen(why)


def metrics_never_come(world: World, *, way: str) -> str:
    day = world.day(f"strict_{way}", "--quiet", "--rows", "300")
    day.ends("success")
    return day.seen("the job's own account decided")


def nothing_is_started(world: World, *, state: str, **settings: Any) -> str:
    day = world.day("triggerer", **settings)
    day.ends(state)
    assert day.clusters() == []
    return day.seen()


lost = partial(rows_do_not_add_up, job=("--lose", "5"), why="UNBALANCED: 5 rows not accounted for")
hopeless = partial(
    rows_do_not_add_up,
    job=("--rows", "100", "--failed-rows", "60"),
    why="TOO_MANY_FAILED_ROWS: 60.0% of 100 rows",
    max_failed_ratio=0.5,
)
DAYS: dict[str, Play] = {
    **{
        f"a good day of {dag_id}": partial(good_day, dag_id=dag_id)
        for dag_id in ("event_recovery", "event_recovery_single_task", *WAYS)
    },
    **{f"a wait times out, {way}": partial(wait_times_out, way=way) for way in WAYS},
    **{f"dagrun_timeout skips the teardown, {way}": partial(run_times_out, way=way) for way in WAYS},
    "execution_timeout of a waiting task, worker": waiting_task_times_out,
    **{f"the setup times out during RunJobFlow, {way}": partial(setup_times_out, way=way) for way in WAYS},
    "a trigger dies": trigger_dies,
    "a worker is lost": worker_is_lost,
    "a worker is told to stop": worker_is_told_to_stop,
    "the single task is marked failed": one_task_is_marked_failed,
    "the sweeper ends an orphan": orphan_is_swept,
    **{f"rows are lost, {way}": partial(lost, way=way) for way in WAYS},
    **{f"too many rows fail, {way}": partial(hopeless, way=way) for way in WAYS},
    **{f"metrics never come, {way}": partial(metrics_never_come, way=way) for way in WAYS},
    "there is nothing to recover": partial(nothing_is_started, state="success", inputdir="nothing-here"),
    "the settings make no sense": partial(nothing_is_started, state="failed", output="no-such-stream"),
}


@pytest.mark.parametrize("name", DAYS)
def test_day(played: Mapping[str, Future[str]], tell: Callable[[str], None], name: str) -> None:
    tell(played[name].result())
