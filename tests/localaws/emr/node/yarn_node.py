"""What a node has when a real YARN runs on it: Hadoop's daemons, Flink's own client, and no more than YARN gives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from localaws.emr.model import Params
from localaws.emr.node.settings import with_statsd_port
from localaws.emr.node.software import flink_settings, install_flink, write_command
from localaws.flink.config import s3_config
from localaws.flink.home import java_options
from localaws.hadoop.daemons import Daemons
from localaws.hadoop.home import JAVA, Home, java_folders
from localaws.hadoop.settings import hadoop_settings, with_classifications
from localaws.hadoop.software import Software
from localaws.processes import LOOPBACK

#: What processes of the node need to take the fabric for AWS. On EMR it is the instance's role that gives access.
_AWS = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_KINESIS",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED")


def step_environment(root: Path, *, path: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a bootstrap action or step: that of a node, where nobody has logged in.

    No language is set, and no region.
    """
    return {
        **{name: os.environ[name] for name in _AWS if name in os.environ},
        "HOME": str(root / "home/hadoop"),
        "USER": "hadoop",
        "LOGNAME": "hadoop",
        "SHELL": "/bin/bash",
        "TMPDIR": str(root / "mnt/tmp"),
        "PATH": path,
        **tags,
    }


def link_java(root: Path) -> None:
    """Give the node the Java of this machine, where EMR has its own.

    :raises FileNotFoundError: when there is none
    """
    home, java = os.environ.get("JAVA_HOME"), shutil.which("java")
    if not home and java is None:
        raise FileNotFoundError("no Java: neither JAVA_HOME nor a java on the PATH")
    (root / JAVA).parent.mkdir(parents=True)
    (root / JAVA).symlink_to(Path(home) if home else Path(str(java)).resolve().parents[1])


def install_yarn(
    root: Path,
    software: Software,
    *,
    applications: Sequence[str],
    configurations: Sequence[Params],
    nodes: int,
    statsd_port: int | None,
    tags: Mapping[str, str],
) -> Daemons:
    """Install Hadoop, and Flink if it is asked for; return the daemons, not started yet.

    :param nodes: how many instances of the cluster run containers
    :param tags: variables that every container gets, by which its processes are found in the end
    """
    home = Home.choose(root)
    files = hadoop_settings(root, ports=home.ports, nodes=nodes, tags=tags)
    home.install(software.jars, with_classifications(files, configurations))
    for name, text in home.commands().items():
        write_command(root, name, text)
    if any(name.lower() == "flink" for name in applications):
        settings = flink_on_yarn(
            {"env.java.opts.all": java_options(software.flink), **flink_settings(configurations)},
            root=root,
            statsd_port=statsd_port,
        )
        install_flink(root, software.flink, settings)
        for name, script in (("flink", "flink"), ("flink-yarn-session", "yarn-session.sh")):
            program = root / "usr/lib/flink/bin" / script
            write_command(root, name, f'#!/bin/sh\n{home.exports()}exec "{program}" "$@"\n')
    return Daemons(home)


def daemon_environment(root: Path, *, path: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Hadoop's daemons: of it YARN lets through to containers what its whitelist names."""
    return {
        "PATH": path,
        "HOME": str(root / "home/hadoop"),
        "TMPDIR": str(root / "mnt/tmp"),
        "JAVA_HOME": str(root / JAVA),
        "HADOOP_CONF_DIR": str(root / "etc/hadoop/conf"),
        "HADOOP_USER_NAME": "hadoop",
        **tags,
    }


def flink_on_yarn(user: Mapping[str, str], *, root: Path, statsd_port: int | None) -> dict[str, str]:
    """Return the settings of ``flink-conf``: what the user set, and what only this machine knows.

    Servers of containers bind to the loopback; S3, StatsD and credentials are the fabric's.
    """
    options = " ".join([user["env.java.opts.all"], *java_folders(root), "-XX:-UsePerfData"])
    settings = {**user, "env.java.opts.all": options}
    settings |= dict.fromkeys(("jobmanager.bind-host", "taskmanager.bind-host", "rest.bind-address"), LOOPBACK)
    settings |= {
        f"containerized.{role}.env.{name}": os.environ[name]
        for role in ("master", "taskmanager")
        for name in _CREDENTIALS
        if name in os.environ
    }
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3"):
        settings |= s3_config(endpoint, buffer=root / "mnt/tmp")
    return with_statsd_port(settings, statsd_port)
