"""What the kernel has of a host: its namespaces, and the processes in them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_CLONE_NEWNET = 0x40000000  # linux/sched.h
_PROGRAMS = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2", "mount": "mount"}


def why_not() -> str | None:
    """Return why hosts cannot be made on this machine, or None when they can."""
    if os.geteuid() != 0:
        return "hosts are made of namespaces, and only root may make them"
    for program, package in _PROGRAMS.items():
        if shutil.which(program) is None:
            return f"no {program} on PATH (Debian's package {package})"
    made = ("unshare", "--net", "--uts", "--mount", "ip", "link", "add", "probe0", "type", "bridge")
    done = subprocess.run(made, capture_output=True, text=True, check=False)
    return f"no namespaces here: {done.stderr.strip()}" if done.returncode else None


@contextlib.contextmanager
def entered(pid: int) -> Iterator[None]:
    """Let this thread make its sockets in the network of a process; a socket stays in the network it was made in.

    :raises OSError: when the process is gone
    """
    with Path("/proc/thread-self/ns/net").open() as own, Path(f"/proc/{pid}/ns/net").open() as other:
        _enter(other.fileno())
        try:
            yield
        finally:
            _enter(own.fileno())


def bound(pid: int, port: int, kind: socket.SocketKind) -> socket.socket:
    """Return a socket bound to a port of the loopback of a process's network."""
    with entered(pid):
        made = socket.socket(socket.AF_INET, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        return made


def network_of(pid: int) -> str:
    """Return what tells the network of a process from others, nothing when it is gone."""
    with contextlib.suppress(OSError):
        return str(Path(f"/proc/{pid}/ns/net").readlink())
    return ""


def processes_in(network: str) -> list[int]:
    """Return the ids of the processes in a network."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if network_of(pid) == network]


def kill_all(network: str, *, seconds: float = 30.0) -> None:
    """Kill every process in a network, those born meanwhile, too.

    :raises TimeoutError: when some are left
    """
    deadline = time.monotonic() + seconds
    while pids := processes_in(network):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {pids} do not end")
        time.sleep(0.02)


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")
