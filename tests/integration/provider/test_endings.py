"""However a run ends, its cluster ends too."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery_provider.emr import start
from event_recovery_provider.exceptions import JobFailedError, PreflightError, RunFailedError
from event_recovery_provider.operators.sweep import SweepRecoveryClustersOperator
from event_recovery_provider.sensors.job import RecoveryJobSensor
from localaws.testing import ENDED, wait_for_cluster, wait_for_step
from support.provider.run import Run
from support.provider.site import Site, alive, started

pytestmark = pytest.mark.integration


def test_the_step_ends_at_its_time_limit_whatever_airflow_does(site: Site, run: Run) -> None:
    run.preflight("--seconds", "60", max_hours=1 / 3600)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    with pytest.raises(JobFailedError, match="is FAILED"):
        run.finished(job_flow_id, run.submit(job_flow_id))
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)


def test_an_idle_cluster_ends_although_nobody_ever_comes(site: Site, run: Run) -> None:
    site.fabric.admin.set_pace(clock_speed=3600)
    run.preflight()
    wait_for_cluster(site.fabric.client("emr"), run.create(), *ENDED)


def test_a_teardown_needs_no_id_and_overrules_protection(site: Site, run: Run) -> None:
    run.preflight()
    job_flow_id = run.create(job_flow_overrides={"Instances": {"TerminationProtected": True}})
    assert run.terminate(None) == [job_flow_id]
    assert run.terminate(None) == []
    assert run.terminate(job_flow_id) == []


def test_a_create_that_is_killed_ends_what_it_started(site: Site, run: Run) -> None:
    run.preflight()
    creator = run.creator()
    creator.on_kill()
    job_flow_id = creator.execute(run.context(creator))
    creator.on_kill()
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)
    nameless = run.creator()
    nameless._identity = run.identity
    run.stores.clear()
    second = run.create()
    nameless.on_kill()
    wait_for_cluster(site.fabric.client("emr"), second, *ENDED)


def test_a_create_that_is_killed_before_emr_answers_ends_what_it_started(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.preflight()
    creator, send = run.creator(), start.run_job_flow

    def killed_amid(*arguments: Any) -> str:
        creator.on_kill()  # Airflow's handler, after which the call goes on
        return send(*arguments)

    monkeypatch.setattr(start, "run_job_flow", killed_amid)
    with pytest.raises(RunFailedError, match="killed while cluster"):
        run.execute(creator)
    (job_flow_id,) = started(site.fabric, run.identity.cluster_name)
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)


def test_a_cluster_left_to_the_next_try_ends_when_that_try_can_not_begin(site: Site, run: Run) -> None:
    run.preflight()
    job_flow_id = run.create()
    with pytest.raises(PreflightError):
        run.preflight(output="no-such-stream")
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)


def test_a_sensor_that_is_killed_can_cancel_only_the_step(site: Site, run: Run) -> None:
    run.preflight("--seconds", "60")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    emr = site.fabric.client("emr")
    wait_for_step(emr, job_flow_id, step_id, "RUNNING")
    RecoveryJobSensor(task_id="job", job_flow_id=job_flow_id, step_id=step_id, kill_policy="cancel_step").on_kill()
    assert wait_for_step(emr, job_flow_id, step_id)["Status"]["State"] == "CANCELLED"
    run.terminate(job_flow_id)


def test_the_sweeper_ends_orphans_and_nothing_else(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.preflight()
    mine = run.create()
    other = Run(site)
    other.preflight()
    orphan = other.create()
    foreign = site.fabric.client("emr").run_job_flow(
        Name="event-recovery-looks-like-one",
        Instances={"InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m5.xlarge"},
        ReleaseLabel="emr-7.13.0",
        JobFlowRole="x",
        ServiceRole="y",
    )["JobFlowId"]
    states = {run.ti.run_id: "running", other.ti.run_id: "failed"}
    monkeypatch.setattr(
        "event_recovery_provider.operators.sweep.dag_run_state", lambda dag_id, dag_run_id: states[dag_run_id]
    )
    look = SweepRecoveryClustersOperator(task_id="sweep", grace_seconds=0, report_only=True)
    assert [one["job_flow_id"] for one in look.execute({})] == [orphan]
    assert orphan in alive(site.fabric)
    SweepRecoveryClustersOperator(task_id="sweep", grace_seconds=0).execute({})
    wait_for_cluster(site.fabric.client("emr"), orphan, *ENDED)
    assert {mine, foreign} <= set(alive(site.fabric))
    run.terminate()
    site.fabric.client("emr").terminate_job_flows(JobFlowIds=[foreign])
