"""The folders of one local cluster: its own conf, lib, plugins, log, pid and tmp around the shared distribution.

Flink's scripts take each folder from a variable (``FLINK_CONF_DIR`` and so on), so the distribution, which lives among
the installed Python packages, is never written to.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localaws.flink.config import cluster_config, render
from localaws.machine import no_hadoop, without
from localaws.processes import free_port

CONNECTOR_JARS = Path(__file__).parents[3] / "job" / "jars" / "lib"
_FILE_SYSTEM_JAR = re.compile(r"flink-(?P<plugin>s3-fs-hadoop|s3-fs-presto)-[\d.]+\.jar")


@dataclass(frozen=True, slots=True)
class FlinkHome:
    """Where one cluster lives, and the environment its scripts need."""

    distribution: Path
    work: Path
    rest_port: int
    environment: Mapping[str, str]

    def script(self, name: str) -> Path:
        """Return a script of the distribution's ``bin``."""
        return self.distribution / "bin" / name


def find_distribution() -> Path:
    """Return the folder with ``bin``, ``lib``, ``opt`` and ``plugins``: the installed package ``pyflink`` itself."""
    spec = importlib.util.find_spec("pyflink")  # not imported: that needs Java and takes seconds
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / "bin" / "jobmanager.sh").is_file():
            return Path(folder)
    raise FileNotFoundError("no Flink distribution: install apache-flink into this Python environment")


def lay_out(
    work: Path, *, jars: Path = CONNECTOR_JARS, slots: int, config: Mapping[str, str], env: Mapping[str, str]
) -> FlinkHome:
    """Make the folders of a cluster under ``work`` (absolute).

    ``jars`` is a folder: S3 file system jars in it become plugins, each in a folder of its own as Flink wants it, all
    others go on the class path. ``config`` and ``env`` come on top of what every cluster has.
    """
    distribution = find_distribution()
    for folder in ("conf", "lib", "opt", "plugins", "log", "pid", "tmp", "hadoop"):
        shutil.rmtree(work / folder, ignore_errors=True)
        (work / folder).mkdir(parents=True)
    for jar in (distribution / "lib").glob("*.jar"):
        (work / "lib" / jar.name).symlink_to(jar)
    _put_python_on_class_path(distribution, work)
    for plugin in (path for path in (distribution / "plugins").iterdir() if path.is_dir()):
        (work / "plugins" / plugin.name).symlink_to(plugin)
    if not jars.is_dir():
        raise FileNotFoundError(f"no folder of connector jars {jars}: run `make setup`")
    for jar in jars.glob("*.jar"):
        file_system = _FILE_SYSTEM_JAR.fullmatch(jar.name)
        target = work / "plugins" / file_system["plugin"] if file_system else work / "lib"
        target.mkdir(exist_ok=True)
        (target / jar.name).symlink_to(jar.resolve())
    for logging in (distribution / "conf").glob("log*"):
        shutil.copy(logging, work / "conf")
    rest_port = free_port()
    base = cluster_config(
        work=work, rest_port=rest_port, rpc_port=free_port(), slots=slots, java_options=java_options(distribution)
    )
    (work / "conf" / "config.yaml").write_text(render({**base, **config}))
    return FlinkHome(distribution, work, rest_port, {**_environment(distribution, work), **env})


def _put_python_on_class_path(distribution: Path, work: Path) -> None:
    """Have Flink's classes for Python where YARN has them, on the class path of all processes.

    ``flink run`` sends what it finds in ``opt`` along with each job, here through servers that hash it three times, and
    each job then loads its classes anew and leaves them behind. So what lies in ``opt`` is a jar without classes.
    """
    for jar in (distribution / "opt").glob("flink-python*.jar"):
        (work / "lib" / jar.name).symlink_to(jar)
        with zipfile.ZipFile(work / "opt" / jar.name, "w"):
            pass


def _environment(distribution: Path, work: Path) -> dict[str, str]:
    return {
        **without(os.environ),
        **no_hadoop(work / "hadoop"),
        "FLINK_HOME": str(distribution),
        "FLINK_CONF_DIR": str(work / "conf"),
        "FLINK_LIB_DIR": str(work / "lib"),
        "FLINK_OPT_DIR": str(work / "opt"),
        "FLINK_PLUGINS_DIR": str(work / "plugins"),
        "FLINK_LOG_DIR": str(work / "log"),
        "FLINK_PID_DIR": str(work / "pid"),
        "TMPDIR": str(work / "tmp"),
    }


def java_options(distribution: Path) -> str:
    """Return what Java needs to be told to run this Flink; ValueError when its config does not say."""
    text = (distribution / "conf" / "config.yaml").read_text()
    options = re.search(r"^ +all: (--add-exports.*)$", text, re.MULTILINE)
    if options is None:
        raise ValueError(f"{distribution}/conf/config.yaml has no env.java.opts.all")
    return options[1].strip()
