"""The job on bad days, at a small size: after every fault each row is accounted for. All drills: `make drill`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drills import DRILLS, Material, Site, prepare, run_drill

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 2_000
PACE = 150
"""Rows a second that the stream takes: slow enough for a fault to come in the middle of a run."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def material(site: Site) -> Material:
    return prepare(site, site.work, rows=ROWS, files=12)


@pytest.mark.parametrize("name", ["taskmanager-killed", "stream-down", "resumed-twice"])
def test_every_row_is_accounted_for(site: Site, material: Material, name: str) -> None:
    result = run_drill(site, material, DRILLS[name], pace=PACE, seconds=8)
    assert result.faults == (), result.output
    assert result.rows == ROWS


def test_a_run_that_loses_its_stream_fails_with_the_reason_and_reports_nothing(site: Site, material: Material) -> None:
    result = run_drill(site, material, DRILLS["stream-deleted"], pace=PACE)
    assert result.faults == (), result.output
