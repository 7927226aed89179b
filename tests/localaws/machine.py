"""What this machine has of its own, and what plays AWS on it must neither use nor change.

It may be a node of a Hadoop cluster itself, with a Flink, a CloudWatch agent and a package manager, and its user may
have AWS profiles.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

#: Beginnings of the variables that steer Flink and Hadoop, and of those that steer AWS clients and Airflow.
HADOOP_VARIABLES = ("FLINK", "PYFLINK", "HADOOP_", "HBASE_", "YARN_", "JVM_ARGS")
VARIABLES = (*HADOOP_VARIABLES, "AWS_", "AIRFLOW")

#: Settings of AWS clients that keep them from the files of the user and from the machine's own role.
NO_AWS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

#: Names of the programs that a node has of its own, as a regular expression.
PROGRAMS = (
    r"flink(?:-[\w.-]*)?|hadoop|hdfs|mapred|yarn|hbase|s3-dist-cp|amazon-cloudwatch-agent[\w.-]*|dnf(?:-[\w.-]*)?|microdnf"
    r"|yum"
)
_CHECKOUT = Path(__file__).resolve().parents[2]


def without(environment: Mapping[str, str], beginnings: Iterable[str] = VARIABLES) -> dict[str, str]:
    """Return the environment without the variables that begin so."""
    return {name: value for name, value in environment.items() if not name.startswith(tuple(beginnings))}


def no_hadoop(folder: Path) -> dict[str, str]:
    """Return what keeps Flink's scripts from ``/etc/hadoop/conf`` and ``/etc/hbase/conf``: an empty folder instead."""
    return {"HADOOP_CONF_DIR": str(folder), "HBASE_CONF_DIR": str(folder)}


def hide_programs(path: str, folder: Path) -> str:
    """Return a PATH without the machine's Flink, Hadoop, CloudWatch agent and package manager.

    Instead of each folder of ``path`` that has such programs it has one below ``folder`` with links to all others.
    """
    shown: dict[Path, Path] = {}
    for place in dict.fromkeys(Path(word).resolve() for word in path.split(os.pathsep) if word):
        programs = list(place.iterdir()) if place.is_dir() else []
        shown[place] = place
        if any(re.fullmatch(PROGRAMS, program.name) for program in programs):
            shown[place] = folder / str(len(shown))
            shown[place].mkdir(parents=True)
            for program in programs:
                if not re.fullmatch(PROGRAMS, program.name):
                    (shown[place] / program.name).symlink_to(program)
    return os.pathsep.join(map(str, shown.values()))


def needed_folders() -> list[Path]:
    """Return the folders of this machine that are in use here: this Python's and this checkout's."""
    return [Path(sys.prefix), Path(sys.base_prefix), _CHECKOUT]
