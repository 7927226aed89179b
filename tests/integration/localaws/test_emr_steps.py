"""The local EMR's steps, through boto3: they run as processes, and fail, are cancelled and logged as EMR's are."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws.fabric import Fabric
from localaws.testing import ENDED, job_flow, read_log, shell_step, wait_for_cluster, wait_for_step

pytestmark = pytest.mark.integration


@pytest.fixture
def emr(fabric: Fabric) -> Any:
    return fabric.client("emr")


@pytest.fixture
def bucket(fabric: Fabric) -> str:
    fabric.client("s3").create_bucket(Bucket="steps")
    return "steps"


def start(emr: Any, **request: Any) -> str:
    cluster_id: str = emr.run_job_flow(**job_flow(**request))["JobFlowId"]
    return cluster_id


def add(emr: Any, cluster_id: str, *steps: dict[str, Any]) -> list[str]:
    step_ids: list[str] = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[*steps])["StepIds"]
    return step_ids


def states(emr: Any, cluster_id: str) -> list[str]:
    """States of all steps, oldest first."""
    return [step["Status"]["State"] for step in reversed(emr.list_steps(ClusterId=cluster_id)["Steps"])]


def end(emr: Any, cluster_id: str) -> None:
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, *ENDED)


def test_a_step_runs_and_its_logs_reach_s3(fabric: Fabric, emr: Any, bucket: str) -> None:
    cluster_id = start(emr, LogUri=f"s3n://{bucket}/logs/")
    (step_id,) = add(emr, cluster_id, shell_step("echo out; echo err >&2; echo $EMR_CLUSTER_ID", name="hello"))
    step = wait_for_step(emr, cluster_id, step_id)
    assert step["Name"] == "hello"
    assert step["Status"]["State"] == "COMPLETED"
    assert [*step["Status"]["Timeline"]] == ["CreationDateTime", "StartDateTime", "EndDateTime"]
    assert step["Config"]["Jar"] == "command-runner.jar"
    logs = f"s3://{bucket}/logs/{cluster_id}/steps/{step_id}"
    s3 = fabric.client("s3")
    assert read_log(s3, f"{logs}/stdout.gz") == f"out\n{cluster_id}\n"
    assert read_log(s3, f"{logs}/stderr.gz") == "err\n"
    assert "exit code 0" in read_log(s3, f"{logs}/controller.gz")
    waiting = wait_for_cluster(emr, cluster_id, "WAITING")
    assert waiting["Status"]["StateChangeReason"]["Message"] == "Cluster ready after last step completed."
    end(emr, cluster_id)


def test_a_failed_step_says_why(fabric: Fabric, emr: Any, bucket: str) -> None:
    cluster_id = start(emr, LogUri=f"s3://{bucket}/logs")
    script = "echo 'Exception in thread main: no such bucket' >&2; printf '\\tat Job.run(Job.java:1)\\n' >&2; exit 3"
    (step_id,) = add(emr, cluster_id, shell_step(script))
    status = wait_for_step(emr, cluster_id, step_id)["Status"]
    assert status["State"] == "FAILED"
    details = status["FailureDetails"]
    assert details["Reason"] == "Unknown Error."
    assert details["Message"] == "Exception in thread main: no such bucket"
    assert "no such bucket" in read_log(fabric.client("s3"), details["LogFile"])
    waiting = wait_for_cluster(emr, cluster_id, "WAITING")
    assert waiting["Status"]["StateChangeReason"]["Message"] == "Cluster ready after last step failed."
    end(emr, cluster_id)


def test_a_step_that_cannot_start_fails(emr: Any) -> None:
    cluster_id = start(emr)
    jars: list[dict[str, Any]] = [
        {"Jar": "command-runner.jar", "Args": ["no-such-program"]},
        {"Jar": "command-runner.jar"},
        {"Jar": "s3://no-such-bucket/job.jar"},
        {"Jar": "script-runner.jar", "Args": ["s3://no-such-bucket/job.sh"]},
    ]
    for jar in jars:
        (step_id,) = add(emr, cluster_id, {"Name": "bad", "ActionOnFailure": "CONTINUE", "HadoopJarStep": jar})
        assert wait_for_step(emr, cluster_id, step_id)["Status"]["State"] == "FAILED"
    end(emr, cluster_id)


def test_script_runner_fetches_its_script_and_aws_s3_cp_works(fabric: Fabric, emr: Any, bucket: str) -> None:
    s3 = fabric.client("s3")
    s3.put_object(Bucket=bucket, Key="job.sh", Body=b"#!/bin/bash\necho $2 > /home/hadoop/result\n")
    script = {"Jar": "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar"}
    copy = {"Jar": "command-runner.jar", "Args": ["aws", "s3", "cp", "/home/hadoop/result", f"s3://{bucket}/result"]}
    cluster_id = start(
        emr,
        keep_alive=False,
        Steps=[
            {"Name": "script", "HadoopJarStep": {**script, "Args": [f"s3://{bucket}/job.sh", "one", "two"]}},
            {"Name": "copy", "HadoopJarStep": copy},
        ],
    )
    wait_for_cluster(emr, cluster_id, *ENDED, seconds=60)
    assert states(emr, cluster_id) == ["COMPLETED", "COMPLETED"]
    assert s3.get_object(Bucket=bucket, Key="result")["Body"].read() == b"two\n"


@pytest.mark.parametrize("action", ["TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"])
def test_a_failed_step_can_end_the_cluster(emr: Any, action: str) -> None:
    cluster_id = start(emr, Steps=[shell_step("exit 1", on_failure=action), shell_step("true")])
    status = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert status["StateChangeReason"] == {"Code": "STEP_FAILURE", "Message": "Shut down as step failed"}
    assert states(emr, cluster_id) == ["FAILED", "CANCELLED"]


def test_without_an_action_a_failed_step_ends_the_cluster(emr: Any) -> None:
    step = shell_step("exit 1")
    del step["ActionOnFailure"]
    cluster_id = start(emr, Steps=[step])
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["State"] == "TERMINATED_WITH_ERRORS"


def test_protection_keeps_the_cluster_of_a_failed_step_and_cancels_the_rest(emr: Any) -> None:
    steps = [shell_step("exit 1", on_failure="TERMINATE_CLUSTER"), shell_step("true")]
    cluster_id = start(emr, protected=True, Steps=steps)
    wait_for_cluster(emr, cluster_id, "WAITING")
    assert states(emr, cluster_id) == ["FAILED", "CANCELLED"]
    emr.set_termination_protection(JobFlowIds=[cluster_id], TerminationProtected=False)
    end(emr, cluster_id)


def test_cancel_and_wait_cancels_the_rest(emr: Any) -> None:
    cluster_id = start(emr, Steps=[shell_step("exit 1", on_failure="CANCEL_AND_WAIT"), shell_step("true")])
    wait_for_cluster(emr, cluster_id, "WAITING")
    assert states(emr, cluster_id) == ["FAILED", "CANCELLED"]
    end(emr, cluster_id)


def test_cancel_and_wait_ends_a_cluster_that_is_not_kept(emr: Any) -> None:
    cluster_id = start(emr, keep_alive=False, Steps=[shell_step("exit 1", on_failure="CANCEL_AND_WAIT")])
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["State"] == "TERMINATED_WITH_ERRORS"


def test_continue_goes_on_and_the_end_mentions_errors(emr: Any) -> None:
    cluster_id = start(emr, keep_alive=False, Steps=[shell_step("exit 1"), shell_step("true")])
    status = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]
    assert status["State"] == "TERMINATED"
    assert status["StateChangeReason"]["Message"] == "Steps completed with errors"
    assert states(emr, cluster_id) == ["FAILED", "COMPLETED"]


def test_steps_run_one_after_the_other_or_side_by_side(emr: Any) -> None:
    cluster_id = start(emr)
    wait_for_cluster(emr, cluster_id, "WAITING")
    first, second, third = add(emr, cluster_id, *[shell_step("sleep 0.6")] * 3)
    wait_for_step(emr, cluster_id, first, "RUNNING")
    assert states(emr, cluster_id) == ["RUNNING", "PENDING", "PENDING"]
    assert emr.modify_cluster(ClusterId=cluster_id, StepConcurrencyLevel=3)["StepConcurrencyLevel"] == 3
    wait_for_step(emr, cluster_id, third, "RUNNING")
    assert states(emr, cluster_id) == ["RUNNING"] * 3
    wait_for_step(emr, cluster_id, second, "COMPLETED")
    for action in ("TERMINATE_CLUSTER", "CANCEL_AND_WAIT"):
        with pytest.raises(ClientError, match="not valid when StepConcurrencyLevel"):
            add(emr, cluster_id, shell_step("true", on_failure=action))
    end(emr, cluster_id)


def test_a_running_step_is_interrupted_by_cancelling_it(emr: Any) -> None:
    cluster_id = start(emr)
    running, pending = add(emr, cluster_id, shell_step("sleep 60"), shell_step("true"))
    wait_for_step(emr, cluster_id, running, "RUNNING")
    answer = emr.cancel_steps(ClusterId=cluster_id, StepIds=[running, pending])["CancelStepsInfoList"]
    assert [info["Status"] for info in answer] == ["SUBMITTED", "SUBMITTED"]
    wait_for_step(emr, cluster_id, running, "CANCELLED")
    wait_for_step(emr, cluster_id, pending, "CANCELLED")
    (info,) = emr.cancel_steps(ClusterId=cluster_id, StepIds=[running])["CancelStepsInfoList"]
    assert info["Status"] == "FAILED"
    assert "CANCELLED" in info["Reason"]
    end(emr, cluster_id)


def test_a_step_may_ignore_the_interrupt_but_not_the_kill(emr: Any) -> None:
    cluster_id = start(emr)
    (step_id,) = add(emr, cluster_id, shell_step("trap '' TERM; while true; do sleep 0.1; done"))
    wait_for_step(emr, cluster_id, step_id, "RUNNING")
    time.sleep(1)  # the shell sets its trap a moment after the step is said to run
    emr.cancel_steps(ClusterId=cluster_id, StepIds=[step_id], StepCancellationOption="SEND_INTERRUPT")
    wait_for_step(emr, cluster_id, step_id, "CANCEL_PENDING")
    emr.cancel_steps(ClusterId=cluster_id, StepIds=[step_id], StepCancellationOption="TERMINATE_PROCESS")
    wait_for_step(emr, cluster_id, step_id, "CANCELLED")
    end(emr, cluster_id)


def test_terminating_the_cluster_cancels_its_steps(emr: Any) -> None:
    cluster_id = start(emr)
    running, _ = add(emr, cluster_id, shell_step("sleep 60"), shell_step("true"))
    wait_for_step(emr, cluster_id, running, "RUNNING")
    end(emr, cluster_id)
    assert states(emr, cluster_id) == ["CANCELLED", "CANCELLED"]
    with pytest.raises(ClientError, match="may not be modified"):
        add(emr, cluster_id, shell_step("true"))
    with pytest.raises(ClientError, match="may not be modified"):
        emr.cancel_steps(ClusterId=cluster_id, StepIds=[running])


def test_steps_are_listed_newest_first_by_page_state_and_id(emr: Any) -> None:
    cluster_id = start(emr)
    ids = add(emr, cluster_id, *[shell_step("sleep 60", name=f"n{number}") for number in range(60)])
    listed = [
        step["Id"] for page in emr.get_paginator("list_steps").paginate(ClusterId=cluster_id) for step in page["Steps"]
    ]
    assert listed == ids[::-1]
    wait_for_step(emr, cluster_id, ids[0], "RUNNING")
    running = emr.list_steps(ClusterId=cluster_id, StepStates=["RUNNING"])["Steps"]
    assert [step["Id"] for step in running] == ids[:1]
    assert [step["Id"] for step in emr.list_steps(ClusterId=cluster_id, StepIds=ids[3:5])["Steps"]] == ids[3:5]
    with pytest.raises(ClientError, match="At most 10"):
        emr.list_steps(ClusterId=cluster_id, StepIds=ids[:11])
    with pytest.raises(ClientError, match="Step id 's-NONE' is not valid"):
        emr.describe_step(ClusterId=cluster_id, StepId="s-NONE")
    with pytest.raises(ClientError, match="Maximum number of active steps"):
        add(emr, cluster_id, *[shell_step("true")] * 197)
    end(emr, cluster_id)


def test_a_step_has_room_for_so_much_text(emr: Any) -> None:
    cluster_id = start(emr, keep_alive=False)
    with pytest.raises(ClientError, match="10240 characters"):
        add(emr, cluster_id, shell_step("x" * 10_240))


def test_a_script_of_the_node_names_paths_of_the_node(fabric: Fabric, emr: Any) -> None:
    cluster_id = start(emr)
    # The path is put together, so that the step itself names none.
    written = "printf '#!/bin/bash\\necho made by a step > /%s/hadoop-yarn\\n' usr/lib >/opt/made/run.sh"
    run = {"Jar": "command-runner.jar", "Args": ["bash", "/opt/made/run.sh"]}
    last = {"Name": "run", "ActionOnFailure": "CONTINUE", "HadoopJarStep": run}
    *_, step_id = add(emr, cluster_id, shell_step(f"mkdir -p /opt/made /usr/lib/hadoop && {written}"), last)
    assert wait_for_step(emr, cluster_id, step_id)["Status"]["State"] == "COMPLETED"
    node = fabric.work / "clusters" / cluster_id
    assert (node / "usr/lib/hadoop-yarn").read_text() == "made by a step\n"
    end(emr, cluster_id)
