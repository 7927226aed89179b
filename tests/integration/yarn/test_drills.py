"""Parts of a job on a real YARN are killed while it runs, and the run is tried again where it has to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from support.yarn.report import is_exact

if TYPE_CHECKING:
    from support.yarn.drills import Result
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture
def drill(yarn: YarnSite, table: list[str]) -> Callable[[str], Result]:
    from support.yarn.drills import DRILLS, runner

    return runner(yarn, DRILLS, table)


@pytest.mark.parametrize("name", ["plain", "task-manager-killed", "python-worker-killed"])
def test_a_job_that_loses_a_part_goes_on(drill: Callable[[str], Result], name: str) -> None:
    facts = drill(name).facts
    assert is_exact(facts)
    assert facts.summary is not None
    assert (facts.summary.restarts == 0) == (name == "plain")


def test_a_job_ends_whenever_its_input_does(drill: Callable[[str], Result]) -> None:
    facts = drill("input-ends-in-a-checkpoint").facts
    assert is_exact(facts)
    assert (facts.duplicates, facts.summary and facts.summary.restarts) == (0, 0)


#: What the step that was struck says at its end, or nothing where it is killed before it can.
LOST = {
    "application-master-killed": "the ApplicationMaster, in which Flink's JobManager runs, was lost",
    "client-killed-early": "",
    "client-killed-late": "",
    "client-killed-half-ended": "",
    "client-killed-at-the-end": "",
    "client-killed-counting": "",
    "job-finishes-alone": "",
    "step-cancelled": "",
    "cancelled-twice": "",
    "max-hours-over": "",
    "everything-killed": "",
}


@pytest.mark.parametrize("name", LOST)
def test_a_run_that_is_tried_again_is_finished(drill: Callable[[str], Result], name: str) -> None:
    result = drill(name)
    assert LOST[name] in result.told
    assert is_exact(result.facts)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no-room", "there was no room: no TaskManager offered a slot"),
        ("container-over-its-memory", "which took more memory than it may"),
    ],
)
def test_a_job_that_cannot_run_ends_and_says_why(drill: Callable[[str], Result], name: str, reason: str) -> None:
    result = drill(name)
    assert reason in result.told
    assert result.facts.exit_code not in (0, None)
    assert not result.facts.success
