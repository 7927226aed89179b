"""What a node has when a real YARN runs on it: Hadoop's daemons, Flink's own client, and no more than YARN gives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from localaws.emr.node.settings import with_statsd_port
from localaws.emr.node.software import install_flink, write_command
from localaws.flink.config import s3_config
from localaws.flink.home import java_options
from localaws.hadoop.home import JAVA, Home, java_folders
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


def install_flink_on_yarn(home: Home, distribution: Path, user: Mapping[str, str], *, statsd_port: int | None) -> None:
    """Install Flink and its commands beside Hadoop on the primary node.

    :param user: the settings of ``flink-conf``
    :param statsd_port: of the agent, if it is not the one that the settings have
    """
    root = home.root
    settings = {"env.java.opts.all": java_options(distribution), **user}
    on_loopback = home.host == LOOPBACK
    install_flink(root, distribution, flink_on_yarn(settings, root=root, statsd_port=statsd_port, alone=on_loopback))
    for name, script in (("flink", "flink"), ("flink-yarn-session", "yarn-session.sh")):
        program = root / "usr/lib/flink/bin" / script
        write_command(root, name, f'#!/bin/sh\n{home.exports()}exec "{program}" "$@"\n')


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


def flink_on_yarn(
    user: Mapping[str, str], *, root: Path, statsd_port: int | None, alone: bool = True
) -> dict[str, str]:
    """Return the settings of ``flink-conf``: what the user set, and what only this machine knows.

    S3, StatsD and credentials are the fabric's. On a host that is ``alone``, servers of containers bind to the
    loopback.
    """
    options = " ".join([user["env.java.opts.all"], *java_folders(root), "-XX:-UsePerfData"])
    settings = {**user, "env.java.opts.all": options}
    if alone:
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
