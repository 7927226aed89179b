"""The real job on a real YARN, run by the example DAGs under a real scheduler: parts of it are lost, people step in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.airflow.home import REPOSITORY
from support.yarn.day import YarnWorld, yarn_world

pytestmark = [pytest.mark.scheduler, pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YarnWorld]:
    """A site whose clusters have a real YARN, and an Airflow beside it. The days take turns."""
    with yarn_world(tmp_path_factory.mktemp("yarn"), cache=REPOSITORY / ".cache") as world:
        yield world


def test_a_run_whose_client_is_killed_fails_and_is_finished_once_it_is_cleared(
    yarn: YarnWorld, tell: Callable[[str], None]
) -> None:
    with yarn.day("event_recovery") as day:
        day.is_under_way()
        day.kill("client")
        day.full_speed()
        day.ends("failed")
        day.airflow.clear_run(day.dag_id, day.run_id, only_failed=False)
        day.ends("success")
        day.is_exact()
        assert len(day.clusters()) == 2
        tell(day.seen())
