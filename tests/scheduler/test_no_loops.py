"""Hours of the scheduled DAG with the real job, each with what Enrich has refused of the hours before."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo.show import OFTEN, PACE
from demo.site import Site
from event_recovery import Limits, Recovery
from event_recovery.contract import NAMESPACE, RunSummary
from generator import rows
from generator.configs import demo as demo_config
from localaws.fabric import Fabric
from localaws.kinesis import multiset_digest
from localaws.processes import wait_until
from support.airflow.hours import DAG, LOADED, Bucket, StreamEnrich, recovered_runs, runs_of, scheduled_dag
from support.airflow.postgres import Postgres
from support.airflow.service import RUN_ENDED, Airflow

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(7200)]

ROWS = 60


@dataclass
class Hour:
    """What one run did: how often it sent each event, and the errors of what it did not send, each as it was counted.

    :param account: its own
    """

    account: RunSummary
    sent: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    payloads: list[bytes] = field(default_factory=list)


@dataclass
class Pipeline:
    """The hours, in their order, and how many events Enrich has refused after each."""

    hours: list[Hour] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    digest: str = ""
    clusters: dict[str, str] = field(default_factory=dict)


def play(work: Path, postgres: Postgres, hours: int, **variable: Any) -> Pipeline:
    """Let rows arrive in so many hours, new ones and those that Enrich has refused, and a run recover each.

    The hours are minutes; where a run takes longer, those until its end are empty, and skipped.
    """
    pipeline, resends = Pipeline(), None if variable.get("mark") is False else 1
    with Fabric(work / "aws", pace=PACE, statsd_namespace=NAMESPACE, statsd_interval=1.0, s3="seaweedfs") as fabric:
        site = Site(fabric, work)
        site.prepare()
        # On a busy machine a Flink takes minutes to start; with a short interval it would be taken for stalled.
        settings = {**site.settings(), "interval": 60}
        enrich = StreamEnrich(fabric, site.stream, settings["resolver"])
        bucket = Bucket(fabric.client("s3"), site.bucket)
        dags = scheduled_dag(work / "dags", datetime.now(UTC).replace(second=0, microsecond=0), lag=timedelta())
        database = postgres.airflow_database()
        with Airflow(work / "airflow", env=fabric.env, dags={"scheduled": dags}, database=database, **OFTEN) as airflow:
            airflow.api(
                "POST", "/variables", {"key": DAG, "value": json.dumps({**settings, "inputdir": LOADED, **variable})}
            )
            airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": False})
            refused: list[bytes] = []
            for hour in range(hours):
                if datetime.now(UTC).second > 45:
                    time.sleep(17)  # so that all of it arrives in one hour
                bucket.put([*rows(ROWS, seed=hour), *refused])
                wait_until(lambda: read(airflow, bucket), 900, f"the run of hour {hour}", interval=3)
                refused = enrich.refused()
                pipeline.refused.append(len(refused))
            wait_until(lambda: runs_of(airflow)[-1]["state"] in RUN_ENDED, 300, "the end of the last run", interval=2)
            assert {run["state"] for run in runs_of(airflow) if run["state"] in RUN_ENDED} == {"success"}
            airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": True})
        for prefix, manifest in recovered_runs(bucket.s3, bucket.name).items():
            account = RunSummary.from_json(site.read(f"s3://{site.bucket}/{prefix}/summary.json") or b"")
            pipeline.hours.append(counted(account, bucket.lines_of(manifest), resends))
        pipeline.digest = fabric.kinesis.statistics(site.stream).digest
        pipeline.clusters = site.clusters()
    return pipeline


def read(airflow: Airflow, bucket: Bucket) -> bool:
    """Tell whether runs have read all that was put into the bucket; AssertionError when one has failed."""
    failed = [run["dag_run_id"] for run in runs_of(airflow) if run["state"] == "failed"]
    assert not failed, airflow.errors(DAG, failed[0])
    runs = recovered_runs(bucket.s3, bucket.name).values()
    return {key for manifest in runs for key in bucket.keys_of(manifest)} == bucket.lines.keys()


def counted(account: RunSummary, lines: Any, resends: int | None) -> Hour:
    """Count what a run must have done with its rows, by the engine alone."""
    hour = Hour(account)
    mark = None if resends is None else account.run_id
    recovery = Recovery.from_config(demo_config(), limits=Limits(resends=resends), mark=mark)
    for result in map(recovery.recover, lines):
        if result.payload is None:
            hour.errors[result.error or ""] += 1
        else:
            hour.sent.update(result.event_ids)
            hour.payloads.append(result.payload)
    return hour


def check_accounts(pipeline: Pipeline) -> None:
    for hour in pipeline.hours:
        account = hour.account
        assert account.balanced
        assert account.recovered.rows == len(hour.payloads)
        failed = {error: rows for error, rows in hour.errors.items() if error != "UnrecoverableBadRowType"}
        assert account.failed.labels["error"] == failed
    payloads = [payload for hour in pipeline.hours for payload in hour.payloads]
    assert pipeline.digest == multiset_digest(payloads), "the stream has each of them once, and nothing else"
    assert {state.partition("_")[0] for state in pipeline.clusters.values()} == {"TERMINATED"}
    assert len(pipeline.clusters) == len(pipeline.hours)


def test_in_ten_hours_an_event_is_sent_once_whatever_enrich_says(
    tmp_path: Path, postgres: Postgres, tell: Callable[[str], None]
) -> None:
    """The DAG's own defaults: marked, and sent once."""
    pipeline = play(tmp_path, postgres, 10)
    assert len(pipeline.hours) == 10
    check_accounts(pipeline)
    sent = sum((hour.sent for hour in pipeline.hours), Counter[str]())
    assert min(pipeline.refused) > 0
    assert set(sent.values()) == {1}
    came_back = [hour.errors["CameBack"] for hour in pipeline.hours]
    assert came_back[0] == 0
    assert min(came_back[1:]) > 0
    tell(f"{len(sent)} events sent once; refused after each hour {pipeline.refused}, came back {came_back}")


def test_without_the_mark_an_event_is_sent_every_hour(
    tmp_path: Path, postgres: Postgres, tell: Callable[[str], None]
) -> None:
    hours = 4
    pipeline = play(tmp_path, postgres, hours, mark=False)
    assert len(pipeline.hours) == hours
    check_accounts(pipeline)
    sent = Counter[str]()
    most = []
    for hour in pipeline.hours:
        sent += hour.sent
        most.append(max(sent.values()))
    assert most == [1, 2, 3, 4]
    assert sum(hour.errors["CameBack"] for hour in pipeline.hours) == 0
    looping = Counter(sent.values())
    tell(f"events by how often they were sent {dict(sorted(looping.items()))}; refused {pipeline.refused}")
