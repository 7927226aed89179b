"""From files that cannot be read to their end to what Airflow tells of them: a local job, then the report."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from event_recovery.contract import JobOptions
from generator.configs import demo
from generator.stream import rows
from localaws.fabric import Fabric

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_a_text_named_gz_beside_a_good_file_is_told_from_the_job_to_airflow(
    fabric: Fabric, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from event_recovery_provider.exceptions import DamagedInputError
    from event_recovery_provider.operators.report import RecoveryReportOperator
    from support.provider.run import Run
    from support.provider.site import open_site

    lines = list(rows(60, seed=7))
    text, whole, cut = (tmp_path / "in" / name for name in ("x.gz", "whole.gz", "cut.gz"))
    text.parent.mkdir()
    text.write_bytes(b"\n".join(lines[:20]) + b"\n")
    whole.write_bytes(gzip.compress(b"\n".join(lines[20:40]) + b"\n"))
    stored = gzip.compress(b"\n".join(lines[40:]), compresslevel=0)
    cut.write_bytes(stored[: len(stored) // 2])

    options = JobOptions(
        inputs=(str(text.parent),),
        output=f"file://{tmp_path}/recovered",
        failed=str(tmp_path / "failed"),
        unrecoverable=str(tmp_path / "unrecoverable"),
        config=json.dumps(demo()),
    )
    job = [sys.executable, "-m", "event_recovery.flink.job", *options.to_argv()]
    done = subprocess.run(job, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    content = (tmp_path / "summary.json").read_bytes()
    summary = json.loads(content)
    damaged = {name.rsplit("/", 1)[1]: told for name, told in summary["damaged_files"].items()}
    part = summary["submitted"] - 20
    assert 0 < part < 20
    assert damaged == {
        "x.gz": {"reason": "it is not a gzip file", "rows": 0},
        "cut.gz": {"reason": "it ends before its data does", "rows": part},
    }
    told = f"{text}: it is not a gzip file; rows read of it: 0"
    assert "not read to its end: " in done.stderr
    assert told in done.stderr.replace("\n", "").replace("file://", "")

    for name, value in fabric.env.items():
        monkeypatch.setenv(name, value)
    site = open_site(fabric)
    run = Run(site)
    site.put("runs/r/summary.json", content)
    uri = f"s3://{site.bucket}/runs/r/summary.json"
    assert (
        run.execute(RecoveryReportOperator(task_id="report", summary_uri=uri))["damaged_files"]
        == (summary["damaged_files"])
    )
    strict = RecoveryReportOperator(task_id="strict", summary_uri=uri, fail_on_damaged=True)
    with pytest.raises(DamagedInputError) as caught:
        run.execute(strict)
    assert caught.value.code == "DAMAGED_INPUT"
    for name, file in summary["damaged_files"].items():
        assert f"{name}: {file['reason']}; rows read of it: {file['rows']}" in caught.value.message
