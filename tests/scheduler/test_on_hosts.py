"""The real job on a real YARN of several hosts, run by the example DAG under a real scheduler: a node of it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from localaws.hosts.namespaces import why_not
from localaws.processes import wait_until
from support.airflow.home import REPOSITORY
from support.airflow.postgres import Postgres
from support.yarn.day import YarnWorld, yarn_world
from support.yarn.hosts import REPLACED_AFTER_SECONDS, has_joined, worker_without_master

pytestmark = [pytest.mark.scheduler, pytest.mark.slow, pytest.mark.hosts, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[YarnWorld]:
    """A site whose clusters have a host for each of their instances, and an Airflow beside it."""
    if reason := why_not():
        pytest.skip(reason)
    work, database = tmp_path_factory.mktemp("hosts"), postgres.airflow_database()
    with yarn_world(work, cache=REPOSITORY / ".cache", database=database, hosts=True) as world:
        yield world


def test_a_core_node_that_is_lost_and_replaced(hosts: YarnWorld, tell: Callable[[str], None]) -> None:
    admin = hosts.site.fabric.admin
    with hosts.day("event_recovery") as day:
        day.is_under_way()
        cluster = day.cluster()
        admin.change_hosts(cluster, lose=worker_without_master(admin, cluster))
        time.sleep(REPLACED_AFTER_SECONDS)
        admin.change_hosts(cluster, add="CORE")
        wait_until(lambda: has_joined(admin, cluster), 300, "a node in its place", interval=0.5)
        took = day.is_finished()
        assert day.only_step()["Status"]["State"] == "COMPLETED"
        summary = day.outputs.summary()
        assert summary is not None
        assert summary.restarts, "nothing was lost"
        tell(day.seen(f"{summary.restarts} restarts, finished {took:.0f} s after a node had joined in its place"))
