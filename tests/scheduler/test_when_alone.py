"""Days that strike all runs at once, or that count what a run costs, and so have Airflow to themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from support.airflow.day import HOLDS, HOLDS_WITHOUT_CHECKPOINTS, World

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]

RUNS = 10
#: How long the calls of waiting tasks are counted, in seconds.
COUNTED = 180
#: As many calls a minute as a run may make while it waits.
ALLOWED = 4


@pytest.fixture(autouse=True)
def _quiet(world: World) -> None:
    world.quiet_down()


@pytest.fixture
def _no_sweeps(world: World) -> Iterator[None]:
    """Nothing is to run but what is counted."""
    path = "/dags/recovery_cluster_sweeper"
    world.airflow.api("PATCH", path, {"is_paused": True})
    yield
    world.airflow.api("PATCH", path, {"is_paused": False})


@pytest.mark.usefixtures("_no_sweeps")
def test_waiting_takes_no_worker_slot_and_few_calls(world: World, tell: Callable[[str], None]) -> None:
    """Count at the pace that a user gets, for a run that waits for its balance and one that waits for a checkpoint."""
    days = {
        "balance": world.day("own_pace", *HOLDS),
        "checkpoint": world.day("own_pace", *HOLDS_WITHOUT_CHECKPOINTS, interval=900),
    }
    for task, day in days.items():
        day.waits(task)
    before = world.fabric.admin.calls()
    slots = []
    for _ in range(COUNTED // 10):
        time.sleep(10)
        slots.append(world.airflow.api("GET", "/pools/default_pool")["running_slots"])
    after = world.fabric.admin.calls()
    calls = {service: number - before.get(service, 0) for service, number in after.items()}
    calls.pop("", None)
    a_minute = sum(calls.values()) * 60 / COUNTED / len(days)
    tell(
        f"{max(slots)} worker slots, {a_minute:.1f} calls a minute and run: {calls} in {COUNTED} s for {len(days)} runs"
    )
    assert max(slots) == 0, slots
    assert 0 < a_minute <= ALLOWED, calls
    for task, day in days.items():
        day.mark(task, "failed")
    for day in days.values():
        day.ends("failed")


def test_the_triggerer_is_restarted(world: World, tell: Callable[[str], None]) -> None:
    day = world.day("triggerer", *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    day.waits("checkpoint")
    time.sleep(5)
    world.airflow.kill("triggerer")
    world.airflow.start("triggerer", "--skip-serve-logs")
    day.release()
    day.ends("success")
    day.only_step()
    tell(day.seen())


def test_the_scheduler_is_restarted(world: World, tell: Callable[[str], None]) -> None:
    day = world.day("triggerer", *HOLDS_WITHOUT_CHECKPOINTS, interval=600)
    day.waits("checkpoint")
    world.airflow.kill("scheduler")
    world.airflow.start("scheduler", "--skip-serve-logs")
    day.release()
    day.ends("success")
    day.only_step()
    tell(day.seen())


def test_metrics_come_late_and_in_part(world: World, tell: Callable[[str], None]) -> None:
    world.fabric.admin.set_cloudwatch(delay=20, partial=3)
    day = world.day("triggerer", "--rows", "300", "--failed-rows", "3")
    day.ends("success")
    assert "not decided" in day.log("balance")
    tell(day.seen())


def test_ten_runs_at_once_while_emr_throttles(world: World, tell: Callable[[str], None]) -> None:
    world.fabric.admin.arm("throttle", action="*", fraction=0.2)
    days = [world.day("event_recovery", "--rows", str(10 + number), "--failed-rows", "0") for number in range(RUNS)]
    ended = [world.airflow.wait_for_run(day.dag_id, day.run_id, seconds=900) for day in days]
    struck = sum(fault["fired"] for fault in world.fabric.admin.faults() if fault["kind"] == "throttle")
    world.fabric.admin.disarm()
    assert ended == ["success"] * RUNS, "\n".join(day.errors() for day in days)
    for number, day in enumerate(days):
        day.ends("success")
        day.only_step()
        assert f"balanced: {10 + number} rows submitted" in day.log("balance"), "each run counts its own cluster's rows"
    tell(f"{RUNS} green runs on {RUNS} clusters, {struck} calls throttled; the last: {days[-1].seen()}")
