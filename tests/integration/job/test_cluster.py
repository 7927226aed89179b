"""The job given to `flink run`: from S3 to a stream, with live metrics, cut files, resumed runs and second tries.

A run takes some twenty seconds whatever it reads, so one run has all that needs no run of its own.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import event_recovery.flink
import pytest
from botocore.config import Config
from drills.agent import Listener
from event_recovery import Recovery
from event_recovery.contract import METRICS, SKIPPED_METRIC, DamagedFile, JobOptions, RunPaths, RunSummary
from localaws.fabric import Fabric
from localaws.flink import FlinkCluster
from localaws.kinesis import KinesisServer, ShardLimits
from localaws.processes import wait_until
from localaws.s3 import ACCESS_KEY, SECRET_KEY, S3Server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

REGION, BUCKET, STREAM = "us-east-1", "recovery", "good"
JOB = Path(event_recovery.flink.__file__).with_name("job.py")
BAD_ROWS = "iglu:com.snowplowanalytics.snowplow.badrows"
ENTRIES = {"py": ("-py", str(JOB)), "pym": ("-pyfs", str(JOB.parents[2]), "-pym", "event_recovery.flink.job")}


def config(*types: str) -> str:
    flow = {"name": "all", "conditions": [], "steps": []}
    data = {f"{BAD_ROWS}/{name}/jsonschema/1-0-*": [flow] for name in types}
    return json.dumps({"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": data})


def bad_row(number: int, name: str = "adapter_failures", at: str = "2024-01-01T00:00:00Z") -> bytes:
    payload = {
        "vendor": "com.example",
        "version": "v1",
        "querystring": [{"name": "aid", "value": str(number)}],
        "contentType": None,
        "body": None,
        "collector": "ssc",
        "encoding": "UTF-8",
        "hostname": None,
        "timestamp": "2024-01-01T00:00:00Z",
        "ipAddress": "192.0.2.1",
        "useragent": None,
        "refererUri": None,
        "headers": [],
        "networkUserId": None,
    }
    failure = {"timestamp": at, "vendor": "com.example", "version": "v1", "messages": []}
    data = {"processor": {"artifact": "enrich", "version": "1"}, "failure": failure, "payload": payload}
    return json.dumps({"schema": f"{BAD_ROWS}/{name}/jsonschema/1-0-0", "data": data}).encode()


def oversize(number: int) -> bytes:
    failure = {
        "timestamp": "2024-01-01T00:00:00Z",
        "maximumAllowedSizeBytes": 1,
        "actualSizeBytes": 2,
        "expectation": "less",
    }
    data = {"processor": {"artifact": "enrich", "version": "1"}, "failure": failure, "payload": str(number)}
    return json.dumps({"schema": f"{BAD_ROWS}/size_violation/jsonschema/1-0-0", "data": data}).encode()


class Site:
    """S3, Kinesis, a StatsD listener and a Flink of one TaskManager."""

    def __init__(self, s3: S3Server, kinesis: KinesisServer, flink: FlinkCluster, statsd: Listener) -> None:
        self.kinesis, self.flink, self.statsd, self.s3_url = kinesis, flink, statsd, s3.endpoint_url
        access: dict[str, Any] = {
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "region_name": REGION,
        }
        style = Config(s3={"addressing_style": "path"})
        self.bucket = boto3.resource("s3", endpoint_url=s3.endpoint_url, config=style, **access).Bucket(BUCKET)
        self.bucket.create()
        self.streams = boto3.client("kinesis", endpoint_url=kinesis.endpoint_url, **access)
        self.streams.create_stream(StreamName=STREAM, ShardCount=1)

    def put(self, key: str, content: bytes) -> str:
        self.bucket.put_object(Key=key, Body=content)
        return f"s3://{BUCKET}/{key.rpartition('/')[0]}"

    def options(self, run_id: str, *inputs: str, types: tuple[str, ...] = ("adapter_failures",)) -> JobOptions:
        paths = RunPaths.of(base=f"s3://{BUCKET}", run_id=run_id)
        return JobOptions(
            inputs=inputs,
            output=STREAM,
            failed=paths.failed,
            unrecoverable=paths.unrecoverable,
            config=config(*types),
            region=REGION,
            checkpoint_interval=1,
            checkpoint_dir=paths.checkpoints,
            batch_size=100,
            max_buffered=200,
            endpoint_urls={"kinesis": self.kinesis.endpoint_url, "s3": self.s3_url},
            run_id=run_id,
            summary=paths.summary,
        )

    def run(self, options: JobOptions, *, entry: str = "py") -> tuple[RunSummary, str]:
        self.statsd.forget()
        exit_code, output = self.flink.run(*ENTRIES[entry], *options.to_argv(), timeout=600)
        assert exit_code == 0, output
        return self.summary(options), output

    def summary(self, options: JobOptions) -> RunSummary:
        summary = RunSummary.from_json(self.read(str(options.summary)))
        assert summary.balanced
        return summary

    def read(self, uri: str) -> bytes:
        content: bytes = self.bucket.Object(uri.removeprefix(f"s3://{BUCKET}/")).get()["Body"].read()
        return content

    def lines(self, directory: str) -> list[bytes]:
        objects = self.bucket.objects.filter(Prefix=directory.removeprefix(f"s3://{BUCKET}/") + "/")
        return [line for item in objects for line in item.get()["Body"].read().splitlines()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    statsd = Listener()
    env = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}
    with (
        S3Server.start(tmp_path_factory.mktemp("s3")) as s3,
        KinesisServer(limits=None) as kinesis,
        FlinkCluster.start(
            tmp_path_factory.mktemp("flink"),
            s3_endpoint=s3.endpoint_url,
            statsd_port=statsd.port,
            config={
                "python.pythonpath": str(JOB.parents[2]),
                # A TaskManager that is slow to come is waited for, as on YARN, and is no failure of its own.
                "resourcemanager.standalone.start-up-time": "3600000",
            },
            env=env,
        ) as flink,
    ):
        yield Site(s3, kinesis, flink, statsd)


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that has ended: what it was given, its account, what the client said, and the totals of its metrics."""

    source: str
    options: JobOptions
    summary: RunSummary
    output: str
    metrics: dict[str, int]


WHOLE, SKIPPED = 2000, 70
PLAIN = [
    *(bad_row(number) for number in range(668)),
    *(oversize(number) for number in range(668, 1001)),
    *(bad_row(number, "tracker_protocol_violations") for number in range(1001, 1031)),
    *(bad_row(number, "enrichment_failures") for number in range(1031, 1031 + SKIPPED)),
]


@pytest.fixture(scope="module")
def first(site: Site) -> Finished:
    """A run over rows of every outcome, some of them in files that cannot be read to their end."""
    packed = gzip.compress(b"\n".join(bad_row(number) for number in range(WHOLE)), compresslevel=0)
    site.put("in/first/whole.gz", packed)
    site.put("in/first/nothing.gz", b"")
    site.put("in/first/cut.gz", packed[: len(packed) // 2])
    site.put("in/first/text.gz", b"\n".join(PLAIN[:20]))
    site.put("in/first/day=1/rows", b"\n".join(PLAIN))
    source = f"s3://{BUCKET}/in/first"
    options = site.options("first", source, types=("adapter_failures", "size_violation"))
    options = replace(options, types=("adapter_failures", "size_violation", "tracker_protocol_violations"))
    summary, output = site.run(options)
    return Finished(source, options, summary, output, site.statsd.totals())


def totals(summary: RunSummary) -> dict[str, int]:
    skipped = summary.skipped.rows
    counts = (summary.recovered.rows, summary.failed.rows, summary.unrecoverable.rows, summary.submitted - skipped)
    return {**dict(zip(METRICS, counts, strict=True)), **({SKIPPED_METRIC: skipped} if skipped else {})}


def test_the_last_metrics_are_the_exact_totals(first: Finished) -> None:
    assert first.metrics == totals(first.summary)
    part = first.summary.damaged_files[f"{first.source}/cut.gz"].rows
    assert first.summary.submitted == len(PLAIN) + WHOLE + part
    assert (first.summary.recovered.rows, first.summary.unrecoverable.rows) == (668 + WHOLE + part - 1, 333)
    assert first.summary.skipped.labels["type"] == {"enrichment_failures": SKIPPED}
    assert (first.summary.restarts, first.summary.first_event) == (0, "2024-01-01T00:00:00.000+00:00")


def test_a_cut_file_is_named_and_its_rows_are_processed(first: Finished) -> None:
    summary, output = first.summary, first.output
    part = summary.submitted - len(PLAIN) - WHOLE
    assert summary.damaged_files == {
        f"{first.source}/cut.gz": DamagedFile("it ends before its data does", part),
        f"{first.source}/text.gz": DamagedFile("it is not a gzip file", 0),
    }
    assert part == pytest.approx(WHOLE / 2, abs=20)
    assert "4 files are read; not read: 1 empty" in output
    assert f"{first.source}/cut.gz cannot be read to its end" in output
    assert "not read to its end: " in output
    assert f"{first.source}/text.gz: it is not a gzip file; rows read of it: 0" in " ".join(output.split())
    assert summary.failed.labels["error"] == {"FailedToMatchConfiguration": 30, "InvalidJsonFormat": 1}, "the cut row"


def test_damaged_files_are_told_from_the_job_to_airflow(
    site: Site, first: Finished, fabric: Fabric, monkeypatch: pytest.MonkeyPatch
) -> None:
    from event_recovery_provider.exceptions import DamagedInputError
    from event_recovery_provider.operators.report import RecoveryReportOperator
    from support.provider.run import Run
    from support.provider.site import open_site

    for name, value in fabric.env.items():
        monkeypatch.setenv(name, value)
    place = open_site(fabric)
    run = Run(place)
    content = site.read(str(first.options.summary))
    damaged = json.loads(content)["damaged_files"]
    place.put("runs/r/summary.json", content)
    uri = f"s3://{place.bucket}/runs/r/summary.json"
    report = run.execute(RecoveryReportOperator(task_id="report", summary_uri=uri))
    assert report["damaged_files"] == damaged
    assert len(damaged) == 2
    strict = RecoveryReportOperator(task_id="strict", summary_uri=uri, fail_on_damaged=True)
    with pytest.raises(DamagedInputError) as caught:
        run.execute(strict)
    assert caught.value.code == "DAMAGED_INPUT"
    for name, file in damaged.items():
        assert f"{name}: {file['reason']}; rows read of it: {file['rows']:,}" in caught.value.message


def test_failed_rows_are_the_input_of_the_next_run_until_they_are_given_up(site: Site, first: Finished) -> None:
    types = ("adapter_failures", "tracker_protocol_violations")
    second = site.options("second", first.options.failed, types=types)
    summary, _ = site.run(second, entry="pym")
    assert (summary.submitted, summary.recovered.rows, summary.failed.rows) == (31, 30, 1), "the cut row fails again"
    assert site.statsd.totals() == totals(summary), "of a run that ends at once, too"

    third = replace(site.options("third", first.options.failed), max_attempts=2)
    summary, _ = site.run(third)
    given_up = [json.loads(line)["data"] for line in site.lines(third.unrecoverable)]
    assert (summary.failed.rows, summary.unrecoverable.labels) == (1, {"type": {"tracker_protocol_violations": 30}})
    assert {(data["recoveries"], data["failure"]["error"][:22]) for data in given_up} == {(2, "Given up after 2 attem")}


def test_a_run_that_is_killed_cancelled_and_resumed_takes_each_row_once(site: Site) -> None:
    names = ("adapter_failures", "adapter_failures", "tracker_protocol_violations", "size_violation")
    minutes = [f"2024-01-01T00:{minute:02}:00Z" for minute in range(60)]
    lines = [bad_row(number, names[number % 4], minutes[number % 60]) for number in range(10_000, 22_000)]
    source = site.put("in/tried/rows", b"\n".join(lines[:-1]))
    site.put("in/tried/row", lines[-1])
    options = site.options("tried", source)
    options = replace(
        options,
        types=("adapter_failures", "tracker_protocol_violations"),
        failed_from=minutes[15],
        failed_to=minutes[45],
    )
    site.kinesis.admin.set_limits(ShardLimits(write_bytes=1e12, write_records=100))
    run = site.flink.submit(*ENTRIES["py"], *options.to_argv())
    job = run.wait_for_job(240)

    def newest() -> str | None:
        return site.flink.rest.completed_checkpoint(job)

    def goes_on(sent: int, checkpoint: str | None) -> None:
        wait_until(
            lambda: site.kinesis.admin.statistics(STREAM).records > sent + 100 and newest() not in (None, checkpoint),
            240,
            "a checkpoint with something sent",
            process=run.process,
        )

    goes_on(site.kinesis.admin.statistics(STREAM).records, None)
    site.flink.kill_task_manager()
    lost = site.kinesis.admin.statistics(STREAM).records, newest()
    site.flink.add_task_manager()
    goes_on(*lost)
    site.flink.rest.cancel(job)
    assert run.wait(120) != 0
    assert "error: the job was cancelled" in run.output
    site.kinesis.admin.set_limits(None)
    site.put("in/tried/row", lines[-1] + b" ")
    site.put("in/tried/came-later", lines[0])
    checkpoint = newest()
    assert checkpoint is not None
    exit_code, output = site.flink.run("-s", checkpoint, *ENTRIES["py"], *options.to_argv(), timeout=600)
    assert exit_code == 0, output
    summary = site.summary(options)
    rows = (summary.submitted, summary.recovered.rows, summary.failed.rows, summary.skipped.rows)
    assert rows == (12_000, 3000, 1400, 7600)
    assert summary.restarts == 2
    assert summary.changed_files == {f"{source}/row": "it was changed"}
    assert f"warning: {source}/row is not read: it was changed since it was chosen" in output
    recovery = Recovery.from_config(options.config)
    chosen = [number for number in range(10_000, 22_000) if number % 4 != 3 and 15 <= number % 60 < 45]
    results = [recovery.recover(lines[number - 10_000]) for number in chosen]
    sent = {record.data for record in site.kinesis.admin.records(STREAM)}
    assert {result.payload for result in results} - {None} - sent == set()
    assert sorted(site.lines(options.failed)) == sorted(str(one.bad_row).encode() for one in results if one.bad_row)
