"""What the drills' StatsD agent makes of the job's metrics."""

from __future__ import annotations

import socket

import pytest
from drills.agent import Listener
from event_recovery.flink.worker.statsd import datagram
from localaws.processes import LOOPBACK, wait_until

pytestmark = pytest.mark.integration


def send(listener: Listener, *texts: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for text in texts:
            sender.sendto(text, (LOOPBACK, listener.port))


def test_the_last_values_are_added_up_over_workers() -> None:
    listener = Listener()
    send(
        listener,
        b"other:1|g",
        *(datagram(container="c", subtask=0, counts=counts) for counts in [(1, 0, 0), (5, 2, 1)]),
    )
    wait_until(lambda: listener.totals().get("numRecordsIn") == 8, 10, "the last datagram")
    assert listener.shared() == []
    send(listener, datagram(container="d", subtask=0, counts=(10, 0, 0)))
    wait_until(lambda: listener.totals().get("numRecordsIn") == 18, 10, "another worker's datagram")
    assert listener.totals() == {
        "events_recovered": 15,
        "events_failed": 2,
        "events_unrecoverable": 1,
        "numRecordsIn": 18,
    }
    listener.forget()
    assert listener.totals() == {}


def test_a_metric_of_two_senders_or_two_names_is_told() -> None:
    listener = Listener()
    send(listener, datagram(container="c", subtask=0, counts=(1, 0, 0)))
    send(listener, b"taskmanager.c..Process.0.numRecordsIn:7|g")
    wait_until(lambda: listener.totals().get("numRecordsIn") == 7, 10, "the second sender")
    assert listener.shared() == ["numRecordsIn"]
    listener.forget()
    send(listener, datagram(container="c", subtask=0, counts=(1, 0, 0)))
    send(listener, b"taskmanager.c..Process.1.numRecordsIn:7|g")
    wait_until(lambda: listener.totals().get("numRecordsIn") == 8, 10, "the second name")
    assert listener.shared() == ["numRecordsIn"]
