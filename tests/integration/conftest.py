"""Fixtures of the tests against real servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from localaws.fabric import Fabric

# Short, but long enough for every state to be seen.
_PACE = {"provision": 0.2, "bootstrap": 0.1, "step": 0.0, "terminate": 0.1, "grace": 3.0, "clock_speed": 1.0}


@pytest.fixture(scope="session")
def running_fabric(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fabric]:
    """One fabric for the whole run."""
    with Fabric(tmp_path_factory.mktemp("fabric"), statsd_interval=0.5, kinesis_limits=False) as fabric:
        yield fabric


@pytest.fixture
def fabric(running_fabric: Fabric) -> Fabric:
    """The local AWS fabric, with no faults left over from another test (clusters and buckets may be)."""
    running_fabric.admin.disarm()
    running_fabric.admin.set_pace(**_PACE)
    running_fabric.admin.set_cloudwatch(delay=0, partial=0)
    return running_fabric
