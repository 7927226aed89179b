"""The worker's own counts, as a StatsD agent receives them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from event_recovery.contract import MetricName
from event_recovery.flink.worker.statsd import LiveMetrics
from event_recovery.options.agent import Agent

pytestmark = pytest.mark.integration


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        yield listener


def received(listener: socket.socket) -> dict[MetricName, int]:
    values = {}
    for line in listener.recv(2000).decode().splitlines():
        name, _, value = line.partition(":")
        metric = MetricName.parse(name)
        assert metric is not None
        values[metric] = int(value.removesuffix("|g"))
    return values


def test_counts_are_told_at_once_every_second_and_at_the_end(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINER_ID", "container_7")
    live = LiveMetrics(Agent("127.0.0.1", listener.getsockname()[1]))
    assert set(received(listener).values()) == {0}
    live.update((1, 2, 3))
    assert sorted(received(listener).values()) == [1, 2, 3, 6]
    assert sorted(received(listener).values()) == [1, 2, 3, 6], "a second later, without another batch"
    live.close()
    last = [received(listener) for _ in range(3)]
    assert [{(name.container, name.subtask) for name in values} for values in last] == [{("container_7", 0)}] * 3


def test_workers_of_one_container_have_names_of_their_own(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINER_ID", "container_8")
    agent = Agent("127.0.0.1", listener.getsockname()[1])
    first, second = LiveMetrics(agent), LiveMetrics(agent)
    assert {name.subtask for _ in range(2) for name in received(listener)} == {0, 1}
    first.close()
    third = LiveMetrics(agent)
    third.close()
    second.close()
    assert third._subtask == 0


def test_an_agent_that_is_not_there_does_no_harm() -> None:
    live = LiveMetrics(Agent("127.0.0.1", 9))
    for rows in range(3):
        live.update((rows, 0, 0))
    live.close()
