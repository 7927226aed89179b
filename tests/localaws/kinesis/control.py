"""The actions that create, describe, reshape and delete streams."""

from __future__ import annotations

import itertools
from pathlib import Path

from localaws.kinesis.errors import in_use, invalid_argument, limit_exceeded, not_found
from localaws.kinesis.streams import ACCOUNT, Shard, Stream
from localaws.kinesis.tokens import open_token, seal_token
from localaws.kinesis.wire import Answer, Params

_ON_DEMAND_SHARDS = 4
_SHARD_QUOTA = 500
_DEFAULT_RECORD_KIB = 1024


class StreamActions:
    """The streams of the server, by name."""

    def __init__(self, *, folder: Path, region: str, create_seconds: float) -> None:
        """Keep records under ``folder``; a new stream is CREATING for ``create_seconds``."""
        self.streams: dict[str, Stream] = {}
        self._folder = folder
        self._region = region
        self._create_seconds = create_seconds
        self._incarnation = itertools.count()

    def find(self, params: Params) -> Stream:
        """Return the stream that StreamName or StreamARN names."""
        arn = params.get("StreamARN")
        name = params.get("StreamName") or (arn.rpartition("/")[2] if arn else None)
        if name is None:
            raise invalid_argument("StreamName or StreamARN is required")
        stream = self.streams.get(name)
        if stream is None or (arn is not None and arn != stream.arn):
            raise not_found(f"Stream {arn or name} under account {ACCOUNT} not found.")
        return stream

    def find_active(self, params: Params) -> Stream:
        """Return the stream, or refuse the action while it is being created."""
        stream = self.find(params)
        if stream.status != "ACTIVE":
            raise in_use(f"Stream {stream.name} under account {ACCOUNT} is {stream.status}: expected ACTIVE")
        return stream

    def close(self) -> None:
        """Delete every stream and its files."""
        for stream in self.streams.values():
            stream.delete()
        self.streams.clear()

    def create_stream(self, params: Params) -> None:
        name = params["StreamName"]
        if name in self.streams:
            raise in_use(f"Stream {name} under account {ACCOUNT} already exists.")
        mode = params.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED")
        if mode == "PROVISIONED" and "ShardCount" not in params:
            raise invalid_argument("ShardCount is required for a stream in PROVISIONED mode")
        shards = params.get("ShardCount", _ON_DEMAND_SHARDS)
        if shards > _SHARD_QUOTA:
            raise limit_exceeded(f"ShardCount {shards} is above this account's limit of {_SHARD_QUOTA}")
        self.streams[name] = Stream(
            name=name,
            region=self._region,
            shards=shards,
            mode=mode,
            record_kib=params.get("MaxRecordSizeInKiB", _DEFAULT_RECORD_KIB),
            folder=self._folder / f"{name}.{next(self._incarnation)}",
            active_in=self._create_seconds,
        )

    def delete_stream(self, params: Params) -> None:
        stream = self.find(params)
        del self.streams[stream.name]
        stream.delete()

    def list_streams(self, params: Params) -> Answer:
        start = params.get("NextToken") or params.get("ExclusiveStartStreamName", "")
        names = sorted(name for name in self.streams if name > start)
        page = names[: params.get("Limit", 100)]
        answer: Answer = {
            "StreamNames": page,
            "HasMoreStreams": len(page) < len(names),
            "StreamSummaries": [
                {
                    "StreamName": stream.name,
                    "StreamARN": stream.arn,
                    "StreamStatus": stream.status,
                    "StreamModeDetails": {"StreamMode": stream.mode},
                    "StreamCreationTimestamp": stream.created,
                }
                for stream in (self.streams[name] for name in page)
            ],
        }
        if len(page) < len(names):
            answer["NextToken"] = page[-1]
        return answer

    def describe_stream(self, params: Params) -> Answer:
        stream = self.find(params)
        after = params.get("ExclusiveStartShardId", "")
        shards = [shard for shard in stream.shards if shard.id > after]
        page = shards[: params.get("Limit", 100)]
        return {
            "StreamDescription": {
                **_description(stream),
                "Shards": [shard.describe() for shard in page],
                "HasMoreShards": len(page) < len(shards),
            }
        }

    def describe_stream_summary(self, params: Params) -> Answer:
        stream = self.find(params)
        return {
            "StreamDescriptionSummary": {
                **_description(stream),
                "OpenShardCount": len(stream.open_shards),
                "ConsumerCount": 0,
                "MaxRecordSizeInKiB": stream.record_kib,
            }
        }

    def describe_limits(self, params: Params) -> Answer:
        streams = self.streams.values()
        return {
            "ShardLimit": _SHARD_QUOTA,
            "OpenShardCount": sum(len(stream.open_shards) for stream in streams),
            "OnDemandStreamCount": sum(stream.mode == "ON_DEMAND" for stream in streams),
            "OnDemandStreamCountLimit": 50,
        }

    def update_max_record_size(self, params: Params) -> None:
        self.find_active(params).record_kib = params["MaxRecordSizeInKiB"]

    def list_shards(self, params: Params) -> Answer:
        if "NextToken" in params:
            name, after, selection = open_token(params["NextToken"], field="NextToken", parts=3)
            stream = self.find({"StreamName": name})
        else:
            stream, after = self.find(params), params.get("ExclusiveStartShardId", "")
            selection = params.get("ShardFilter") or {"Type": "FROM_TRIM_HORIZON"}
        shards = [shard for shard in _select(stream, selection) if shard.id > after]
        page = shards[: params.get("MaxResults", 1000)]
        answer: Answer = {"Shards": [shard.describe() for shard in page]}
        if len(page) < len(shards):
            answer["NextToken"] = seal_token(stream.name, page[-1].id, selection)
        return answer

    def split_shard(self, params: Params) -> None:
        self.find_active(params).split(params["ShardToSplit"], params["NewStartingHashKey"])

    def merge_shards(self, params: Params) -> None:
        self.find_active(params).merge(params["ShardToMerge"], params["AdjacentShardToMerge"])

    def update_shard_count(self, params: Params) -> Answer:
        stream = self.find_active(params)
        before = len(stream.open_shards)
        stream.resize(params["TargetShardCount"])
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardCount": before,
            "TargetShardCount": params["TargetShardCount"],
        }


def _description(stream: Stream) -> Answer:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status,
        "StreamModeDetails": {"StreamMode": stream.mode},
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": stream.created,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "NONE",
    }


def _select(stream: Stream, selection: Params) -> list[Shard]:
    """Return the shards of a ShardFilter, in the order of their ids."""
    kind = selection["Type"]
    if kind == "AFTER_SHARD_ID":
        if "ShardId" not in selection:
            raise invalid_argument("ShardFilter of type AFTER_SHARD_ID needs ShardId")
        return [shard for shard in stream.shards if shard.id > selection["ShardId"]]
    if kind in ("AT_TIMESTAMP", "FROM_TIMESTAMP") and "Timestamp" not in selection:
        raise invalid_argument(f"ShardFilter of type {kind} needs Timestamp")
    if kind == "FROM_TRIM_HORIZON":
        return stream.shards
    if kind == "AT_LATEST":
        return [shard for shard in stream.shards if not shard.closed]
    # Nothing is trimmed here, so the horizon is where the stream began.
    time = selection["Timestamp"] if kind != "AT_TRIM_HORIZON" else stream.shards[0].opened_at
    return [
        shard
        for shard in stream.shards
        if (shard.closed_at is None or shard.closed_at > time) and (kind == "FROM_TIMESTAMP" or shard.opened_at <= time)
    ]
