"""A Kinesis for one machine: the service's protocol, shard limits and partial failures, and faults on command."""

from localaws.kinesis.admin import KinesisAdmin, StreamStatistics
from localaws.kinesis.launch import KinesisProcess
from localaws.kinesis.limits import ShardLimits
from localaws.kinesis.server import KinesisServer
from localaws.kinesis.storage import Record, multiset_digest, record_hash

__all__ = [
    "KinesisAdmin",
    "KinesisProcess",
    "KinesisServer",
    "Record",
    "ShardLimits",
    "StreamStatistics",
    "multiset_digest",
    "record_hash",
]
