"""A cluster that fails to start is replaced a few times, in a task as in the triggerer, and never by a second one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from event_recovery_provider.emr import find
from event_recovery_provider.emr.models import Cluster
from event_recovery_provider.exceptions import ClusterFailedError
from event_recovery_provider.sensors.cluster import RecoveryClusterReadySensor
from event_recovery_provider.waits.cluster import judge_ready
from support.provider.script import Script, finish, scripted_aws
from support.provider.talk import cluster, talk

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REQUEST = {"Name": "run", "ReleaseLabel": "emr-7.13.0"}
both = pytest.mark.parametrize("deferrable", [False, True], ids=["task", "triggerer"])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    return scripted_aws(monkeypatch)


def status(state: str, *, code: str = "", ready: bool = False, age: int = 0) -> dict[str, Any]:
    timeline = {"CreationDateTime": NOW - timedelta(minutes=age), **({"ReadyDateTime": NOW} if ready else {})}
    return {"State": state, "StateChangeReason": {"Code": code} if code else {}, "Timeline": timeline}


def listed(*clusters: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"Clusters": [{"Id": id_, "Name": "run", "Status": its} for id_, its in clusters]}


NO_CAPACITY = status("TERMINATED_WITH_ERRORS", code="INTERNAL_ERROR")


def described(id_: str, its: dict[str, Any]) -> dict[str, Any]:
    return {"Cluster": {**cluster("")["Cluster"], "Id": id_, "Status": its}}


@pytest.mark.parametrize(
    ("its", "expected"),
    [
        (NO_CAPACITY, True),
        (status("TERMINATING", code="INSTANCE_FLEET_TIMEOUT"), True),
        (status("TERMINATED_WITH_ERRORS", code="BOOTSTRAP_FAILURE"), True),
        (status("TERMINATED_WITH_ERRORS", code="INSTANCE_FAILURE", ready=True), False),
        (status("TERMINATED_WITH_ERRORS", code="VALIDATION_ERROR"), False),
        (status("TERMINATED", code="USER_REQUEST"), False),
        (status("STARTING"), False),
    ],
)
def test_only_what_another_cluster_may_not_share_and_no_work_was_lost_to_is_a_failed_start(
    its: dict[str, Any], expected: bool
) -> None:
    assert Cluster.from_api({"Id": "j-1", "Status": its}).failed_to_start is expected


def test_a_cluster_that_is_to_be_replaced_is_waited_for_until_it_is_gone() -> None:
    ending = Cluster.from_api({"Id": "j-1", "Status": status("TERMINATING", code="INTERNAL_ERROR")})
    assert judge_ready(ending, replaceable=True).outcome == "pending"
    assert judge_ready(ending).outcome == "failed"
    gone = Cluster.from_api({"Id": "j-1", "Status": NO_CAPACITY})
    assert judge_ready(gone, replaceable=True).outcome == "failed"


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [
        ([("j-1", NO_CAPACITY)], (None, True)),
        ([("j-1", NO_CAPACITY), ("j-2", status("BOOTSTRAPPING"))], ("j-2", False)),
        ([("j-0", NO_CAPACITY), ("j-1", NO_CAPACITY)], (None, True)),
        ([("j-0", NO_CAPACITY), ("j-1", NO_CAPACITY), ("j-2", NO_CAPACITY)], (None, False)),
        ([("j-0", status("TERMINATED", code="USER_REQUEST")), ("j-1", NO_CAPACITY)], (None, True)),
        ([("j-1", status("TERMINATED", code="USER_REQUEST"))], (None, False)),
        ([("j-1", status("TERMINATED_WITH_ERRORS", code="INSTANCE_FAILURE", ready=True))], (None, False)),
        ([], (None, False)),
    ],
)
def test_a_cluster_is_started_only_where_none_is_and_the_failed_ones_are_few(
    clusters: list[tuple[str, dict[str, Any]]], expected: tuple[str | None, bool]
) -> None:
    found, calls = talk(find.replacement("j-1", name="run", relaunches=2, now=NOW), [listed(*clusters)])
    assert found == expected
    assert [call.operation for call in calls] == ["list_clusters"]


def ready(**arguments: Any) -> RecoveryClusterReadySensor:
    return RecoveryClusterReadySensor(
        **{
            "task_id": "ready",
            "job_flow_id": "j-1",
            "request": REQUEST,
            "relaunches": 1,
            "poke_interval": 60,
            "log_wait_seconds": 0,
            **arguments,
        }
    )


def started(script: Script) -> list[dict[str, Any]]:
    return [call.arguments for call in script.calls if call.operation == "run_job_flow"]


@both
def test_the_sensor_goes_on_with_the_cluster_that_took_the_place(aws: Callable[..., Script], deferrable: bool) -> None:
    script = aws(
        describe_cluster=[
            described("j-1", status("STARTING")),
            described("j-1", status("TERMINATING", code="INTERNAL_ERROR")),
            described("j-1", NO_CAPACITY),
            described("j-2", status("STARTING")),
            described("j-2", status("WAITING")),
        ],
        list_clusters=[listed(("j-1", NO_CAPACITY))],
        run_job_flow=[{"JobFlowId": "j-2"}],
    )
    assert finish(ready(), deferrable=deferrable) == "j-2"
    assert started(script) == [REQUEST]
    looked_at = [call.arguments["ClusterId"] for call in script.calls if call.operation == "describe_cluster"]
    assert looked_at == ["j-1", "j-1", "j-1", "j-2", "j-2"]


@both
def test_another_try_finds_the_cluster_that_took_the_place(aws: Callable[..., Script], deferrable: bool) -> None:
    script = aws(
        describe_cluster=[described("j-1", NO_CAPACITY), described("j-2", status("WAITING"))],
        list_clusters=[listed(("j-1", NO_CAPACITY), ("j-2", status("WAITING", ready=True)))],
    )
    assert finish(ready(), deferrable=deferrable) == "j-2"
    assert started(script) == []


@both
def test_the_last_failure_is_the_tasks_own(aws: Callable[..., Script], deferrable: bool) -> None:
    second = status("TERMINATED_WITH_ERRORS", code="INSTANCE_FLEET_TIMEOUT")
    script = aws(
        describe_cluster=[described("j-1", NO_CAPACITY), described("j-2", second)],
        list_clusters=[listed(("j-1", NO_CAPACITY)), listed(("j-1", NO_CAPACITY), ("j-2", second))],
        run_job_flow=[{"JobFlowId": "j-2"}],
        list_bootstrap_actions=[{}],
        list_objects_v2=[{}],
    )
    with pytest.raises(ClusterFailedError, match="j-2") as caught:
        finish(ready(), deferrable=deferrable)
    assert caught.value.code == "INSTANCE_FLEET_TIMEOUT"
    assert len(started(script)) == 1


@both
@pytest.mark.parametrize(
    ("arguments", "its"),
    [
        ({"relaunches": 0}, NO_CAPACITY),
        ({"request": None}, NO_CAPACITY),
        ({}, status("TERMINATED_WITH_ERRORS", code="VALIDATION_ERROR")),
        ({}, status("TERMINATED", code="USER_REQUEST")),
        ({}, status("TERMINATED_WITH_ERRORS", code="INSTANCE_FAILURE", ready=True)),
    ],
)
def test_nothing_is_replaced_that_was_not_to_be(
    aws: Callable[..., Script], deferrable: bool, arguments: dict[str, Any], its: dict[str, Any]
) -> None:
    script = aws(
        describe_cluster=[described("j-1", status("STARTING")), described("j-1", its)],
        list_clusters=[listed(("j-1", its))],
        list_bootstrap_actions=[{}],
        list_objects_v2=[{}],
    )
    with pytest.raises(ClusterFailedError):
        finish(ready(**arguments), deferrable=deferrable)
    assert started(script) == []


def test_the_time_limit_holds_for_all_clusters_together(aws: Callable[..., Script]) -> None:
    aws(
        describe_cluster=[
            *(described("j-1", status("STARTING")) for _ in range(3)),
            described("j-1", NO_CAPACITY),
            described("j-2", status("STARTING")),
        ],
        list_clusters=[listed(("j-1", NO_CAPACITY))],
        run_job_flow=[{"JobFlowId": "j-2"}],
        list_bootstrap_actions=[{}],
        list_objects_v2=[{}],
    )
    began: list[float] = []
    sensor = ready(timeout=600)
    make = sensor.make_wait
    sensor.make_wait = lambda name, what, at, **rest: began.append(at) or make(name, what, at, **rest)  # type: ignore[method-assign, func-returns-value]
    with pytest.raises(Exception, match="did not happen within 600 s"):
        finish(sensor, deferrable=True)
    assert len(set(began)) == 1
