"""A Kinesis for one machine: the service's protocol, shard limits and partial failures, and faults on command.

Clients take ``endpoint_url`` and any credentials. Flink's sink also needs ``aws.http.protocol.version`` set to HTTP1_1,
for its default on plain HTTP is HTTP/2 without negotiation; its default encoding, CBOR, may stay on.
"""

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
