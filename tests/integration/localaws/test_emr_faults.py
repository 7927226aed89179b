"""Faults on command: each one is what a client of EMR would see on a bad day."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from localaws.admin import AdminError
from localaws.fabric import Fabric
from localaws.testing import ENDED, job_flow, read_log, shell_step, wait_for_cluster, wait_for_step

pytestmark = pytest.mark.integration

NO_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=1)


@pytest.fixture
def emr(fabric: Fabric) -> Any:
    return fabric.client("emr")


def start(emr: Any, name: str, **request: Any) -> str:
    cluster_id: str = emr.run_job_flow(**job_flow(name, **request))["JobFlowId"]
    return cluster_id


def only_step(emr: Any, cluster_id: str) -> str:
    step_id: str = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    return step_id


def test_a_slow_start(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("slow-start", cluster="late", seconds=60)
    late, other = start(emr, "late"), start(emr, "other", keep_alive=False)
    wait_for_cluster(emr, other, *ENDED)
    assert emr.describe_cluster(ClusterId=late)["Cluster"]["Status"]["State"] == "STARTING"
    emr.terminate_job_flows(JobFlowIds=[late])
    wait_for_cluster(emr, late, *ENDED)


def test_bootstrap_failure(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("bootstrap-failure", cluster="doomed-*", exit_code=9)
    spared, doomed = start(emr, "spared", keep_alive=False), start(emr, "doomed-1")
    status = wait_for_cluster(emr, doomed, *ENDED)["Status"]
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert status["StateChangeReason"]["Code"] == "BOOTSTRAP_FAILURE"
    assert "bootstrap action 1 returned a non-zero return code" in status["StateChangeReason"]["Message"]
    assert {"return-code": "9"} in status["ErrorDetails"][0]["ErrorData"]
    assert "ReadyDateTime" not in status["Timeline"]
    assert wait_for_cluster(emr, spared, *ENDED)["Status"]["State"] == "TERMINATED"
    again = wait_for_cluster(emr, start(emr, "doomed-2", keep_alive=False), *ENDED)["Status"]
    assert again["State"] == "TERMINATED", "a fault strikes once unless told otherwise"


def test_validation_error(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("validation-error", message="The requested instance type is not supported here.")
    status = wait_for_cluster(emr, start(emr, "invalid", Steps=[shell_step("true")]), *ENDED)["Status"]
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert status["StateChangeReason"] == {
        "Code": "VALIDATION_ERROR",
        "Message": "The requested instance type is not supported here.",
    }
    assert status["ErrorDetails"][0]["ErrorCode"].startswith("VALIDATION_ERROR_")


def test_lost_capacity_of_groups(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("lost-capacity")
    status = wait_for_cluster(emr, start(emr, "poor"), *ENDED)["Status"]
    assert status["StateChangeReason"]["Code"] == "INTERNAL_ERROR"
    assert status["ErrorDetails"][0]["ErrorCode"] == "INTERNAL_ERROR_EC2_INSUFFICIENT_CAPACITY_AZ"
    assert {"instance-type": "m5.xlarge"} in status["ErrorDetails"][0]["ErrorData"]


def test_lost_capacity_of_fleets(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("lost-capacity")
    fleets = [{"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1}]
    status = wait_for_cluster(emr, start(emr, "poor", Instances={"InstanceFleets": fleets}), *ENDED)["Status"]
    assert status["StateChangeReason"]["Code"] == "INSTANCE_FLEET_TIMEOUT"


def test_instance_failure_interrupts_what_runs(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("instance-failure", cluster="frail", seconds=0.5)
    cluster_id = start(emr, "frail", Steps=[shell_step("sleep 60"), shell_step("true")])
    status = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert status["StateChangeReason"]["Code"] == "INSTANCE_FAILURE"
    steps = emr.list_steps(ClusterId=cluster_id)["Steps"]
    assert [step["Status"]["State"] for step in reversed(steps)] == ["INTERRUPTED", "CANCELLED"]


def test_step_failure(fabric: Fabric, emr: Any) -> None:
    fabric.client("s3").create_bucket(Bucket="faults")
    fabric.admin.arm("step-failure", step="replay", exit_code=31, message="it's out of luck")
    steps = [shell_step("true", name="setup"), shell_step("true", name="replay", on_failure="TERMINATE_CLUSTER")]
    cluster_id = start(emr, "unlucky", LogUri="s3://faults/", Steps=steps)
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["StateChangeReason"]["Code"] == "STEP_FAILURE"
    replay, setup = emr.list_steps(ClusterId=cluster_id)["Steps"]
    assert setup["Status"]["State"] == "COMPLETED"
    assert replay["Status"]["FailureDetails"]["Message"] == "it's out of luck"
    assert read_log(fabric.client("s3"), replay["Status"]["FailureDetails"]["LogFile"]) == "it's out of luck\n"


def test_step_hang(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("step-hang", step="replay")
    cluster_id = start(emr, "stuck", Steps=[shell_step("true", name="replay")])
    step_id = only_step(emr, cluster_id)
    wait_for_step(emr, cluster_id, step_id, "RUNNING")
    time.sleep(0.5)
    assert emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"]["State"] == "RUNNING"
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, "TERMINATED")


def test_step_interrupted(fabric: Fabric, emr: Any) -> None:
    fabric.admin.arm("step-interrupted", step="replay", seconds=0.2, message="lost its node")
    cluster_id = start(emr, "interrupted", Steps=[shell_step("sleep 60", name="replay"), shell_step("true")])
    status = wait_for_step(emr, cluster_id, emr.list_steps(ClusterId=cluster_id)["Steps"][1]["Id"])["Status"]
    assert status["State"] == "INTERRUPTED"
    assert status["StateChangeReason"]["Message"] == "lost its node"
    assert "FailureDetails" not in status
    wait_for_cluster(emr, cluster_id, "WAITING")
    emr.terminate_job_flows(JobFlowIds=[cluster_id])


@pytest.mark.parametrize("on_failure", ["TERMINATE_CLUSTER", "CONTINUE"])
def test_plain_termination_hides_a_failed_step(fabric: Fabric, emr: Any, on_failure: str) -> None:
    fabric.admin.arm("plain-termination")
    cluster_id = start(emr, "quiet", keep_alive=False, Steps=[shell_step("exit 1", on_failure=on_failure)])
    status = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]
    assert status["State"] == "TERMINATED"
    assert status["StateChangeReason"] == {}
    assert emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Status"]["State"] == "FAILED"


def test_slow_logs(fabric: Fabric, emr: Any) -> None:
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="slow")
    fabric.admin.arm("slow-logs", seconds=1.5)
    cluster_id = start(emr, "slow", keep_alive=False, LogUri="s3://slow/", Steps=[shell_step("exit 1")])
    step = wait_for_step(emr, cluster_id, only_step(emr, cluster_id))
    ended = time.monotonic()
    uri = step["Status"]["FailureDetails"]["LogFile"]
    with pytest.raises(ClientError, match="NoSuchKey"):
        read_log(s3, uri)
    key = uri.removeprefix("s3://slow/")
    while time.monotonic() < ended + 10 and not s3.list_objects_v2(Bucket="slow", Prefix=key)["KeyCount"]:
        time.sleep(0.05)
    assert time.monotonic() - ended > 1.0
    read_log(s3, uri)


def test_throttling_is_a_share_of_the_calls(fabric: Fabric) -> None:
    emr = fabric.client("emr", config=NO_RETRIES)
    cluster_id = start(emr, "throttled", keep_alive=False)
    fabric.admin.arm("throttle", action="Describe*", fraction=0.25)
    codes = []
    for _ in range(40):
        try:
            emr.describe_cluster(ClusterId=cluster_id)
        except ClientError as error:
            codes.append(error.response["Error"])
        emr.list_clusters()
    assert codes == [{"Code": "ThrottlingException", "Message": "Rate exceeded"}] * 10
    fabric.admin.disarm()
    emr.describe_cluster(ClusterId=cluster_id)


def test_throttling_can_strike_one_cluster_alone(fabric: Fabric) -> None:
    emr = fabric.client("emr", config=NO_RETRIES)
    fabric.admin.arm("throttle", cluster="throttled", times=2)
    with pytest.raises(ClientError, match="Rate exceeded"):
        start(emr, "throttled", keep_alive=False)
    other = start(emr, "spared", keep_alive=False)
    emr.describe_cluster(ClusterId=other)
    emr.list_clusters()
    with pytest.raises(ClientError, match="Rate exceeded"):
        start(emr, "throttled", keep_alive=False)
    emr.list_steps(ClusterId=start(emr, "throttled", keep_alive=False))


def test_a_throttled_call_is_retried_by_the_sdk(fabric: Fabric) -> None:
    fabric.admin.arm("throttle", action="RunJobFlow", times=1)
    emr = fabric.client("emr", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))
    before = len(emr.list_clusters()["Clusters"])
    start(emr, "patient", keep_alive=False)
    assert len(emr.list_clusters()["Clusters"]) in (before + 1, 50)
    assert fabric.admin.faults()[0]["fired"] == 1


def test_a_read_timeout_comes_after_the_action_took_effect(fabric: Fabric) -> None:
    emr = fabric.client("emr", config=NO_RETRIES)
    fabric.admin.arm("read-timeout", action="RunJobFlow", seconds=3)
    with pytest.raises(ReadTimeoutError):
        start(emr, "unheard-of", keep_alive=False)
    assert "unheard-of" in [cluster["Name"] for cluster in emr.list_clusters()["Clusters"]]


def test_a_retry_after_a_read_timeout_makes_a_second_cluster(fabric: Fabric) -> None:
    emr = fabric.client("emr", config=NO_RETRIES.merge(Config(retries={"total_max_attempts": 2})))
    fabric.admin.arm("read-timeout", action="RunJobFlow", seconds=3)
    start(emr, "twins", keep_alive=False)
    assert [cluster["Name"] for cluster in emr.list_clusters()["Clusters"]].count("twins") == 2


def test_faults_are_listed_counted_and_disarmed(fabric: Fabric) -> None:
    first = fabric.admin.arm("step-hang", step="a", times=None)
    second = fabric.admin.arm("throttle", fraction=0.5)
    assert [fault["id"] for fault in fabric.admin.faults()] == [first, second]
    assert fabric.admin.faults()[1]["times"] is None
    fabric.admin.disarm(first)
    assert [fault["id"] for fault in fabric.admin.faults()] == [second]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "earthquake"}, "kind='earthquake': expected one of"),
        ({"kind": "throttle", "fraction": 2}, "fraction=2: expected a number above 0, up to 1"),
        ({"kind": "throttle", "step": "x"}, "step='x': throttle takes only action, cluster, fraction, times"),
        ({"kind": "step-failure", "exit_code": 0}, "exit_code=0"),
        ({"kind": "step-failure", "times": 0}, "times=0"),
        ({"kind": "slow-logs", "seconds": -1}, "seconds=-1"),
        ({"kind": "step-hang", "step": 3}, "step=3: expected text"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fabric: Fabric, fault: dict[str, Any], message: str) -> None:
    with pytest.raises(AdminError) as error:
        fabric.admin.arm(**fault)
    assert message in str(error.value)
    assert fabric.admin.faults() == []


def test_a_pace_that_makes_no_sense_is_refused(fabric: Fabric) -> None:
    with pytest.raises(AdminError, match="lunch"):
        fabric.admin.set_pace(provision=1.0, lunch=1.0)
    with pytest.raises(AdminError, match="step=-1"):
        fabric.admin.set_pace(step=-1)
    assert fabric.admin.set_pace()["provision"] == 0.2
