"""The scheduled DAG with hours of minutes, and an Enrich that puts what it refuses where the next hours find it."""

from __future__ import annotations

import gzip
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.inputs.manifest import Manifest
from event_recovery.verify import Verifier
from localaws.fabric import Fabric
from localaws.kinesis.storage import read_log

from support.airflow.service import Airflow, change_example
from support.engine.rows import line_of
from support.verify.enrich import Enrich

DAG = "event_recovery_scheduled"
#: The folder below which the loader writes.
LOADED = "pipeline/partitioned"
_VENDOR = "com.snowplowanalytics.snowplow.badrows"


def scheduled_dag(folder: Path, first: datetime, *, lag: timedelta, hours: int | None = None) -> Path:
    """Write the example DAG with hours of a minute into a folder.

    :param lag: how long after its window a run begins, for the DAG's 20 minutes
    :param hours: there are no more than so many
    """
    folder.mkdir()
    last = "" if hours is None else (first + timedelta(minutes=hours - 1)).isoformat()
    end = f' end_date=datetime.fromisoformat("{last}"),' if last else ""
    changes = {
        "FIRST = datetime(2026, 11, 1, tzinfo=UTC)": f'FIRST = datetime.fromisoformat("{first.isoformat()}")',
        "    start_date=FIRST,": f"    start_date=FIRST,{end}",
        'SCHEDULE = "20 * * * *"': 'SCHEDULE = "* * * * *"',
        "MINUTES = 20": f"MINUTES = {lag / timedelta(minutes=1)}",
    }
    change_example(f"{DAG}.py", folder, changes)
    return folder


def runs_of(airflow: Airflow) -> list[dict[str, Any]]:
    """Return all runs of the scheduled DAG, earliest first."""
    runs: list[dict[str, Any]] = []
    while True:
        path = f"/dags/{DAG}/dagRuns?order_by=logical_date&limit=50&offset={len(runs)}"
        listed = airflow.api("GET", path)
        runs += listed["dag_runs"]
        if not listed["dag_runs"] or len(runs) >= listed["total_entries"]:
            return runs


def recovered_runs(s3: Any, bucket: str, base: str = "event-recovery") -> dict[str, Manifest]:
    """Return the files that each run has read that made its account, by the prefix of the run."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{base}/runs/")
    keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
    runs = sorted(key.removesuffix("/summary.json") for key in keys if key.endswith("/summary.json"))
    bodies = {run: s3.get_object(Bucket=bucket, Key=f"{run}/inputs.jsonl.gz")["Body"].read() for run in runs}
    return {run: Manifest.from_bytes(body) for run, body in bodies.items()}


@dataclass
class Bucket:
    """The bad rows of a bucket, as the loader lays them out, and what was put there, by key."""

    s3: Any
    name: str
    lines: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def put(self, rows: Iterable[bytes]) -> None:
        """Write rows, a file for each type."""
        by_type: dict[str, list[bytes]] = {}
        for row in rows:
            by_type.setdefault(_type_of(row), []).append(row)
        for kind, lines in sorted(by_type.items()):
            name = f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}-{uuid.uuid4()}.gz"
            key = f"{LOADED}/{_VENDOR}.{kind}/{name}"
            body = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
            # Known beforehand, since whoever reads the bucket may be quicker than the answer.
            self.lines[key] = tuple(lines)
            self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def lines_of(self, manifest: Manifest) -> Iterator[bytes]:
        """Yield the rows of the files of a run."""
        for key in self.keys_of(manifest):
            yield from self.lines[key]

    def keys_of(self, manifest: Manifest) -> list[str]:
        """Return the keys of the files of a run."""
        return [file.location.uri.removeprefix(f"s3://{self.name}/") for file in manifest.files]


def _type_of(row: bytes) -> str:
    try:
        return str(json.loads(row)["schema"]).split("/")[1]
    except (ValueError, TypeError, LookupError):
        return "generic_error"  # what is no bad row lies somewhere, too


class StreamEnrich:
    """Reads a stream as Enrich does, record by record, and returns the bad rows of what it refuses."""

    def __init__(self, fabric: Fabric, stream: str, resolver: dict[str, Any]) -> None:
        self.enrich = Enrich(Verifier(load_resolver(json.dumps(resolver)), enrich="6"))
        self._fabric, self._stream = fabric, stream
        self._read: Counter[str] = Counter()

    def refused(self) -> list[bytes]:
        """Return the rows of the records that have come since the last call."""
        rows: list[bytes] = []
        for file in self._fabric.kinesis.statistics(self._stream).files:
            for number, record in enumerate(read_log(Path(file))):
                if number >= self._read[file]:
                    rows += [line_of(row) for row in self.enrich.read(record.data)]
                    self._read[file] += 1
        return rows
