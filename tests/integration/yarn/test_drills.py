"""Parts of a job on a real YARN are killed while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.yarn.drills import Result
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """Lines of a table, printed once all is over; ``make drill-yarn`` shows it."""
    lines = [f"{'drill':<28}{'step':<11}{'account':<9}{'restarts':>8}{'noticed s':>11}{'finished s':>12}"]
    yield lines
    print("\n", *lines, sep="\n")


def line(name: str, result: Result) -> str:
    facts = result.facts
    account = "none" if facts.summary is None else "exact" if not facts.faults else "WRONG"
    restarts = "-" if facts.summary is None else str(facts.summary.restarts)
    return f"{name:<28}{facts.step_state:<11}{account:<9}{restarts:>8}{result.noticed:>11.1f}{result.finished:>12.1f}"


@pytest.fixture
def drill(yarn: YarnSite, table: list[str]) -> Callable[[str], Result]:
    def run(name: str) -> Result:
        from support.yarn.drills import DRILLS, run_drill

        result = run_drill(yarn, DRILLS[name])
        assert result.facts.step_state == DRILLS[name].ends, result.facts.stdout + result.facts.stderr
        assert result.facts.left == []
        table.append(line(name, result))
        return result

    return run


@pytest.mark.parametrize("name", ["task-manager-killed", "python-worker-killed"])
def test_a_job_that_loses_a_part_goes_on_and_its_account_is_exact(drill: Callable[[str], Result], name: str) -> None:
    facts = drill(name).facts
    assert facts.faults == []
    assert facts.summary is not None
    assert facts.summary.restarts >= 1
    assert facts.success
    assert facts.exit_code == 0


def test_a_job_without_its_application_master_fails_and_says_so(drill: Callable[[str], Result]) -> None:
    facts = drill("application-master-killed").facts
    assert [(one["state"], one["finalStatus"]) for one in facts.applications] == [("FAILED", "FAILED")]
    assert facts.exit_code not in (0, None)
    assert facts.summary is None
    assert not facts.success
    assert "error: " in facts.stdout + facts.stderr


def test_an_application_outlives_its_client_until_it_is_killed(drill: Callable[[str], Result]) -> None:
    facts = drill("client-lost").facts
    assert "sent without a client" in facts.seconds
    assert "application RUNNING" in facts.seconds
    assert [one["state"] for one in facts.applications] == ["KILLED"]
    assert not facts.success
