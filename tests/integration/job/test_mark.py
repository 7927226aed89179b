"""The job on a local Flink that marks what it sends: what comes back is a failed row of the next run."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from event_recovery.contract import JobOptions, RunSummary
from support.engine.rows import SCHEMA, bad_row, config, enrichment_payload, flow, line_of, pairs
from support.engine.thrift import read_struct
from support.verify.enrich import Enrich
from support.verify.payloads import EVENT_ID, REQUIRED
from support.verify.registries import verifier

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]


def row(platform: str) -> bytes:
    event = {**REQUIRED, "eid": EVENT_ID, "p": platform}
    return line_of(bad_row(SCHEMA, enrichment_payload(parameters=pairs(*event.items()), contentType=None)))


def run(folder: Path, rows: list[bytes]) -> tuple[RunSummary, list[bytes], list[bytes]]:
    """Run the job over some rows, and return its summary, the payloads that it sent and the rows that failed."""
    folder.mkdir()
    (folder / "in").write_bytes(b"".join(b"%b\n" % one for one in rows))
    options = JobOptions(
        inputs=(str(folder / "in"),),
        output=f"file://{folder}/recovered",
        failed=str(folder / "failed"),
        unrecoverable=str(folder / "unrecoverable"),
        config=json.dumps(config(flow())),
        mark=True,
        max_resends=1,
        run_id=folder.name,
    )
    done = subprocess.run(
        [sys.executable, "-m", "event_recovery.flink.job", *options.to_argv(), "--json"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sent, failed = (
        [line for path in (folder / name).glob("part-*") for line in path.read_bytes().splitlines()]
        for name in ("recovered", "failed")
    )
    return RunSummary.from_json(done.stdout), [base64.b64decode(one) for one in sent], failed


def test_what_enrich_refuses_is_sent_once_and_is_then_a_failed_row(tmp_path: Path) -> None:
    enrich = Enrich(verifier())
    summary, sent, _ = run(tmp_path / "first", [*[row("web")] * 30, *[row("abacus")] * 20])
    assert (summary.submitted, summary.recovered.rows, summary.balanced) == (50, 50, True)
    assert {*map(tuple, (read_struct(one)["headers"] for one in sent))} == {("Event-Recovery: 1 first",)}  # type: ignore[arg-type]
    refused = [line_of(one) for payload in sent for one in enrich.read(payload)]
    assert (len(enrich.passed), len(refused)) == (30, 20)
    summary, sent, failed = run(tmp_path / "second", [*refused, row("web")])
    assert (summary.submitted, summary.recovered.rows, summary.failed.rows, summary.balanced) == (21, 1, 20, True)
    assert summary.failed.labels["error"] == {"CameBack": 20}
    assert [read_struct(one)["headers"] for one in sent] == [["Event-Recovery: 1 second"]]
    kept = [json.loads(one)["data"] for one in failed]
    assert {one["failure"]["error"].partition(", and")[0] for one in kept} == {
        "Recoveries have sent this event 1 time, the last of them first"
    }
    assert [one["payload"]["data"]["payload"]["raw"]["headers"] for one in kept] == [["Event-Recovery: 1 first"]] * 20
