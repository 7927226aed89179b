"""The job into a stream: what the real connector sends is what the engine made, and what it would refuse is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from event_recovery import Recovery
from event_recovery.contract import JobOptions, RunSummary
from localaws.flink.home import lay_out
from localaws.kinesis import KinesisProcess
from support.program import last_line

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

REGION = "us-east-1"
VENDOR = "com.snowplowanalytics.snowplow"
CONFIG = json.dumps(
    {
        "schema": f"iglu:{VENDOR}/recoveries/jsonschema/4-0-0",
        "data": {
            f"iglu:{VENDOR}.badrows/adapter_failures/jsonschema/1-0-*": [{"name": "all", "conditions": [], "steps": []}]
        },
    }
)


def bad_row(number: int, body: str) -> bytes:
    payload = {
        "vendor": "com.example",
        "version": "v1",
        "querystring": [{"name": "aid", "value": str(number)}],
        "contentType": "application/json",
        "body": body,
        "collector": "ssc",
        "encoding": "UTF-8",
        "hostname": None,
        "timestamp": "2024-01-01T00:00:00Z",
        "ipAddress": "192.0.2.1",
        "useragent": "é\u2028日本",
        "refererUri": None,
        "headers": [],
        "networkUserId": None,
    }
    failure = {"timestamp": "2024-01-01T00:00:00Z", "vendor": "com.example", "version": "v1", "messages": []}
    data = {"processor": {"artifact": "enrich", "version": "1"}, "failure": failure, "payload": payload}
    row = {"schema": f"iglu:{VENDOR}.badrows/adapter_failures/jsonschema/1-0-0", "data": data}
    return json.dumps(row, ensure_ascii=number % 2 == 0).encode()


def test_the_stream_gets_every_payload_and_the_failed_rows_those_too_large_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    lines = [bad_row(number, "x" * (number % 700)) for number in range(1500)]
    too_large = [bad_row(number, "x" * 1024 * 1024) for number in range(1500, 1503)]
    (tmp_path / "rows").write_bytes(b"\n".join([*lines, *too_large]))
    with KinesisProcess.start(tmp_path / "kinesis", region=REGION) as kinesis:
        client = boto3.client("kinesis", endpoint_url=kinesis.endpoint_url, region_name=REGION)
        client.create_stream(StreamName="good", ShardCount=2)
        options = JobOptions(
            inputs=(str(tmp_path / "rows"),),
            output="good",
            failed=str(tmp_path / "failed"),
            unrecoverable=str(tmp_path / "unrecoverable"),
            config=CONFIG,
            region=REGION,
            endpoint_urls={"kinesis": kinesis.endpoint_url},
        )
        argv = [sys.executable, "-m", "event_recovery.flink.job", *options.to_argv(), "--json"]
        process = subprocess.run(argv, capture_output=True, text=True, timeout=500, check=False)
        assert process.returncode == 0, process.stderr
        records = list(kinesis.admin.records("good"))

    recovery = Recovery.from_config(CONFIG)
    assert sorted(record.data for record in records) == sorted(recovery.recover(line).payload or b"" for line in lines)
    assert len({record.partition_key for record in records}) == len(records)
    failed = [json.loads(line) for path in (tmp_path / "failed").iterdir() for line in path.read_bytes().splitlines()]
    assert sorted(row["data"]["payload"]["data"]["payload"]["querystring"][0]["value"] for row in failed) == [
        "1500",
        "1501",
        "1502",
    ]
    assert all("more than the 1048540 bytes" in row["data"]["failure"]["error"] for row in failed)
    summary = RunSummary.from_json(process.stdout)
    assert (summary.recovered.rows, summary.failed.labels["error"]) == (1500, {"PayloadTooLarge": 3})


@pytest.mark.parametrize("there", [False, True], ids=["without", "with"])
def test_the_connector_goes_along_unless_flink_has_it(there: bool, tmp_path: Path) -> None:
    flink = lay_out(tmp_path, slots=1, config={}, env={}).environment if there else os.environ
    program = (
        "from event_recovery.flink.execution import settings_of\n"
        "from support.graph import job_to_stream\n"
        "print(settings_of(job_to_stream(parallelism=1)).get('pipeline.jars'))"
    )
    tests = str(Path(__file__).parents[2])
    jars = last_line(program, {**flink, "PYTHONPATH": tests})
    assert ("flink-connector-kinesis" in jars) is not there
