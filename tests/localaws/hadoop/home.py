"""Hadoop below a cluster's folder: its files, its jars, the commands of a node, and how its JVMs are started."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from localaws.hadoop.settings import PORTS, Files, render
from localaws.processes import LOOPBACK, free_port

#: Main classes of what a step may ask for, by command and its first argument.
_CLIENTS = {
    ("yarn", "application"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "app"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "applicationattempt"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "container"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "node"): "org.apache.hadoop.yarn.client.cli.NodeCLI",
    ("yarn", "rmadmin"): "org.apache.hadoop.yarn.client.cli.RMAdminCLI",
    ("yarn", "logs"): "org.apache.hadoop.yarn.client.cli.LogsCLI",
    ("hadoop", "fs"): "org.apache.hadoop.fs.FsShell",
    ("hdfs", "dfs"): "org.apache.hadoop.fs.FsShell",
    ("hdfs", "dfsadmin"): "org.apache.hadoop.hdfs.tools.DFSAdmin",
}
_KEEPS_ITS_NAME = "org.apache.hadoop.yarn.client.cli.ApplicationCLI"  # takes "application" as its first argument
#: The Java of a node, below its folder.
JAVA = "usr/lib/jvm/jre-17"
_LOG4J = """log4j.rootLogger=${hadoop.root.logger}
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
hadoop.root.logger=INFO,console
"""


@dataclass(frozen=True, slots=True)
class Home:
    """Hadoop in the folder ``root`` of a cluster, with a port for each of its servers, the masters' on ``host``."""

    root: Path
    ports: Mapping[str, int]
    host: str = LOOPBACK

    @classmethod
    def choose(cls, root: Path) -> Home:
        """Return a home with free ports."""
        return cls(root, {setting: free_port() for settings in PORTS.values() for setting in settings})

    @classmethod
    def find(cls, root: Path) -> Home:
        """Return the home of a cluster that is installed, for whoever looks at it from outside.

        :raises OSError: when Hadoop is not installed there
        """
        addresses = {
            str(entry.findtext("name")): str(entry.findtext("value"))
            for file in PORTS
            for entry in ET.parse(root / f"etc/hadoop/conf/{file}.xml").iter("property")
        }
        ports = {name: int(addresses[name].rpartition(":")[2]) for names in PORTS.values() for name in names}
        return cls(root, ports, addresses["yarn.resourcemanager.address"].rpartition(":")[0])

    @property
    def conf(self) -> Path:
        """``/etc/hadoop/conf`` of the node."""
        return self.root / "etc/hadoop/conf"

    @property
    def class_path(self) -> str:
        """What ``hadoop classpath`` prints."""
        return f"{self.conf}:{self.root}/usr/lib/hadoop/lib/*"

    def address(self, setting: str) -> str:
        """Return host and port of a master's server, by the setting that has them."""
        return f"{self.host}:{self.ports[setting]}"

    def log(self, name: str) -> Path:
        """Return the log of a daemon."""
        return self.root / f"mnt/var/log/hadoop-yarn/{name}.log"

    def java(self, main: str, *options: str) -> list[str]:
        """Return the command line of one of Hadoop's programs, which writes below the cluster's folder only."""
        return [
            str(self.root / JAVA / "bin/java"),
            *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"),
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            *java_folders(self.root),
            f"-Dhadoop.log.dir={self.root}/mnt/var/log/hadoop-yarn",
            *options,
            *("-cp", self.class_path, main),
        ]

    def install(self, jars: Path, files: Files) -> None:
        """Lay out jars, configuration, and the folders that the daemons do not make themselves."""
        for folder in ("mnt/tmp", "mnt/yarn", "mnt/hdfs", "mnt/namenode", "mnt/var/log/hadoop-yarn/containers"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        library = self.root / "usr/lib/hadoop/lib"
        library.mkdir(parents=True)
        for jar in jars.glob("*.jar"):
            (library / jar.name).symlink_to(jar.resolve())
        self.conf.mkdir(parents=True, exist_ok=True)
        for name, settings in files.items():
            (self.conf / f"{name}.xml").write_text(render(settings))
        (self.conf / "log4j.properties").write_text(_LOG4J)
        for page in ("hdfs", "datanode", "secondary"):  # which Hadoop's own archive has beside its jars
            pages = self.conf / "webapps" / page / "WEB-INF"
            pages.mkdir(parents=True)
            (pages / "web.xml").write_text("<web-app/>\n")

    def commands(self) -> dict[str, str]:
        """Return the scripts ``yarn``, ``hadoop`` and ``hdfs``, which run Hadoop's own clients."""
        return {name: self._command(name) for name in ("yarn", "hadoop", "hdfs")}

    def exports(self) -> str:
        """Return the lines of a script that set what EMR's own scripts set for Hadoop's clients."""
        values = {
            "JAVA_HOME": str(self.root / JAVA),
            "HADOOP_CONF_DIR": str(self.conf),
            "HADOOP_CLASSPATH": self.class_path,
            "HADOOP_USER_NAME": "hadoop",  # whoever plays the node: a folder in HDFS is named after it
        }
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())

    def _command(self, name: str) -> str:
        cases = []
        for (command, word), main in _CLIENTS.items():
            if command == name:
                drop = "" if main == _KEEPS_ITS_NAME else "shift; "
                run = shlex.join(self.java(main, "-Xmx128m", "-Dhadoop.root.logger=WARN,console"))
                cases.append(f'  {word}) {drop}exec {run} "$@" ;;\n')
        return (
            f"#!/bin/sh\n{self.exports()}"
            'case "$1" in\n'
            f"{''.join(cases)}"
            f"  classpath) echo {shlex.quote(self.class_path)} ;;\n"
            f'  *) echo "{name}: the local node has no command {name} $1" >&2; exit 1 ;;\n'
            "esac\n"
        )


def java_folders(root: Path) -> Sequence[str]:
    """Return the options of a JVM that keep what it writes below the cluster's folder."""
    return (f"-Djava.io.tmpdir={root}/mnt/tmp", f"-Duser.home={root}/home/hadoop")
