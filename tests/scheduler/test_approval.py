"""What comes before a cluster: a trial that stops a run, and a person who approves it, rejects it or says nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from demo.screenshots import approve
from support.airflow.day import HOLDS, Day, World
from support.provider.site import CONFIG

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1200)]

#: Tasks that cost money, or tell of what did.
AFTER = [f"recovery.{name}" for name in ("create", "ready", "submit", "checkpoint", "balance", "terminate")]
#: A config that is good, and has no flow for any row of the site.
MENDS_NOTHING = {
    **CONFIG,
    "data": {"iglu:com.snowplowanalytics.snowplow.badrows/adapter_failures/jsonschema/*-*-*": []},
}
#: Would fire with any RunJobFlow of a run.
REFUSES_CLUSTERS = {"kind": "validation-error", "message": "a cluster was asked for"}


def asked(world: World, *stand_in: str, dag_id: str = "event_recovery", **changes: Any) -> Day:
    """A run that waits for an answer, and has no cluster yet."""
    day = world.day(dag_id, *stand_in, approval=True, **changes)
    world.airflow.wait_for_task(day.dag_id, day.run_id, "approve", "awaiting_input")
    assert day.clusters() == []
    return day


def answer(world: World, day: Day, option: str) -> None:
    """Answer as the API lets a person do."""
    path = f"/dags/{day.dag_id}/dagRuns/{day.run_id}/taskInstances/approve/-1/hitlDetails"
    question = world.airflow.api("GET", path)
    assert question["subject"] == f"Start a cluster for {day.run_id}?"
    for told in ("3 recovered (100.0%)", "would take 3 of the recovered rows", "node hours", "trial.html"):
        assert told in question["body"], question["body"]
    # Airflow fails a task that is answered before its scheduler has seen that the process that asked has ended, for
    # which the process's supervisor looks every five seconds.
    time.sleep(8)
    world.airflow.api("PATCH", path, {"chosen_options": [option]})


def nothing_was_started(world: World, day: Day) -> None:
    assert day.clusters() == []
    struck = [fault["fired"] for fault in world.fabric.admin.faults() if fault.get("cluster") == day.name]
    assert sum(struck) == 0
    states = day.states()
    assert {states[task] for task in AFTER} <= {"skipped", "upstream_failed"}, states


def test_a_config_that_mends_nothing_is_stopped_before_there_is_a_cluster(
    world: World, tell: Callable[[str], None]
) -> None:
    day = world.day("event_recovery", faults=[REFUSES_CLUSTERS], config=MENDS_NOTHING)
    day.ends("failed")
    assert day.state("trial") == "failed"
    assert day.tries("trial") == 1
    assert "TRIAL_FAILED: 0 of 3 rows (0.0%) would be recovered and taken by Enrich" in day.log("trial")
    nothing_was_started(world, day)
    (page,) = [key for key in day.site.keys("event-recovery/runs/") if key.endswith("/trial.html")]
    tell(day.seen(f"the page is {page.rpartition('/')[2]}"))


def test_a_run_is_approved_by_the_api(world: World, tell: Callable[[str], None]) -> None:
    day = asked(world)
    answer(world, day, "Approve")
    day.ends("success")
    day.only_step()
    assert "the answer is Approve, by " in day.log("approve")
    tell(day.seen())


def test_a_run_is_approved_in_the_ui(world: World, tell: Callable[[str], None]) -> None:
    day = asked(world)
    assert approve(world.airflow.url, day.dag_id, day.run_id).startswith(b"\x89PNG")
    day.ends("success")
    day.only_step()
    tell(day.seen())


def test_a_run_that_is_rejected_starts_nothing(world: World, tell: Callable[[str], None]) -> None:
    day = asked(world, faults=[REFUSES_CLUSTERS])
    answer(world, day, "Reject")
    day.ends("success")
    assert (day.state("approve"), day.state("report")) == ("success", "skipped")
    nothing_was_started(world, day)
    tell(day.seen("all that follows is skipped"))


def test_a_run_that_nobody_answers_for_starts_nothing(world: World, tell: Callable[[str], None]) -> None:
    day = asked(world, dag_id="hurried", faults=[REFUSES_CLUSTERS])
    day.ends("success")
    assert "the answer is Reject, by the time limit" in day.log("approve")
    assert day.state("report") == "skipped"
    nothing_was_started(world, day)
    tell(day.seen("rejected by the time limit"))


def test_a_run_that_has_a_cluster_goes_on_without_another_question(world: World, tell: Callable[[str], None]) -> None:
    """Its tasks are cleared while it works: the cluster must wait for nobody."""
    day = asked(world, *HOLDS)
    answer(world, day, "Approve")
    day.waits("balance")
    day.clear("trial")
    day.waits("balance", tries=2)
    day.release()
    day.ends("success")
    day.only_step()
    assert day.tries("trial") == 2
    assert "the run goes on as it was tried then" in day.log("trial")
    tell(day.seen())
