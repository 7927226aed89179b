"""The job on a local Flink, of which only some rows are to be recovered: two types, and a window of their failures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from event_recovery.contract import JobOptions, RunSummary
from event_recovery.contract.endings import ExitCode

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

BAD_ROWS = "iglu:com.snowplowanalytics.snowplow.badrows"
CONFIG = {
    "schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0",
    "data": {
        f"{BAD_ROWS}/{name}/jsonschema/1-0-*": [{"name": "pass", "conditions": [], "steps": []}]
        for name in ("adapter_failures", "tracker_protocol_violations", "size_violation")
    },
}


def row(name: str, at: str | None, payload: object) -> dict[str, Any]:
    failure = {
        "adapter_failures": {"vendor": "com.acme", "version": "v1", "messages": []},
        "tracker_protocol_violations": {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2", "messages": []},
        "size_violation": {"maximumAllowedSizeBytes": 1, "actualSizeBytes": 2, "expectation": "less"},
    }[name]
    return {
        "schema": f"{BAD_ROWS}/{name}/jsonschema/1-0-0",
        "data": {
            "processor": {"artifact": "enrich", "version": "1.0.0"},
            "failure": failure if at is None else {"timestamp": at, **failure},
            "payload": payload,
        },
    }


def payload(number: int) -> dict[str, object]:
    return {
        "vendor": "com.snowplowanalytics.snowplow",
        "version": "tp2",
        "querystring": [{"name": "aid", "value": str(number)}],
        "contentType": None,
        "body": None,
        "collector": "ssc",
        "encoding": "UTF-8",
        "hostname": "example.com",
        "timestamp": "2026-11-28T10:00:00Z",
        "ipAddress": "192.0.2.1",
        "useragent": "curl",
        "refererUri": None,
        "headers": [],
        "networkUserId": None,
    }


def minute(number: int) -> str:
    return f"2026-11-28T10:{number:02}:00.5Z"


TYPES = ("tracker_protocol_violations", "size_violation")
VENDOR = "com.snowplowanalytics.snowplow.badrows"
#: The window is from 10:10 to 10:40: of the rows of an hour, one for each minute, it holds thirty.
FILES: dict[str, list[object]] = {
    "mixed/2026-11-28-110000-a": [
        *(row("tracker_protocol_violations", minute(number), payload(number)) for number in range(60)),
        *(row("adapter_failures", minute(number), payload(number)) for number in range(60)),
    ],
    f"typed/{VENDOR}.size_violation/2026/11/28/10/b": [
        row("size_violation", minute(number), "x" * 9) for number in range(60)
    ],
    f"typed/{VENDOR}.adapter_failures/2026/11/28/10/c": [row("adapter_failures", minute(20), payload(1))] * 7,
    "mixed/2026-11-28-100959-d": [row("size_violation", minute(0), "x")] * 7,
    "mixed/2026/11/27/e": [row("size_violation", minute(0), "x")] * 7,
    # No type, no time, and no row at all: none of them can be judged.
    "mixed/f": [{"schema": "iglu:com.acme/x/jsonschema/1-0-0"}, row("size_violation", None, "x"), "text"],
}


def run_job(options: JobOptions) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "event_recovery.flink.job", *options.to_argv(), "--json"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def options_in(directory: Path, **selected: Any) -> JobOptions:
    return JobOptions(
        inputs=(str(directory / "in"),),
        output=f"file://{directory}/recovered",
        failed=str(directory / "failed"),
        unrecoverable=str(directory / "unrecoverable"),
        config=json.dumps(CONFIG),
        **selected,
    )


def test_what_is_not_chosen_is_skipped_and_the_account_balances(tmp_path: Path) -> None:
    for name, rows in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    window = {"failed_from": "2026-11-28T10:10:00Z", "failed_to": "2026-11-28T11:40:00+01:00"}
    done = run_job(options_in(tmp_path, types=TYPES, **window))
    assert done.returncode == 0, done.stderr
    assert "3 files are read; not read: 1 in folders of other types, 2 written before the window of" in done.stderr
    assert "only rows of size_violation, tracker_protocol_violations, failed from 2026-11-28T10:10:00" in done.stderr
    summary = RunSummary.from_json(done.stdout)
    assert (summary.submitted, summary.recovered.rows, summary.unrecoverable.rows) == (183, 30, 30)
    assert (summary.failed.rows, summary.skipped.rows, summary.balanced) == (3, 120, True)
    assert summary.skipped.labels == {
        "reason": {"other type": 60, "failed after": 40, "failed before": 20},
        "type": {"adapter_failures": 60, "tracker_protocol_violations": 30, "size_violation": 30},
    }
    index = [line for path in (tmp_path / "skipped-index").glob("part-*") for line in path.read_text().splitlines()]
    assert summary.skipped.bytes == sum(int(line.split("\t")[2]) for line in index)


def test_an_index_of_skipped_rows_is_in_the_way_of_another_run(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(f"{json.dumps(row('size_violation', minute(0), 'x'))}\n")
    (tmp_path / "skipped-index").mkdir()
    (tmp_path / "skipped-index" / "part-0.tsv").write_text("other type\t-\t1\n")
    done = run_job(options_in(tmp_path))
    assert done.returncode == ExitCode.OUTPUT
    assert "skipped-index/part-0.tsv is a file of an earlier run that did not finish" in done.stderr
