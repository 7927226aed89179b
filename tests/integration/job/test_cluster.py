"""The job given to `flink run`: from S3 to a stream, with live metrics, cut files, resumed runs and second tries."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import event_recovery.flink
import pytest
from botocore.config import Config
from drills.agent import Listener
from event_recovery.contract import METRICS, SKIPPED_METRIC, DamagedFile, JobOptions, RunPaths, RunSummary
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


def bad_row(number: int, name: str = "adapter_failures") -> bytes:
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
    failure = {"timestamp": "2024-01-01T00:00:00Z", "vendor": "com.example", "version": "v1", "messages": []}
    data = {"processor": {"artifact": "enrich", "version": "1"}, "failure": failure, "payload": payload}
    return json.dumps({"schema": f"{BAD_ROWS}/{name}/jsonschema/1-0-0", "data": data}).encode()


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
        key = str(options.summary).removeprefix(f"s3://{BUCKET}/")
        summary = RunSummary.from_json(self.bucket.Object(key).get()["Body"].read())
        assert summary.balanced
        return summary

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
                # Every job loads the classes of flink-python anew, and they stay: more than the usual 256 MB for all.
                "taskmanager.memory.jvm-metaspace.size": "640m",
                "taskmanager.memory.process.size": "2304m",
            },
            env=env,
        ) as flink,
    ):
        yield Site(s3, kinesis, flink, statsd)


@pytest.mark.parametrize(("rows", "entry"), [(1001, "py"), (1, "pym")])
def test_the_last_metrics_are_the_exact_totals(site: Site, rows: int, entry: str) -> None:
    lines = [bad_row(number, "adapter_failures" if number % 3 else "size_violation") for number in range(1, rows + 1)]
    source = site.put(f"in/{rows}/day=1/rows", b"\n".join(lines))
    summary, _ = site.run(site.options(f"metrics-{rows}", source), entry=entry)
    assert summary.submitted == rows
    counts = (summary.recovered.rows, summary.failed.rows, summary.unrecoverable.rows, rows)
    assert site.statsd.totals() == dict(zip(METRICS, counts, strict=True))
    assert (summary.restarts, summary.first_event) == (0, "2024-01-01T00:00:00.000+00:00")


def test_skipped_rows_have_a_metric_of_their_own(site: Site) -> None:
    lines = [bad_row(number, "adapter_failures" if number % 3 else "size_violation") for number in range(1001)]
    options = site.options("metrics-skipped", site.put("in/skipped/rows", b"\n".join(lines)))
    summary, _ = site.run(replace(options, types=("adapter_failures",)))
    assert (summary.submitted, summary.recovered.rows, summary.skipped.rows) == (1001, 667, 334)
    assert site.statsd.totals() == {**dict(zip(METRICS, (667, 0, 0, 667), strict=True)), SKIPPED_METRIC: 334}


def test_a_cut_file_is_named_and_its_rows_are_processed(site: Site) -> None:
    packed = gzip.compress(b"\n".join(bad_row(number) for number in range(2000)), compresslevel=0)
    site.put("in/cut/whole.gz", packed)
    site.put("in/cut/nothing.gz", b"")
    source = site.put("in/cut/cut.gz", packed[: len(packed) // 2])
    options = site.options("cut", source)
    summary, output = site.run(options)
    assert summary.damaged_files == {
        f"{source}/cut.gz": DamagedFile("it ends before its data does", summary.submitted - 2000)
    }
    assert "2 files are read; not read: 1 empty" in output
    assert f"{source}/cut.gz cannot be read to its end" in output
    assert summary.recovered.rows == pytest.approx(3000, abs=20)
    assert summary.failed.labels["error"] == {"InvalidJsonFormat": 1}, "the row that is cut off"


def test_failed_rows_are_the_input_of_the_next_run_until_they_are_given_up(site: Site) -> None:
    rows = [*map(bad_row, range(20)), *(bad_row(number, "tracker_protocol_violations") for number in range(20, 50))]
    first = site.options("try-1", site.put("in/tries/rows", b"\n".join(rows)))
    summary, _ = site.run(first)
    assert (summary.recovered.rows, summary.failed.rows) == (20, 30)

    second = site.options("try-2", first.failed, types=("adapter_failures", "tracker_protocol_violations"))
    summary, _ = site.run(second)
    assert (summary.submitted, summary.recovered.rows) == (30, 30)

    third = replace(site.options("try-3", first.failed), max_attempts=2)
    summary, _ = site.run(third)
    assert (summary.failed.rows, summary.unrecoverable.labels) == (0, {"type": {"tracker_protocol_violations": 30}})
    given_up = [json.loads(line)["data"] for line in site.lines(third.unrecoverable)]
    assert {(data["recoveries"], data["failure"]["error"][:22]) for data in given_up} == {(2, "Given up after 2 attem")}


def test_a_cancelled_run_is_resumed_and_says_so(site: Site) -> None:
    lines = [bad_row(number) for number in range(3000)]
    options = site.options("resumed", site.put("in/resumed/rows", b"\n".join(lines)))
    before = site.kinesis.admin.statistics(STREAM).records
    site.kinesis.admin.set_limits(ShardLimits(write_bytes=1e12, write_records=100))
    run = site.flink.submit(*ENTRIES["py"], *options.to_argv())
    job = run.wait_for_job(240)
    wait_until(
        lambda: (
            site.kinesis.admin.statistics(STREAM).records > before + 100
            and site.flink.rest.completed_checkpoint(job) is not None
        ),
        240,
        "a checkpoint with something sent",
        process=run.process,
    )
    site.flink.rest.cancel(job)
    assert run.wait(120) != 0
    assert "error: the job was cancelled" in run.output
    site.kinesis.admin.set_limits(None)
    checkpoint = site.flink.rest.completed_checkpoint(job)
    assert checkpoint is not None
    exit_code, output = site.flink.run("-s", checkpoint, *ENTRIES["py"], *options.to_argv(), timeout=600)
    assert exit_code == 0, output
    summary = site.summary(options)
    assert (summary.submitted, summary.recovered.rows, summary.restarts) == (3000, 3000, 1)


@pytest.mark.parametrize("fault", ["killed", "resumed"])
def test_rows_are_skipped_once_whatever_happens(site: Site, fault: str) -> None:
    lines = [bad_row(number, "adapter_failures" if number % 2 else "size_violation") for number in range(6000)]
    options = site.options(f"skipped-{fault}", site.put(f"in/skipped-{fault}/rows", b"\n".join(lines)))
    options = replace(options, types=("adapter_failures",))
    site.kinesis.admin.set_limits(ShardLimits(write_bytes=1e12, write_records=100))
    before = site.kinesis.admin.statistics(STREAM).records
    run = site.flink.submit(*ENTRIES["py"], *options.to_argv())
    job = run.wait_for_job(240)
    wait_until(
        lambda: (
            site.kinesis.admin.statistics(STREAM).records > before + 100
            and site.flink.rest.completed_checkpoint(job) is not None
        ),
        240,
        "a checkpoint with something sent",
        process=run.process,
    )
    if fault == "killed":
        site.flink.kill_task_manager()
        site.flink.add_task_manager()
        site.kinesis.admin.set_limits(None)
        assert run.wait(240) == 0, run.output
    else:
        site.flink.rest.cancel(job)
        assert run.wait(120) != 0
        site.kinesis.admin.set_limits(None)
        checkpoint = site.flink.rest.completed_checkpoint(job)
        assert checkpoint is not None
        exit_code, output = site.flink.run("-s", checkpoint, *ENTRIES["py"], *options.to_argv(), timeout=600)
        assert exit_code == 0, output
    summary = site.summary(options)
    assert (summary.submitted, summary.recovered.rows, summary.skipped.rows) == (6000, 3000, 3000)
    assert summary.restarts == 1
