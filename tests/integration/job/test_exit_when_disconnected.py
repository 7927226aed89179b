"""A worker ends when its line to Java is gone, and not when another thread fails."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.integration

SCRIPT = """
import sys, threading, time
from event_recovery.flink.worker import exit_when_disconnected as module
module._GRACE_SECONDS = 0.2
module.exit_when_disconnected()
def fail(): raise ConnectionError("gone")
threading.Thread(target=fail, name=sys.argv[1], daemon=True).start()
time.sleep(float(sys.argv[2]))
"""


def run(thread: str, seconds: float) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", SCRIPT, thread, str(seconds)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def test_a_worker_without_its_reader_ends_and_says_why() -> None:
    began = time.monotonic()
    process = run("read_grpc_client_inputs", 60)
    assert (process.returncode, time.monotonic() - began < 50) == (1, True)
    assert "ConnectionError: gone" in process.stderr


@pytest.mark.parametrize(("thread", "seconds"), [("other", 0.5), ("read_grpc_client_inputs", 0.0)])
def test_another_thread_or_an_end_in_time_does_no_harm(thread: str, seconds: float) -> None:
    assert run(thread, seconds).returncode == 0
