"""The nodes of a cluster: the primary one alone, or every instance on a host of its own, which can be lost."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import shutil
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from localaws.emr.faults import FaultError
from localaws.emr.model import Params, new_address, new_id
from localaws.emr.node.node import Node, Site
from localaws.emr.records import Cluster, Instance
from localaws.emr.runner import Runner
from localaws.hadoop.distributed import CORE, EXCLUDED, labels_asked_for
from localaws.hosts.network import Host, Network
from localaws.processes import wait_until

log = logging.getLogger(__name__)

_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_KINESIS")
_JOIN_SECONDS = 180.0


class Fleet:
    """The nodes, from their boot to their removal. ``primary`` is there from the start."""

    def __init__(self, *, site: Site, cluster: Cluster) -> None:
        self._site = site
        self._cluster = cluster
        self._network: Network | None = None
        if site.hosts:
            ports = {urlsplit(os.environ[name]).port or 0 for name in _ENDPOINTS if name in os.environ}
            self._network = Network(site.root / f"{cluster.id}-hosts", sorted(ports))
        self._models = {instance.role: instance for instance in cluster.instances}
        self._joined: set[str] = set()
        self.primary = Node(site=site, cluster=cluster, network=self._network)
        self.workers: dict[str, Node] = {}

    @property
    def nodes(self) -> list[Node]:
        """Every node there is."""
        return [self.primary, *self.workers.values()]

    async def boot(self) -> None:
        """Make the nodes as instances boot them, without the applications.

        :raises HostError: when a host cannot be made
        """
        if self._network is not None:
            await asyncio.to_thread(self._network.start)
        await _boot(self.primary)
        if self._network is not None:
            for instance in self._cluster.instances:
                if instance.role != "MASTER":
                    await _boot(self._worker(instance))

    async def bootstrap_action(self, runner: Runner, number: int, action: Params) -> int:
        """Run a bootstrap action on every node at once; return the exit code, which is 0 if it is so on all."""
        codes = await asyncio.gather(*(runner.bootstrap_action(number, action, node) for node in self.nodes))
        return next((code for code in codes if code), 0)

    def install(self) -> None:
        """Install the applications, and start YARN.

        :raises FileNotFoundError: when there is no Flink or no Java to install
        :raises ProcessFailedError: when one of Hadoop's daemons ended
        :raises TimeoutError: when one of them is not ready in time
        """
        self.primary.install()
        if self._network is not None:
            labels = labels_asked_for(self._cluster.request.get("Configurations", []))
            if labels.get("yarn.node-labels.enabled") == "true":
                self.primary.masters.add_label(CORE)  # before a node says that it has it
            for node in self.workers.values():
                node.install()
            self._wait_for([*self.workers.values()])

    async def add(self, runner: Runner, role: str) -> None:
        """Boot another instance like those of a role, and let it join the cluster.

        :raises FaultError: when the cluster has no hosts, or has none of the role
        :raises RuntimeError: when a bootstrap action fails
        :raises ProcessFailedError: when one of Hadoop's daemons ended
        :raises TimeoutError: when it does not join in time
        """
        instance = self.like(role)
        self._cluster.instances.append(instance)
        node = self._worker(instance)
        await _boot(node)
        for number, action in enumerate(self._cluster.request.get("BootstrapActions", []), 1):
            if code := await runner.bootstrap_action(number, action, node):
                raise RuntimeError(f"bootstrap action {number} ended with code {code} on {instance.host}")
        await asyncio.to_thread(node.install)
        await asyncio.to_thread(self._wait_for, [node])
        log.info("%s joined %s", instance.host, self._cluster.id)

    def like(self, role: str) -> Instance:
        """Return a new instance like those of a role.

        :raises FaultError: when the cluster has no hosts, or has none of the role
        """
        if self._network is None or role == "MASTER" or role not in self._models:
            raise FaultError(f"role={role!r}: {self._cluster.id} has no such hosts")
        return dataclasses.replace(
            self._models[role], id=new_id("ci-", 12), ec2_id=new_id("i-", 17).lower(), address=new_address()
        )

    async def lose(self, name: str) -> None:
        """Take a worker away with its disk, its instance gone.

        :raises FaultError: when there is no such host
        """
        network, host = self._find(name)
        node = self.workers.pop(name)
        self._joined.discard(name)
        self._cluster.instances.remove(node.instance)
        await asyncio.to_thread(network.lose, host)
        node.stop_yarn()
        await node.stop_agent()
        await asyncio.to_thread(shutil.rmtree, node.folder)
        log.info("%s of %s is gone", name, self._cluster.id)

    async def decommission(self, name: str, seconds: int) -> None:
        """Let YARN take a worker out of service: nothing new begins there, and what runs may go on so long.

        :raises FaultError: when there is no such host, or YARN does not do it
        """
        self._find(name)
        with (self.primary.root / EXCLUDED).open("a") as excluded:
            excluded.write(f"{name}\n")
        refresh = [str(self.primary.root / "usr/bin/yarn"), "rmadmin", "-refreshNodes", "-g", str(seconds), "-server"]
        process = await asyncio.create_subprocess_exec(
            *self.primary.on_host(refresh, self.primary.root),
            env=self.primary.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise FaultError(f"yarn rmadmin ended with code {process.returncode}: {output.decode()}")

    def cut(self, name: str) -> None:
        """Let nothing through to a host, nor from it; FaultError when there is no such host."""
        network, host = self._find(name)
        network.cut(host)

    def mend(self, name: str) -> None:
        """Let everything through to a host again; FaultError when there is no such host."""
        network, host = self._find(name)
        network.mend(host)

    def view(self) -> list[dict[str, Any]]:
        """Return the hosts as JSON: name, role, a process on it, and whether it has joined the cluster."""
        return [
            {"name": name, "role": node.instance.role, "pid": node.host.pid, "joined": name in self._joined}
            for node in self.nodes
            if node.host is not None and (name := node.instance.host)
        ]

    def stop(self) -> None:
        """End Hadoop's daemons, if there are any. Containers that run are left orphaned."""
        for node in self.nodes:
            node.stop_yarn()

    async def remove(self) -> None:
        """Remove all but the logs, and the hosts."""
        for node in self.nodes:
            await asyncio.to_thread(node.remove)
        if self._network is not None:
            await asyncio.to_thread(self._network.stop)

    def _worker(self, instance: Instance) -> Node:
        node = Node(site=self._site, cluster=self._cluster, instance=instance, network=self._network)
        self.workers[instance.host] = node
        return node

    def _find(self, name: str) -> tuple[Network, Host]:
        node = self.workers.get(name, self.primary if name == self.primary.instance.host else None)
        if self._network is None or node is None or node.host is None:
            raise FaultError(f"host={name!r}: {self._cluster.id} has no such host")
        return self._network, node.host

    def _wait_for(self, nodes: Sequence[Node]) -> None:
        """Wait until nodes run containers, and those of them that have HDFS hold blocks."""
        wanted = {node.instance.host for node in nodes}
        stored = sum(node.instance.role == CORE for node in self.workers.values())

        def have_joined() -> bool:
            for node in nodes:
                node.check_yarn()
            try:
                running, data_nodes = self.primary.masters.members()
            except OSError:
                return False
            return wanted <= {*running} and data_nodes >= stored

        wait_until(have_joined, _JOIN_SECONDS, f"Hadoop on {sorted(wanted)}", interval=0.3)
        self._joined |= wanted


async def _boot(node: Node) -> None:
    await asyncio.to_thread(node.prepare)
    await node.start_agent()
