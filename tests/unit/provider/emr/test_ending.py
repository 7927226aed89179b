"""Whatever goes wrong while a run is ended, the rest of it is ended all the same, and nothing goes unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from event_recovery_provider import _compat
from event_recovery_provider.aws.calls import Call
from event_recovery_provider.aws.clients import AsyncAws, Aws, AwsAccess
from event_recovery_provider.emr import start
from event_recovery_provider.emr.sweep import TaggedCluster
from event_recovery_provider.exceptions import RunFailedError, SweepError
from event_recovery_provider.operators.cluster import CreateRecoveryClusterOperator, TerminateRecoveryClusterOperator
from event_recovery_provider.operators.sweep import SweepRecoveryClustersOperator
from event_recovery_provider.planning.identity import RunIdentity
from support.provider.script import Script, scripted_aws
from support.provider.talk import cluster, refused

pytestmark = pytest.mark.unit

TWO = {
    "Clusters": [
        {"Id": job_flow_id, "Name": "event-recovery-x", "Status": {"Timeline": {"CreationDateTime": None}}}
        for job_flow_id in ("j-1", "j-2")
    ]
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    return scripted_aws(monkeypatch)


def ended(script: Script) -> list[str]:
    return [call.arguments["JobFlowIds"][0] for call in script.calls if call.operation == "terminate_job_flows"]


def test_a_teardown_is_tried_again_unless_its_dag_says_otherwise() -> None:
    assert TerminateRecoveryClusterOperator(task_id="terminate").retries == 3
    assert TerminateRecoveryClusterOperator(task_id="terminate", retries=1).retries == 1
    assert CreateRecoveryClusterOperator(task_id="create", job_flow={}).retries == 3


def test_a_teardown_ends_the_other_clusters_when_one_can_not_be_ended(aws: Callable[..., Script]) -> None:
    denied = refused("AccessDeniedException", "not yours", status=400)
    script = aws(describe_cluster=[cluster("RUNNING")], terminate_job_flows=[denied, {}])
    with pytest.raises(type(denied), match="not yours"):
        TerminateRecoveryClusterOperator(task_id="terminate")._terminate(Aws(AwsAccess()), ["j-1", "j-2"])
    assert ended(script) == ["j-1", "j-2"]


def test_a_sweep_ends_the_other_clusters_and_names_the_one_that_stays(aws: Callable[..., Script]) -> None:
    tags = [
        {"Key": "event-recovery:run-id", "Value": "x"},
        {"Key": "event-recovery:expires-at", "Value": "2026-01-01T00:00:00+00:00"},
    ]
    found = [{"Cluster": {**cluster("RUNNING", Tags=tags)["Cluster"], "Id": id_}} for id_ in ("j-1", "j-2")]
    denied = refused("AccessDeniedException", "not yours", status=400)
    script = aws(list_clusters=[TWO], describe_cluster=found, terminate_job_flows=[denied, {}])
    with pytest.raises(SweepError, match=r"(?s)could not be ended:.*j-1: .*not yours"):
        SweepRecoveryClustersOperator(task_id="sweep").execute({})
    assert ended(script) == ["j-1", "j-2"]


def test_the_runs_of_another_airflow_are_not_judged_by_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("event_recovery_provider.operators.sweep.dag_run_state", lambda *_: "failed")
    sweep, found = SweepRecoveryClustersOperator(task_id="sweep"), {"dag_id": "d", "dag_run_id": "r"}
    assert sweep._run_state(_found(**found)) == "failed"
    assert sweep._run_state(_found(**found, deployment="staging")) is None


def test_a_cluster_whose_start_is_answered_after_the_kill_is_ended(aws: Callable[..., Script]) -> None:
    script = aws(terminate_job_flows=[{}], list_clusters=[{"Clusters": []}])
    create = CreateRecoveryClusterOperator(task_id="create", job_flow={})
    create.terminate_if_killed("j-1")
    assert script.calls == []
    create.kill_setup(_identity(), None)
    with pytest.raises(RunFailedError, match="cluster j-1"):
        create.terminate_if_killed("j-1")
    assert ended(script) == ["j-1"]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"run": {"task": "failed"}}, "failed"),
        ({"run": {"task": None}}, "cleared"),
        ({"run": {"task_2": "deferred"}}, "removed"),
        ({"run": {}}, "removed"),
        ({}, "removed"),
    ],
)
def test_a_task_that_was_deleted_is_told_from_one_that_was_cleared(
    monkeypatch: pytest.MonkeyPatch, states: dict[str, dict[str, str | None]], expected: str
) -> None:
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", lambda **_: states)
    assert _compat.task_state(_ti()) == expected


def test_nothing_is_sent_again_before_it_is_known_what_became_of_it(
    aws: Callable[..., Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.time, "sleep", lambda _: None)
    throttled = refused("ThrottlingException", status=400)
    script = aws(
        run_job_flow=[TimeoutError()], list_clusters=[throttled, throttled, {"Clusters": [TWO["Clusters"][1]]}]
    )
    assert start.run_job_flow(Aws(AwsAccess()), {"Name": "event-recovery-x"}) == "j-2"
    assert [call.operation for call in script.calls] == ["run_job_flow", *["list_clusters"] * 3]


class _Client:
    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer

    def describe_cluster(self) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_credentials_that_expired_are_read_from_the_connection_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [_Client(refused("ExpiredTokenException", status=400)), _Client({"Cluster": {}})]
    monkeypatch.setattr(AwsAccess, "hook", lambda *_: _Hook(clients))
    aws, call = Aws(AwsAccess()), Call("emr", "describe_cluster")
    with pytest.raises(Exception, match="ExpiredToken"):
        aws.call(call)
    assert aws.call(call) == {"Cluster": {}}


def test_credentials_that_expired_are_read_again_in_the_triggerer(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [_AsyncClient(refused("ExpiredTokenException", status=400)), _AsyncClient({"Cluster": {}})]
    monkeypatch.setattr(AwsAccess, "hook", lambda *_: _Hook(clients))

    async def twice() -> dict[str, Any]:
        async with AsyncAws(AwsAccess()) as aws:
            with pytest.raises(Exception, match="ExpiredToken"):
                await aws.call(Call("emr", "describe_cluster"))
            return await aws.call(Call("emr", "describe_cluster"))

    assert asyncio.run(twice()) == {"Cluster": {}}


class _Hook:
    def __init__(self, clients: list[Any]) -> None:
        self.clients = clients

    def get_conn(self) -> Any:
        return self.clients.pop(0)

    async def get_async_conn(self) -> Any:
        return self.clients.pop(0)


class _AsyncClient:
    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer

    async def __aenter__(self) -> _AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def describe_cluster(self) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _found(**changes: str) -> TaggedCluster:
    values: dict[str, Any] = {"dag_id": "", "dag_run_id": "", "deployment": "", **changes}
    return TaggedCluster("j-1", "x", "RUNNING", datetime.now(UTC), run_id="x", expires_at=None, **values)


def _identity() -> RunIdentity:
    return RunIdentity("d", "r")


def _ti() -> Any:
    return SimpleNamespace(dag_id="dag", run_id="run", task_id="task", map_index=-1)
