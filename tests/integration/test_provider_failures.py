"""A cluster or a job that fails is noticed at once, and says why."""

from __future__ import annotations

import time
from typing import Any

import pytest
from event_recovery_provider.exceptions import (
    CheckpointsStalledError,
    ClusterFailedError,
    JobFailedError,
)
from event_recovery_provider.sensors.checkpoint import FlinkCheckpointSensor
from localaws.testing import ENDED, wait_for_cluster
from provider_run import Run
from provider_site import Site, alive, started

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ({"kind": "bootstrap-failure", "exit_code": 9}, "BOOTSTRAP_FAILURE", "bootstrap action 1"),
        ({"kind": "validation-error", "message": "not supported here"}, "VALIDATION_ERROR", "not supported here"),
        ({"kind": "lost-capacity"}, "INTERNAL_ERROR", "capacity"),
    ],
)
def test_a_cluster_that_does_not_start_says_why(
    site: Site, run: Run, fault: dict[str, Any], code: str, text: str
) -> None:
    site.fabric.admin.arm(**fault)
    run.preflight()
    job_flow_id = run.create()
    with pytest.raises(ClusterFailedError) as caught:
        run.ready(job_flow_id)
    assert caught.value.code == code
    assert text in str(caught.value)
    assert run.terminate(job_flow_id) in ([], [job_flow_id])
    assert job_flow_id not in alive(site.fabric)


def test_a_cluster_without_capacity_is_replaced_and_the_run_goes_on_with_the_new_one(site: Site, run: Run) -> None:
    site.fabric.admin.arm("lost-capacity")
    run.preflight()
    first = run.create()
    second = run.ready(first, relaunches=1)
    assert second != first
    step_id = run.submit(first)
    assert run.ti.xcoms["job_flow_id"] == second, "whoever only knows the first cluster finds the one in its place"
    assert run.finished(second, step_id) == step_id
    assert run.terminate(first) in ([], [second])
    assert sorted(started(site.fabric, run.identity.cluster_name)) == sorted([first, second])


def test_clusters_that_keep_failing_to_start_are_replaced_so_often_and_no_more(site: Site, run: Run) -> None:
    site.fabric.admin.arm("bootstrap-failure", exit_code=9, times=None)
    run.preflight()
    first = run.create()
    for _ in range(2):  # the second try finds that enough was tried
        with pytest.raises(ClusterFailedError, match="bootstrap action 1"):
            run.ready(first, relaunches=2)
        assert len(started(site.fabric, run.identity.cluster_name)) == 3
    assert run.terminate(first) == []


@pytest.mark.parametrize("plain", [False, True], ids=["STEP_FAILURE", "plain TERMINATED"])
def test_a_job_that_fails_ends_its_cluster_and_shows_its_logs(site: Site, run: Run, plain: bool) -> None:
    if plain:
        site.fabric.admin.arm("plain-termination", times=2)
    run.preflight("--exit", "31")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    with pytest.raises(JobFailedError) as caught:
        run.finished(job_flow_id, step_id)
    assert caught.value.code == "STEP_FAILURE"
    assert "is FAILED" in str(caught.value)
    assert "the stand-in was told to fail" in caught.value.diagnostics
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)


def test_slow_logs_are_waited_for(site: Site, run: Run) -> None:
    site.fabric.admin.arm("slow-logs", seconds=4, times=None)
    run.preflight("--exit", "31")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    with pytest.raises(JobFailedError, match="the stand-in was told to fail"):
        run.finished(job_flow_id, run.submit(job_flow_id))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "instance-failure", "seconds": 8}, "INSTANCE_FAILURE"),
        ({"kind": "step-interrupted", "step": "*-job", "seconds": 0.5}, "STEP_INTERRUPTED"),
    ],
)
def test_a_job_that_is_lost_is_noticed_at_once(site: Site, run: Run, fault: dict[str, Any], code: str) -> None:
    site.fabric.admin.arm(**fault)
    plan = run.preflight("--seconds", "60", "--checkpoints", "2")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    began = time.monotonic()
    with pytest.raises((JobFailedError, ClusterFailedError)) as caught:
        run.execute(
            FlinkCheckpointSensor(
                task_id="checkpoint",
                job_flow_id=job_flow_id,
                step_id=step_id,
                checkpoint_dir=plan["checkpoint_dir"],
                poke_interval=0.2,
                log_wait_seconds=0,
            )
        )
    assert caught.value.code == code
    assert time.monotonic() - began < 15
    run.terminate(job_flow_id)


@pytest.mark.slow  # a job has five minutes to start
@pytest.mark.timeout(600)
def test_a_job_that_hangs_is_found_stuck(site: Site, run: Run) -> None:
    site.fabric.admin.arm("step-hang", step="*-job")
    plan = run.preflight()
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    with pytest.raises(CheckpointsStalledError, match="no checkpoint completed for"):
        run.execute(
            FlinkCheckpointSensor(
                task_id="checkpoint",
                job_flow_id=job_flow_id,
                step_id=step_id,
                checkpoint_dir=plan["checkpoint_dir"],
                checkpoint_interval=0.5,
                poke_interval=0.2,
                log_wait_seconds=0,
            )
        )
    assert run.terminate(job_flow_id) == [job_flow_id]
    assert job_flow_id not in alive(site.fabric)
