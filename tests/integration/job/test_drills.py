"""The job on bad days, at a small size: after every fault each row is accounted for. At full size: `make drill-job`."""

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


@pytest.mark.parametrize("name", DRILLS)
def test_every_row_is_accounted_for(site: Site, material: Material, name: str) -> None:
    drill = DRILLS[name]
    given = material if drill.prepare is None else drill.prepare(site, site.work)
    result = run_drill(site, given, drill, pace=PACE if drill.paced else None, seconds=8)
    assert result.faults == (), result.output
    assert result.rows == given.expected.rows
