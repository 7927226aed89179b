"""A network of hosts: a bridge in a namespace of its own, and what is plugged into it.

Processes alone hold the namespaces, and end with the one that started them; with the last of them the kernel takes
bridge, links and mounts away. The machine itself gets no device, mount or file outside ``folder``.
"""

from __future__ import annotations

import itertools
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from localaws.hosts import relay
from localaws.hosts.namespaces import kill_all, network_of
from localaws.processes import ManagedProcess, wait_until

_READY_SECONDS = 30.0
_STOP_SECONDS = 1.0
_BRIDGE = "bridge0"
_IMPORT_ROOT = Path(__file__).resolve().parents[2]


class HostError(Exception):
    """A host could not be made or changed; the message has what the program said."""


@dataclass(slots=True)
class Host:
    """One host. ``pid`` is the process that holds its namespaces, ``port`` the end of its link in the network."""

    name: str
    address: str
    port: str
    holder: ManagedProcess
    relay: ManagedProcess

    @property
    def pid(self) -> int:
        """The process that holds its namespaces."""
        return self.holder.pid

    def command(self, argv: Iterable[str | Path], cwd: Path) -> list[str]:
        """Return a command line that runs ``argv`` on the host, with the id and the signals of the process as it is."""
        return [
            *("nsenter", f"--target={self.pid}", "--net", "--uts", "--mount", f"--wdns={cwd}", "--"),
            *map(str, argv),
        ]


@dataclass(slots=True)
class Network:
    """The hosts of one cluster.

    :param folder: for logs, and the table of hosts that each has as ``/etc/hosts``
    :param servers: ports of this machine's loopback that each host has on its own
    """

    folder: Path
    servers: Sequence[int]
    hosts: dict[str, Host] = field(default_factory=dict)
    _bridge: ManagedProcess | None = None
    _ports: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def start(self) -> None:
        """Make the bridge.

        :raises HostError: when it cannot be made
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._table.write_text("127.0.0.1 localhost\n")
        script = f"ip link add {_BRIDGE} type bridge; ip link set {_BRIDGE} up; ip link set lo up"
        self._bridge = self._hold("bridge", script, "--net")

    def add(self, name: str, address: str, *, mounts: Sequence[tuple[Path, Path]] = ()) -> Host:
        """Make a host and plug it in.

        :param address: in 10.0.0.0/8
        :param mounts: folders of this machine, each with the place where the host sees it
        :raises HostError: when it cannot be made
        """
        assert self._bridge is not None
        with self._table.open("a") as table:  # in place, since hosts have this very file
            table.write(f"{address} {name}\n")
        binds = [(self._table, Path("/etc/hosts")), *mounts]
        script = "; ".join(
            [
                f"echo {shlex.quote(name)} >/proc/sys/kernel/hostname",
                *(shlex.join(["mount", "--bind", str(source), str(place)]) for source, place in binds),
                "ip link set lo up",
            ]
        )
        with ExitStack() as made:
            holder = self._hold(name, script, "--net", "--uts", "--mount")
            made.callback(holder.stop, 0.0)
            port = f"port{next(self._ports)}"
            self._ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
            self._ip("link", "set", port, "master", _BRIDGE, "up")
            _ip_of(holder.pid, "address", "add", f"{address}/8", "dev", "eth0")
            _ip_of(holder.pid, "link", "set", "eth0", "up")
            host = Host(name, address, port, holder, self._start_relay(name, holder.pid))
            made.pop_all()
        self.hosts[name] = host
        return host

    def cut(self, host: Host) -> None:
        """Let nothing through to the host, nor from it: as if the cable were out, but neither end is told."""
        self._ip("link", "set", host.port, "nomaster")
        os.kill(host.relay.pid, signal.SIGSTOP)

    def mend(self, host: Host) -> None:
        """Let everything through again."""
        os.kill(host.relay.pid, signal.SIGCONT)
        self._ip("link", "set", host.port, "master", _BRIDGE)

    def lose(self, host: Host) -> None:
        """Take the host away as when its machine is gone: nobody hears of the end of its processes."""
        self._ip("link", "set", host.port, "nomaster")
        self._end(host)

    def stop(self) -> None:
        """End every host, and the bridge; harmless when repeated."""
        for host in [*self.hosts.values()]:
            self._end(host)
        if self._bridge is not None:
            self._bridge.stop(_STOP_SECONDS)

    def _end(self, host: Host) -> None:
        if network := network_of(host.pid):
            kill_all(network)
        host.relay.stop(0.0)
        host.holder.stop(0.0)
        self.hosts.pop(host.name)

    @property
    def _table(self) -> Path:
        return self.folder / "hosts"

    def _hold(self, name: str, script: str, *kinds: str) -> ManagedProcess:
        """Start a process in namespaces of its own, which does nothing once the script has set them up."""
        ready = f"set -e; {script}; echo {relay.READY}; exec sleep infinity"
        process = ManagedProcess.start(
            ["unshare", *kinds, "sh", "-c", ready], name=name, log=self.folder / f"{name}.log"
        )
        _wait_for(process)
        return process

    def _start_relay(self, name: str, pid: int) -> ManagedProcess:
        argv = [sys.executable, "-m", "localaws.hosts.relay", str(pid), *map(str, self.servers)]
        env = {**os.environ, "PYTHONPATH": str(_IMPORT_ROOT)}
        process = ManagedProcess.start(argv, name=f"relay of {name}", log=self.folder / f"{name}.relay.log", env=env)
        _wait_for(process)
        return process

    def _ip(self, *words: str) -> None:
        assert self._bridge is not None
        _ip_of(self._bridge.pid, *words)


def _wait_for(process: ManagedProcess) -> None:
    wait_until(lambda: relay.READY in process.log_tail(), _READY_SECONDS, process.name, process=process)


def _ip_of(pid: int, *words: str) -> None:
    """Run ``ip`` in the network of a process."""
    argv = ["nsenter", f"--target={pid}", "--net", "ip", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostError(f"{shlex.join(argv)} failed with code {done.returncode}: {done.stderr.strip()}")
