"""Refuses a test that does not say, with exactly one marker, what kind it is; holds a unit test to its marker."""

from __future__ import annotations

import multiprocessing.process
import os
import socket
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import urllib3  # noqa: F401 - it binds a socket when it is first loaded, which a unit test must not
from localaws.machine import NO_AWS, no_hadoop, without

KINDS = frozenset({"unit", "conformance", "integration", "scheduler"})
#: What starts a process: ``multiprocessing`` goes past the others when it spawns.
_STARTERS = (
    (subprocess.Popen, "__init__"),
    (multiprocessing.process.BaseProcess, "start"),
    *((os, name) for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")),
)
_NETWORKS = (socket.AF_INET, socket.AF_INET6)
_CACHE = Path(__file__).parents[1] / ".cache"


def pytest_configure(config: pytest.Config) -> None:
    """Take from this process, and all that it starts, what the machine has for other Flinks, Airflows and AWS.

    Airflow and matplotlib would otherwise write to the user's home.
    """
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    homes = {"AIRFLOW_HOME": str(_CACHE / "airflow"), "MPLCONFIGDIR": str(_CACHE / "matplotlib")}
    wanted = homes | {name: os.environ[name] for name in homes if name in os.environ}
    for name in os.environ.keys() - without(os.environ).keys():
        patch.delenv(name)
    for name, value in {**wanted, **NO_AWS, **no_hadoop(Path(os.devnull))}.items():
        patch.setenv(name, value)


@pytest.fixture(scope="session", autouse=True)
def _java_writes_below_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the JVMs that PyFlink starts a folder for temporary files: Flink's have fixed names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JVM_ARGS", f"-Djava.io.tmpdir={tmp_path_factory.mktemp('java')}")
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stop the run, before any selection by marker, when a test has no kind or more than one."""
    faults = []
    for item in items:
        kinds = sorted(KINDS & {marker.name for marker in item.iter_markers()})
        if len(kinds) != 1:
            faults.append(f"{item.nodeid}: {' and '.join(kinds) or 'none'}")
    if faults:
        raise pytest.UsageError(
            f"every test carries exactly one of the markers {', '.join(sorted(KINDS))}; these do not:\n  "
            + "\n  ".join(faults)
        )


# Not fixtures: those of a module or of the session are set up before the test's own.
@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Set a unit test up without processes and network."""
    yield from _held_to_marker(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Run a unit test without processes and network."""
    yield from _held_to_marker(item)


def _held_to_marker(item: pytest.Item) -> Generator[None, None, None]:
    if item.get_closest_marker("unit") is None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _STARTERS:
            patch.setattr(owner, name, _refuse("starts a process"))
        for name in ("bind", "connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _refuse_network(getattr(socket.socket, name)))
        return (yield)


def _refuse(what: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail(f"a test marked `unit` {what}: mark it `integration`")

    return refuse


def _refuse_network(method: Callable[..., Any]) -> Callable[..., Any]:
    def checked(self: socket.socket, *args: Any) -> Any:
        return _refuse("uses the network")() if self.family in _NETWORKS else method(self, *args)

    return checked
