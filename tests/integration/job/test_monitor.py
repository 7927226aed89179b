"""The client asks Flink how its job is, and an answer that does not come is no error."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from event_recovery.flink.watch.monitor import Monitor

pytestmark = pytest.mark.integration


def test_a_job_that_cannot_be_asked_is_no_error() -> None:
    monitor = Monitor(url="http://127.0.0.1:9", job_id="0" * 32)
    assert (monitor.restarts(), monitor.counts(), monitor.checkpoint()) == (None, None, None)
    assert monitor.why_no_slots() is None


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"no HTTP\r\n\r\n", b""],
    ids=["half-an-answer", "no-status", "nothing"],
)
def test_an_answer_that_breaks_off_is_no_error(answer: bytes) -> None:
    with job_manager(answer) as monitor:
        assert monitor.counts() is None
    with job_manager(answer) as monitor:
        assert monitor.why_no_slots() is None


def test_of_a_long_log_the_end_is_read() -> None:
    lost = b"2026-01-01 00:00:00,000 INFO Worker w is terminated. Diagnostics: Container released on a *lost* node\n"
    for log in (lost, b"some line\n" * 1_000_000 + lost):
        with job_manager(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(log) + log) as monitor:
            assert monitor.why_no_slots() == "a node was lost"


@contextmanager
def job_manager(answer: bytes) -> Iterator[Monitor]:
    """Stand a server up that answers one call, whatever it is."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Monitor(url=f"http://127.0.0.1:{server.getsockname()[1]}", job_id="0" * 32)
        thread.join()
