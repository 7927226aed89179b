"""The whole bundle for this machine's processor, its wheels of other people's packages fetched once."""

from __future__ import annotations

import hashlib
import platform
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from event_recovery.bundle.build import Recipe, build, write_manifest
from event_recovery.bundle.manifest import MANIFEST
from event_recovery.bundle.wheelhouse import Pins, cluster_pins, make_wheelhouse
from localaws.hadoop.software import once

from support.bundle.recipe import JARS

_LISTS = ("requirements.txt", "requirements-source.txt")


def whole_bundle(folder: Path, *, cache: Path) -> Path:
    """Make in ``folder`` the bundle that a cluster boots from, with PyFlink; return the folder."""
    recipe = Recipe(architectures=(platform.machine(),), jars_from=JARS)
    build(folder, replace(recipe, architectures=(), pins=Pins((), (), ())))  # the job alone
    pins = cluster_pins()
    shutil.copytree(_wheels(cache, pins, platform.machine()), folder / "wheels", dirs_exist_ok=True)
    (folder / MANIFEST).unlink()
    write_manifest(folder, recipe, flink=pins.flink)
    return folder


def _wheels(cache: Path, pins: Pins, architecture: str) -> Path:
    """Return the wheels of all but the job."""
    lists = b"".join((files("event_recovery.bundle") / "files" / name).read_bytes() for name in _LISTS)
    target = cache / f"wheels-{architecture}-{hashlib.sha256(lists).hexdigest()[:12]}"

    def make(folder: Path) -> None:
        make_wheelhouse(folder, pins=pins, architectures=[architecture], say=lambda _: None)
        next(folder.rglob("airflow_provider_event_recovery-*.whl")).unlink()  # it is made anew each time

    return once(target, make)
