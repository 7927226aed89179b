"""The jars of a cluster, by Maven coordinates."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from event_recovery.bundle.manifest import BundleError

#: The sink. ``flink-sql-connector-aws-kinesis-streams:5.1.0-1.20`` has the same classes and may take its place.
KINESIS: Final = "org.apache.flink:flink-connector-kinesis:4.3.0-1.19"

#: Only for a cluster whose Flink has no such plugin of its own.
S3: Final = "org.apache.flink:flink-s3-fs-hadoop:1.20.1"

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Coordinates:
    """The name of a jar in Maven."""

    group: str
    artifact: str
    version: str

    @classmethod
    def parse(cls, text: str) -> Coordinates:
        """Read ``group:artifact:version``.

        :raises BundleError: when it is something else
        """
        parts = text.split(":")
        if len(parts) != 3 or not all(parts):
            raise BundleError(f"{text!r} are not Maven coordinates, expected group:artifact:version")
        return cls(*parts)

    @property
    def file_name(self) -> str:
        """The jar's name, as Maven gives it."""
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def copy_jars(jars: Iterable[Coordinates], *, source: Path, folder: Path) -> None:
    """Take jars from a directory.

    :raises BundleError: naming those that it does not have
    """
    wanted = list(jars)
    if missing := [jar.file_name for jar in wanted if not (source / jar.file_name).is_file()]:
        raise BundleError(f"{source} has no {' and no '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    for jar in wanted:
        shutil.copy(source / jar.file_name, folder)


def fetch_jars(jars: Iterable[Coordinates], *, folder: Path) -> None:
    """Let Maven fetch jars, with its settings and its local repository.

    :raises BundleError: when there is no Maven, or it cannot fetch one
    """
    wanted = list(jars)
    maven = shutil.which("mvn")
    if maven is None:
        names = " and ".join(jar.file_name for jar in wanted)
        raise BundleError(f"mvn is not on PATH: install Maven, or give with --jars a directory that has {names}")
    folder.mkdir(parents=True, exist_ok=True)
    for jar in wanted:
        argv = [maven, "--batch-mode", "--quiet", "-Dstyle.color=never", _COPY]
        argv += [f"-Dartifact={jar}", f"-DoutputDirectory={folder.absolute()}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode or not (folder / jar.file_name).is_file():
            raise BundleError(f"Maven could not fetch {jar}:\n{(done.stdout + done.stderr).strip()[:_SHOWN]}")
