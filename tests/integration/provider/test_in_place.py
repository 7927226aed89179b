"""A run without a cluster in Airflow's tasks: no RunJobFlow, the same account, and another try goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery_provider.exceptions import JobFailedError, RelaunchError
from event_recovery_provider.operators.report import RecoveryReportOperator
from event_recovery_provider.operators.single import RunRecoveryOperator
from support.engine.rows import bad_row, collector_payload, config, flow, line_of
from support.provider.run import Run
from support.provider.site import Site, started

pytestmark = pytest.mark.integration

CONFIG = json.dumps(config(flow()))
ROWS = 50


@pytest.fixture
def filled(site: Site) -> Site:
    lines = [line_of(bad_row("adapter_failures", collector_payload(hostname=f"{number}"))) for number in range(ROWS)]
    site.put("small/rows.jsonl", b"\n".join([*lines, b"no bad row"]))
    return site


def settings(**changes: Any) -> dict[str, Any]:
    return {"inputdir": "small", "config": CONFIG, "trial_rows": 0, **changes}


def create(run: Run) -> str:
    plan = run.plan
    return run.create(runner=plan["runner"], in_place_mb=plan["in_place_mb"], prefix=plan["prefix"], job=plan["job"])


def records(site: Site) -> int:
    kinesis = site.fabric.client("kinesis")
    [shard] = kinesis.list_shards(StreamName=site.stream)["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName=site.stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    return len(kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"])


@pytest.mark.parametrize("runner", ["auto", "in_place"])
def test_a_small_run_is_recovered_on_the_worker(filled: Site, run: Run, runner: str) -> None:
    plan = run.preflight(**settings(runner=runner))
    before = records(filled)
    with pytest.raises(AirflowSkipException, match="recovered on this worker"):
        create(run)
    assert started(filled.fabric, run.identity.cluster_name) == []
    assert records(filled) - before == ROWS
    numbers = run.execute(RecoveryReportOperator(task_id="report", summary_uri=plan["summary_uri"]))
    assert (numbers["submitted"], numbers["recovered"], numbers["failed"]) == (ROWS + 1, ROWS, 1)
    assert numbers["balanced"] is True
    with pytest.raises(AirflowSkipException, match="this run is complete"):
        create(run)


def test_in_place_needs_no_bundle_and_no_room_for_a_cluster(filled: Site, run: Run) -> None:
    plan = run.preflight(**settings(runner="in_place", bundle="s3://no-such-bucket/bundle", core_type="m5.large"))
    assert plan["runner"] == "in_place"


def test_a_larger_run_gets_a_cluster(filled: Site, run: Run) -> None:
    filled.put("small/more.jsonl", b"x" * 1_100_000)
    run.preflight(**settings(runner="auto", in_place_mb=1))
    job_flow_id = create(run)
    assert started(filled.fabric, run.identity.cluster_name) == [job_flow_id]
    run.terminate(job_flow_id)


def test_a_run_that_failed_is_gone_on_with(filled: Site, run: Run) -> None:
    run.preflight(**settings(runner="auto"))
    kinesis = filled.fabric.client("kinesis")
    arguments = run.plan["job"]["arguments"]
    run.plan["job"]["arguments"] = [*arguments, "--endpoint-url", "kinesis=http://127.0.0.1:9"]
    with pytest.raises(JobFailedError, match="OUTPUT: the run on this worker failed: --output: stream"):
        create(run)
    run.plan["job"]["arguments"] = arguments
    with pytest.raises(AirflowSkipException):
        create(run)
    assert kinesis.describe_stream_summary(StreamName=filled.stream)
    assert started(filled.fabric, run.identity.cluster_name) == []


def test_a_process_that_is_lost_is_tried_again(filled: Site, run: Run, tmp_path: Path) -> None:
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\nkill -KILL $$\n")
    killed.chmod(0o755)
    run.preflight(**settings(runner="auto"))
    with (
        mock.patch("event_recovery_provider.operators.in_place.sys.executable", str(killed)),
        pytest.raises(RelaunchError, match="ended with exit code -9"),
    ):
        create(run)
    with pytest.raises(AirflowSkipException):
        create(run)


def test_the_single_task_does_so_too(filled: Site, run: Run) -> None:
    task = RunRecoveryOperator(task_id="run", settings=filled.settings(**settings(runner="auto")))
    numbers = run.execute(task)
    assert (numbers["recovered"], numbers["failed"], numbers["balanced"]) == (ROWS, 1, True)
    assert started(filled.fabric, run.identity.cluster_name) == []
