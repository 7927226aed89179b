"""The local Kinesis has the limits of the service, and faults on command."""

import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from localaws.kinesis import KinesisProcess, KinesisServer, ShardLimits
from support.kinesis_calls import client_for, entries, error_of, read_shard

pytestmark = pytest.mark.integration


# Limits


def test_a_shard_refuses_records_one_by_one_above_its_rate(server: KinesisServer, kinesis: Any, stream: str) -> None:
    server.admin.set_limits(ShardLimits(write_records=100))
    batch = [{**entry, "ExplicitHashKey": "0"} for entry in entries(150)]
    answer = kinesis.put_records(StreamName=stream, Records=batch)
    refused = [entry for entry in answer["Records"] if "ErrorCode" in entry]
    assert 1 <= answer["FailedRecordCount"] == len(refused) <= 50
    assert {entry["ErrorCode"] for entry in refused} == {"ProvisionedThroughputExceededException"}
    assert "Rate exceeded for shard shardId-000000000000" in refused[0]["ErrorMessage"]
    assert server.admin.statistics(stream).records == 150 - len(refused)
    server.admin.set_limits(ShardLimits(write_records=1))
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**127))
    code, _ = error_of(
        kinesis.put_record,
        StreamName=stream,
        Data=b"x",
        PartitionKey="k",
        ExplicitHashKey=str(2**127),
    )
    assert code == "ProvisionedThroughputExceededException"


def test_a_shard_refuses_bytes_above_its_rate(server: KinesisServer, kinesis: Any, stream: str) -> None:
    server.admin.set_limits(ShardLimits())
    batch = [{**entry, "ExplicitHashKey": "0"} for entry in entries(20, data=b"x" * 100_000)]
    assert 8 <= kinesis.put_records(StreamName=stream, Records=batch)["FailedRecordCount"] <= 10


def test_a_shard_refuses_the_sixth_read_of_a_second(server: KinesisServer, kinesis: Any, stream: str) -> None:
    server.admin.set_limits(ShardLimits(read_calls=2))
    assert read_shard(kinesis, stream, "shardId-000000000000") == []
    assert read_shard(kinesis, stream, "shardId-000000000000") == []
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        read_shard(kinesis, stream, "shardId-000000000000")
    assert read_shard(kinesis, stream, "shardId-000000000001") == []


def test_a_large_answer_is_paid_for_before_the_next_read(server: KinesisServer, kinesis: Any, stream: str) -> None:
    batch = [{**entry, "ExplicitHashKey": "0"} for entry in entries(6, data=b"x" * 1_000_000)]
    kinesis.put_records(StreamName=stream, Records=batch)
    server.admin.set_limits(ShardLimits(read_bytes=3_000_000))
    assert len(read_shard(kinesis, stream, "shardId-000000000000")) == 6
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        read_shard(kinesis, stream, "shardId-000000000000")


# Faults


def test_throttled_to_a_part(server: KinesisServer, kinesis: Any, stream: str) -> None:
    with pytest.raises(ValueError, match="they are off"):
        server.admin.throttle(0.1)
    server.admin.set_limits(ShardLimits())
    server.admin.throttle(0.1)
    batch = [{**entry, "ExplicitHashKey": "0"} for entry in entries(500)]
    assert kinesis.put_records(StreamName=stream, Records=batch)["FailedRecordCount"] >= 300
    server.admin.heal()
    assert server.admin.statistics(stream).records < 110


@pytest.mark.parametrize(("mode", "code"), [("500", "InternalFailure"), ("503", "ServiceUnavailable")])
def test_an_outage_with_an_answer(server: KinesisServer, kinesis: Any, stream: str, mode: Any, code: str) -> None:
    server.admin.outage(60, mode)
    assert error_of(kinesis.put_record, StreamName=stream, Data=b"x", PartitionKey="k")[0] == code
    assert server.admin.statistics(stream).records == 0
    server.admin.outage(0)
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")


@pytest.mark.parametrize(("mode", "error"), [("refused", EndpointConnectionError), ("reset", ConnectionClosedError)])
def test_an_outage_without_an_answer_ends_by_itself(
    server: KinesisServer, stream: str, mode: Any, error: type[Exception]
) -> None:
    kinesis = client_for(server.endpoint_url)
    server.admin.outage(0.5, mode)
    with pytest.raises(error):
        kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    assert server.admin.statistics(stream).records == 0
    time.sleep(0.6)
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")


def test_connections_from_before_an_outage_are_reset(server: KinesisServer, stream: str) -> None:
    kinesis = client_for(server.endpoint_url)
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    server.admin.outage(60, "refused")
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    assert server.admin.statistics(stream).records == 1


def test_records_fail_at_a_rate(server: KinesisServer, kinesis: Any, stream: str) -> None:
    server.admin.error_rate(0.3)
    answer = kinesis.put_records(StreamName=stream, Records=entries(500))
    assert 100 < answer["FailedRecordCount"] < 200
    assert {entry.get("ErrorCode", "InternalFailure") for entry in answer["Records"]} == {"InternalFailure"}
    server.admin.error_rate(0)
    assert server.admin.statistics(stream).records == 500 - answer["FailedRecordCount"]


def test_a_late_answer_after_the_action_took_effect(server: KinesisServer, kinesis: Any, stream: str) -> None:
    server.admin.latency(300)
    began = time.monotonic()
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    assert time.monotonic() - began >= 0.3


def test_a_stream_deleted_under_its_clients(server: KinesisServer, kinesis: Any, stream: str) -> None:
    server.admin.delete_stream(stream)
    code, _ = error_of(kinesis.put_record, StreamName=stream, Data=b"x", PartitionKey="k")
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda admin: admin.throttle(0), "capacity is 0"),
        (lambda admin: admin.error_rate(1.5), "error_rate is 1.5"),
        (lambda admin: admin.latency(-1), "latency_ms is -1"),
        (lambda admin: admin.outage(-1), "seconds is -1"),
        (lambda admin: admin.outage(1, "flood"), "mode is 'flood'"),
    ],
)
def test_bad_commands_are_refused(server: KinesisServer, call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(server.admin)


def test_a_server_of_its_own_process(tmp_path: Path) -> None:
    with KinesisProcess.start(tmp_path, limits=ShardLimits(write_records=50)) as server:
        kinesis = client_for(server.endpoint_url)
        kinesis.create_stream(StreamName="own", ShardCount=1)
        assert kinesis.put_records(StreamName="own", Records=entries(60))["FailedRecordCount"] == 10
        assert len(list(server.admin.records("own"))) == 50
    assert server.process.exit_code == 0, server.process.log_tail()
    assert list((tmp_path / "streams").iterdir()) == []
