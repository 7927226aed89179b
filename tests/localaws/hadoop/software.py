"""Hadoop's jars and the Flink of EMR 7.x, fetched once into a folder that many runs share.

Maven and uv fetch them, with their own settings and caches; nothing here knows a registry.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The Flink of EMR 7.6 to 7.14. Development and its tests have a newer one of the same minor version.
FLINK = "1.20.0"
POM = Path(__file__).with_name("pom.xml")

# Scripts and configuration are in one of them, jars in the other.
_PACKAGES = ("apache-flink", "apache-flink-libraries")
# There are no wheels of the jars: one is built from the source, by an older setuptools.
_BUILT_WITH = "setuptools<82"
_SHOWN = 2000


class FetchError(Exception):
    """Hadoop or Flink could not be fetched; the message has the end of what the program said."""


@dataclass(frozen=True, slots=True)
class Software:
    """``jars`` is the folder of Hadoop's jars with all they need, ``flink`` a distribution (``bin``, ``lib``, ...)."""

    jars: Path
    flink: Path


def fetch(cache: Path) -> Software:
    """Return the software, fetched into ``cache`` if it is not there; two that ask at once wait for each other.

    :raises FetchError: when Maven or uv is missing or fails
    """
    fingerprint = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    jars = once(cache / f"hadoop-{fingerprint}", _fetch_jars)
    return Software(jars=jars, flink=once(cache / f"flink-{FLINK}", _fetch_flink) / "pyflink")


def once(target: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder, made if it is not there; two that ask at once wait for each other.

    :param make: makes the folder at the path it is given, which is not the one it has in the end
    """
    with _locked(target.with_name(f"{target.name}.lock")):
        if not target.is_dir():
            draft = target.with_name(f"{target.name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            make(draft)
            draft.rename(target)
    return target


def _fetch_jars(folder: Path) -> None:
    _run(
        *("mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(POM)),
        *("dependency:copy-dependencies", f"-DoutputDirectory={folder.absolute()}"),
    )


def _fetch_flink(folder: Path) -> None:
    folder.mkdir(parents=True)
    constraints = folder / "constraints.txt"
    constraints.write_text(f"{_BUILT_WITH}\n")
    _run(
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--python", sys.executable),
        *("--build-constraint", str(constraints), "--target", str(folder)),
        *(f"{package}=={FLINK}" for package in _PACKAGES),
    )


def _run(*argv: str) -> None:
    if shutil.which(argv[0]) is None:
        raise FetchError(f"{argv[0]} is not on PATH: run `make setup`, or install it")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-_SHOWN:]
        raise FetchError(f"{' '.join(argv)} failed with code {done.returncode}:\n{said}")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
