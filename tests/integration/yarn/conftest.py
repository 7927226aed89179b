"""A site whose clusters have a real YARN. Hadoop, Flink and the wheels of a cluster are fetched once, below .cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from localaws.hosts.namespaces import why_not
from support.yarn.report import HEAD

if TYPE_CHECKING:
    # Pytest may load this before it knows where Airflow, which comes with the provider, may write.
    from support.yarn.site import YarnSite

CACHE = Path(__file__).parents[3] / ".cache"


@pytest.fixture(scope="session")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YarnSite]:
    """A site whose clusters are on this machine itself."""
    with standing(tmp_path_factory.mktemp("yarn"), hosts=False) as site:
        yield site


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YarnSite]:
    """A site whose clusters have a host for each of their instances."""
    if reason := why_not():
        pytest.skip(reason)
    with standing(tmp_path_factory.mktemp("hosts"), hosts=True) as site:
        yield site


@contextmanager
def standing(work: Path, *, hosts: bool) -> Iterator[YarnSite]:
    """Stand a site up that this process takes for AWS."""
    from event_recovery_provider.emr import start
    from support.yarn.site import yarn_site

    with yarn_site(work, cache=CACHE, hosts=hosts) as site, pytest.MonkeyPatch.context() as patch:
        for name, value in site.fabric.env.items():
            patch.setenv(name, value)
        patch.setattr(start, "_FIRST_PAUSE_SECONDS", 0.2)
        yield site


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """Lines of a table, printed once all is over; ``make drill-yarn`` shows it."""
    lines = [HEAD]
    yield lines
    print("\n", *lines, sep="\n")
