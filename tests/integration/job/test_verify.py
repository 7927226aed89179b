"""The job on a local Flink that verifies what it sends, by a registry that answers for one of two schemas."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from event_recovery.contract import JobOptions, RunSummary
from support.engine.rows import bad_row, collector_payload, config, flow
from support.verify.payloads import EVENT_ID, REQUIRED, TRACKER, contexts, entity
from support.verify.registries import schema

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

(KNOWN, *_), (DESCRIBED, *_) = zip(*schema("place", type="object", required=["at"]).items(), strict=True)
FOLDER = "/schemas/com.acme/{}/jsonschema/1-0-0"


@dataclass
class Registry:
    url: str
    asked: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def registry() -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            known = self.path == FOLDER.format("place")
            body = json.dumps(DESCRIBED).encode() if known else b"down"
            self.send_response(200 if known else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    asked: Counter[str] = Counter()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield Registry(f"http://127.0.0.1:{server.server_address[1]}", asked)
    server.shutdown()
    serving.join()
    server.server_close()


def row(*entities: dict[str, Any]) -> str:
    event = {**REQUIRED, "eid": EVENT_ID, "co": contexts(*entities)}
    body = json.dumps({"schema": f"iglu:{TRACKER}/payload_data/jsonschema/1-0-4", "data": [event]})
    payload = collector_payload(vendor=TRACKER, version="tp2", querystring=[], body=body)
    return json.dumps(bad_row("tracker_protocol_violations", payload))


def test_what_enrich_would_refuse_is_a_failed_row_and_what_nobody_knows_is_sent(
    tmp_path: Path, registry: Registry
) -> None:
    rows = [
        *[row(entity("place", {"at": 1}))] * 40,
        *[row(entity("place", {}))] * 30,
        *[row(entity("cloud", {}))] * 20,
        "text",
    ]
    (tmp_path / "in").write_text("".join(f"{one}\n" for one in rows))
    resolver = {
        "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
        "data": {
            "cacheSize": 100,
            "repositories": [
                {"name": "Acme", "priority": 0, "vendorPrefixes": [], "connection": {"http": {"uri": registry.url}}}
            ],
        },
    }
    options = JobOptions(
        inputs=(str(tmp_path / "in"),),
        output=f"file://{tmp_path}/recovered",
        failed=str(tmp_path / "failed"),
        unrecoverable=str(tmp_path / "unrecoverable"),
        config=json.dumps(config(flow())),
        resolver=json.dumps(resolver),
        verify="6",
    )
    done = subprocess.run(
        [sys.executable, "-m", "event_recovery.flink.job", *options.to_argv(), "--json"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = RunSummary.from_json(done.stdout)
    assert (summary.submitted, summary.recovered.rows, summary.failed.rows, summary.balanced) == (91, 60, 31, True)
    assert summary.failed.labels["error"] == {"WouldFail": 30, "InvalidJsonFormat": 1}
    ((reason, count),) = summary.failed.labels["would_fail"].items()
    assert (reason.split()[:2], count) == ([KNOWN, "required"], 30)
    ((unknown, count),) = summary.recovered.labels["not_checked"].items()
    assert "iglu:com.acme/cloud/jsonschema/1-0-0" in unknown
    assert count == 20
    failed = [json.loads(one) for path in (tmp_path / "failed").glob("part-*") for one in path.read_text().splitlines()]
    kept = [one["data"]["payload"] for one in failed if one["data"]["failure"].get("error", "").startswith("Enrich")]
    assert kept == [json.loads(rows[40])] * 30
    sent = [one for path in (tmp_path / "recovered").glob("part-*") for one in path.read_text().splitlines()]
    assert len(sent) == 60
    assert b"cloud" in base64.b64decode(sent[-1]) + base64.b64decode(sent[0])
    # One worker asks for the schema it finds once; for one that no registry gave, now and then again.
    assert registry.asked[FOLDER.format("place")] == 1
    assert 1 <= registry.asked[FOLDER.format("cloud")] <= 5
