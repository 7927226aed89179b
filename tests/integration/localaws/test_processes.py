"""Child processes of the fabric: start, readiness, stop, and none left behind."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from localaws.processes import (
    LOOPBACK,
    ManagedProcess,
    ProcessFailedError,
    accepts_connections,
    free_port,
    group_members,
    wait_until,
)

pytestmark = pytest.mark.integration


def test_free_ports_differ_and_keep_their_offsets_free() -> None:
    ports = [free_port(offsets=(0, 10_000)) for _ in range(20)]
    assert len(set(ports)) == 20
    with socket.socket() as low, socket.socket() as high:
        low.bind((LOOPBACK, ports[0]))
        high.bind((LOOPBACK, ports[0] + 10_000))


def test_output_goes_to_the_log_and_the_exit_code_is_kept(tmp_path: Path) -> None:
    child = ManagedProcess.start(["sh", "-c", "echo out; echo err >&2; exit 7"], log=tmp_path / "logs" / "child.log")
    assert child.wait(5) == 7
    assert child.stop() == 7
    assert child.exit_code == 7
    assert child.log_tail() == "out\nerr"


def test_environment_and_folder_are_the_ones_given(tmp_path: Path) -> None:
    child = ManagedProcess.start(
        ["/bin/sh", "-c", "echo $WORD; pwd"], log=tmp_path / "log", env={"WORD": "x"}, cwd=tmp_path
    )
    child.wait(5)
    child.stop()
    assert child.log_tail() == f"x\n{tmp_path}"


def test_stop_ends_the_whole_group_even_when_it_ignores_sigterm(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 100 & echo ready; while :; do sleep 0.1; done"
    child = ManagedProcess.start(["sh", "-c", script], log=tmp_path / "log")
    wait_until(lambda: child.log_tail() == "ready", 5, "ready line", process=child)
    assert len(group_members(child.pid)) >= 2
    assert child.stop(grace=0.3) == -signal.SIGKILL
    assert group_members(child.pid) == []
    assert child.stop() == -signal.SIGKILL


def test_kill_leaves_the_grandchildren_to_stop(tmp_path: Path) -> None:
    with ManagedProcess.start(["sh", "-c", "sleep 100 & wait"], log=tmp_path / "log") as child:
        wait_until(lambda: len(group_members(child.pid)) == 2, 5, "both processes", process=child)
        child.kill()
        assert child.exit_code == -signal.SIGKILL
        assert len(group_members(child.pid)) == 1
    assert group_members(child.pid) == []


def test_waiting_for_a_dead_child_fails_at_once_with_its_log(tmp_path: Path) -> None:
    with (
        ManagedProcess.start(["sh", "-c", "echo no such data folder; exit 3"], log=tmp_path / "log") as child,
        pytest.raises(ProcessFailedError, match=r"exit code 3 while waiting for port(?s:.*)no such data folder"),
    ):
        wait_until(lambda: False, 60, "port", process=child)


def test_waiting_in_vain_names_what_was_awaited() -> None:
    port = free_port()
    with pytest.raises(TimeoutError, match=r"a listener: not so after 0\.1 s"):
        wait_until(lambda: accepts_connections(port), 0.1, "a listener")


def test_children_die_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = """
        import os, signal, pathlib
        from localaws.processes import ManagedProcess
        child = ManagedProcess.start(["sh", "-c", "sleep 100 & wait"], log=pathlib.Path("child.log"))
        print(child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    parent = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert parent.returncode == -signal.SIGKILL
    wait_until(lambda: group_members(int(parent.stdout)) == [], 5, "end of the orphans")
