"""A local Kinesis for a module, and a stream for each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from localaws.kinesis import KinesisServer
from support.kinesis_calls import client_for


@pytest.fixture(scope="module")
def server() -> Iterator[KinesisServer]:
    with KinesisServer(limits=None) as server:
        yield server


@pytest.fixture(scope="module")
def kinesis(server: KinesisServer) -> Any:
    return client_for(server.endpoint_url)


@pytest.fixture
def stream(server: KinesisServer, kinesis: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.originalname[:128]
    kinesis.create_stream(StreamName=name, ShardCount=2)
    yield name
    server.admin.heal()
    server.admin.set_limits(None)
    if name in kinesis.list_streams()["StreamNames"]:
        kinesis.delete_stream(StreamName=name)
