"""Parts of a job on a real YARN are killed while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.yarn.drills import Result
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def drill(yarn: YarnSite) -> Callable[[str], Result]:
    def run(name: str) -> Result:
        from support.yarn.drills import DRILLS, run_drill

        result = run_drill(yarn, DRILLS[name])
        assert result.facts.step_state == DRILLS[name].ends, result.facts.stdout + result.facts.stderr
        assert result.facts.left == []
        print(f"{name}: noticed after {result.noticed:.0f} s, over after {result.finished:.0f} s")
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
