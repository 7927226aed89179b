"""Start, watch and stop the child processes of the local AWS fabric.

Every child leads its own process group, writes to its own log file and is stopped by the id recorded when it was
started. None outlives its parent: a watchdog process shared by all children of one parent kills their groups when the
parent is gone. (PR_SET_PDEATHSIG would not do: it follows the thread that forked, and is not inherited.)
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
# Below the kernel's ephemeral range, so that no outgoing connection takes a port between choosing and binding it.
_PORTS = range(12_000, 30_000)
_LOG_TAIL_LINES = 25


class ProcessFailedError(Exception):
    """A child ended, or did not become ready, when it was needed; the message carries the tail of its log."""


def free_port(*, offsets: Sequence[int] = (0,)) -> int:
    """Return a loopback TCP port P such that P + offset is free for every offset; never the same one twice."""
    for port in random.sample(_PORTS, k=500):
        wanted = {port + offset for offset in offsets}
        if wanted & _handed_out or not all(_is_free(candidate) for candidate in wanted):
            continue
        _handed_out.update(wanted)
        return port
    raise OSError(f"no free port on {LOOPBACK} in {_PORTS.start}-{_PORTS.stop - 1} with offsets {tuple(offsets)}")


def wait_until(
    check: Callable[[], bool],
    timeout: float,
    what: str,
    *,
    process: ManagedProcess | None = None,
    interval: float = 0.05,
) -> None:
    """Return as soon as ``check()`` is true.

    :param timeout: in seconds, as ``interval`` is
    :raises TimeoutError: naming ``what``
    :raises ProcessFailedError: at once when ``process`` has ended meanwhile
    """
    deadline = time.monotonic() + timeout
    while not check():
        if process is not None and not process.is_alive():
            raise ProcessFailedError(f"{process.describe_end()} while waiting for {what}\n{process.log_tail()}")
        if time.monotonic() >= deadline:
            tail = f"\n{process.log_tail()}" if process is not None else ""
            raise TimeoutError(f"{what}: not so after {timeout:g} s{tail}")
        time.sleep(interval)


def accepts_connections(port: int) -> bool:
    """Tell whether something listens on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def group_members(pgid: int) -> list[int]:
    """Return the ids of the living processes (zombies left out) of a process group."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it ended while we looked
            # "pid (comm) state ppid pgrp ...", where comm may hold blanks and brackets
            state, _, pgrp, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(pgrp) == pgid and state not in "ZX":
                members.append(int(entry.name))
    return members


def memory_bytes(pid: int, *, peak: bool = False) -> int:
    """Return the resident memory of a process, now or the most it ever had; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


class ManagedProcess:
    """A running child process that leads its own process group. Use as a context manager, or call ``stop()``."""

    def __init__(self, *, name: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._popen = popen

    @classmethod
    def start(
        cls,
        argv: Sequence[str | Path],
        *,
        log: Path,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> ManagedProcess:
        """Start ``argv`` with standard output and error appended to ``log``.

        :param env: the whole environment; None for this process's own
        :raises FileNotFoundError: when there is no such program
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            popen = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
            )
        _watchdog.guard(popen.pid)
        return cls(name=name or Path(str(argv[0])).name, popen=popen, log=log)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self._popen.returncode is not None:
            return self._popen.returncode
        # WNOWAIT leaves the zombie in place: its id, hence the group's, cannot be reused before stop() is through.
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def is_alive(self) -> bool:
        """Tell whether the child itself still runs."""
        return self.exit_code is None

    def describe_end(self) -> str:
        """Say in words how the child ended, for error messages."""
        return f"{self.name} (pid {self.pid}) ended with exit code {self.exit_code}"

    def log_tail(self, lines: int = _LOG_TAIL_LINES) -> str:
        """Return the last lines of the log."""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 64 * 1024))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def wait(self, timeout: float) -> int:
        """Wait for the child to end by itself and return its exit code; TimeoutError after ``timeout`` seconds."""
        wait_until(lambda: not self.is_alive(), timeout, f"end of {self.name}")
        exit_code = self.exit_code
        assert exit_code is not None
        return exit_code

    def kill(self) -> None:
        """SIGKILL the child alone, as the kernel's out-of-memory killer would: what it started is left orphaned."""
        if self.is_alive():
            os.kill(self.pid, signal.SIGKILL)
            self.wait(10)

    def stop(self, grace: float = 10.0) -> int:
        """End the whole group, with SIGKILL after ``grace`` seconds. Return the exit code; harmless when repeated."""
        if self._popen.returncode is not None:
            return self._popen.returncode
        with contextlib.suppress(ProcessLookupError):
            if self.is_alive():
                os.killpg(self.pid, signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    wait_until(lambda: not self.is_alive(), grace, f"end of {self.name}")
            os.killpg(self.pid, signal.SIGKILL)
        wait_until(lambda: not group_members(self.pid), 10, f"end of the process group of {self.name}")
        exit_code = self._popen.wait()
        _watchdog.release(self.pid)
        return exit_code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Watchdog:
    """The one watchdog process of this process, started with the first child."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._popen: subprocess.Popen[bytes] | None = None

    def guard(self, pgid: int) -> None:
        self._tell(f"+{pgid}\n")

    def release(self, pgid: int) -> None:
        self._tell(f"-{pgid}\n")

    def _tell(self, line: str) -> None:
        with self._lock:
            if self._popen is None or self._owner != os.getpid():  # a forked copy of this process needs its own
                self._owner = os.getpid()
                self._popen = subprocess.Popen(
                    [sys.executable, "-IS", str(Path(__file__).with_name("_watchdog.py"))],
                    stdin=subprocess.PIPE,
                    bufsize=0,
                    start_new_session=True,
                )
            assert self._popen.stdin is not None
            self._popen.stdin.write(line.encode())


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


_handed_out: set[int] = set()
_watchdog = _Watchdog()
