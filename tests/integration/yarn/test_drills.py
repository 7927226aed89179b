"""Parts of a job on a real YARN are killed while it runs, and the run is tried again where it has to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.yarn.drills import Result
    from support.yarn.run import Facts
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """Lines of a table, printed once all is over; ``make drill-yarn`` shows it."""
    heads = f"{'drill':<27}{'step':<11}{'at last':<11}{'account':<9}{'restarts':>8}{'twice':>7}"
    lines = [f"{heads}{'noticed s':>11}{'finished s':>12}"]
    yield lines
    print("\n", *lines, sep="\n")


def line(name: str, result: Result) -> str:
    facts = result.facts
    account = "none" if facts.summary is None else "exact" if not facts.faults else "WRONG"
    restarts = "-" if facts.summary is None else str(facts.summary.restarts)
    return (
        f"{name:<27}{result.state:<11}{facts.step_state:<11}{account:<9}{restarts:>8}{facts.duplicates:>7}"
        f"{result.noticed:>11.1f}{result.finished:>12.1f}"
    )


@pytest.fixture
def drill(yarn: YarnSite, table: list[str]) -> Callable[[str], Result]:
    def run(name: str) -> Result:
        from support.yarn.drills import DRILLS, run_drill

        result = run_drill(yarn, DRILLS[name])
        assert result.state == DRILLS[name].ends, result.told
        assert result.facts.left == []
        table.append(line(name, result))
        return result

    return run


def is_exact(facts: Facts) -> bool:
    told = facts.stdout + facts.stderr
    assert (facts.step_state, facts.exit_code, facts.faults) == ("COMPLETED", 0, []), told
    return facts.success


@pytest.mark.parametrize("name", ["plain", "task-manager-killed", "python-worker-killed"])
def test_a_job_that_loses_a_part_goes_on(drill: Callable[[str], Result], name: str) -> None:
    facts = drill(name).facts
    assert is_exact(facts)
    assert facts.summary is not None
    assert (facts.summary.restarts == 0) == (name == "plain")


#: What the step that was struck says at its end, or nothing where it is killed before it can.
LOST = {
    "application-master-killed": "the ApplicationMaster, in which Flink's JobManager runs, was lost",
    "client-killed-early": "",
    "client-killed-late": "",
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
