"""Hadoop's configuration files of a host among several, as plain data.

Ports are those that EMR has, as each host has all of them for itself; so are the labels of nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localaws.hadoop.settings import PORTS, Files, hadoop_settings, with_classifications

#: The port of every server, by the setting that has it.
STANDARD_PORTS: Mapping[str, int] = {
    "fs.defaultFS": 8020,
    "dfs.namenode.http-address": 9870,
    "dfs.datanode.address": 9866,
    "dfs.datanode.ipc.address": 9867,
    "dfs.datanode.http.address": 9864,
    "yarn.resourcemanager.address": 8032,
    "yarn.resourcemanager.scheduler.address": 8030,
    "yarn.resourcemanager.resource-tracker.address": 8025,
    "yarn.resourcemanager.admin.address": 8033,
    "yarn.resourcemanager.webapp.address": 8088,
    "yarn.nodemanager.address": 8041,
    "yarn.nodemanager.localizer.address": 8040,
    "yarn.nodemanager.webapp.address": 8042,
}
#: The daemons of each role, and of a host that is alone.
DAEMONS: Mapping[str, Sequence[str]] = {
    "MASTER": ("namenode", "resourcemanager"),
    "CORE": ("datanode", "nodemanager"),
    "TASK": ("nodemanager",),
    "ALL": ("namenode", "resourcemanager", "nodemanager", "datanode"),
}
#: The label of core nodes, beside which a node may have none.
CORE = "CORE"
#: Names of hosts that are to leave, one a line, below a node's folder.
EXCLUDED = "emr/instance-controller/lib/yarn.nodes.exclude"

_OF_EACH_HOST = ("dfs.datanode.", "yarn.nodemanager.")
_ANY_ADDRESS = "0.0.0.0"
_QUEUE = "yarn.scheduler.capacity.root"


def host_settings(
    root: Path, *, primary: str, role: str, tags: Mapping[str, str], configurations: Sequence[Mapping[str, Any]]
) -> Files:
    """Return the settings of a host, by file, with those that a request's ``configurations`` add.

    :param root: where the host sees its own folder
    :param primary: the address of the host that has the masters
    :param role: MASTER, CORE or TASK
    :param tags: variables that every container gets beside YARN's own
    """
    files = with_classifications(hadoop_settings(root, ports=STANDARD_PORTS, nodes=1, tags=tags), configurations)
    for file, names in PORTS.items():
        for name in names:
            host = _ANY_ADDRESS if name.startswith(_OF_EACH_HOST) else primary
            files[file][name] = f"{host}:{STANDARD_PORTS[name]}"
    files["core-site"]["fs.defaultFS"] = f"hdfs://{files['core-site']['fs.defaultFS']}"
    yarn = files["yarn-site"]
    del yarn["yarn.nodemanager.hostname"]  # its own name, as it binds to any address
    yarn["yarn.resourcemanager.hostname"] = primary
    yarn["yarn.resourcemanager.nodes.exclude-path"] = str(root / EXCLUDED)
    yarn["yarn.node-labels.fs-store.root-dir"] = (root / "mnt/var/lib/hadoop/tmp/yarn/node-labels").as_uri()
    yarn["yarn.node-labels.configuration-type"] = "distributed"
    yarn |= labels_asked_for(configurations)
    if role == CORE:
        yarn["yarn.nodemanager.node-labels.provider"] = "config"
        yarn["yarn.nodemanager.node-labels.provider.configured-node-partition"] = CORE
    files["capacity-scheduler"] |= {
        f"{_QUEUE}.accessible-node-labels": "*",
        f"{_QUEUE}.accessible-node-labels.{CORE}.capacity": "100",
        f"{_QUEUE}.default.accessible-node-labels": "*",
        f"{_QUEUE}.default.accessible-node-labels.{CORE}.capacity": "100",
    }
    return files


def labels_asked_for(configurations: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what a request's ``configurations`` say of labels, which a cluster of one host leaves out."""
    return {
        name: value
        for entry in configurations
        if entry.get("Classification") == "yarn-site"
        for name, value in entry.get("Properties", {}).items()
        if "node-labels" in name
    }
