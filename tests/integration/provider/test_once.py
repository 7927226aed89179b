"""Whatever is tried again, nothing is started twice."""

from __future__ import annotations

import time
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery_provider.emr import start
from event_recovery_provider.exceptions import (
    AwsRefusedError,
    JobFailedError,
    PreflightError,
    RowsMissingError,
)
from localaws.testing import ENDED, wait_for_cluster, wait_for_step
from support.provider.run import Run
from support.provider.site import Site, started

pytestmark = pytest.mark.integration


def names(steps: list[dict[str, Any]]) -> list[str]:
    return [step["Name"] for step in reversed(steps)]


def test_every_try_of_create_finds_the_same_cluster(site: Site, run: Run) -> None:
    run.preflight()
    first = run.create()
    assert run.create() == first, "by the store"
    run.stores.clear()
    assert run.create() == first, "by the name"
    assert started(site.fabric, run.identity.cluster_name) == [first]
    run.terminate()
    run.stores.clear()
    assert run.create() != first, "a cluster that is gone is not adopted"
    run.terminate()


def test_a_lost_answer_starts_no_second_cluster(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(start.ONCE, "read_timeout", 1)
    run.preflight()
    site.fabric.admin.arm("read-timeout", action="RunJobFlow", seconds=3)
    job_flow_id = run.create()
    time.sleep(3)
    assert started(site.fabric, run.identity.cluster_name) == [job_flow_id]
    run.terminate(job_flow_id)


def test_a_second_cluster_of_the_name_is_ended(site: Site, run: Run) -> None:
    run.preflight()
    first = run.create()
    emr = site.fabric.client("emr")
    second = emr.run_job_flow(**run.creator().request(run.identity))["JobFlowId"]
    run.stores.clear()
    assert run.create() == first
    wait_for_cluster(emr, second, *ENDED)
    run.terminate()


def test_a_request_that_emr_refuses_is_not_sent_again(site: Site, run: Run) -> None:
    run.preflight()
    two = [{"InstanceRole": "MASTER", "InstanceCount": 2, "InstanceType": "m5.xlarge"}]
    with pytest.raises(AwsRefusedError, match=r"ValidationException: .*one primary instance"):
        run.create(job_flow_overrides={"Instances": {"InstanceGroups": two}})
    with pytest.raises(AwsRefusedError, match=r"(?s)ParamValidationError: .*StepConcurrencyLevel"):
        run.create(job_flow_overrides={"StepConcurrencyLevel": "many"})
    assert started(site.fabric, run.identity.cluster_name) == []


def test_throttling_is_waited_out_everywhere(site: Site, run: Run) -> None:
    run.preflight()
    site.fabric.admin.arm("throttle", action="*", fraction=0.3)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    assert run.finished(job_flow_id, step_id) == step_id
    run.terminate(job_flow_id)
    site.fabric.admin.disarm()
    assert started(site.fabric, run.identity.cluster_name) == [job_flow_id]
    steps = site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]
    assert names(steps) == [f"{run.identity.step_name}-setup", run.identity.step_name]


def test_every_try_of_submit_finds_the_same_step(site: Site, run: Run) -> None:
    run.preflight("--seconds", "30")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    first = run.submit(job_flow_id)
    assert run.submit(job_flow_id) == first
    assert len(site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]) == 2
    run.terminate(job_flow_id)


def test_a_lost_answer_submits_no_second_step(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(start.ONCE, "read_timeout", 1)
    run.preflight()
    job_flow_id = run.create()
    run.ready(job_flow_id)
    site.fabric.admin.arm("read-timeout", action="AddJobFlowSteps", seconds=3)
    step_id = run.submit(job_flow_id)
    assert run.finished(job_flow_id, step_id) == step_id
    assert len(site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]) == 2
    run.terminate()


def test_a_new_cluster_goes_on_from_the_newest_checkpoint(site: Site, run: Run) -> None:
    plan = run.preflight("--exit", "31", "--checkpoints", "3")
    first = run.create()
    run.ready(first)
    with pytest.raises(JobFailedError):
        run.finished(first, run.submit(first))
    run.terminate(first)
    plan["job"]["entry"] = plan["job"]["entry"].split()[0]
    second = run.create()
    run.ready(second)
    with pytest.raises(PreflightError, match=r"resume_from is .never., and this run has the checkpoint .*/chk-3"):
        run.submit(second, resume_from="never")
    step_id = run.submit(second)
    assert run.finished(second, step_id) == step_id
    step = site.fabric.client("emr").describe_step(ClusterId=second, StepId=step_id)["Step"]
    command = step["Config"]["Args"]
    assert command[command.index("-s") + 1].endswith("/chk-3")
    run.terminate()


def test_a_run_that_lost_its_step_is_submitted_again_to_be_finished(site: Site, run: Run) -> None:
    plan = run.preflight("--seconds", "60")
    first = run.create()
    run.ready(first)
    emr, lost = site.fabric.client("emr"), run.submit(first)
    wait_for_step(emr, first, lost, "RUNNING")
    emr.cancel_steps(ClusterId=first, StepIds=[lost], StepCancellationOption="TERMINATE_PROCESS")
    with pytest.raises(JobFailedError, match="CANCELLED"):
        run.finished(first, lost)
    # Its tasks are cleared: what the job finds of its own is for the job to see.
    run.terminate(first)
    plan["job"]["entry"] = plan["job"]["entry"].split()[0]
    second = run.create()
    run.ready(second)
    step_id = run.submit(second)
    assert step_id != lost
    assert run.finished(second, step_id) == step_id
    step = emr.describe_step(ClusterId=second, StepId=step_id)["Step"]
    assert "-s" not in step["Config"]["Args"]
    run.terminate()


def test_a_complete_run_starts_nothing_again(site: Site, run: Run) -> None:
    run.preflight()
    job_flow_id = run.create()
    run.ready(job_flow_id)
    run.finished(job_flow_id, run.submit(job_flow_id))
    run.terminate()
    with pytest.raises(AirflowSkipException, match="complete"):
        run.preflight()
    with pytest.raises(AirflowSkipException, match="nothing for a cluster to do"):
        run.create()
    with pytest.raises(AirflowSkipException, match="every event twice"):
        run.submit(job_flow_id)
    with pytest.raises(RowsMissingError, match="at least 1000 expected"):
        run.preflight(minimum_rows=1000)
    assert started(site.fabric, run.identity.cluster_name) == [job_flow_id]
