"""The local Kinesis behaves as the service does for boto3."""

import itertools
import time
import urllib.request
from typing import Any

import cbor2
import pytest
from localaws.kinesis import KinesisServer, multiset_digest
from support.kinesis_calls import client_for, entries, error_of, read_shard

pytestmark = pytest.mark.integration

MIB = 1 << 20


# Streams


def test_create_describe_and_delete(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="life", ShardCount=3)
    summary = kinesis.describe_stream_summary(StreamName="life")["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "ACTIVE"
    assert summary["OpenShardCount"] == 3
    assert summary["MaxRecordSizeInKiB"] == 1024
    assert summary["StreamARN"] == "arn:aws:kinesis:us-east-1:123456789012:stream/life"
    assert abs(summary["StreamCreationTimestamp"].timestamp() - time.time()) < 60
    assert "life" in kinesis.list_streams()["StreamNames"]
    kinesis.delete_stream(StreamARN=summary["StreamARN"])
    assert error_of(kinesis.describe_stream, StreamName="life")[0] == "ResourceNotFoundException"


def test_on_demand_streams_have_four_shards(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="elastic", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    try:
        assert len(kinesis.list_shards(StreamName="elastic")["Shards"]) == 4
    finally:
        kinesis.delete_stream(StreamName="elastic")


def test_a_stream_can_be_creating_for_a_while() -> None:
    with KinesisServer(create_seconds=0.4) as server:
        kinesis = client_for(server.endpoint_url)
        kinesis.create_stream(StreamName="slow", ShardCount=1)
        assert kinesis.describe_stream(StreamName="slow")["StreamDescription"]["StreamStatus"] == "CREATING"
        code, message = error_of(kinesis.put_record, StreamName="slow", Data=b"x", PartitionKey="k")
        assert (code, "CREATING" in message) == ("ResourceInUseException", True)
        kinesis.get_waiter("stream_exists").wait(StreamName="slow", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
        assert kinesis.put_record(StreamName="slow", Data=b"x", PartitionKey="k")["ShardId"] == "shardId-000000000000"


def test_lists_have_pages(kinesis: Any, stream: str) -> None:
    first = kinesis.list_shards(StreamName=stream, MaxResults=1)
    second = kinesis.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"][-1] for shard in first["Shards"] + second["Shards"]] == ["0", "1"]
    assert "NextToken" not in second
    assert kinesis.describe_stream(StreamName=stream, Limit=1)["StreamDescription"]["HasMoreShards"] is True


@pytest.mark.parametrize(
    ("call", "params", "code", "words"),
    [
        ("create_stream", {"StreamName": "bad name", "ShardCount": 1}, "Validation", "regular expression"),
        ("create_stream", {"StreamName": "x" * 129, "ShardCount": 1}, "Validation", "less than or equal to 128"),
        ("create_stream", {"StreamName": "x", "ShardCount": 0}, "Validation", "greater than or equal to 1"),
        ("create_stream", {"StreamName": "x", "ShardCount": "2"}, "Serialization", "ShardCount is of type str"),
        ("create_stream", {"StreamName": "x"}, "InvalidArgument", "ShardCount is required"),
        ("create_stream", {"ShardCount": 1}, "Validation", "'StreamName'"),
        ("describe_stream", {}, "InvalidArgument", "StreamName or StreamARN"),
        ("describe_stream", {"StreamName": "none"}, "ResourceNotFound", "Stream none under account"),
        ("get_records", {"ShardIterator": "AAAA"}, "InvalidArgument", "ShardIterator"),
        ("register_stream_consumer", {}, "NotImplemented", "RegisterStreamConsumer"),
    ],
)
def test_bad_input_is_refused(kinesis: Any, call: str, params: dict[str, Any], code: str, words: str) -> None:
    found, message = error_of(getattr(kinesis, call), **params)
    assert (found.removesuffix("Exception"), words in message) == (code, True), message


def test_a_name_is_taken_once(kinesis: Any, stream: str) -> None:
    assert error_of(kinesis.create_stream, StreamName=stream, ShardCount=1)[0] == "ResourceInUseException"


# Records


def test_records_come_back_in_order_with_their_bytes(kinesis: Any, stream: str) -> None:
    data = [bytes(range(256)), b"", "snow ☃".encode(), b"\x00\xff" * 1000]
    answer = kinesis.put_records(
        StreamName=stream, Records=[{"Data": d, "PartitionKey": "same", "ExplicitHashKey": "0"} for d in data]
    )
    assert answer["FailedRecordCount"] == 0
    sequences = [int(entry["SequenceNumber"]) for entry in answer["Records"]]
    assert sequences == sorted(set(sequences))
    assert read_shard(kinesis, stream, "shardId-000000000000") == data
    at, after = str(sequences[1]), str(sequences[2])
    begin = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": at}
    assert read_shard(kinesis, stream, "shardId-000000000000", **begin) == data[1:]
    begin = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
    assert read_shard(kinesis, stream, "shardId-000000000000", **begin) == data[3:]


def test_partition_keys_choose_shards_by_their_md5(kinesis: Any, stream: str) -> None:
    # md5("key-1") begins with 21, md5("key-0") with b4: one below and one above the middle of the hash keys.
    assert kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="key-1")["ShardId"] == "shardId-000000000000"
    assert kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="key-0")["ShardId"] == "shardId-000000000001"


def test_reading_from_a_time_and_from_the_tip(kinesis: Any, stream: str) -> None:
    kinesis.put_record(StreamName=stream, Data=b"before", PartitionKey="k", ExplicitHashKey="0")
    tip = kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="LATEST")
    time.sleep(0.01)
    between = time.time()
    time.sleep(0.01)
    kinesis.put_record(StreamName=stream, Data=b"after", PartitionKey="k", ExplicitHashKey="0")
    begin = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": between}
    assert read_shard(kinesis, stream, "shardId-000000000000", **begin) == [b"after"]
    begin = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": between + 100}
    assert read_shard(kinesis, stream, "shardId-000000000000", **begin) == []
    answer = kinesis.get_records(ShardIterator=tip["ShardIterator"])
    assert [record["Data"] for record in answer["Records"]] == [b"after"]
    assert answer["MillisBehindLatest"] == 0
    assert kinesis.get_records(ShardIterator=answer["NextShardIterator"])["Records"] == []


def test_the_limit_of_a_read_and_the_lag_behind_the_tip(kinesis: Any, stream: str) -> None:
    kinesis.put_records(StreamName=stream, Records=[{**e, "ExplicitHashKey": "0"} for e in entries(5)])
    time.sleep(0.02)
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=iterator, Limit=2)
    assert len(answer["Records"]) == 2
    assert answer["MillisBehindLatest"] >= 20


@pytest.mark.parametrize(
    ("records", "code", "words"),
    [
        ([], "ValidationException", "between 1 and 500"),
        (entries(501), "ValidationException", "between 1 and 500"),
        (entries(11, data=b"x" * (MIB - 8)), "InvalidArgumentException", "10 MB"),
        (entries(2, data=b"x" * (MIB - 4)), "ValidationException", "1024 KiB"),
        ([{"Data": b"x", "PartitionKey": ""}], "ValidationException", "'records.1.member.partitionKey'"),
        ([{"Data": b"x", "PartitionKey": "k" * 257}], "ValidationException", "'records.1.member.partitionKey'"),
        ([{"PartitionKey": "k"}], "ValidationException", "'records.1.member.data'"),
        ([{"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "-1"}], "ValidationException", "explicitHashKey"),
        ([{"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": str(1 << 128)}], "ValidationException", "2^128"),
    ],
)
def test_bad_puts_are_refused_whole(
    server: KinesisServer, kinesis: Any, stream: str, records: list[Any], code: str, words: str
) -> None:
    found, message = error_of(kinesis.put_records, StreamName=stream, Records=records)
    assert (found, words in message) == (code, True), message
    assert server.admin.statistics(stream).records == 0


def test_the_size_limit_counts_the_key_and_can_be_raised(kinesis: Any, stream: str) -> None:
    kinesis.put_record(StreamName=stream, Data=b"x" * (MIB - 1), PartitionKey="k")
    assert (
        error_of(kinesis.put_record, StreamName=stream, Data=b"x" * MIB, PartitionKey="k")[0] == "ValidationException"
    )
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
    kinesis.put_record(StreamName=stream, Data=b"x" * MIB, PartitionKey="k")


def test_counts_digest_and_records_of_a_stream(server: KinesisServer, kinesis: Any, stream: str) -> None:
    batch = entries(300)
    for _ in range(2):
        kinesis.put_records(StreamName=stream, Records=batch)
    payloads = [entry["Data"] for entry in batch] * 2
    statistics = server.admin.statistics(stream)
    assert statistics.records == 600
    assert statistics.bytes == sum(map(len, payloads))
    assert statistics.digest == multiset_digest(reversed(payloads))
    assert statistics.digest != multiset_digest(payloads[:300])
    assert sum(statistics.shards.values()) == 600
    assert sorted(record.data for record in server.admin.records(stream)) == sorted(payloads)
    with pytest.raises(LookupError, match="Stream none"):
        server.admin.statistics("none")


def test_cbor_speaks_bytes_and_milliseconds(server: KinesisServer, kinesis: Any, stream: str) -> None:
    def call(action: str, params: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/x-amz-cbor-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"}
        request = urllib.request.Request(server.endpoint_url, cbor2.dumps(params), headers)
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.headers["Content-Type"] == "application/x-amz-cbor-1.1"
            return cbor2.loads(response.read())

    record = {"Data": b"\x00\xff", "PartitionKey": "k", "ExplicitHashKey": "0"}
    assert call("PutRecords", {"StreamName": stream, "Records": [record]})["FailedRecordCount"] == 0
    begin = cbor2.CBORTag(1, int((time.time() - 60) * 1000))
    where = {"StreamName": stream, "ShardId": "shardId-000000000000"}
    iterator = call("GetShardIterator", {**where, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": begin})
    found = call("GetRecords", iterator)["Records"][0]
    assert found["Data"] == b"\x00\xff"
    assert abs(found["ApproximateArrivalTimestamp"] / 1000 - time.time()) < 60
    assert isinstance(found["ApproximateArrivalTimestamp"], int)


# Resharding


def test_split_and_merge_leave_a_lineage(kinesis: Any, stream: str) -> None:
    kinesis.put_record(StreamName=stream, Data=b"old", PartitionKey="k", ExplicitHashKey="0")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey="1000")
    kinesis.put_record(StreamName=stream, Data=b"new", PartitionKey="k", ExplicitHashKey="0")
    kinesis.merge_shards(
        StreamName=stream, ShardToMerge="shardId-000000000003", AdjacentShardToMerge="shardId-000000000001"
    )
    shards = {shard["ShardId"][-1]: shard for shard in kinesis.list_shards(StreamName=stream)["Shards"]}
    assert set(shards) == {"0", "1", "2", "3", "4"}
    assert shards["2"]["ParentShardId"] == shards["3"]["ParentShardId"] == "shardId-000000000000"
    assert shards["4"]["ParentShardId"] == "shardId-000000000003"
    assert shards["4"]["AdjacentParentShardId"] == "shardId-000000000001"
    assert "EndingSequenceNumber" in shards["0"]["SequenceNumberRange"]
    assert "EndingSequenceNumber" not in shards["2"]["SequenceNumberRange"]
    open_ids = {
        s["ShardId"][-1] for s in kinesis.list_shards(StreamName=stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    }
    assert open_ids == {"2", "4"}

    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    last = kinesis.get_records(ShardIterator=iterator)
    assert [record["Data"] for record in last["Records"]] == [b"old"]
    assert "NextShardIterator" not in last
    assert [child["ShardId"][-1] for child in last["ChildShards"]] == ["2", "3"]
    assert read_shard(kinesis, stream, "shardId-000000000002") == [b"new"]


@pytest.mark.parametrize("target", [1, 3, 4])
def test_resizing_keeps_every_hash_key_covered(kinesis: Any, stream: str, target: int) -> None:
    kinesis.update_shard_count(StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    shards = kinesis.list_shards(StreamName=stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    bounds = sorted(
        (int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])) for shard in shards
    )
    assert len(bounds) == target
    assert bounds[0][0] == 0
    assert bounds[-1][1] == (1 << 128) - 1
    assert all(low[1] + 1 == high[0] for low, high in itertools.pairwise(bounds))


def test_bad_reshardings_are_refused(kinesis: Any, stream: str) -> None:
    code, _ = error_of(kinesis.update_shard_count, StreamName=stream, TargetShardCount=5, ScalingType="UNIFORM_SCALING")
    assert code == "LimitExceededException"
    kinesis.update_shard_count(StreamName=stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    pair = {"ShardToMerge": "shardId-000000000002", "AdjacentShardToMerge": "shardId-000000000005"}
    assert "not adjacent" in error_of(kinesis.merge_shards, StreamName=stream, **pair)[1]
    gone = {"ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "7"}
    assert "is closed" in error_of(kinesis.split_shard, StreamName=stream, **gone)[1]
