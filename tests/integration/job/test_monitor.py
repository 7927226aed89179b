"""The client asks Flink how its job is, and an answer that does not come is no error."""

from __future__ import annotations

import socket
import threading

import pytest
from event_recovery.flink.watch.monitor import Monitor

pytestmark = pytest.mark.integration


def test_a_job_that_cannot_be_asked_is_no_error() -> None:
    monitor = Monitor(url="http://127.0.0.1:9", job_id="0" * 32)
    assert (monitor.restarts(), monitor.counts(), monitor.checkpoint()) == (None, None, None)


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"no HTTP\r\n\r\n", b""],
    ids=["half-an-answer", "no-status", "nothing"],
)
def test_an_answer_that_breaks_off_is_no_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert Monitor(url=f"http://127.0.0.1:{server.getsockname()[1]}", job_id="0" * 32).counts() is None
        thread.join()
