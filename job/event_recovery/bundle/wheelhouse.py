"""The Python packages of a cluster as wheels, for nodes that reach no package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from event_recovery.bundle.manifest import ANY, BundleError
from event_recovery.bundle.wheels import job_wheel, portable

#: Reports progress.
Say = Callable[[str], None]

#: The Python side of Flink.
FLINK: Final = "apache-flink"

# Newest first. EMR's Amazon Linux 2023 has glibc 2.34.
_MANYLINUX = ("2_34", "2_28", "2_27", "2_24", "2_17")
_OLD_NAMES = {"x86_64": ("2014", "2010", "1"), "aarch64": ("2014",)}
_EPOCH = "315532800"
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Pins:
    """Exact versions, ``name==version``, by the way their wheels come about."""

    #: There are wheels, for each architecture or for any.
    downloaded: tuple[str, ...]
    #: There is only source, of pure Python or with compiled modules that have twins in Python.
    built: tuple[str, ...]
    #: What builds them.
    build_tools: tuple[str, ...]

    @property
    def flink(self) -> str:
        """Version of apache-flink, empty when it is not among the packages."""
        return next((pin.split("==")[1] for pin in self.downloaded if pin.split("==")[0] == FLINK), "")


def cluster_pins() -> Pins:
    """Return the packages of a cluster, from the lists that come with this package.

    Left out of what apache-flink asks for: apache-flink-libraries, 230 MB of jars that the cluster's own Flink has, and
    pemja, which only the thread mode uses and which has no wheel for aarch64.
    """
    downloaded = read_pins("requirements.txt")
    return Pins(
        downloaded=downloaded,
        built=read_pins("requirements-source.txt"),
        build_tools=tuple(pin for pin in downloaded if pin.startswith("setuptools==")),
    )


def read_pins(name: str) -> tuple[str, ...]:
    """Return the pins of a requirements file of this package, without its comments."""
    text = (files("event_recovery.bundle") / "files" / name).read_text()
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def make_wheelhouse(folder: Path, *, pins: Pins, architectures: Iterable[str], say: Say) -> None:
    """Fill ``any/`` and one folder per architecture with the wheels of the job and all it needs.

    Downloads and builds go through pip, with its settings and its cache.

    :raises BundleError: when pip cannot provide a wheel
    """
    job_wheel(folder / ANY)
    if pins.built:
        say(f"building {len(pins.built)} wheels from source")
        _build(folder / ANY, pins)
    for arch in architectures:
        say(f"downloading {len(pins.downloaded)} wheels for {arch}")
        _download(folder, pins, arch)


def _build(folder: Path, pins: Pins) -> None:
    with TemporaryDirectory() as text:
        work = Path(text)
        constraints = work / "constraints.txt"
        constraints.write_text("\n".join(pins.build_tools))
        # Two spellings, for pips before and after 25.3.
        env = {
            "PIP_CONSTRAINT": str(constraints),
            "PIP_BUILD_CONSTRAINT": str(constraints),
            "SOURCE_DATE_EPOCH": _EPOCH,
        }
        _pip("wheel", "--no-deps", "--wheel-dir", str(work / "wheels"), *pins.built, env=env)
        for wheel in sorted((work / "wheels").iterdir()):
            portable(wheel, folder)


def _download(folder: Path, pins: Pins, arch: str) -> None:
    flink = [pin for pin in pins.downloaded if pin.split("==")[0] == FLINK]
    others = [pin for pin in pins.downloaded if pin not in flink]
    with TemporaryDirectory() as text:
        work = Path(text)
        _pip_download(others, arch, work)
        if flink:
            # Flink publishes wheels for x86_64 only; what they compile also exists as plain Python.
            _pip_download(flink, "x86_64", work / FLINK)
            (wheel,) = (work / FLINK).iterdir()
            target = folder / arch
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(wheel, target) if arch == "x86_64" else portable(wheel, target)
        for wheel in sorted(work.glob("*.whl")):
            target = folder / (ANY if wheel.stem.endswith("-none-any") else arch)
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(wheel, target)


def _pip_download(pins: Sequence[str], arch: str, folder: Path) -> None:
    names = [
        *(f"manylinux_{glibc}_{arch}" for glibc in _MANYLINUX),
        *(f"manylinux{n}_{arch}" for n in _OLD_NAMES[arch]),
    ]
    platforms = [word for name in names for word in ("--platform", name)]
    only = ["--only-binary=:all:", "--no-deps", "--python-version", "3.11", "--implementation", "cp"]
    _pip("download", "--dest", str(folder), *only, *platforms, *pins)


def _pip(command: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    argv = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        raise BundleError(f"{sys.executable} has no pip: install it there, with `{sys.executable} -m ensurepip`")
    raise BundleError(f"pip {command} failed with code {done.returncode}:\n{done.stderr.strip()[-_TAIL:]}")
