"""How a recovery ends when EMR, or the job on it, fails: every fault that the fabric has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from support.airflow.day import HOLDS, Play, World

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1800)]

WAYS = ("triggerer", "worker")
JOB_FAILS = ("--exit", "31", "--checkpoints", "0")
LAST_WORDS = "the stand-in was told to fail"


def run_fails(
    world: World,
    *,
    way: str,
    why: tuple[str, ...],
    faults: tuple[dict[str, Any], ...] = (),
    job: tuple[str, ...] = HOLDS,
) -> str:
    day = world.day(way, *job, faults=faults)
    day.ends("failed")
    errors = day.errors()
    assert [text for text in why if text not in errors] == [], errors
    assert day.state("terminate") == "success", "the teardown ran, and is not what failed"
    assert day.state("report") == "upstream_failed"
    assert len(day.clusters()) == 1
    return day.seen(why[0])


def run_goes_on(world: World, *, way: str, fault: dict[str, Any]) -> str:
    day = world.day(way, faults=[fault])
    day.ends("success")
    day.only_step()
    return day.seen()


def cluster_is_replaced(world: World, *, way: str) -> str:
    day = world.day(f"relaunching_{way}", faults=[{"kind": "lost-capacity"}])
    day.ends("success")
    steps = {one: len(day.steps(one)) for one in day.clusters()}
    assert sorted(steps.values()) == [0, 1], "one cluster without capacity, and one that worked"
    return day.seen()


def no_cluster_starts(world: World, *, way: str) -> str:
    day = world.day(f"relaunching_{way}", faults=[{"kind": "bootstrap-failure", "times": None}])
    day.ends("failed")
    assert "BOOTSTRAP_FAILURE" in day.errors()
    assert len(day.clusters()) == 3, "the first, and two that took its place"
    return day.seen()


#: What happens: the faults, what the task log must say, and the job's options where they matter.
FAILS: dict[str, dict[str, Any]] = {
    # First, because it takes longest: a job has three minutes to start.
    "the step hangs": {"faults": ({"kind": "step-hang", "step": "*-job"},), "why": ("CHECKPOINTS_STALLED",)},
    "the job fails": {"job": JOB_FAILS, "why": ("STEP_FAILURE", LAST_WORDS)},
    "the job fails and its logs are late": {
        "job": JOB_FAILS,
        "faults": ({"kind": "slow-logs", "step": "*-job", "seconds": 10},),
        "why": ("STEP_FAILURE", LAST_WORDS),
    },
    "the job fails and EMR says plain TERMINATED": {
        "job": JOB_FAILS,
        "faults": ({"kind": "plain-termination", "times": None},),
        "why": ("STEP_FAILURE", LAST_WORDS),
    },
    "the step fails": {
        "faults": ({"kind": "step-failure", "step": "*-job", "message": "it's out of luck"},),
        "why": ("STEP_FAILURE", "it's out of luck"),
    },
    "the step is interrupted": {
        "faults": ({"kind": "step-interrupted", "step": "*-job", "seconds": 20},),
        "why": ("STEP_INTERRUPTED",),
    },
    "bootstrap fails": {"faults": ({"kind": "bootstrap-failure"},), "why": ("BOOTSTRAP_FAILURE",)},
    "EMR refuses the cluster": {
        "faults": ({"kind": "validation-error", "message": "not supported here"},),
        "why": ("VALIDATION_ERROR", "not supported here"),
    },
    "there is no capacity": {"faults": ({"kind": "lost-capacity"},), "why": ("INTERNAL_ERROR", "capacity")},
    "an instance is lost": {"faults": ({"kind": "instance-failure", "seconds": 25},), "why": ("INSTANCE_FAILURE",)},
}
GOES_ON: dict[str, dict[str, Any]] = {
    # The client waits two minutes for an answer, then looks.
    "the answer to RunJobFlow is lost": {"kind": "read-timeout", "action": "RunJobFlow", "seconds": 140},
    "the answer to AddJobFlowSteps is lost": {"kind": "read-timeout", "action": "AddJobFlowSteps", "seconds": 140},
    "capacity comes late": {"kind": "slow-start", "seconds": 30},
    "half of the calls are throttled": {"kind": "throttle", "fraction": 0.5},
}
DAYS: dict[str, Play] = {
    **{f"a cluster fails to start and is replaced, {way}": partial(cluster_is_replaced, way=way) for way in WAYS},
    **{f"no cluster starts at all, {way}": partial(no_cluster_starts, way=way) for way in WAYS},
    **{f"{what}, {way}": partial(run_goes_on, way=way, fault=fault) for what, fault in GOES_ON.items() for way in WAYS},
    **{f"{what}, {way}": partial(run_fails, way=way, **day) for what, day in FAILS.items() for way in WAYS},
}


@pytest.mark.parametrize("name", DAYS)
def test_day(played: Mapping[str, Future[str]], tell: Callable[[str], None], name: str) -> None:
    tell(played[name].result())
