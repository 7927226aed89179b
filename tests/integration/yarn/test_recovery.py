"""The job on a real YARN, submitted by the provider's own step: rows from S3 to Kinesis, all accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.yarn.run import Facts
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 2_000


@pytest.fixture(scope="module")
def facts(yarn: YarnSite) -> Facts:
    from support.yarn.run import YarnRun

    run = YarnRun(yarn, ROWS)
    run.begin()
    run.wait_for_sent(1)
    return run.end()


def test_every_row_is_accounted_for(facts: Facts) -> None:
    assert (facts.step_state, facts.exit_code) == ("COMPLETED", 0), facts.stdout + facts.stderr
    assert facts.faults == []
    assert facts.duplicates == 0
    assert facts.success
    assert facts.summary is not None
    assert (facts.summary.submitted, facts.summary.restarts) == (ROWS, 0)


def test_the_application_ends_with_its_job(facts: Facts) -> None:
    reports = [(one["applicationType"], one["state"], one["finalStatus"]) for one in facts.applications]
    assert reports == [("Apache Flink", "FINISHED", "SUCCEEDED")]
