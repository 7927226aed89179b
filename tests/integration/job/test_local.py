"""The job on a local Flink: every line of a mixed, hostile input comes out exactly once."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from event_recovery import Recovery, Result
from event_recovery.contract import JobOptions, RunSummary
from event_recovery.contract.endings import ExitCode

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

Finished = tuple[Path, list[Result], subprocess.CompletedProcess[str]]

CONFIG = {
    "schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0",
    "data": {
        f"iglu:com.snowplowanalytics.snowplow.badrows/{name}/jsonschema/1-0-*": [
            {"name": "pass", "conditions": [], "steps": []}
        ]
        for name in ("tracker_protocol_violations", "size_violation")
    },
}


def violation(number: int, *, useragent: str = "curl") -> dict[str, object]:
    return {
        "schema": "iglu:com.snowplowanalytics.snowplow.badrows/tracker_protocol_violations/jsonschema/1-0-0",
        "data": {
            "processor": {"artifact": "enrich", "version": "1.0.0"},
            "failure": {
                "timestamp": "2024-01-01T00:00:00Z",
                "vendor": "com.snowplowanalytics.snowplow",
                "version": "tp2",
                "messages": [],
            },
            "payload": {
                "vendor": "com.snowplowanalytics.snowplow",
                "version": "tp2",
                "querystring": [{"name": "aid", "value": str(number)}, {"name": "p", "value": "web"}],
                "contentType": None,
                "body": None,
                "collector": "ssc",
                "encoding": "UTF-8",
                "hostname": "example.com",
                "timestamp": "2024-01-01T00:00:00Z",
                "ipAddress": "192.0.2.1",
                "useragent": useragent,
                "refererUri": None,
                "headers": [],
                "networkUserId": "c6ef3124-b53a-4b13-a233-0088f79dcbcb",
            },
        },
    }


def oversize(number: int) -> dict[str, object]:
    return {
        "schema": "iglu:com.snowplowanalytics.snowplow.badrows/size_violation/jsonschema/1-0-0",
        "data": {
            "processor": {"artifact": "enrich", "version": "1.0.0"},
            "failure": {
                "timestamp": "2024-01-01T00:00:00Z",
                "maximumAllowedSizeBytes": 1,
                "actualSizeBytes": 2,
                "expectation": "less",
            },
            "payload": str(number),
        },
    }


def encode(rows: list[dict[str, object]], end: bytes = b"\n") -> bytes:
    return b"".join(json.dumps(row).encode() + end for row in rows)


HOSTILE = [
    b"",
    b"not json",
    b'{"a":\r1}',
    b"\xff\xfe\x00\x80 \x85\xe2\x80\xa8",
    b"[" * 100_000,
    b'{"schema": "' + b"x" * 20_000_000 + b'"}',
    json.dumps(violation(900)).replace("curl", "caf\\u00e9").encode(),
    json.dumps(violation(901), ensure_ascii=False).replace("curl", "café 日本").encode(),
]


def make_input(directory: Path) -> list[bytes]:
    """Write files of every kind; gives the lines they hold."""
    files = {
        "plain.jsonl": encode([violation(n) for n in range(150)]),
        "2024/01/crlf.jsonl": encode([violation(n) for n in range(150, 200)], end=b"\r\n"),
        "2024/02/rows.jsonl.gz": gzip.compress(encode([violation(n) for n in range(200, 320)])),
        "2024/02/sizes.jsonl": encode([oversize(n) for n in range(7)]),
        "2024/03/unfinished.jsonl": encode([violation(320)]).rstrip(b"\n"),
        "2024/03/empty.jsonl": b"",
        "hostile/rows": b"".join(line + b"\n" for line in HOSTILE),
    }
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (directory / "_SUCCESS").write_bytes(b"not a row\n")
    contents = [gzip.decompress(content) if name.endswith(".gz") else content for name, content in files.items()]
    return [
        line.removesuffix(b"\r") for content in contents if content for line in content.removesuffix(b"\n").split(b"\n")
    ]


def run_job(options: JobOptions) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "event_recovery.flink.job", *options.to_argv(), "--json"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def committed(directory: Path) -> list[bytes]:
    """Lines of the part files a reader sees."""
    return [
        line
        for path in sorted(directory.iterdir())
        if not path.name.startswith((".", "_"))
        for line in path.read_bytes().removesuffix(b"\n").split(b"\n")
    ]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run over the mixed input; with what the engine itself says about each line."""
    directory = tmp_path_factory.mktemp("run") / "my run, 100%25"
    lines = make_input(directory / "in")
    recovery = Recovery.from_config(CONFIG)
    options = JobOptions(
        inputs=(str(directory / "in"),),
        output=f"file://{directory}/recovered",
        failed=str(directory / "failed"),
        unrecoverable=str(directory / "unrecoverable"),
        config=json.dumps(CONFIG),
        checkpoint_dir=str(directory / "checkpoints"),
        run_id="mixed",
    )
    return directory, [recovery.recover(line) for line in lines], run_job(options)


def test_the_job_ends_by_itself(finished: Finished) -> None:
    directory, _, process = finished
    assert process.returncode == 0, process.stderr
    assert (directory / "_SUCCESS").exists()
    assert not list(directory.rglob("*inprogress*"))


def test_every_recovered_payload_is_written_once_and_unchanged(
    finished: Finished,
) -> None:
    directory, results, _ = finished
    expected = sorted(result.payload for result in results if result.payload is not None)
    assert len(expected) == 323
    assert sorted(base64.b64decode(line) for line in committed(directory / "recovered")) == expected


def test_every_bad_line_is_one_failed_row(
    finished: Finished,
) -> None:
    directory, results, _ = finished
    expected = [json.loads(result.bad_row or "") for result in results if result.outcome == "failed"]
    written = [json.loads(line) for line in committed(directory / "failed")]
    assert len(expected) == 6
    assert len(written) == 6
    assert sorted(row["data"]["payload"] for row in written) == sorted(row["data"]["payload"] for row in expected)


def test_unrecoverable_rows_have_their_own_files(
    finished: Finished,
) -> None:
    directory, _, _ = finished
    written = [
        json.loads(line)["data"]["payload"]["data"]["payload"] for line in committed(directory / "unrecoverable")
    ]
    assert sorted(written) == [str(number) for number in range(7)]


def test_the_summary_equals_an_independent_count(
    finished: Finished,
) -> None:
    directory, results, process = finished
    summary = RunSummary.from_json((directory / "summary.json").read_bytes())
    payloads = [result.payload for result in results if result.payload is not None]
    assert summary.run_id == "mixed"
    assert summary.submitted == len(results)
    assert (summary.recovered.rows, summary.recovered.bytes) == (len(payloads), sum(map(len, payloads)))
    assert summary.failed.labels["error"] == Counter(result.error for result in results if result.outcome == "failed")
    assert summary.unrecoverable.labels == {"type": {"size_violation": 7}}
    assert summary.balanced
    assert RunSummary.from_json(process.stdout) == summary


def test_the_same_places_are_not_used_twice(
    finished: Finished,
) -> None:
    directory, _, _ = finished
    again = run_job(
        JobOptions(
            inputs=(str(directory / "in"),),
            output=f"file://{directory}/recovered",
            failed=str(directory / "failed"),
            unrecoverable=str(directory / "unrecoverable"),
            config=json.dumps(CONFIG),
        )
    )
    assert again.returncode == ExitCode.OUTPUT
    assert "earlier run" in again.stderr


def test_a_run_without_a_cluster_leaves_the_same(finished: Finished, tmp_path: Path) -> None:
    directory, _, process = finished
    place = tmp_path / "mixed"
    command = [Path(sys.executable).with_name("event-recovery"), "replay", json.dumps(CONFIG), directory / "in"]
    argv = [*command, "--output", f"{place}/recovered", "--run", place, "--json"]
    replayed = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert replayed.returncode == 0, replayed.stderr
    for name in ("recovered", "failed", "unrecoverable", "recovered-index", "rejected-index"):
        assert Counter(map(_timeless, committed(place / name))) == Counter(map(_timeless, committed(directory / name)))
    job, here = (RunSummary.from_json(printed) for printed in (process.stdout, replayed.stdout))
    assert here == replace(
        job, started=here.started, finished=here.finished, versions=here.versions, restarts=here.restarts
    )
    assert set(job.versions) - set(here.versions) == {"flink"}
    assert {path.name for path in place.iterdir()} == {
        path.name for path in directory.iterdir() if path.name not in ("in", "checkpoints")
    } | {"skipped-index"}


def _timeless(line: bytes) -> bytes:
    """A row without the time at which it was found to be no bad row."""
    return re.sub(rb'"failure":\{"timestamp":"[^"]*","loader":""', b"", line, count=1)
