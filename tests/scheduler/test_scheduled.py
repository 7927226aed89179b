"""The scheduled DAG as its scheduler starts it: with the real job, for intervals that were missed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo.show import OFTEN, PACE
from demo.site import Site
from event_recovery import Recovery
from event_recovery.contract import NAMESPACE, RunSummary
from generator import rows
from generator.configs import demo as demo_config
from localaws.fabric import Fabric
from localaws.kinesis import multiset_digest
from localaws.processes import wait_until
from support.airflow.postgres import Postgres
from support.airflow.service import RUN_ENDED, Airflow, change_example

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1200)]

DAG = "event_recovery_scheduled"
FIRST = "FIRST = datetime(2026, 11, 1, tzinfo=UTC)"
ROWS, SEED = 2_000, 5


def test_missed_intervals_are_made_up_for_and_each_reads_what_arrived_in_it(tmp_path: Path, postgres: Postgres) -> None:
    """Let the DAG run every three minutes, and the rows arrive in the second interval, as the loader lays them out."""
    now = datetime.now(UTC)
    first = now.replace(minute=now.minute // 3 * 3, second=0, microsecond=0) - timedelta(minutes=3)
    dags = tmp_path / "dags"
    dags.mkdir()
    changes = {
        FIRST: f'FIRST = datetime.fromisoformat("{first.isoformat()}")',
        'SCHEDULE = "20 * * * *"': 'SCHEDULE = "*/3 * * * *"',
        "MINUTES = 20": "MINUTES = 0",
    }
    change_example(f"{DAG}.py", dags, changes)
    with Fabric(tmp_path / "aws", pace=PACE, statsd_namespace=NAMESPACE, statsd_interval=1.0, s3="seaweedfs") as fabric:
        site = Site(fabric, tmp_path)
        site.prepare()
        site.add_rows(ROWS, seed=SEED, below="bad/partitioned")
        arrived = datetime.now(UTC)
        database = postgres.airflow_database()
        with Airflow(
            tmp_path / "airflow", env=fabric.env, dags={"scheduled": dags}, database=database, **OFTEN
        ) as airflow:
            airflow.api("POST", "/variables", {"key": DAG, "value": json.dumps({**site.settings(), "inputdir": "bad"})})
            airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": False})

            def ended() -> list[dict[str, Any]]:
                listed = airflow.api("GET", f"/dags/{DAG}/dagRuns?order_by=logical_date")["dag_runs"]
                until = [run for run in listed if datetime.fromisoformat(run["data_interval_start"]) <= arrived]
                return [run for run in until if run["state"] in RUN_ENDED]

            wait_until(lambda: any(_has(run, arrived) for run in ended()), 1100, "all to be recovered", interval=3)
            empty, *more, full = ended()
            errors = airflow.errors(DAG, full["dag_run_id"])
            states = airflow.states(DAG, empty["dag_run_id"]), airflow.states(DAG, full["dag_run_id"])
        assert {run["state"] for run in (empty, *more, full)} == {"success"}, errors
        assert [set(of_run.values()) for of_run in states] == [{"skipped"}, {"success"}]
        assert empty["end_date"] <= full["start_date"]
        assert {state.partition("_")[0] for state in site.clusters().values()} == {"TERMINATED"}
        assert len(site.clusters()) == 1
        listed = fabric.client("s3").list_objects_v2(Bucket=site.bucket, Prefix="event-recovery/runs/")["Contents"]
        (account,) = (f"s3://{site.bucket}/{one['Key']}" for one in listed if one["Key"].endswith("/summary.json"))
        summary = RunSummary.from_json(site.read(account) or b"")
        # The DAG marks what it sends by the id of its run.
        recovery = Recovery.from_config(demo_config(), mark=summary.run_id)
        results = map(recovery.recover, rows(ROWS, seed=SEED))
        payloads = [result.payload for result in results if result.payload is not None]
        assert (summary.submitted, summary.recovered.rows, summary.balanced) == (ROWS, len(payloads), True)
        statistics = fabric.kinesis.statistics(site.stream)
        assert (statistics.records, statistics.digest) == (len(payloads), multiset_digest(payloads))


def _has(run: dict[str, Any], time: datetime) -> bool:
    begin, end = (datetime.fromisoformat(run[f"data_interval_{name}"]) for name in ("start", "end"))
    return begin <= time < end
