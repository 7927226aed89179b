"""What the masters of a cluster, ResourceManager and NameNode, say and do when they are asked over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from localaws.hadoop.home import Home
from localaws.hosts.namespaces import entered

_LIVING_APPLICATIONS = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
_ANSWER_SECONDS = 30.0
#: Asks past any proxy that the environment names, which knows nothing of hosts.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Masters:
    """The masters of a home. Everything raises OSError when one does not answer, or refuses.

    :param pid: a process of the host they run on, if that is not the machine itself
    """

    home: Home
    pid: int | None = None

    def applications(self, states: str = _LIVING_APPLICATIONS) -> list[dict[str, Any]]:
        """Return YARN's report of each application in one of these states (comma between them)."""
        found = self._ask("yarn.resourcemanager.webapp.address", f"/ws/v1/cluster/apps?states={states}")
        return list((found["apps"] or {}).get("app", []))

    def nodes(self, state: str) -> list[dict[str, Any]]:
        """Return YARN's report of each node in a state."""
        found = self._ask("yarn.resourcemanager.webapp.address", f"/ws/v1/cluster/nodes?states={state}")
        return list((found["nodes"] or {}).get("node", []))

    def members(self) -> tuple[list[str], int]:
        """Return the hosts whose NodeManagers run containers, and how many DataNodes there are."""
        state = self._ask("dfs.namenode.http-address", "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState")
        beans: Sequence[dict[str, Any]] = state["beans"]
        operational = [bean for bean in beans if bean["FSState"] == "Operational"]
        if not operational:
            raise OSError(f"HDFS is not operational: {beans}")
        running = [str(node["nodeHostName"]) for node in self.nodes("RUNNING")]
        return running, int(operational[0]["NumLiveDataNodes"])

    def add_label(self, name: str) -> None:
        """Let nodes have a label; what is free on them is for all."""
        body = {"nodeLabelInfo": [{"name": name, "exclusivity": "false"}]}
        path = "/ws/v1/cluster/add-node-labels"
        self._ask("yarn.resourcemanager.webapp.address", path, method="POST", body=body)

    def make_folder(self, folder: str, mode: str) -> None:
        """Make a folder in HDFS."""
        path = f"/webhdfs/v1{folder}?op=MKDIRS&permission={mode}&user.name=hadoop"
        made = self._ask("dfs.namenode.http-address", path, method="PUT")
        if made != {"boolean": True}:
            raise OSError(f"HDFS made no folder {folder}: {made}")

    def _ask(self, server: str, path: str, *, method: str = "GET", body: object = None) -> dict[str, Any]:
        request = urllib.request.Request(f"http://{self.home.address(server)}{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with (
                nullcontext() if self.pid is None else entered(self.pid),
                _opener.open(request, timeout=_ANSWER_SECONDS) as answer,
            ):
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise OSError(f"{error.code} for {path}: {error.read()[:500]!r}") from error
        found: dict[str, Any] = json.loads(text or b"{}")
        return found
