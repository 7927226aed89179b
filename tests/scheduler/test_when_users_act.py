"""How a recovery ends when a user marks its tasks, clears them, or marks the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from itertools import product

import pytest
from event_recovery_provider.sensors.base import HOW_TO_GO_ON
from localaws.processes import wait_until
from support.airflow.day import HOLDS, HOLDS_WITHOUT_CHECKPOINTS, Play, World

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]

WAYS = ("triggerer", "worker")


def task_marked_failed(world: World, *, way: str, task: str) -> str:
    slow = [{"kind": "slow-start", "seconds": 900}] if task == "ready" else []
    job = HOLDS_WITHOUT_CHECKPOINTS if task == "checkpoint" else HOLDS
    day = world.day(way, *job, faults=slow, interval=600)
    day.waits(task)
    day.mark(task, "failed")
    day.ends("failed")
    assert day.state("terminate") == "success"
    assert len(day.clusters()) == 1
    return day.seen()


def task_marked_successful(world: World, *, way: str) -> str:
    day = world.day(way, *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    day.waits("checkpoint")
    day.mark("checkpoint", "success")
    day.waits("balance")
    day.release()
    day.ends("success")
    assert day.only_step()["Status"]["State"] == "COMPLETED"
    return day.seen()


def task_cleared(world: World, *, way: str, task: str) -> str:
    day = world.day(way, *HOLDS)
    day.waits("balance")
    day.clear(task)
    day.waits("balance", tries=2)
    day.release()
    day.ends("success")
    assert day.only_step()["Status"]["State"] == "COMPLETED"
    assert day.tries(task) == 2
    return day.seen()


def failed_run_cleared(world: World, *, way: str) -> str:
    day = world.day(way, *HOLDS)
    day.waits("balance")
    day.mark("balance", "failed")
    day.ends("failed")
    (first,) = day.clusters()
    day.release()
    day.clear("create")
    day.ends("success")
    (second,) = set(day.clusters()) - {first}
    (step,) = day.steps(second)
    command = step["Config"]["Args"]
    checkpoint = command[command.index("-s") + 1]
    assert checkpoint.startswith(f"s3://{day.site.bucket}/")
    return day.seen(f"went on from {checkpoint.rpartition('/')[2]}")


def failed_task_cleared(world: World, *, way: str) -> str:
    """Clear the red task alone, and then what it had kept from running."""
    day = world.day(way, *HOLDS)
    day.waits("balance")
    day.cancel_step()
    day.ends("failed")
    day.release()
    day.clear("balance")
    day.ends("success")
    assert [len(day.steps(one)) for one in day.clusters()] == [1, 1]
    return day.seen()


def only_failed_tasks_cleared(world: World, *, way: str) -> str:
    """Airflow clears no setup with them: the task says again what had failed, and what to clear."""
    day = world.day(way, *HOLDS)
    day.waits("balance")
    day.cancel_step()
    day.ends("failed")
    day.clear_run(only_failed=True)
    day.ends("failed")
    assert day.tries("balance") == 2
    assert HOW_TO_GO_ON in day.errors()
    assert len(day.clusters()) == 1, "nothing was started"
    day.release()
    day.clear_run()
    day.ends("success")
    return day.seen()


def run_marked(world: World, *, way: str, state: str) -> str:
    day = world.day(way, *HOLDS)
    day.waits("balance")
    day.mark_run(state)
    wait_until(lambda: not day.alive(), 300, f"the end of the cluster of {day.run_id}", interval=1)
    day.ends(state)
    assert day.state("terminate") in ("success", "failed")
    return day.seen(f"teardown {day.state('terminate')}")


def run_marked_early(world: World) -> str:
    """Airflow judges by the leaves, and skips them all, teardown and report too: whatever it says, nothing began."""
    day = world.day("triggerer", *HOLDS)
    day.airflow.wait_for_task(day.dag_id, day.run_id, "preflight", "running")
    day.mark_run("failed")
    state = day.over()
    assert day.clusters() == []
    return day.seen(f"Airflow says {state}")


def complete_run_cleared(world: World, *, way: str) -> str:
    day = world.day(way, "--rows", "30", "--failed-rows", "0")
    day.ends("success")
    for task in ("report", "submit", "create"):
        day.clear(task)
        day.ends("success")
        day.only_step()
    return day.seen()


def red_run_cleared(world: World) -> str:
    day = world.day("event_recovery", "--rows", "100", "--failed-rows", "60", max_failed_ratio=0.5)
    day.ends("failed")
    for task in ("balance", "create", "preflight"):
        day.clear(task)
        day.ends("failed")
        assert "60.0% of" in day.errors(), "the numbers of the run have not changed"
    day.only_step()
    return day.seen()


def task_deleted(world: World) -> str:
    day = world.day("triggerer", *HOLDS)
    day.waits("balance")
    day.delete("balance")
    wait_until(lambda: not day.alive(), 120, f"the end of the cluster of {day.run_id}", interval=1)
    day.mark_run("failed")
    day.over()
    return day.seen()


def cleared_once_more(world: World) -> str:
    """Clear the very task that waits, and the next try of it too."""
    day = world.day("triggerer", *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    for tries in (1, 2):
        day.waits("checkpoint", tries=tries)
        day.clear("checkpoint")
    day.waits("checkpoint", tries=3)
    day.release()
    day.ends("success")
    day.only_step()
    assert day.tries("checkpoint") == 3
    return day.seen()


DAYS: dict[str, Play] = {
    **{
        f"{task} is marked failed, {way}": partial(task_marked_failed, way=way, task=task)
        for task, way in product(("ready", "checkpoint", "balance"), WAYS)
    },
    **{f"a task is marked successful, {way}": partial(task_marked_successful, way=way) for way in WAYS},
    **{
        f"{task} is cleared, {way}": partial(task_cleared, way=way, task=task)
        for task, way in product(("ready", "submit", "balance"), WAYS)
    },
    "a waiting task is cleared twice": cleared_once_more,
    "a waiting task is deleted": task_deleted,
    "tasks of a red run are cleared": red_run_cleared,
    **{f"a failed run is cleared, {way}": partial(failed_run_cleared, way=way) for way in WAYS},
    **{f"the failed task of a run is cleared, {way}": partial(failed_task_cleared, way=way) for way in WAYS},
    **{f"only failed tasks of a run are cleared, {way}": partial(only_failed_tasks_cleared, way=way) for way in WAYS},
    **{
        f"the run is marked {state}, {way}": partial(run_marked, way=way, state=state)
        for state, way in product(("failed", "success"), WAYS)
    },
    "the run is marked failed before it has a cluster": run_marked_early,
    **{f"tasks of a complete run are cleared, {way}": partial(complete_run_cleared, way=way) for way in WAYS},
}


@pytest.mark.parametrize("name", DAYS)
def test_day(played: Mapping[str, Future[str]], tell: Callable[[str], None], name: str) -> None:
    tell(played[name].result())
