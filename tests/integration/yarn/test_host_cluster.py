"""A cluster of several hosts and nothing on it: who is on it, what a step finds, how hosts come and go."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from localaws.processes import wait_until
from localaws.testing import ENDED, job_flow, read_log, shell_step, wait_for_cluster, wait_for_step

if TYPE_CHECKING:
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.hosts, pytest.mark.timeout(900)]

LABELS = {"Classification": "yarn-site", "Properties": {"yarn.node-labels.enabled": "true"}}
BOOTED = """#!/bin/bash
set -e
uname -n >/mnt/tmp/booted
aws s3 ls s3://recovery/
"""


def group(role: str, count: int) -> dict[str, Any]:
    return {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count}


@pytest.fixture
def cluster_id(hosts: YarnSite) -> Iterator[str]:
    emr, s3 = hosts.fabric.client("emr"), hosts.fabric.client("s3")
    before = of_the_machine()
    s3.put_object(Bucket="recovery", Key="booted.sh", Body=BOOTED.encode())
    request = job_flow(
        "hosts",
        LogUri="s3://recovery/hosts",
        Applications=[{"Name": "Hadoop"}],
        Configurations=[LABELS],
        BootstrapActions=[{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://recovery/booted.sh"}}],
        Instances={
            "InstanceGroups": [group("MASTER", 1), group("CORE", 1), group("TASK", 1)],
            "KeepJobFlowAliveWhenNoSteps": True,
        },
    )
    made: str = emr.run_job_flow(**request)["JobFlowId"]
    wait_for_cluster(emr, made, "WAITING", seconds=300)
    yield made
    emr.terminate_job_flows(JobFlowIds=[made])
    wait_for_cluster(emr, made, *ENDED, seconds=60)
    assert of_the_machine() == before


def of_the_machine() -> tuple[set[str], set[str]]:
    """Return the devices and mounts of this machine."""
    devices = {device.name for device in Path("/sys/class/net").iterdir()}
    return devices, set(Path("/proc/self/mountinfo").read_text().splitlines())


def run(site: YarnSite, cluster_id: str, *command: str) -> str:
    """Run a command in a step and return what it prints."""
    emr = site.fabric.client("emr")
    (step_id,) = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[shell_step(shlex.join(command))])["StepIds"]
    state = wait_for_step(emr, cluster_id, step_id, seconds=120)["Status"]["State"]
    logs = f"s3://recovery/hosts/{cluster_id}/steps/{step_id}"
    printed = {name: read_log(site.fabric.client("s3"), f"{logs}/{name}.gz") for name in ("stdout", "stderr")}
    assert state == "COMPLETED", printed
    return printed["stdout"]


def test_hosts_of_a_cluster_have_their_roles_and_can_be_replaced(hosts: YarnSite, cluster_id: str) -> None:
    from support.yarn.processes import below

    admin = hosts.fabric.admin
    names = {host["role"]: host["name"] for host in admin.hosts(cluster_id)}
    assert names.keys() == {"MASTER", "CORE", "TASK"}
    assert run(hosts, cluster_id, "uname", "-n").split() == [names["MASTER"]]

    # Of what each has in its own folder, at the same place.
    folder = hosts.fabric.work / "clusters" / f"{cluster_id}-hosts"
    booted = {name: (folder / name / "mnt/tmp/booted").read_text().strip() for name in (names["CORE"], names["TASK"])}
    assert booted == {name: name for name in booted}
    assert run(hosts, cluster_id, "cat", "/mnt/tmp/booted").split() == [names["MASTER"]]

    # HDFS is on the core node, and so is the label.
    assert "Live datanodes (1)" in run(hosts, cluster_id, "hdfs", "dfsadmin", "-report")
    assert labels(hosts, cluster_id) == {names["CORE"]: "CORE", names["TASK"]: ""}

    # A node that is taken with notice runs nothing new, and another comes in its place.
    admin.change_hosts(cluster_id, decommission=names["TASK"], seconds=5)
    wait_until(lambda: names["TASK"] in decommissioned(hosts, cluster_id), 120, "a node out of service", interval=1)
    admin.change_hosts(cluster_id, lose=names["TASK"])
    assert not (folder / names["TASK"]).exists()
    admin.change_hosts(cluster_id, add="TASK")
    wait_until(lambda: len(joined := labels(hosts, cluster_id)) == 2 and names["TASK"] not in joined, 120, "a new node")
    assert [entry for entry in below(folder) if names["TASK"] in entry] == []


def labels(site: YarnSite, cluster_id: str) -> dict[str, str]:
    """Return the label of each host that runs containers."""
    return {node["nodeHostName"]: ",".join(node.get("nodeLabels", [""])) for node in nodes(site, cluster_id, "RUNNING")}


def decommissioned(site: YarnSite, cluster_id: str) -> set[str]:
    return {node["nodeHostName"] for node in nodes(site, cluster_id, "DECOMMISSIONED")}


def nodes(site: YarnSite, cluster_id: str, state: str) -> list[dict[str, Any]]:
    from localaws.hadoop.home import Home
    from localaws.hadoop.masters import Masters

    (pid,) = (host["pid"] for host in site.fabric.admin.hosts(cluster_id) if host["role"] == "MASTER")
    return Masters(Home.find(site.fabric.work / "clusters" / cluster_id), pid).nodes(state)
