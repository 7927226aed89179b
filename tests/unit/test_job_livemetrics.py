"""The worker's own counts, as a StatsD agent receives them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from event_recovery.contract import JobOptions, MetricName
from event_recovery.flink.settings import statsd_agent
from event_recovery.flink.worker.statsd import Agent, LiveMetrics, container_id, datagram

pytestmark = pytest.mark.unit

REPORTER = "metrics.reporter.agent"
CLUSTER = {
    f"{REPORTER}.factory.class": "org.apache.flink.metrics.statsd.StatsDReporterFactory",
    f"{REPORTER}.host": "10.0.0.1",
    f"{REPORTER}.port": "9125",
    "metrics.reporter.other.factory.class": "org.apache.flink.metrics.jmx.JMXReporterFactory",
}


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


def test_a_datagram_has_all_metrics_under_their_names_and_balances() -> None:
    prefix = "taskmanager_container_1_0001_01_000002__Process_3_"
    assert datagram(container="container_1_0001_01_000002", subtask=3, counts=(5, 2, 1)).decode().split("\n") == [
        f"{prefix}events_recovered:5|g",
        f"{prefix}events_failed:2|g",
        f"{prefix}events_unrecoverable:1|g",
        f"{prefix}numRecordsIn:8|g",
    ]


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


def test_outside_yarn_the_container_is_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTAINER_ID", raising=False)
    assert MetricName.parse(str(MetricName(container=container_id(), subtask=0, metric="numRecordsIn"))) is not None
    assert "." not in container_id()


@pytest.mark.parametrize(
    ("text", "agent"), [("localhost", Agent("localhost", 8125)), ("10.0.0.1:9125", Agent("10.0.0.1", 9125))]
)
def test_an_agent_is_read(text: str, agent: Agent) -> None:
    assert Agent.parse(text) == agent


@pytest.mark.parametrize("text", ["", ":8125", "host:", "host:0", "host:65536", "host:x", "host:-1"])
def test_what_is_no_agent_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST or HOST:PORT"):
        Agent.parse(text)


@pytest.mark.parametrize(
    ("option", "cluster", "agent"),
    [
        (None, {}, None),
        (None, CLUSTER, Agent("10.0.0.1", 9125)),
        ("127.0.0.1:1", CLUSTER, Agent("127.0.0.1", 1)),
    ],
)
def test_the_option_wins_over_the_clusters_reporter(
    option: str | None, cluster: dict[str, str], agent: Agent | None
) -> None:
    options = JobOptions(inputs=("i",), output="o", failed="f", unrecoverable="u", config="{}", statsd=option)
    assert statsd_agent(options, cluster) == agent
