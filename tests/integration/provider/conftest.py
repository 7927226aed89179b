"""A site of the provider on the fabric, and a run of a DAG there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from localaws.fabric import Fabric
from support.leaks import CONNECTION_ENV, check, leaks_in, leaks_in_clusters

if TYPE_CHECKING:
    # Pytest may load this before it knows where Airflow, which comes with the provider, may write.
    from support.provider.run import Run
    from support.provider.site import Site


@pytest.fixture
def site(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A new site of the provider on the fabric, which this process takes for AWS."""
    from event_recovery_provider.emr import start
    from support.provider.site import open_site

    for name, value in {**fabric.env, **CONNECTION_ENV}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(start, "_FIRST_PAUSE_SECONDS", 0.2)
    return open_site(fabric)


@pytest.fixture
def run(site: Site, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """A new DAG run at that site. What its tasks told Airflow, and what EMR was told, names nobody and holds no key."""
    from support.provider.run import Run

    run = Run(site)
    yield run
    logged, _ = capfd.readouterr()
    print(logged)  # for whoever looks for why a test failed
    told = json.dumps([run.ti.xcoms, run.stores, run.plan], default=str)
    check([*leaks_in("XCom", told), *leaks_in("task logs", logged)])
    check(leaks_in_clusters(site.fabric.env))
