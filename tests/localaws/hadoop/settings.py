"""Hadoop's configuration files for one cluster on the loopback, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from localaws.processes import LOOPBACK

#: What an m5.xlarge has for YARN on EMR, in MB (AWS's table of task configurations).
NODE_MB = 12_288
#: Where finished containers' logs go in HDFS.
REMOTE_LOGS = "/var/log/hadoop-yarn/apps"
#: Each daemon's ports, by setting.
PORTS: Mapping[str, Sequence[str]] = {
    "core-site": ("fs.defaultFS",),
    "hdfs-site": (
        "dfs.namenode.http-address",
        "dfs.datanode.address",
        "dfs.datanode.ipc.address",
        "dfs.datanode.http.address",
    ),
    "yarn-site": (
        "yarn.resourcemanager.address",
        "yarn.resourcemanager.scheduler.address",
        "yarn.resourcemanager.resource-tracker.address",
        "yarn.resourcemanager.admin.address",
        "yarn.resourcemanager.webapp.address",
        "yarn.nodemanager.address",
        "yarn.nodemanager.localizer.address",
        "yarn.nodemanager.webapp.address",
    ),
}

_OURS = (".dir", "-dir", "-dirs", ".uri", "hostname", "admin-env", "classpath", "debug-delay-sec")
_DELETE_AFTER_SECONDS = 86_400

Files = dict[str, dict[str, str]]


def hadoop_settings(root: Path, *, ports: Mapping[str, int], nodes: int, tags: Mapping[str, str]) -> Files:
    """Return the settings of a cluster whose folder is ``root``, by file.

    One NodeManager stands for all ``nodes`` that run containers, and has the memory of all of them together; no
    container gets more than one node has. ``tags`` are variables that every container gets beside YARN's own, by which
    its processes are found in the end. A container's logs stay on the node after they were aggregated, for EMR's log
    pusher to find them.
    """
    hadoop_tmp = root / "mnt/var/lib/hadoop/tmp"
    addresses = {name: f"{LOOPBACK}:{port}" for name, port in ports.items()}
    return {
        "core-site": {
            "fs.defaultFS": f"hdfs://{addresses['fs.defaultFS']}",
            "hadoop.tmp.dir": str(hadoop_tmp),
            "hadoop.http.staticuser.user": "hadoop",
        },
        "hdfs-site": {
            **{name: addresses[name] for name in PORTS["hdfs-site"]},
            "dfs.replication": "1",  # as EMR has it below four core nodes
            "dfs.namenode.name.dir": (root / "mnt/namenode").as_uri(),
            "dfs.datanode.data.dir": (root / "mnt/hdfs").as_uri(),
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.namenode.secondary.http-address": f"{LOOPBACK}:0",
            "dfs.datanode.du.reserved": "0",
        },
        "yarn-site": {
            **{name: addresses[name] for name in PORTS["yarn-site"]},
            "yarn.resourcemanager.hostname": LOOPBACK,
            "yarn.resourcemanager.fs.state-store.uri": str(hadoop_tmp / "yarn/system/rmstore"),
            "yarn.node-attribute.fs-store.root-dir": (hadoop_tmp / "yarn/node-attribute").as_uri(),
            "yarn.nodemanager.hostname": LOOPBACK,
            "yarn.nodemanager.resource.memory-mb": str(NODE_MB * nodes),
            "yarn.nodemanager.resource.cpu-vcores": str(4 * nodes),
            "yarn.scheduler.maximum-allocation-mb": str(NODE_MB),
            "yarn.scheduler.minimum-allocation-mb": "32",
            "yarn.nodemanager.vmem-pmem-ratio": "5",
            # The NodeManager then looks itself, and does not leave it to control groups, which nobody sets up here.
            "yarn.nodemanager.resource.memory.enforced": "false",
            "yarn.nodemanager.local-dirs": str(root / "mnt/yarn"),
            "yarn.nodemanager.log-dirs": str(root / "mnt/var/log/hadoop-yarn/containers"),
            "yarn.nodemanager.user-home-dir": f"{root}/home/",
            "yarn.nodemanager.admin-env": ",".join(f"{name}={value}" for name, value in tags.items()),
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.9",
            "yarn.nodemanager.delete.debug-delay-sec": str(_DELETE_AFTER_SECONDS),
            "yarn.log-aggregation-enable": "true",
            "yarn.nodemanager.remote-app-log-dir": REMOTE_LOGS,
            "yarn.application.classpath": f"$HADOOP_CONF_DIR,{root}/usr/lib/hadoop/lib/*",
        },
        "capacity-scheduler": {
            "yarn.scheduler.capacity.root.queues": "default",
            "yarn.scheduler.capacity.root.default.capacity": "100",
            "yarn.scheduler.capacity.maximum-am-resource-percent": "0.5",
        },
    }


def with_classifications(files: Files, configurations: Sequence[Mapping[str, Any]]) -> Files:
    """Return the settings with those that a request's ``Configurations`` add.

    What only this machine knows stays as it is, addresses and folders. Node labels are left out: here is one node.
    """
    asked = {entry.get("Classification"): entry.get("Properties", {}) for entry in configurations}
    return {
        name: {**own, **{key: value for key, value in asked.get(name, {}).items() if not _is_of_this_machine(key)}}
        for name, own in files.items()
    }


def _is_of_this_machine(key: str) -> bool:
    return any(key in names for names in PORTS.values()) or key.endswith(_OURS) or "node-labels" in key


def render(settings: Mapping[str, str]) -> str:
    """Return one of Hadoop's XML files."""
    properties = (
        f"  <property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in settings.items()
    )
    return f'<?xml version="1.0"?>\n<configuration>\n{"".join(properties)}</configuration>\n'
