"""Compare what a node installed with what its bundle holds: ``python -m event_recovery.bundle.check MANIFEST``."""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from event_recovery._compiled import ENGINE
from event_recovery.bundle.manifest import BundleError, Manifest
from event_recovery.bundle.wheels import wheel_version

#: Importing these loads every compiled module that the job and its Python workers use.
_MODULES = ("event_recovery.flink.job", "event_recovery.storage.files", "orjson", "msgspec", "regex")
_FLINK_MODULES = (
    "event_recovery.flink.worker.process",
    "pyflink.datastream",
    "pyflink.fn_execution.beam.beam_boot",
    "pyarrow",
)


def check_installed(manifest: Manifest, arch: str, installed: Callable[[str], str | None]) -> list[str]:
    """Compare versions, and list the differences.

    :param installed: returns the version of a distribution; None when it is not installed
    """
    problems = []
    for file in manifest.files_for(arch):
        if file.path.endswith(".whl"):
            name, expected = wheel_version(file.path.rsplit("/", 1)[-1])
            if (found := installed(name)) != expected:
                problems.append(f"{name} is {found or 'not installed'}, expected {expected}")
    if manifest.python != (abi := f"cp{sys.version_info[0]}{sys.version_info[1]}"):
        problems.append(f"Python is {abi}, expected {manifest.python}")
    return problems


def installed_version(name: str) -> str | None:
    """Return the version of a distribution in this environment; None when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def main(argv: Sequence[str]) -> int:
    """Check the file of a manifest, and return 0 or 1; standard error has a line for each problem."""
    try:
        manifest = Manifest.from_json(Path(argv[0]).read_bytes())
    except (OSError, BundleError, IndexError) as error:
        sys.stderr.write(f"check: {error}\n")
        return 1
    problems = check_installed(manifest, platform.machine(), installed_version)
    for name in (*_MODULES, *(_FLINK_MODULES if manifest.flink else ())):
        try:
            importlib.import_module(name)
        except ImportError as error:
            problems.append(f"{name} cannot be imported: {error}")
    for problem in problems:
        sys.stderr.write(f"check: {problem}\n")
    flink = f", apache-flink {manifest.flink}" if manifest.flink else ""
    state = "as the bundle has it" if not problems else "NOT as the bundle has it"
    own = f"event-recovery {manifest.version}, engine {ENGINE}"
    sys.stdout.write(f"check: {own}{flink}, Python {platform.python_version()}: {state}\n")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
