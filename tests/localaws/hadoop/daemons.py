"""The daemons of a cluster: NameNode, DataNode, ResourceManager and NodeManager, each a JVM of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from localaws.hadoop.home import Home
from localaws.hadoop.masters import Masters
from localaws.hadoop.settings import REMOTE_LOGS
from localaws.hosts.network import Host
from localaws.processes import ManagedProcess, ProcessFailedError, wait_until

#: Main class and heap in MB of each daemon.
_DAEMONS = {
    "namenode": ("org.apache.hadoop.hdfs.server.namenode.NameNode", 256),
    "datanode": ("org.apache.hadoop.hdfs.server.datanode.DataNode", 192),
    "resourcemanager": ("org.apache.hadoop.yarn.server.resourcemanager.ResourceManager", 384),
    "nodemanager": ("org.apache.hadoop.yarn.server.nodemanager.NodeManager", 256),
}
#: Folders that HDFS has on a node of EMR, with their modes.
_FOLDERS = {"/tmp": "1777", "/user/hadoop": "755", REMOTE_LOGS: "1777"}

_READY_SECONDS, _FORMAT_SECONDS, _STOP_SECONDS = 180.0, 120.0, 3.0


class Daemons:
    """The running daemons of a home. ``stop`` ends them, and is harmless when repeated.

    :param host: where they run, if not on the machine itself
    :param folder: what the host sees as the home's ``root``, if that is another
    """

    def __init__(self, home: Home, *, host: Host | None = None, folder: Path | None = None) -> None:
        self.home = home
        self.masters = Masters(home, None if host is None else host.pid)
        self.processes: dict[str, ManagedProcess] = {}
        self._host = host
        self._folder = folder or home.root
        self._running = ExitStack()

    def start(self, environment: Mapping[str, str], names: Sequence[str]) -> None:
        """Start daemons; with the NameNode among them format HDFS first, and return when all are ready.

        :param environment: all that a daemon gets; containers get of it what YARN lets through
        :param names: of daemons; the NameNode and the ResourceManager go together
        :raises ProcessFailedError: when a daemon ended
        :raises TimeoutError: when one is not ready in time
        """
        with ExitStack() as starting:
            has_masters = "namenode" in names
            if has_masters:
                formatting = self._launch(starting, environment, "namenode", "-format", "-nonInteractive")
            for name in names:
                if name != "namenode":
                    self.processes[name] = self._launch(starting, environment, name)
            if has_masters:
                if formatting.wait(_FORMAT_SECONDS) != 0:
                    raise ProcessFailedError(f"HDFS could not be formatted\n{formatting.log_tail()}")
                self.processes["namenode"] = self._launch(starting, environment, "namenode")
                wait_until(self._is_ready, _READY_SECONDS, "Hadoop's daemons", interval=0.2)
                for folder, mode in _FOLDERS.items():
                    self.masters.make_folder(folder, mode)
            self._running = starting.pop_all()

    def stop(self) -> None:
        """End every daemon."""
        self._running.close()

    def check(self) -> None:
        """Raise ProcessFailedError when a daemon has ended."""
        for process in self.processes.values():
            if not process.is_alive():
                raise ProcessFailedError(f"{process.describe_end()}\n{process.log_tail()}")

    def _launch(self, stack: ExitStack, environment: Mapping[str, str], name: str, *arguments: str) -> ManagedProcess:
        main, heap = _DAEMONS[name]
        argv, cwd = [*self.home.java(main, f"-Xmx{heap}m"), *arguments], self.home.root / "mnt/tmp"
        process = ManagedProcess.start(
            argv if self._host is None else self._host.command(argv, cwd),
            name=name,
            log=Home(self._folder, self.home.ports).log(name),
            env=dict(environment),
            cwd=cwd,
        )
        stack.callback(process.stop, _STOP_SECONDS)
        return process

    def _is_ready(self) -> bool:
        self.check()
        try:
            nodes, data_nodes = self.masters.members()
        except OSError:
            return False
        return "nodemanager" not in self.processes or bool(nodes and data_nodes)
