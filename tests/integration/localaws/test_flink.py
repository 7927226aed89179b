"""The local cluster runs PyFlink jobs on the local S3 and Kinesis as a cluster does on the real ones."""

import collections
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from localaws.flink import FlinkCluster
from localaws.flink.config import render
from localaws.flink.home import find_distribution
from localaws.kinesis import KinesisServer
from localaws.processes import LOOPBACK, group_members, wait_until
from localaws.s3 import S3Server

pytestmark = [pytest.mark.integration, pytest.mark.slow]

# Lines of a bucket go through Python to a stream and, if SLOW is set, at that many seconds each; those that say "keep"
# go to a bucket as well. The sink's protocol setting is what plain-HTTP servers need: its default is HTTP/2.
JOB = """
import os, time
from pyflink.common import Configuration, Encoder, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.file_system import FileSink, FileSource, StreamFormat, RollingPolicy
from pyflink.datastream.connectors.kinesis import KinesisStreamsSink, PartitionKeyGenerator

pause = float(os.environ.get("SLOW", "0"))

def touch(line):
    time.sleep(pause)
    if line == "poison":
        raise ValueError("a line that no retry mends")
    return line

config = Configuration()
config.set_string("restart-strategy.type", "fixed-delay")
config.set_string("restart-strategy.fixed-delay.attempts", os.environ.get("ATTEMPTS", "3"))
config.set_string("restart-strategy.fixed-delay.delay", "100 ms")
config.set_string("execution.checkpointing.interval", "1 s")
config.set_string("execution.checkpointing.dir", os.environ["BUCKET"] + "/checkpoints")
config.set_string("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION")
config.set_string("python.fn-execution.bundle.size", "10")
env = StreamExecutionEnvironment.get_execution_environment(config)
env.set_parallelism(1)
source = FileSource.for_record_stream_format(
    StreamFormat.text_line_format("ISO-8859-1"), os.environ["BUCKET"] + "/input").build()
lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "lines").map(touch, Types.STRING())
lines.sink_to(
    KinesisStreamsSink.builder()
    .set_kinesis_client_properties({
        "aws.region": "us-east-1",
        "aws.endpoint": os.environ["KINESIS"],
        "aws.credentials.provider": "BASIC",
        "aws.credentials.provider.basic.accesskeyid": "testing",
        "aws.credentials.provider.basic.secretkey": "testing",
        "aws.http.protocol.version": "HTTP1_1",
    })
    .set_serialization_schema(SimpleStringSchema("ISO-8859-1"))
    .set_partition_key_generator(PartitionKeyGenerator.random())
    .set_stream_name("events")
    .build()
).uid("stream")
lines.filter(lambda line: "keep" in line).sink_to(
    FileSink.for_row_format(os.environ["BUCKET"] + "/kept", Encoder.simple_string_encoder("ISO-8859-1"))
    .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
    .build()
).uid("kept")
env.execute("copy")
"""


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server.start(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def kinesis() -> Iterator[KinesisServer]:
    with KinesisServer(limits=None) as server:
        yield server


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[FlinkCluster]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd:
        statsd.bind((LOOPBACK, 0))
        statsd.settimeout(10)
        with FlinkCluster.start(
            tmp_path_factory.mktemp("flink"), s3_endpoint=s3.endpoint_url, statsd_port=statsd.getsockname()[1]
        ) as cluster:
            assert b"taskmanager" in b"".join(statsd.recv(2000) for _ in range(500))
            yield cluster
    for process in (*cluster._task_managers, cluster._job_manager):
        assert process is not None
        assert group_members(process.pid) == []


class Store:
    """A bucket with input lines, and the stream that the job writes to."""

    def __init__(self, s3: S3Server, kinesis: KinesisServer, bucket: str, work: Path) -> None:
        access = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        style = Config(s3={"addressing_style": "path"})
        self.bucket = boto3.resource("s3", endpoint_url=s3.endpoint_url, config=style, **access).Bucket(bucket)
        self.bucket.create()
        self.streams = boto3.client("kinesis", endpoint_url=kinesis.endpoint_url, **access)
        self.streams.create_stream(StreamName="events", ShardCount=2)
        self.admin = kinesis.admin
        self.env = {"BUCKET": f"s3://{bucket}", "KINESIS": kinesis.endpoint_url}
        self.job = work / "job.py"
        self.job.write_text(JOB)

    def put(self, lines: list[bytes]) -> None:
        self.bucket.put_object(Key="input/day=1/part", Body=b"".join(line + b"\n" for line in lines))

    def sent(self) -> collections.Counter[bytes]:
        return collections.Counter(record.data for record in self.admin.records("events"))

    def kept(self) -> list[bytes]:
        parts = [part.get()["Body"].read() for part in self.bucket.objects.filter(Prefix="kept/")]
        return sorted(itertools.chain.from_iterable(part.splitlines() for part in parts))


@pytest.fixture
def store(s3: S3Server, kinesis: KinesisServer, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = Store(s3, kinesis, request.node.name.replace("_", "-")[:60], tmp_path)
    yield store
    kinesis.admin.heal()
    store.streams.delete_stream(StreamName="events")


def test_bytes_go_from_s3_through_python_to_kinesis_and_s3(cluster: FlinkCluster, store: Store) -> None:
    lines = [b"line %d keep" % i for i in range(1000)] + [bytes(set(range(256)) - {10, 13})]
    store.put(lines)
    store.admin.error_rate(0.2)  # the sink puts refused records again, and no others
    exit_code, output = cluster.run("-py", store.job, env=store.env)
    assert exit_code == 0, output
    assert store.sent() == collections.Counter(lines)
    assert store.kept() == sorted(lines[:-1])


def test_a_failing_job_fails_the_client_with_the_reason(cluster: FlinkCluster, store: Store) -> None:
    store.put([b"poison"])
    exit_code, output = cluster.run("-py", store.job, env={**store.env, "ATTEMPTS": "1"})
    assert exit_code != 0
    assert "a line that no retry mends" in output
    assert "a line that no retry mends" in cluster.rest.failure(next(iter(cluster.rest.jobs())))


def test_killed_cancelled_and_resumed_it_loses_nothing(cluster: FlinkCluster, store: Store) -> None:
    lines = [b"line %d keep" % i for i in range(1000)]
    store.put(lines)
    run = cluster.submit("-py", store.job, env={**store.env, "SLOW": "0.02"})
    job = run.wait_for_job()
    wait_until(lambda: cluster.rest.completed_checkpoint(job) is not None, 60, "checkpoint", process=run.process)
    workers = cluster.python_workers()
    assert workers
    cluster.kill_task_manager()
    cluster.add_task_manager()
    before = len(store.sent())
    wait_until(lambda: len(store.sent()) > before, 60, "records after the restart", process=run.process)
    wait_until(lambda: set(cluster.python_workers()).isdisjoint(workers), 30, "end of the orphaned workers")
    cluster.rest.cancel(job)
    assert cluster.rest.wait_for(job) == "CANCELED"
    assert run.wait(60) != 0
    assert set(store.sent()) < set(lines)

    checkpoint = cluster.rest.completed_checkpoint(job)
    assert checkpoint is not None
    exit_code, output = cluster.run("-s", checkpoint, "-py", store.job, env=store.env)
    assert exit_code == 0, output
    assert set(store.sent()) == set(lines)
    assert store.kept() == sorted(lines)


def test_the_distribution_is_not_written_to(cluster: FlinkCluster) -> None:
    assert not (find_distribution() / "log").exists() or not list((find_distribution() / "log").glob("*taskexecutor*"))
    assert list((cluster.home.work / "log").glob("*.log"))


def test_a_missing_folder_of_jars_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none: run `make setup`"):
        FlinkCluster.start(tmp_path, jars=tmp_path / "none")


def test_config_values_are_quoted() -> None:
    assert render({"a.b": '*.events:*;"x"\\d'}) == 'a.b: "*.events:*;\\"x\\"\\\\d"\n'
