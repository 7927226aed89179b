"""The same wait in a task and in the triggerer, side by side, with AWS scripted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from event_recovery.contract import MetricName
from event_recovery_provider.aws.clients import AwsAccess
from event_recovery_provider.exceptions import (
    AwsRefusedError,
    ClusterFailedError,
    JobFailedError,
    RecoveryError,
    WaitTimeoutError,
)
from event_recovery_provider.sensors.balance import MetricBalanceSensor
from event_recovery_provider.sensors.checkpoint import FlinkCheckpointSensor
from event_recovery_provider.sensors.cluster import RecoveryClusterReadySensor
from event_recovery_provider.sensors.job import RecoveryJobSensor
from event_recovery_provider.triggers import wait as trigger_module
from event_recovery_provider.triggers.wait import RecoveryTrigger
from event_recovery_provider.waits.wait import Kill, Wait
from support.provider.script import Script, finish, first_event, scripted_aws
from support.provider.talk import cluster, refused, step

pytestmark = pytest.mark.unit


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    return scripted_aws(monkeypatch)


def ready(**arguments: Any) -> RecoveryClusterReadySensor:
    return RecoveryClusterReadySensor(
        task_id="ready", job_flow_id="j-1", poke_interval=60, log_wait_seconds=0, **arguments
    )


def job(**arguments: Any) -> RecoveryJobSensor:
    return RecoveryJobSensor(task_id="job", job_flow_id="j-1", step_id="s-1", log_wait_seconds=0, **arguments)


both = pytest.mark.parametrize("deferrable", [False, True], ids=["in a worker", "in the triggerer"])


@both
def test_a_cluster_becomes_ready(aws: Callable[..., Script], deferrable: bool) -> None:
    script = aws(describe_cluster=[cluster("STARTING"), cluster("BOOTSTRAPPING"), cluster("WAITING")])
    assert finish(ready(), deferrable=deferrable) == "j-1"
    assert len(script.calls) == 3


@both
def test_a_cluster_that_fails_to_start_says_why(aws: Callable[..., Script], deferrable: bool) -> None:
    broken = cluster("TERMINATED_WITH_ERRORS", code="BOOTSTRAP_FAILURE", message="bootstrap action 1 failed")
    aws(describe_cluster=[cluster("STARTING"), broken])
    with pytest.raises(ClusterFailedError) as caught:
        finish(ready(), deferrable=deferrable)
    assert (caught.value.code, caught.value.retriable) == ("BOOTSTRAP_FAILURE", True)
    assert "bootstrap action 1 failed" in caught.value.diagnostics


@both
def test_the_text_of_a_failure_is_the_same_wherever_it_was_waited_for(
    aws: Callable[..., Script], deferrable: bool
) -> None:
    lost = step("FAILED", FailureDetails={"Reason": "Unknown Error.", "Message": "exit 31"})
    aws(
        describe_cluster=[cluster("RUNNING"), cluster("TERMINATING", code="STEP_FAILURE")],
        describe_step=[step("RUNNING"), lost],
        list_steps=[{"Steps": [lost["Step"]]}],
    )
    with pytest.raises(JobFailedError) as caught:
        finish(job(), deferrable=deferrable)
    assert str(caught.value) == (
        "STEP_FAILURE: step s-1 (run-job) is FAILED (Unknown Error.: exit 31); "
        "cluster j-1 is TERMINATING (STEP_FAILURE)"
    )
    assert caught.value.diagnostics == (
        "cluster j-1 is TERMINATING (STEP_FAILURE)\n"
        "  step s-1 (run-job) is FAILED (Unknown Error.: exit 31)\n"
        "the cluster has no LogUri: there are no logs"
    )


@both
def test_a_wait_gives_up_at_its_deadline_and_says_what_it_saw(aws: Callable[..., Script], deferrable: bool) -> None:
    script = aws(describe_cluster=[cluster("STARTING")])
    with pytest.raises(WaitTimeoutError, match=r"did not happen within 300 s; last seen: cluster j-1 is STARTING"):
        finish(ready(timeout=300), deferrable=deferrable)
    assert 5 <= len(script.calls) <= 12


@both
def test_throttling_is_waited_out(aws: Callable[..., Script], deferrable: bool) -> None:
    throttled = refused("ThrottlingException", "Rate exceeded")
    aws(describe_cluster=[throttled, throttled, throttled, cluster("WAITING")])
    assert finish(ready(), deferrable=deferrable) == "j-1"


@both
def test_a_refusal_is_not_waited_out(aws: Callable[..., Script], deferrable: bool) -> None:
    aws(describe_cluster=[cluster("STARTING"), refused("AccessDeniedException", "not for you")])
    with pytest.raises(AwsRefusedError, match=r"AccessDeniedException: .*not for you"):
        finish(ready(), deferrable=deferrable)


@both
def test_settled_failures_are_not_retried(aws: Callable[..., Script], deferrable: bool) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    aws(describe_cluster=[cluster("STARTING"), cluster("TERMINATED")])
    with pytest.raises(AirflowFailException):
        finish(ready(), deferrable=deferrable)


def test_what_is_settled_at_the_first_look_is_never_deferred(aws: Callable[..., Script]) -> None:
    aws(describe_cluster=[cluster("WAITING")])
    sensor = ready(deferrable=True)
    assert sensor.execute({"ti": None}) == "j-1"  # type: ignore[typeddict-item]


def test_a_deferral_carries_the_access_and_outlives_its_own_deadline(aws: Callable[..., Script]) -> None:
    aws(describe_cluster=[cluster("STARTING")])
    sensor = ready(
        deferrable=True, aws_conn_id="mine", region_name="eu-west-1", verify=False, botocore_config={"read_timeout": 5}
    )
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute({"ti": None})  # type: ignore[typeddict-item]
    trigger = deferred.value.trigger
    assert isinstance(trigger, RecoveryTrigger)
    assert trigger.wait.access == AwsAccess("mine", "eu-west-1", False, {"read_timeout": 5})
    assert trigger.wait.kill == Kill("terminate_cluster", "j-1", None)
    assert deferred.value.timeout is not None
    assert deferred.value.timeout.total_seconds() > trigger.wait.timeout


def test_a_trigger_does_not_look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = Wait("ready", {}, "x", interval=1, timeout=5, started=0)
    assert wait.pause(0, least=15) == 15
    assert 0.9 <= wait.pause(0) <= 1.1
    assert wait.pause(4.5) == 0.5
    assert wait.pause(99) == 0


class Ti:
    """As much of a task instance as a trigger asks for."""

    dag_id, task_id, run_id, map_index = "d", "t", "r", -1


@pytest.mark.parametrize(
    ("state", "ended"),
    [
        ("failed", True),
        ("skipped", True),
        ("success", False),
        ("cleared", False),
        ("queued", False),
        ("running", False),
    ],
)
def test_a_user_who_ends_the_task_ends_the_cluster_but_marking_success_or_clearing_goes_on(
    aws: Callable[..., Script], monkeypatch: pytest.MonkeyPatch, state: str | None, ended: bool
) -> None:
    script = aws(terminate_job_flows=[{}])
    monkeypatch.setattr(trigger_module, "task_state", lambda _: state)
    kill = Kill("terminate_cluster", "j-1", "s-1")
    trigger = RecoveryTrigger(Wait("ready", {"job_flow_id": "j-1"}, "x", 60, 600, 1000, kill=kill).to_dict())
    trigger.task_instance = Ti()  # type: ignore[assignment]
    asyncio.run(trigger.on_kill())
    assert bool(script.calls) is ended


def test_a_kill_goes_on_although_the_triggerer_cancels_once_more(
    aws: Callable[..., Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, asked, answered = aws(terminate_job_flows=[{}]), threading.Event(), threading.Event()

    def slow_state(_: Any) -> str:
        asked.set()
        answered.wait(10)
        return "failed"

    monkeypatch.setattr(trigger_module, "task_state", slow_state)
    kill = Kill("terminate_cluster", "j-1", "s-1")
    trigger = RecoveryTrigger(Wait("ready", {"job_flow_id": "j-1"}, "x", 60, 600, 1000, kill=kill).to_dict())
    trigger.task_instance = Ti()  # type: ignore[assignment]

    async def cancelled_twice() -> None:
        killing = asyncio.create_task(trigger.on_kill())
        await asyncio.to_thread(asked.wait, 10)
        killing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await killing
        answered.set()
        await trigger._ending

    asyncio.run(cancelled_twice())
    assert [call.operation for call in script.calls] == ["terminate_job_flows"]


@pytest.mark.parametrize(
    ("has_on_kill", "state", "ended"), [(True, "failed", 0), (False, "failed", 1), (False, "deferred", 0)]
)
def test_below_3_3_a_cancellation_by_a_user_is_told_from_a_restart(
    aws: Callable[..., Script], monkeypatch: pytest.MonkeyPatch, has_on_kill: bool, state: str, ended: int
) -> None:
    script = aws(terminate_job_flows=[{}])
    monkeypatch.setattr(trigger_module, "TRIGGER_HAS_ON_KILL", has_on_kill)
    monkeypatch.setattr(trigger_module, "task_state", lambda _: state)

    async def cancelled(_: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", cancelled)
    kill = Kill("terminate_cluster", "j-1")
    trigger = RecoveryTrigger(Wait("ready", {"job_flow_id": "j-1"}, "x", 60, 600, 1000, kill=kill).to_dict())
    trigger.task_instance = Ti()  # type: ignore[assignment]
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(first_event(trigger))
    assert len(script.calls) == ended


def test_a_state_that_can_not_be_asked_for_ends_the_cluster(
    aws: Callable[..., Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = aws(terminate_job_flows=[{}])
    monkeypatch.setattr(trigger_module, "task_state", lambda _: 1 / 0)
    kill = Kill("terminate_cluster", "j-1")
    trigger = RecoveryTrigger(Wait("ready", {"job_flow_id": "j-1"}, "x", 60, 600, 1000, kill=kill).to_dict())
    trigger.task_instance = Ti()  # type: ignore[assignment]
    asyncio.run(trigger.on_kill())
    assert len(script.calls) == 1


@pytest.mark.parametrize(("state", "ended"), [("failed", 1), ("running", 0), ("restarting", 0), ("success", 0)])
def test_a_killed_worker_ends_the_cluster_only_for_a_task_that_failed(
    aws: Callable[..., Script], monkeypatch: pytest.MonkeyPatch, state: str, ended: int
) -> None:
    script = aws(terminate_job_flows=[{}])
    monkeypatch.setattr("event_recovery_provider.runtime.task.task_state", lambda _: state)
    sensor = ready()
    sensor.keep_task_instance({"ti": Ti()})  # type: ignore[typeddict-item]
    sensor.on_kill()
    assert len(script.calls) == ended


def test_a_killed_sensor_ends_the_cluster_and_never_raises(aws: Callable[..., Script]) -> None:
    script = aws(terminate_job_flows=[{}])
    ready().on_kill()
    assert [call.operation for call in script.calls] == ["terminate_job_flows"]
    aws(terminate_job_flows=[refused("ThrottlingException")])
    ready().on_kill()
    script = aws()
    ready(kill_policy="leave").on_kill()
    assert script.calls == []


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_task_that_waits_in_a_worker_has_the_client_of_its_kill_ready(
    aws: Callable[..., Script], deferrable: bool
) -> None:
    script = aws(describe_cluster=[cluster("STARTING"), cluster("WAITING")])
    finish(ready(), deferrable=deferrable)
    assert (("emr", True) in script.clients) is not deferrable, "in the triggerer it would be made for nothing"


def test_the_fault_of_a_program_is_not_taken_for_one_of_aws(aws: Callable[..., Script]) -> None:
    aws(describe_cluster=[KeyError("a bug")])
    with pytest.raises(KeyError):
        ready().execute({"ti": None})  # type: ignore[typeddict-item]


def test_evidence_is_waited_for_but_not_for_ever(aws: Callable[..., Script]) -> None:
    dead = cluster("TERMINATED_WITH_ERRORS", code="BOOTSTRAP_FAILURE", LogUri="s3://b/logs/")
    script = aws(describe_cluster=[dead], list_objects_v2=[{}])
    sensor = RecoveryClusterReadySensor(task_id="ready", job_flow_id="j-1", log_wait_seconds=40)
    with pytest.raises(RecoveryError) as caught:
        sensor.execute({"ti": None})  # type: ignore[typeddict-item]
    assert "not all logs are below" in caught.value.diagnostics
    assert sum(call.operation == "list_objects_v2" for call in script.calls) == 4


@pytest.mark.parametrize("wait", ["ready", "job", "checkpoint", "balance"])
def test_a_wait_makes_at_most_four_calls_a_minute(aws: Callable[..., Script], wait: str) -> None:
    host = {"Name": "host", "Value": "ip-10-0-0-1"}
    script = aws(
        describe_cluster=[cluster("STARTING" if wait == "ready" else "RUNNING")],
        describe_step=[step("RUNNING")],
        list_objects_v2=[{}],
        list_instances=[{"Instances": [{"PrivateDnsName": "ip-10-0-0-1.ec2.internal"}]}],
        list_metrics=[{"Metrics": [{"MetricName": str(MetricName("c", 0, "numRecordsIn")), "Dimensions": [host]}]}],
        get_metric_data=[{"MetricDataResults": []}],
    )
    job: dict[str, Any] = {
        "task_id": wait,
        "job_flow_id": "j-1",
        "step_id": "s-1",
        "timeout": 3600,
        "log_wait_seconds": 0,
    }
    sensors: dict[str, Callable[[], Any]] = {
        "ready": lambda: RecoveryClusterReadySensor(task_id="x", job_flow_id="j-1", timeout=3600, log_wait_seconds=0),
        "job": lambda: RecoveryJobSensor(**job),
        "checkpoint": lambda: FlinkCheckpointSensor(**job, checkpoint_dir="s3://b/c"),
        "balance": lambda: MetricBalanceSensor(**job, since="2026-11-22T10:00:00+00:00"),
    }
    with pytest.raises(WaitTimeoutError):
        finish(sensors[wait](), deferrable=True)
    waited = [call for call in script.calls if call.operation != "list_steps"]
    print(f"{wait}: {len(waited) / 60:.1f} calls a minute over an hour")
    assert len(waited) / 60 <= 4
