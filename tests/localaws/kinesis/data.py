"""The actions that write and read records, within the limits of the shards and under the faults of the moment."""

from __future__ import annotations

import time
from typing import Any

from localaws.kinesis.control import StreamActions
from localaws.kinesis.errors import KinesisError, invalid_argument, not_found, throughput_exceeded, validation
from localaws.kinesis.faults import Faults
from localaws.kinesis.limits import MIB, ShardLimits
from localaws.kinesis.streams import ACCOUNT, Shard, Stream
from localaws.kinesis.tokens import open_token, seal_token
from localaws.kinesis.wire import Answer, Params

_REQUEST_BYTES = 10 * MIB  # data and partition keys of one PutRecords
_ANSWER_BYTES = 10 * MIB  # data of one GetRecords
_REQUEST_RECORDS = 500
_ANSWER_RECORDS = 10_000
_ITERATOR_SECONDS = 300
_KEY_CHARACTERS = 256


class RecordActions:
    """Puts and gets on the streams of the server."""

    def __init__(self, *, control: StreamActions, limits: ShardLimits | None, faults: Faults) -> None:
        """Use the limits given for every shard; None means none."""
        self.limits = limits
        self.faults = faults
        self._control = control

    def put_record(self, params: Params) -> Answer:
        stream = self._control.find_active(params)
        entry = self._put(stream, [params])[0]
        if "ErrorCode" in entry:
            code, message = str(entry["ErrorCode"]), str(entry["ErrorMessage"])
            raise KinesisError(code, message, status=500 if code == "InternalFailure" else 400)
        return {**entry, "EncryptionType": "NONE"}

    def put_records(self, params: Params) -> Answer:
        stream = self._control.find_active(params)
        records = params["Records"]
        if not isinstance(records, list) or not 1 <= len(records) <= _REQUEST_RECORDS:
            raise validation(
                "Value at 'records' failed to satisfy constraint: "
                f"Member must have length between 1 and {_REQUEST_RECORDS}"
            )
        entries = self._put(stream, records)
        failed = sum("ErrorCode" in entry for entry in entries)
        return {"FailedRecordCount": failed, "Records": entries, "EncryptionType": "NONE"}

    def _put(self, stream: Stream, records: list[Any] | list[Params]) -> list[Answer]:
        """Store what the shards admit; one answer per record, in order."""
        keys = [_check_record(record, number) for number, record in enumerate(records, 1)]
        sizes = [len(record["Data"]) + len(key) for record, key in zip(records, keys, strict=True)]
        if sum(sizes) > _REQUEST_BYTES:
            raise invalid_argument(f"Records size exceeds {_REQUEST_BYTES // MIB} MB limit")
        if max(sizes) > stream.record_kib * 1024:
            number = sizes.index(max(sizes)) + 1
            raise validation(
                f"Value at 'records.{number}.member.data' failed to satisfy constraint: data and partition key of "
                f"{max(sizes)} bytes are above the stream's limit of {stream.record_kib} KiB"
            )
        limits = self._limits_now()
        answers: list[Answer] = [{}] * len(records)
        admitted: dict[Shard, list[int]] = {}
        for index, (record, key, size) in enumerate(zip(records, keys, sizes, strict=True)):
            shard = stream.shard_for(key, record.get("ExplicitHashKey"))
            error = self._refusal(stream, shard, size, limits)
            if error is None:
                admitted.setdefault(shard, []).append(index)
            else:
                answers[index] = {"ErrorCode": error.code, "ErrorMessage": error.message}
        arrival_ms = int(time.time() * 1000)
        for shard, indexes in admitted.items():
            offsets = shard.log.append([(keys[index], records[index]["Data"]) for index in indexes], arrival_ms)
            for index, offset in zip(indexes, offsets, strict=True):
                answers[index] = {"SequenceNumber": shard.sequence(offset), "ShardId": shard.id}
        return answers

    def _refusal(self, stream: Stream, shard: Shard, size: int, limits: ShardLimits | None) -> KinesisError | None:
        if self.faults.record_fails():
            return KinesisError("InternalFailure", "Internal service failure.")
        if limits is not None and not shard.meter.admits_record(size, limits):
            return _rate_exceeded(stream, shard)
        return None

    def get_shard_iterator(self, params: Params) -> Answer:
        stream = self._control.find(params)
        shard = stream.shard(params["ShardId"])
        offset = _start(shard, params)
        return {"ShardIterator": seal_token(stream.name, stream.created, shard.id, offset, time.time())}

    def get_records(self, params: Params) -> Answer:
        name, created, shard_id, offset, issued = open_token(params["ShardIterator"], field="ShardIterator", parts=5)
        stream = self._control.find({"StreamName": name})
        if stream.created != created:
            raise not_found(f"Stream {name} under account {ACCOUNT} not found.")
        if time.time() - issued > _ITERATOR_SECONDS:
            raise KinesisError(
                "ExpiredIteratorException", f"Iterator expired: it was issued {time.time() - issued:.0f} s ago"
            )
        shard = stream.shard(shard_id)
        limits = self._limits_now()
        if limits is not None and not shard.meter.admits_read(limits):
            raise _rate_exceeded(stream, shard)
        limit = params.get("Limit", _ANSWER_RECORDS)
        records, offset = shard.log.read(offset, limit=limit, max_bytes=_ANSWER_BYTES)
        if limits is not None:
            shard.meter.charge_read(sum(len(record.data) for record in records))
        unread_since = shard.log.arrival_of(offset)
        answer: Answer = {
            "Records": [
                {
                    "SequenceNumber": shard.sequence(record.offset),
                    "ApproximateArrivalTimestamp": record.arrival_ms / 1000,
                    "Data": record.data,
                    "PartitionKey": record.partition_key,
                    "EncryptionType": "NONE",
                }
                for record in records
            ],
            "MillisBehindLatest": 0 if unread_since is None else max(0, int(time.time() * 1000) - unread_since),
        }
        if shard.closed and unread_since is None:
            answer["ChildShards"] = [child.describe_as_child() for child in shard.children]
        else:
            answer["NextShardIterator"] = seal_token(name, created, shard_id, offset, time.time())
        return answer

    def _limits_now(self) -> ShardLimits | None:
        return None if self.limits is None else self.limits.part(self.faults.capacity)


def _rate_exceeded(stream: Stream, shard: Shard) -> KinesisError:
    return throughput_exceeded(f"Rate exceeded for shard {shard.id} in stream {stream.name} under account {ACCOUNT}.")


def _check_record(record: Any, number: int) -> bytes:
    """Return the partition key as bytes; the constraints of the API model, checked by hand for speed."""
    at = f"'records.{number}.member"
    if not isinstance(record, dict) or not isinstance(record.get("Data"), bytes):
        raise validation(f"Value at {at}.data' failed to satisfy constraint: Member must be a blob")
    key = record.get("PartitionKey")
    if not isinstance(key, str) or not 1 <= len(key) <= _KEY_CHARACTERS:
        raise validation(
            f"Value '{key}' at {at}.partitionKey' failed to satisfy constraint: "
            f"Member must have length between 1 and {_KEY_CHARACTERS}"
        )
    hash_key = record.get("ExplicitHashKey")
    if hash_key is not None and not (isinstance(hash_key, str) and hash_key.isascii() and hash_key.isdigit()):
        raise validation(
            f"Value '{hash_key}' at {at}.explicitHashKey' failed to satisfy constraint: Member must be a number"
        )
    return key.encode()


def _start(shard: Shard, params: Params) -> int:
    """Return the offset that a GetShardIterator asks for."""
    kind = params["ShardIteratorType"]
    if kind == "TRIM_HORIZON":
        return 0
    if kind == "LATEST":
        return shard.log.end
    if kind == "AT_TIMESTAMP":
        if "Timestamp" not in params:
            raise invalid_argument("ShardIteratorType AT_TIMESTAMP needs Timestamp")
        return shard.log.offset_at_time(params["Timestamp"] * 1000)
    if "StartingSequenceNumber" not in params:
        raise invalid_argument(f"ShardIteratorType {kind} needs StartingSequenceNumber")
    return shard.offset(params["StartingSequenceNumber"], after=kind == "AFTER_SEQUENCE_NUMBER")
