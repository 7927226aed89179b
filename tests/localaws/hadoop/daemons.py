"""The daemons of one cluster: NameNode, DataNode, ResourceManager and NodeManager, each a JVM of its own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from localaws.hadoop.home import Home
from localaws.hadoop.settings import REMOTE_LOGS
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
_LIVING_APPLICATIONS = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"

_READY_SECONDS, _FORMAT_SECONDS, _STOP_SECONDS = 180.0, 120.0, 3.0
_ANSWER_SECONDS = 30.0


class Daemons:
    """The running daemons of a home. ``stop`` ends them, and is harmless when repeated."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.processes: dict[str, ManagedProcess] = {}
        self._running = ExitStack()

    def start(self, environment: Mapping[str, str]) -> None:
        """Format HDFS, start every daemon, and return when a container could be started.

        :param environment: all that a daemon gets; containers get of it what YARN lets through
        :raises ProcessFailedError: when a daemon ended
        :raises TimeoutError: when one is not ready in time
        """
        with ExitStack() as starting:
            formatting = self._launch(starting, environment, "namenode", "-format", "-nonInteractive")
            for name in ("resourcemanager", "nodemanager", "datanode"):
                self.processes[name] = self._launch(starting, environment, name)
            if formatting.wait(_FORMAT_SECONDS) != 0:
                raise ProcessFailedError(f"HDFS could not be formatted\n{formatting.log_tail()}")
            self.processes["namenode"] = self._launch(starting, environment, "namenode")
            wait_until(self._is_ready, _READY_SECONDS, "Hadoop's daemons", interval=0.2)
            for folder, mode in _FOLDERS.items():
                self._make_folder(folder, mode)
            self._running = starting.pop_all()

    def stop(self) -> None:
        """End every daemon."""
        self._running.close()

    def applications(self, states: str = _LIVING_APPLICATIONS) -> list[dict[str, Any]]:
        """Return YARN's report of each application in one of these states (comma between them).

        :raises OSError: when the ResourceManager does not answer
        """
        found = self._ask("yarn.resourcemanager.webapp.address", f"/ws/v1/cluster/apps?states={states}")
        return list((found["apps"] or {}).get("app", []))

    def _launch(self, stack: ExitStack, environment: Mapping[str, str], name: str, *arguments: str) -> ManagedProcess:
        main, heap = _DAEMONS[name]
        process = ManagedProcess.start(
            [*self.home.java(main, f"-Xmx{heap}m"), *arguments],
            name=name,
            log=self.home.log(name),
            env=dict(environment),
            cwd=self.home.root / "mnt/tmp",
        )
        stack.callback(process.stop, _STOP_SECONDS)
        return process

    def _is_ready(self) -> bool:
        for process in self.processes.values():
            if not process.is_alive():
                raise ProcessFailedError(f"{process.describe_end()}\n{process.log_tail()}")
        try:
            nodes = self._ask("yarn.resourcemanager.webapp.address", "/ws/v1/cluster/nodes?states=RUNNING")
            state = self._ask("dfs.namenode.http-address", "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState")
        except OSError:
            return False
        beans: Sequence[dict[str, Any]] = state["beans"]
        hdfs_is_up = any(bean["FSState"] == "Operational" and bean["NumLiveDataNodes"] for bean in beans)
        return hdfs_is_up and bool(nodes["nodes"])

    def _make_folder(self, folder: str, mode: str) -> None:
        path = f"/webhdfs/v1{folder}?op=MKDIRS&permission={mode}&user.name=hadoop"
        made = self._ask("dfs.namenode.http-address", path, method="PUT")
        if made != {"boolean": True}:
            raise ProcessFailedError(f"HDFS made no folder {folder}: {made}")

    def _ask(self, server: str, path: str, *, method: str = "GET") -> dict[str, Any]:
        request = urllib.request.Request(f"http://{self.home.address(server)}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise OSError(f"{error.code} for {path}: {error.read()[:500]!r}") from error
        return found
