"""A day of the scheduled DAG, 24 runs with the real job, over every layout in which bad rows lie in S3.

An hour of this day lasts a minute, so that the files can really arrive at their times.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo.show import OFTEN, PACE
from demo.site import Site
from event_recovery import Recovery
from event_recovery.contract import NAMESPACE, RunSummary
from generator.configs import demo as demo_config
from generator.stream import Row, generate
from localaws.fabric import Fabric
from localaws.kinesis import multiset_digest
from localaws.processes import wait_until
from support.airflow.hours import DAG, recovered_runs, runs_of, scheduled_dag
from support.airflow.postgres import Postgres
from support.airflow.service import RUN_ENDED, Airflow, change_example

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(7200)]

HOURS = 24
HOUR = timedelta(minutes=1)
#: How long after its window a run begins, as long for its hour as the DAG's 20 minutes.
LAG = HOUR / 3
#: In this hour nothing arrives.
EMPTY = 7
#: Files of these hours arrive so many hours late.
LATE, BY = range(3, HOURS, 6), 2
#: The uploads of these hours end in the next.
STRADDLING = range(1, HOURS, 5)
ROWS_A_FILE = 30
VENDOR = "com.snowplowanalytics.snowplow.badrows"
BUCKET = "acme-bad-rows"
FLAT = "acme-flat"
#: The places as a user names them, by layout.
INPUTS = {
    "loader": f"s3://{BUCKET}/pipeline/partitioned/",
    "dated": f"s3://{BUCKET}/bad/",
    "model": f"s3://{BUCKET}/by-date",
    "flat": f"s3://{FLAT}",
}


@dataclass(frozen=True)
class Arrival:
    """One file: when its upload begins and ends, in hours since the day began, and where it goes."""

    begin: float
    end: float
    layout: str
    bucket: str
    key: str
    lines: tuple[bytes, ...]


def arrivals() -> list[Arrival]:
    """All files of the day, in the order in which their uploads begin."""
    made = [
        file for number, layout in enumerate(INPUTS) for hour in range(HOURS) for file in _hour(number, layout, hour)
    ]
    return sorted(made, key=lambda one: one.begin)


def _hour(number: int, layout: str, hour: int) -> Iterator[Arrival]:
    if hour == EMPTY:
        return
    rows = list(generate(ROWS_A_FILE, seed=1000 * number + hour))
    spans = {hour + 0.2 + 0.15 * number: 0.0}
    if hour in STRADDLING and hour + 1 not in (EMPTY, HOURS):
        spans[hour + 0.95] = 0.1
    for part, (begin, takes) in enumerate(spans.items()):
        written = datetime(2026, 11, 28, tzinfo=UTC) + timedelta(hours=begin - (BY if hour in LATE else 0))
        for bucket, key, lines in _placed(layout, written, hour, rows[part :: len(spans)]):
            yield Arrival(begin, begin + takes, layout, bucket, key, lines)


def _placed(layout: str, written: datetime, hour: int, rows: list[Row]) -> Iterator[tuple[str, str, tuple[bytes, ...]]]:
    """Bucket, key and lines of each file, of one hour's rows."""
    name = f"{written:%Y-%m-%d-%H%M%S}-{hour:08}-0000-4000-8000-000000000000.gz"
    if layout in ("dated", "flat"):
        lines = tuple(row.line for row in rows)
        yield (FLAT, name, lines) if layout == "flat" else (BUCKET, f"bad/{written:%Y/%m/%d/%H}/{name}", lines)
        return
    for kind in sorted({row.name for row in rows}):
        lines = tuple(row.line for row in rows if row.name == kind)
        if layout == "loader":
            yield BUCKET, f"pipeline/partitioned/{VENDOR}.{kind}/{name}", lines
        else:
            yield BUCKET, f"by-date/{VENDOR}.{kind}/model=1/date={written:%Y-%m-%d}/{name}", lines


def upload(s3: Any, day: list[Arrival], begin: datetime) -> None:
    """Upload each file at its time; one that takes a while is sent in parts, beside the others."""
    with ThreadPoolExecutor(max(Counter(file.begin for file in day).values())) as beside:
        sent = []
        for file in day:
            _sleep_until(begin + file.begin * HOUR)
            sent.append(beside.submit(_upload, s3, file, begin + file.end * HOUR))
        for one in sent:
            one.result()


def _upload(s3: Any, file: Arrival, end: datetime) -> None:
    body = gzip.compress(b"".join(line + b"\n" for line in file.lines), mtime=0)
    place = {"Bucket": file.bucket, "Key": file.key}
    if file.end == file.begin:
        s3.put_object(**place, Body=body)
        return
    place["UploadId"] = s3.create_multipart_upload(**place)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**place, PartNumber=1, Body=body)["ETag"]}
    _sleep_until(end)
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": [part]})


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def test_24_runs_recover_each_row_of_every_layout_once_and_so_does_a_run_by_hand(
    tmp_path: Path, postgres: Postgres
) -> None:
    day = arrivals()
    recovery = Recovery.from_config(demo_config())
    expected = {
        layout: [
            result.payload
            for file in day
            if file.layout == layout
            for result in map(recovery.recover, file.lines)
            if result.payload is not None
        ]
        for layout in INPUTS
    }
    assert all(expected.values())
    pace = {**PACE, "provision": 1.0, "terminate": 1.0}
    with Fabric(tmp_path / "aws", pace=pace, statsd_namespace=NAMESPACE, statsd_interval=1.0, s3="seaweedfs") as fabric:
        site = Site(fabric, tmp_path)
        site.prepare()
        s3 = fabric.client("s3")
        for bucket in (BUCKET, FLAT):
            s3.create_bucket(Bucket=bucket)
        for layout in INPUTS:
            fabric.client("kinesis").create_stream(StreamName=layout, ShardCount=1)
        first = datetime.now(UTC).replace(second=0, microsecond=0) + 2 * HOUR
        dags = scheduled_dag(tmp_path / "dags", first, lag=LAG, hours=HOURS)
        change_example("event_recovery.py", dags, {})
        with (
            ThreadPoolExecutor(1) as beside,
            Airflow(
                tmp_path / "airflow",
                env=fabric.env,
                dags={"day": dags},
                database=postgres.airflow_database(),
                **OFTEN,
            ) as airflow,
        ):
            uploads = beside.submit(upload, s3, day, first - LAG)
            settings = {**site.settings(), "inputdir": "\n".join(INPUTS.values())}
            airflow.api("POST", "/variables", {"key": DAG, "value": json.dumps(settings)})
            airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": False})
            wait_for_day(airflow, uploads)
            check_day(airflow, site, day, first - LAG)
            airflow.api("POST", "/variables", {"key": "event_recovery", "value": json.dumps(site.settings())})
            for layout, given in INPUTS.items():
                run = airflow.trigger("event_recovery", run_id=layout, inputdir=given, output=layout, approval=False)
                assert airflow.wait_for_run("event_recovery", run) == "success", airflow.errors("event_recovery", run)
                statistics = fabric.kinesis.statistics(layout)
                assert statistics.digest == multiset_digest(expected[layout]), layout
        assert {state.partition("_")[0] for state in site.clusters().values()} == {"TERMINATED"}


def wait_for_day(airflow: Airflow, uploads: Future[None]) -> None:
    """Return when every file is there and every run has ended well."""

    def ended() -> bool:
        if uploads.done():
            uploads.result()  # raises what went wrong
        runs = runs_of(airflow)
        failed = [run["dag_run_id"] for run in runs if run["state"] == "failed"]
        assert not failed, airflow.errors(DAG, failed[0])
        return len(runs) == HOURS and all(run["state"] in RUN_ENDED for run in runs)

    wait_until(ended, 6000, f"{HOURS} runs", interval=5)
    uploads.result()


def check_day(airflow: Airflow, site: Site, day: list[Arrival], begin: datetime) -> None:
    """Count by what S3 says of each file, and by the engine alone."""
    s3 = site.fabric.client("s3")
    rows = {f"s3://{file.bucket}/{file.key}": file.lines for file in day}
    left = set(rows)
    by_hour: Counter[int] = Counter()
    for bucket in (BUCKET, FLAT):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for one in page["Contents"]:
                file = f"s3://{bucket}/{one['Key']}"
                left.remove(file)
                by_hour[(one["LastModified"] - begin) // HOUR] += len(rows[file])
    assert not left
    read: Counter[int] = Counter()
    seen: Counter[str] = Counter()
    payloads: list[bytes] = []
    for run, manifest in recovered_runs(s3, site.bucket).items():
        summary = RunSummary.from_json(site.read(f"s3://{site.bucket}/{run}/summary.json") or b"")
        (hour,) = {(file.arrived - begin) // HOUR for file in manifest.files}
        assert summary.balanced
        assert hour not in read
        read[hour] = summary.submitted
        seen.update(file.location.uri for file in manifest.files)
        # The DAG marks what it sends by the id of its run.
        recovery = Recovery.from_config(demo_config(), mark=summary.run_id)
        results = (recovery.recover(line) for file in manifest.files for line in rows[file.location.uri])
        payloads += [result.payload for result in results if result.payload is not None]
    assert read == by_hour
    assert set(read) == set(range(HOURS)) - {EMPTY}
    assert set(seen.values()) == {1}
    skipped = [set(airflow.states(DAG, run["dag_run_id"]).values()) == {"skipped"} for run in runs_of(airflow)]
    assert skipped == [hour == EMPTY for hour in range(HOURS)]
    statistics = site.fabric.kinesis.statistics(site.stream)
    assert (statistics.records, statistics.digest) == (len(payloads), multiset_digest(payloads))
