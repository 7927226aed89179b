"""A site whose clusters have a real YARN. Hadoop, Flink and the wheels of a cluster are fetched once, below .cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    # Pytest may load this before it knows where Airflow, which comes with the provider, may write.
    from support.yarn.site import YarnSite

CACHE = Path(__file__).parents[3] / ".cache"


@pytest.fixture(scope="session")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YarnSite]:
    """A site that this process takes for AWS."""
    from event_recovery_provider.emr import start
    from support.yarn.site import yarn_site

    with yarn_site(tmp_path_factory.mktemp("yarn"), cache=CACHE) as site, pytest.MonkeyPatch.context() as patch:
        for name, value in site.fabric.env.items():
            patch.setenv(name, value)
        patch.setattr(start, "_FIRST_PAUSE_SECONDS", 0.2)
        yield site
