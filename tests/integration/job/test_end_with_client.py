"""A job whose client is gone is cancelled, whichever way the client went; one whose client said so is left alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from localaws.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

JOB = "0" * 32
CLIENT = """
import sys, time
from event_recovery.flink.watch.end_with_client import ends_with_client
with ends_with_client(sys.argv[1], sys.argv[2]):
    print("began", flush=True)
    word = sys.stdin.readline()
    if word == "fail\\n":
        raise OSError("not to be told")
"""


class Flink(ThreadingHTTPServer):
    """A JobManager with one job, which takes two calls to be cancelled."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.states = iter(["RUNNING", "CANCELLING", "CANCELED"])
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Flink

    def do_GET(self) -> None:
        self._answer({"state": next(self.server.states)} if self.path == f"/jobs/{JOB}" else {})

    def do_PATCH(self) -> None:
        self._answer({})

    def _answer(self, document: dict[str, str]) -> None:
        self.server.calls.append(f"{self.command} {self.path}")
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def flink() -> Iterator[Flink]:
    with Flink() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def begun(flink: Flink) -> subprocess.Popen[str]:
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, flink.url, JOB],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert client.stdout is not None
    assert client.stdout.readline() == "began\n"
    return client


CANCELLED = [
    f"GET /jobs/{JOB}",
    f"PATCH /jobs/{JOB}?mode=cancel",
    f"GET /jobs/{JOB}",
    f"PATCH /jobs/{JOB}?mode=cancel",
    f"GET /jobs/{JOB}",
    f"GET /jobs/{JOB}/execution-result",
]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, None], ids=["killed", "ended", "failed"])
def test_the_job_of_a_client_that_is_gone_is_cancelled(flink: Flink, number: signal.Signals | None) -> None:
    with begun(flink) as client:
        if number is None:
            client.communicate("fail\n", timeout=30)
        else:
            client.send_signal(number)
            client.wait(30)
        assert client.returncode != 0
        wait_until(lambda: flink.calls == CANCELLED, 30, "a job that is cancelled")


def test_a_job_that_has_ended_under_its_client_is_left_alone(flink: Flink) -> None:
    with begun(flink) as client:
        client.communicate("\n", timeout=30)
    assert client.returncode == 0
    assert flink.calls == []
