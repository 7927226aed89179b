"""The real job on a real YARN, run by the example DAGs under a real scheduler: parts of it are lost, people step in.

Each run that failed is cleared as a person does, and is then finished by its second cluster from a checkpoint of the
first. The seconds are bounds on a busy machine of two processors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.airflow.home import REPOSITORY
from support.airflow.postgres import Postgres
from support.yarn.day import YarnDay, YarnWorld, yarn_world
from support.yarn.drills import DRILLS

pytestmark = [pytest.mark.scheduler, pytest.mark.slow, pytest.mark.timeout(2400)]

BOTH = pytest.mark.parametrize("dag_id", ["event_recovery", "event_recovery_single_task"])
#: From what strikes until the run has failed and its cluster is gone.
TOLD_SECONDS = 240.0
#: Six requests for a slot of 10 s, and a cluster before them.
NO_ROOM_SECONDS = 600.0


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[YarnWorld]:
    """A site whose clusters have a real YARN, and an Airflow beside it. The days take turns."""
    database = postgres.airflow_database()
    with yarn_world(tmp_path_factory.mktemp("yarn"), cache=REPOSITORY / ".cache", database=database) as world:
        yield world


def is_told(day: YarnDay, reason: str) -> None:
    """Assert that the reason is in the log of the task that failed, and in the exception that it ended with."""
    log, exception = day.errors().rsplit("Task failed with exception", 1)
    assert reason in log
    assert reason in exception


def is_finished_by_another_cluster(day: YarnDay) -> float:
    """Assert that the cleared run goes on from a checkpoint on a second cluster, to a good end."""
    took = day.is_finished()
    first, second = sorted(day.clusters(), key=day.started)
    (step,) = day.steps(second)
    command = step["Config"]["Args"]
    assert command[command.index("-s") + 1].startswith(day.outputs.paths.checkpoints)
    assert len(day.steps(first)) == 1
    return took


@BOTH
def test_an_application_master_that_is_killed(yarn: YarnWorld, tell: Callable[[str], None], dag_id: str) -> None:
    with yarn.day(dag_id) as day:
        day.is_under_way()
        day.kill("application master")
        told = day.fails(within=TOLD_SECONDS)
        is_told(day, "the ApplicationMaster, in which Flink's JobManager runs, was lost")
        day.clear(day.last_wait)
        took = is_finished_by_another_cluster(day)
        tell(day.seen(f"failed after {told:.0f} s, finished {took:.0f} s after it was cleared"))


def test_a_client_that_is_killed(yarn: YarnWorld, tell: Callable[[str], None]) -> None:
    with yarn.day("event_recovery") as day:
        day.is_under_way()
        day.kill("client")
        told = day.fails(within=TOLD_SECONDS)
        is_told(day, "the job's client was killed (signal 9)")
        day.clear_run()
        took = is_finished_by_another_cluster(day)
        tell(day.seen(f"failed after {told:.0f} s, finished {took:.0f} s after it was cleared"))


def test_task_managers_that_are_killed_are_replaced_and_nobody_has_to_do_anything(
    yarn: YarnWorld, tell: Callable[[str], None]
) -> None:
    with yarn.day("event_recovery") as day:
        day.is_under_way()
        day.kill("task manager")
        took = day.is_finished(within=1800)
        summary = day.outputs.summary()
        assert summary is not None
        assert summary.restarts >= 1
        assert len(day.clusters()) == 1
        tell(day.seen(f"{summary.restarts} restarts, finished after {took:.0f} s"))


def test_a_cluster_without_room(yarn: YarnWorld, tell: Callable[[str], None]) -> None:
    with yarn.day("event_recovery", **DRILLS["no-room"].settings) as day:
        told = day.fails(within=NO_ROOM_SECONDS)
        is_told(day, "there was no room: no TaskManager offered a slot")
        tell(day.seen(f"failed after {told:.0f} s"))


def test_a_cluster_of_a_known_type_without_room_is_never_started(yarn: YarnWorld, tell: Callable[[str], None]) -> None:
    with yarn.day("event_recovery", core_count=1, core_type="m5.xlarge", parallelism=4) as day:
        told = day.fails(within=TOLD_SECONDS)
        assert day.state("preflight") == "failed"
        assert "parallelism: 4 needs 4 task managers" in day.errors()
        assert day.clusters() == []
        tell(day.seen(f"failed after {told:.0f} s"))


def test_a_job_that_is_marked_failed(yarn: YarnWorld, tell: Callable[[str], None]) -> None:
    with yarn.day("event_recovery") as day:
        day.is_under_way()
        day.mark("balance", "failed")
        told = day.fails(within=TOLD_SECONDS)
        day.clear("balance")
        took = is_finished_by_another_cluster(day)
        tell(day.seen(f"failed after {told:.0f} s, finished {took:.0f} s after it was cleared"))


def test_a_job_that_is_cancelled_in_emr(yarn: YarnWorld, tell: Callable[[str], None]) -> None:
    with yarn.day("event_recovery_single_task") as day:
        day.is_under_way()
        day.cancel_step()
        told = day.fails(within=TOLD_SECONDS)
        is_told(day, "STEP_CANCELLED")
        day.clear("recover")
        took = is_finished_by_another_cluster(day)
        tell(day.seen(f"failed after {told:.0f} s, finished {took:.0f} s after it was cleared"))


def test_a_job_that_is_cleared_while_it_runs_goes_on(yarn: YarnWorld, tell: Callable[[str], None]) -> None:
    with yarn.day("event_recovery") as day:
        day.is_under_way()
        before = day.find("application master")
        day.clear("balance")
        day.waits("balance", tries=2)
        assert day.find("application master") == before, "it is the same job, and there is no other"
        took = day.is_finished()
        assert day.only_step()["Status"]["State"] == "COMPLETED"
        tell(day.seen(f"finished {took:.0f} s after it was cleared"))
