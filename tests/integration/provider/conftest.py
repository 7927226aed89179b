"""A site of the provider on the fabric, and a run of a DAG there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from localaws.fabric import Fabric

if TYPE_CHECKING:
    # Pytest may load this before it knows where Airflow, which comes with the provider, may write.
    from support.provider.run import Run
    from support.provider.site import Site


@pytest.fixture
def site(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A new site of the provider on the fabric, which this process takes for AWS."""
    from event_recovery_provider.emr import start
    from support.provider.site import open_site

    for name, value in fabric.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(start, "_FIRST_PAUSE_SECONDS", 0.2)
    return open_site(fabric)


@pytest.fixture
def run(site: Site) -> Run:
    """A new DAG run at that site."""
    from support.provider.run import Run

    return Run(site)
