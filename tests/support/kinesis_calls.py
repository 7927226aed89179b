"""Calls to the local Kinesis as its tests make them."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def client_for(endpoint_url: str, *, retries: int = 1) -> Any:
    return boto3.client(
        "kinesis",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(
            retries={"total_max_attempts": retries}, read_timeout=5, connect_timeout=5, parameter_validation=False
        ),
    )


def entries(count: int, *, data: bytes = b"payload %d") -> list[dict[str, Any]]:
    return [{"Data": data % i if b"%d" in data else data, "PartitionKey": f"key-{i}"} for i in range(count)]


def read_shard(kinesis: Any, stream: str, shard: str, **start: Any) -> list[bytes]:
    start = start or {"ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **start)["ShardIterator"]
    return [record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]]


def error_of(call: Any, /, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
