"""The job on clusters of several hosts, of which one is lost, cut off or taken while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from support.yarn.report import is_exact

if TYPE_CHECKING:
    from support.yarn.drills import Result
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.hosts, pytest.mark.timeout(3600)]


@pytest.fixture
def drill(hosts: YarnSite, table: list[str]) -> Callable[[str], Result]:
    from support.yarn.drills import runner
    from support.yarn.hosts import HOST_DRILLS

    return runner(hosts, HOST_DRILLS, table)


def test_nothing_happens(drill: Callable[[str], Result]) -> None:
    facts = drill("plain").facts
    assert is_exact(facts)
    assert (facts.duplicates, facts.summary and facts.summary.restarts) == (0, 0)


@pytest.mark.parametrize("name", ["core-node-replaced", "core-node-cut-off"])
def test_a_job_that_loses_a_core_node_goes_on(drill: Callable[[str], Result], name: str) -> None:
    facts = drill(name).facts
    assert is_exact(facts)
    assert "was lost" in facts.stdout
    assert facts.summary is not None
    assert facts.summary.restarts > 0


def test_a_job_goes_on_where_there_is_room_when_a_spot_node_is_taken(drill: Callable[[str], Result]) -> None:
    facts = drill("spot-node-taken").facts
    assert is_exact(facts)
    assert "was lost" in facts.stdout


def test_a_job_waits_for_another_spot_node_where_there_is_no_room(drill: Callable[[str], Result]) -> None:
    facts = drill("spot-node-replaced").facts
    assert is_exact(facts)
    assert "was lost" in facts.stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("master-node-lost", "the ApplicationMaster, in which Flink's JobManager runs, was lost"),
        ("everything-killed", ""),  # nobody is left to say why
    ],
)
def test_a_new_cluster_finishes_the_run(drill: Callable[[str], Result], name: str, reason: str) -> None:
    result = drill(name)
    assert reason in result.told
    assert is_exact(result.facts)
