"""A node of a cluster: a folder laid out like an EMR node, and the commands that run in it.

A node's own absolute paths (``/usr/lib/flink``, ``/mnt/var/log``, ``/opt/<name>``) do not exist on this machine. Where
a command, or a script fetched from S3, names one, it is made to mean the same path below the node's folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localaws.emr import yarn
from localaws.emr.commands import CLUSTER_TAG, STEP_TAG
from localaws.emr.model import Params
from localaws.emr.node.paths import ROOT_VARIABLE, translate
from localaws.emr.node.software import flink_settings, install_applications, install_commands, write_command
from localaws.emr.node.yarn_node import daemon_environment, install_flink_on_yarn, link_java, step_environment
from localaws.emr.records import Cluster, Instance, Step
from localaws.fabric import FABRIC_TAG, STATSD_PORT_VARIABLE
from localaws.hadoop.daemons import Daemons
from localaws.hadoop.distributed import DAEMONS, EXCLUDED, STANDARD_PORTS, host_settings
from localaws.hadoop.home import Home
from localaws.hadoop.masters import Masters
from localaws.hadoop.settings import Files, hadoop_settings, with_classifications
from localaws.hadoop.software import Software
from localaws.hosts.network import Host, Network
from localaws.machine import HADOOP_VARIABLES, hide_programs, no_hadoop, without
from localaws.statsd import Agent

# What a node must not inherit from the server that plays it.
_NOT_INHERITED = (*HADOOP_VARIABLES, "AIRFLOW", "PYTHON", "VIRTUAL_ENV", "EMR_")


@dataclass(frozen=True, slots=True)
class Site:
    """What all nodes share: the folder they lie in, a botocore client for S3, and a folder of commands they have.

    Such commands stand in for what an EMR image has and this machine has not, as its package manager. ``start_agent``
    starts the CloudWatch agent of the host whose name it is given, in the network of a process if one is named. With
    ``software`` each cluster has a real YARN, and with ``hosts`` each of its instances is a host of its own.
    """

    root: Path
    s3: Any
    start_agent: Callable[[str, int | None], Awaitable[Agent]]
    commands: Path | None = None
    software: Software | None = None
    hosts: bool = False


class Node:
    """The folder of one instance, and the command lines of what runs there.

    ``root`` is the folder as the node sees it, the same on all nodes of a cluster, and ``folder`` the one of this
    machine that is meant: the primary node's is ``root`` itself, and another's takes its place on that node's host.
    """

    def __init__(
        self, *, site: Site, cluster: Cluster, instance: Instance | None = None, network: Network | None = None
    ) -> None:
        self._site = site
        self._cluster = cluster
        self.instance = instance or cluster.primary
        self.is_primary = self.instance.role == "MASTER"
        self.root = site.root / cluster.id
        self.folder = self.root if self.is_primary else site.root / f"{cluster.id}-hosts" / self.instance.host
        self.logs = self.folder / "mnt/var/log"
        self.host: Host | None = None
        self._network = network
        self._agent: Agent | None = None
        self._machine_path = ""
        self._daemons: Daemons | None = None

    def prepare(self) -> None:
        """Make the folder as the instance boots it: before bootstrap actions, and without the applications."""
        for folder in (
            "usr/bin",
            "usr/lib",
            "etc/hadoop/conf",
            "home/hadoop",
            "mnt/tmp",
            "mnt/var/lib/info",
            "opt",
            yarn.FOLDER,
        ):
            (self.folder / folder).mkdir(parents=True)
        self.logs.mkdir(parents=True)
        info = self.folder / "mnt/var/lib/info"
        (info / "job-flow.json").write_text(json.dumps({"jobFlowId": self._cluster.id}))
        masters = dict.fromkeys(("isMaster", "isRunningResourceManager"), self.is_primary)
        (info / "instance.json").write_text(json.dumps(masters))
        install_commands(self.folder, self._site.commands)
        self._machine_path = hide_programs(os.environ.get("PATH", os.defpath), self.folder / "emr/machine")
        if self._network is not None:
            seen = [] if self.is_primary else [(self.folder, self.root)]
            self.host = self._network.add(self.instance.host, self.instance.address, mounts=seen)

    async def start_agent(self) -> None:
        """Start the agent that takes the StatsD of the node, and names its host in every metric."""
        self._agent = await self._site.start_agent(self.instance.host, self.host.pid if self.host else None)

    async def stop_agent(self) -> None:
        """Stop the agent, if there is one; what it has collected goes out first."""
        if self._agent is not None:
            await self._agent.close()

    def install(self) -> None:
        """Install the applications the cluster asks for, with its configurations, and start YARN.

        :raises FileNotFoundError: when there is no Flink or no Java to install
        :raises ProcessFailedError: when one of Hadoop's daemons ended
        :raises TimeoutError: when one of them is not ready in time
        """
        names = [application["Name"] for application in self._cluster.request.get("Applications", [])]
        configurations = self._cluster.request.get("Configurations", [])
        if self._site.software is None:
            install_applications(self.root, names, configurations)
            return
        link_java(self.folder)
        home = Home.choose(self.root)
        if self.host is not None:
            home = Home(self.root, STANDARD_PORTS, self._cluster.primary.address)
        replace(home, root=self.folder).install(self._site.software.jars, self._hadoop_files(home, configurations))
        if self.is_primary:
            (self.root / EXCLUDED).parent.mkdir(parents=True, exist_ok=True)
            (self.root / EXCLUDED).touch()
            for name, text in home.commands().items():
                write_command(self.root, name, text)
            if any(name.lower() == "flink" for name in names):
                port = self._agent.port if self._agent is not None else None
                settings = flink_settings(configurations)
                install_flink_on_yarn(home, self._site.software.flink, settings, statsd_port=port)
        self._daemons = Daemons(home, host=self.host, folder=self.folder)
        environment = daemon_environment(self.root, path=self._path, tags=self._tags)
        self._daemons.start(environment, DAEMONS[self.instance.role if self.host else "ALL"])

    def _hadoop_files(self, home: Home, configurations: Sequence[Params]) -> Files:
        if self.host is not None:
            role = self.instance.role
            return host_settings(
                self.root, primary=home.host, role=role, tags=self._tags, configurations=configurations
            )
        nodes = max(1, sum(instance.role != "MASTER" for instance in self._cluster.instances))
        files = hadoop_settings(self.root, ports=home.ports, nodes=nodes, tags=self._tags)
        return with_classifications(files, configurations)

    @property
    def masters(self) -> Masters:
        """The masters of a real YARN that is installed."""
        assert self._daemons is not None
        return self._daemons.masters

    def check_yarn(self) -> None:
        """Raise ProcessFailedError when one of Hadoop's daemons has ended."""
        assert self._daemons is not None
        self._daemons.check()

    def stop_yarn(self) -> None:
        """End Hadoop's daemons, if there are any. Containers that run are left orphaned."""
        if self._daemons is not None:
            self._daemons.stop()

    def remove(self) -> None:
        """Remove all but the logs, if there is anything."""
        if not self.folder.exists():
            return
        for entry in self.folder.iterdir():
            if entry.name != "mnt":
                shutil.rmtree(entry, ignore_errors=True)
        for entry in (self.folder / "mnt").iterdir():
            if entry.name != "var":
                shutil.rmtree(entry, ignore_errors=True)

    def translate(self, text: str) -> str:
        """Return ``text`` with every path of the node made to lie below its folder."""
        return translate(text, self.root)

    def on_host(self, argv: Sequence[str], cwd: Path) -> list[str]:
        """Return a command line that runs ``argv`` where the node is, in a folder of it."""
        return [*argv] if self.host is None else self.host.command(map(self._seen, argv), Path(self._seen(str(cwd))))

    def _seen(self, text: str) -> str:
        """Return ``text`` with every path of this machine's as the node sees it."""
        return text.replace(str(self.folder), str(self.root))

    def environment(self, step: Step | None = None) -> dict[str, str]:
        """Return the environment of a process of the node."""
        tags = {CLUSTER_TAG: self._cluster.id, **({STEP_TAG: step.id} if step is not None else {})}
        if self._site.software is not None:
            tags |= {ROOT_VARIABLE: str(self.root), **self._tags}
            return step_environment(self.root, path=self._path, tags=tags)
        region = self._cluster.region
        return {
            **without(os.environ, _NOT_INHERITED),
            **no_hadoop(self.root / "etc/hadoop/conf"),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "HOME": str(self.root / "home/hadoop"),
            "TMPDIR": str(self.root / "mnt/tmp"),
            "PATH": self._path,
            ROOT_VARIABLE: str(self.root),
            **tags,
            **({STATSD_PORT_VARIABLE: str(self._agent.port)} if self._agent is not None else {}),
        }

    @property
    def _tags(self) -> dict[str, str]:
        """The variables by which the cluster's processes are found, and those of the fabric."""
        fabric = {FABRIC_TAG: os.environ[FABRIC_TAG]} if FABRIC_TAG in os.environ else {}
        return {CLUSTER_TAG: self._cluster.id, **fabric}

    @property
    def _path(self) -> str:
        return os.pathsep.join([str(self.root / "usr/bin"), self._seen(self._machine_path)])

    def fetch(self, location: str, folder: Path) -> Path:
        """Return a local copy of a script or jar. A script's node paths are translated.

        :param location: an s3:// URI or a path of the node
        :raises OSError: when there is no such file
        :raises ClientError: when there is no such object
        """
        parts = urlsplit(location)
        copy = folder / (Path(parts.path).name or "file")
        if parts.scheme in ("s3", "s3n", "s3a"):
            body = self._site.s3.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"]
            copy.write_bytes(body.read())
        elif parts.scheme in ("", "file"):
            shutil.copy(self.translate(parts.path), copy)
        else:
            raise FileNotFoundError(f"{location}: neither an s3:// URI nor a path")
        if copy.suffix != ".jar":
            copy.write_bytes(self.translate(copy.read_bytes().decode("latin-1")).encode("latin-1"))
        copy.chmod(0o755)
        return copy

    def step_command(self, jar_step: Params, folder: Path) -> list[str]:
        """Return the command line of a HadoopJarStep, its script or jar fetched into ``folder``.

        :raises ValueError: when there is no command to run
        :raises OSError: as ``fetch``
        :raises ClientError: as ``fetch``
        """
        jar, args = str(jar_step["Jar"]), [str(arg) for arg in jar_step.get("Args", [])]
        name = jar.rsplit("/", 1)[-1]
        if name in ("command-runner.jar", "script-runner.jar") and not args:
            raise ValueError(f"{name} needs the command to run as its first argument")
        if name == "command-runner.jar":
            return [self._translated_script(self.translate(arg)) for arg in args]
        if name == "script-runner.jar":
            return self.script_command(args[0], args[1:], folder)
        local = str(self.fetch(jar, folder))
        main = [str(jar_step["MainClass"])] if jar_step.get("MainClass") else []
        return ["java", *(["-cp", local, *main] if main else ["-jar", local]), *map(self.translate, args)]

    def _translated_script(self, word: str) -> str:
        """Return a word of a command line; when it is a script of the node, what that names is the node's, too."""
        script = Path(word)
        if script.is_absolute() and script.is_relative_to(self.root) and script.is_file():
            text = script.read_bytes()
            if text.startswith(b"#!"):
                script.write_bytes(self.translate(text.decode("latin-1")).encode("latin-1"))
        return word

    def script_command(self, location: str, args: Sequence[str], folder: Path) -> list[str]:
        """Return the command line of a script.

        :raises OSError: as ``fetch``
        :raises ClientError: as ``fetch``
        """
        script = self.fetch(location, folder)
        interpreter = [] if script.read_bytes()[:2] == b"#!" else ["bash"]
        return [*interpreter, str(script), *map(self.translate, args)]

    def runs_applications(self) -> bool:
        """Tell whether a YARN application runs, with a step or without one; OSError when YARN does not answer."""
        if self._daemons is not None:
            return bool(self._daemons.masters.applications())
        return any(application.is_living for application in yarn.load_all(self.root))
