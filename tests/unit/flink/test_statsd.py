"""How the worker's own counts are written for a StatsD agent, and which agent that is."""

from __future__ import annotations

import pytest
from event_recovery.contract import JobOptions, MetricName
from event_recovery.flink.settings import statsd_agent
from event_recovery.flink.worker.statsd import container_id, datagram
from event_recovery.options.agent import Agent

pytestmark = pytest.mark.unit

REPORTER = "metrics.reporter.agent"
CLUSTER = {
    f"{REPORTER}.factory.class": "org.apache.flink.metrics.statsd.StatsDReporterFactory",
    f"{REPORTER}.host": "10.0.0.1",
    f"{REPORTER}.port": "9125",
    "metrics.reporter.other.factory.class": "org.apache.flink.metrics.jmx.JMXReporterFactory",
}


def test_a_datagram_has_all_metrics_under_their_names_and_balances() -> None:
    prefix = "taskmanager_container_1_0001_01_000002__Process_3_"
    assert datagram(container="container_1_0001_01_000002", subtask=3, counts=(5, 2, 1)).decode().split("\n") == [
        f"{prefix}events_recovered:5|g",
        f"{prefix}events_failed:2|g",
        f"{prefix}events_unrecoverable:1|g",
        f"{prefix}numRecordsIn:8|g",
    ]


def test_rows_that_are_skipped_are_in_none_of_the_other_metrics() -> None:
    lines = datagram(container="c", subtask=0, counts=(5, 2, 1, 40)).decode().split("\n")
    assert lines[3:] == [
        "taskmanager_c__Process_0_numRecordsIn:8|g",
        "taskmanager_c__Process_0_events_skipped:40|g",
    ]


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
