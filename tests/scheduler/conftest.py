"""What the bad days share: one fabric, one running Airflow, and a way to let many days happen side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from event_recovery.contract import NAMESPACE
from localaws.fabric import Fabric
from support.airflow.day import Play, World
from support.airflow.postgres import Postgres, open_postgres
from support.airflow.service import Airflow, example_dags

#: Days mostly wait, so that many can share two cores; with more, tasks wait longer for a worker than for EMR.
_AT_ONCE = 8
_PACE = {"provision": 4, "step": 2, "terminate": 3}
_SEEN = "seen"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server for the databases of every Airflow."""
    with open_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[World]:
    """One fabric and one Airflow for all days. Airflow reaches S3 by the one endpoint, where calls are counted."""
    dags = {"examples": example_dags(), "bad-days": Path(__file__).parent / "dags"}
    with Fabric(
        tmp_path_factory.mktemp("fabric"),
        pace=_PACE,
        statsd_interval=0.5,
        statsd_namespace=NAMESPACE,
        kinesis_limits=False,
    ) as fabric:
        env = {**fabric.env, "AWS_ENDPOINT_URL_S3": fabric.endpoint_url}
        work = tmp_path_factory.mktemp("airflow")
        with Airflow(work, env=env, dags=dags, database=postgres.airflow_database()) as airflow:
            for service in ("emr", "s3", "kinesis"):  # before there are threads, which must not make them
                fabric.client(service)
            yield World(airflow, fabric)


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, world: World) -> Iterator[Mapping[str, Future[str]]]:
    """The days of the module's `DAYS` that were asked for, all under way, by their names."""
    world.quiet_down()
    days: Mapping[str, Play] = request.module.DAYS
    asked = [item.name.partition("[")[2].rstrip("]") for item in request.session.items if item.path == request.path]
    with ThreadPoolExecutor(_AT_ONCE) as at_once:
        yield {name: at_once.submit(days[name], world) for name in asked if name in days}
        at_once.shutdown(cancel_futures=True)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keep a line for the table at the end of the session."""
    return lambda text: record_property(_SEEN, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was seen of every day that passed."""
    told = [
        (report.nodeid.rpartition("::")[2], text)
        for report in terminalreporter.getreports("passed")
        for name, text in report.user_properties
        if name == _SEEN and report.when == "call"
    ]
    if told:
        terminalreporter.section("days")
        for name, text in told:
            terminalreporter.write_line(f"{name}: {text}")
