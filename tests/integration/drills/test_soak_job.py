"""The job that the soak plays leaves what a job must, also when an earlier try was ended before its account."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from event_recovery.contract import JobOptions, RunPaths, RunSummary
from generator import rows
from localaws.fabric import REGION, Fabric
from localaws.kinesis import record_hash
from soak.count import Found, count
from soak.world import CONFIG, JOB

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

BUCKET = "bucket"
LINES = tuple(rows(30, seed=4))


def run(fabric: Fabric, paths: RunPaths) -> None:
    options = JobOptions(
        inputs=(f"s3://{BUCKET}/bad",),
        output="good",
        region=REGION,
        failed=paths.failed,
        unrecoverable=paths.unrecoverable,
        config=CONFIG,
        mark=True,
        max_resends=1,
        run_id="run",
        checkpoint_dir=paths.checkpoints,
    )
    tests = Path(__file__).parents[2]
    argv = [sys.executable, str(JOB), "run", "-t", "yarn-per-job", "-py", "/opt/job.py", *options.to_argv()]
    env = {**os.environ, **fabric.env, "PYTHONPATH": str(tests)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr


def test_the_job_that_is_played_accounts_for_every_row_again(tmp_path: Path) -> None:
    paths = RunPaths.of(base=f"s3://{BUCKET}/event-recovery", run_id="run")
    with Fabric(tmp_path) as fabric:
        s3: Any = fabric.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        fabric.client("kinesis").create_stream(StreamName="good", ShardCount=1)
        s3.put_object(Bucket=BUCKET, Key="bad/rows.gz", Body=gzip.compress(b"".join(b"%b\n" % one for one in LINES)))

        def left(name: str) -> list[bytes]:
            body: bytes = s3.get_object(Bucket=BUCKET, Key=f"event-recovery/runs/run/{name}")["Body"].read()
            return body.splitlines()

        run(fabric, paths)
        # As if it had been ended before it had written the last of its files: all is sent again.
        for name in ("submitted/part-0", "summary.json", "_SUCCESS"):
            s3.delete_object(Bucket=BUCKET, Key=f"event-recovery/runs/run/{name}")
        s3.put_object(Bucket=BUCKET, Key=f"event-recovery/runs/run/checkpoints/{'0' * 32}/chk-1/_metadata", Body=b"x")
        run(fabric, paths)
        found = Found(
            account=RunSummary.from_json(b"".join(left("summary.json"))),
            keys=["bad/rows.gz"],
            lines=LINES,
            failed=left("failed/part-0"),
            unrecoverable=left("unrecoverable/part-0"),
            recovered_index=left("recovered-index/part-0"),
            rejected_index=left("rejected-index/part-0"),
        )
        stream = Counter(record_hash(record.data) for record in fabric.kinesis.records("good"))
    counted = count(CONFIG, {"bad/rows.gz": LINES}, {"run": found}, stream)
    assert counted.faults == []
    assert counted.repeated == len(found.recovered_index)
    assert found.account.restarts == 1
