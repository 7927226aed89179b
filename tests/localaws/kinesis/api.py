"""The Kinesis API without HTTP: an action and its input in, the answer out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from localaws.kinesis.control import StreamActions
from localaws.kinesis.data import RecordActions
from localaws.kinesis.errors import KinesisError
from localaws.kinesis.faults import Faults
from localaws.kinesis.limits import ShardLimits
from localaws.kinesis.validation import MODEL, check_input
from localaws.kinesis.wire import Answer, Params


class KinesisApi:
    """All streams of one server and everything that can be done with them. Used by one thread."""

    def __init__(self, *, folder: Path, region: str, limits: ShardLimits | None, create_seconds: float) -> None:
        """Keep records under ``folder``; ``limits`` of None means no shard limits."""
        self.faults = Faults()
        self.control = StreamActions(folder=folder, region=region, create_seconds=create_seconds)
        self.records = RecordActions(control=self.control, limits=limits, faults=self.faults)
        self._actions: dict[str, Callable[[Params], Answer | None]] = {
            "CreateStream": self.control.create_stream,
            "DeleteStream": self.control.delete_stream,
            "DescribeLimits": self.control.describe_limits,
            "DescribeStream": self.control.describe_stream,
            "DescribeStreamSummary": self.control.describe_stream_summary,
            "ListShards": self.control.list_shards,
            "ListStreams": self.control.list_streams,
            "MergeShards": self.control.merge_shards,
            "SplitShard": self.control.split_shard,
            "UpdateMaxRecordSize": self.control.update_max_record_size,
            "UpdateShardCount": self.control.update_shard_count,
            "GetRecords": self.records.get_records,
            "GetShardIterator": self.records.get_shard_iterator,
            "PutRecord": self.records.put_record,
            "PutRecords": self.records.put_records,
        }

    def call(self, action: str, params: Params) -> Answer | None:
        """Check the input and run the action; KinesisError is the error answer."""
        method = self._actions.get(action)
        if method is None:
            if action in MODEL.operation_names:
                raise KinesisError("NotImplemented", f"{action} is not part of the local Kinesis", status=501)
            raise KinesisError("UnknownOperationException", f"{action} is not an action of Kinesis")
        check_input(action, params)
        return method(params)
