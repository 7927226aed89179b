"""What the hosts of a cluster with a real YARN are told, as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from localaws.emr.node.yarn_node import flink_on_yarn
from localaws.hadoop.distributed import DAEMONS, STANDARD_PORTS, host_settings
from localaws.hadoop.settings import PORTS, Files

pytestmark = pytest.mark.unit

ROOT = Path("/node")
LABELS = {
    "yarn.node-labels.enabled": "true",
    "yarn.node-labels.am.default-node-label-expression": "CORE",
    "yarn.resourcemanager.node-labels.am.default-node-label-expression": "CORE",
}
SERVERS_OF_EACH = {name for names in PORTS.values() for name in names if "datanode" in name or "nodemanager" in name}


def of(role: str, configurations: list[dict[str, Any]] | None = None) -> Files:
    asked = configurations or [{"Classification": "yarn-site", "Properties": {**LABELS, "yarn.of-my-own": "1"}}]
    return host_settings(ROOT, primary="10.0.0.1", role=role, tags={"TAG": "j-1"}, configurations=asked)


def test_every_server_has_a_port_and_the_masters_are_on_the_primary_host() -> None:
    assert STANDARD_PORTS.keys() == {name for names in PORTS.values() for name in names}
    for file, names in PORTS.items():
        for name in names:
            host = "0.0.0.0" if name in SERVERS_OF_EACH else "10.0.0.1"
            assert of("CORE")[file][name].removeprefix("hdfs://") == f"{host}:{STANDARD_PORTS[name]}"


def test_a_node_manager_is_named_as_its_host() -> None:
    assert "yarn.nodemanager.hostname" not in of("TASK")["yarn-site"]


def test_core_nodes_alone_have_the_label() -> None:
    labelled = {
        role: of(role)["yarn-site"].get("yarn.nodemanager.node-labels.provider.configured-node-partition")
        for role in ("MASTER", "CORE", "TASK")
    }
    assert labelled == {"MASTER": None, "CORE": "CORE", "TASK": None}


def test_a_request_says_where_the_application_master_goes() -> None:
    assert of("MASTER")["yarn-site"].items() >= {**LABELS, "yarn.of-my-own": "1"}.items()
    assert not LABELS.keys() & of("MASTER", [{"Classification": "flink-conf"}])["yarn-site"].keys()


def test_a_host_has_the_memory_of_one_node_and_one_copy_of_a_block() -> None:
    yarn = of("CORE")["yarn-site"]
    assert yarn["yarn.nodemanager.resource.memory-mb"] == yarn["yarn.scheduler.maximum-allocation-mb"] == "12288"
    assert of("CORE")["hdfs-site"]["dfs.replication"] == "1"


def test_hdfs_is_on_core_nodes() -> None:
    assert {role for role, names in DAEMONS.items() if "datanode" in names} == {"CORE", "ALL"}


def test_flink_binds_to_the_loopback_only_where_the_host_is_alone() -> None:
    user = {"env.java.opts.all": ""}
    alone, among_others = (flink_on_yarn(user, root=ROOT, statsd_port=None, alone=alone) for alone in (True, False))
    assert {name for name in alone if "bind" in name} == {
        "jobmanager.bind-host",
        "taskmanager.bind-host",
        "rest.bind-address",
    }
    assert [name for name in among_others if "bind" in name] == []
