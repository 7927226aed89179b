"""The node's ``yarn``: ``yarn application -list | -status ID | -kill ID`` and ``yarn logs -applicationId ID``."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from localaws.emr import yarn
from localaws.emr.node.paths import ROOT_VARIABLE
from localaws.processes import wait_until

_KILL_SECONDS = 30.0


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="yarn", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    application = commands.add_parser("application", aliases=["app"])
    wanted = application.add_mutually_exclusive_group(required=True)
    wanted.add_argument("-list", action="store_true")
    wanted.add_argument("-status", metavar="ID")
    wanted.add_argument("-kill", metavar="ID")
    application.add_argument("-appStates", default=",".join(yarn.LIVING))
    logs = commands.add_parser("logs")
    logs.add_argument("-applicationId", required=True)
    options = parser.parse_args(argv)
    root = Path(os.environ[ROOT_VARIABLE])
    if options.command == "logs":
        return _show_logs(root, options.applicationId)
    if options.list:
        return _list(root, options.appStates.upper().split(","))
    found = yarn.load(root, options.status or options.kill)
    if found is None:
        print(f"Application with id '{options.status or options.kill}' doesn't exist in RM.", file=sys.stderr)
        return 255
    return _describe(found) if options.status else _kill(root, found)


def _list(root: Path, states: list[str]) -> int:
    found = [one for one in yarn.load_all(root) if "ALL" in states or one.state in states]
    print(
        f"Total number of applications (application-types: [], states: [{', '.join(states)}] and tags: []):{len(found)}"
    )
    print("Application-Id\tApplication-Name\tApplication-Type\tUser\tQueue\tState\tFinal-State\tProgress\tTracking-URL")
    for one in found:
        fields = (
            one.id,
            one.name,
            "Apache Flink",
            "hadoop",
            "default",
            one.state,
            one.final_state,
            "100%",
            one.rest_url,
        )
        print("\t".join(fields))
    return 0


def _describe(found: yarn.Application) -> int:
    print("Application Report :")
    for name, value in (
        ("Application-Id", found.id),
        ("Application-Name", found.name),
        ("Application-Type", "Apache Flink"),
        ("User", "hadoop"),
        ("Queue", "default"),
        ("State", found.state),
        ("Final-State", found.final_state),
        ("Tracking-URL", found.rest_url),
        ("Diagnostics", found.diagnostics),
    ):
        print(f"\t{name} : {value}")
    return 0


def _kill(root: Path, found: yarn.Application) -> int:
    if not found.is_living:
        print(f"Application {found.id} has already finished")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    wait_until(lambda: _is_over(root, found.id), _KILL_SECONDS, f"end of {found.id}")
    print(f"Killed application {found.id}")
    return 0


def _is_over(root: Path, application_id: str) -> bool:
    application = yarn.load(root, application_id)
    return application is None or not application.is_living


def _show_logs(root: Path, application_id: str) -> int:
    folder = root / "mnt/var/log/hadoop-yarn/containers" / application_id
    for log in sorted(folder.rglob("*.log")):
        print(f"Container: {log.parent.name}\nLogType:{log.name}\n{log.read_text(errors='replace')}")
        print(f"End of LogType:{log.name}")
    return 0
