"""AWS on this machine: ``python -m localaws up | status | down | fault``.

``up`` starts everything, prints the variables that point AWS clients at it, and runs until Ctrl-C or ``down``:

    eval "$(python -m localaws up --detach)"
    aws emr list-clusters
    python -m localaws down
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localaws.admin import AdminError, FabricAdmin
from localaws.fabric import FABRIC_TAG, Fabric
from localaws.processes import ProcessFailedError, wait_until
from localaws.tags import end_tagged

_UP_SECONDS, _DOWN_SECONDS = 60.0, 40.0
# Slower than a test wants it: Airflow's deferred tasks must find a cluster unfinished when they first look.
_PACE = {"provision": 5.0, "bootstrap": 1.0, "step": 2.0, "terminate": 5.0}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(argv)
    state = options.folder / "fabric.json"
    try:
        code: int = options.command(options, state)
    except (AdminError, ProcessFailedError, TimeoutError, OSError) as error:
        print(f"localaws: {error}", file=sys.stderr)
        return 1
    return code


def up(options: argparse.Namespace, state: Path) -> int:
    """Start a fabric, in the foreground or detached."""
    if (known := _read(state)) is not None and _is_alive(known["pid"]):
        raise OSError(f"already up (process {known['pid']}); `down` ends it")
    if options.detach:
        return _detach(options, state)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    fabric = Fabric(
        options.folder,
        port=options.port,
        pace=_PACE | dict(options.pace),
        s3=options.s3,
        kinesis_limits=not options.no_kinesis_limits,
        statsd_namespace=options.statsd_namespace,
        statsd_interval=options.statsd_interval,
    )
    with fabric:
        logs = {name: str(process.log) for name, process in fabric.processes.items()}
        pids = {name: process.pid for name, process in fabric.processes.items()}
        state.write_text(
            json.dumps({"pid": os.getpid(), "tag": fabric.tag, "env": fabric.env, "servers": pids, "logs": logs})
        )
        try:
            _print_env(fabric.env)
            print(f"localaws is up, with logs in {fabric.work}; Ctrl-C or `down` ends it", file=sys.stderr)
            stopped.wait()
        finally:
            state.unlink()
    return 0


def status(options: argparse.Namespace, state: Path) -> int:
    """Say what runs, and how it is; exit code 1 if nothing does or something does not answer."""
    known = _read(state)
    if known is None:
        print("localaws is down")
        return 1
    healthy = _admin(known).is_healthy()
    print(f"localaws is {'up' if healthy else 'not answering'} (process {known['pid']})")
    for name, pid in known["servers"].items():
        print(f"  {name:10} {'running' if _is_alive(pid) else 'ended':8} {pid:>7}  {known['logs'][name]}")
    _print_env(known["env"])
    return 0 if healthy else 1


def down(options: argparse.Namespace, state: Path) -> int:
    """End the fabric and everything it started, also when what started it is gone."""
    known = _read(state)
    if known is None:
        print("localaws is down")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(known["pid"], signal.SIGTERM)
        wait_until(lambda: not _is_alive(known["pid"]), _DOWN_SECONDS, "end of the fabric")
    end_tagged(FABRIC_TAG, known["tag"], grace=0.0)
    state.unlink(missing_ok=True)
    print("localaws is down")
    return 0


def fault(options: argparse.Namespace, state: Path) -> int:
    """Arm a fault, list the armed ones, or disarm them all."""
    known = _read(state)
    if known is None:
        raise OSError("localaws is down")
    admin = _admin(known)
    if options.kind == "none":
        admin.disarm()
    elif options.kind != "list":
        admin.arm(options.kind, **dict(options.fields))
    print(json.dumps(admin.faults(), indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    default = Path(tempfile.gettempdir()) / f"localaws-{getpass.getuser()}"
    parser = argparse.ArgumentParser(
        prog="python -m localaws", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=default, help="logs, nodes and state (default %(default)s)")
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("up", help="start")
    command.set_defaults(command=up)
    command.add_argument("--detach", action="store_true", help="return when everything answers")
    command.add_argument("--port", type=int, default=0, help="port of the endpoint (default: any free one)")
    command.add_argument("--s3", choices=("moto", "seaweedfs"), default="moto", help="who plays S3")
    command.add_argument("--no-kinesis-limits", action="store_true", help="shards take whatever comes")
    command.add_argument("--statsd-namespace", default="CWAgent")
    command.add_argument("--statsd-interval", type=float, default=10.0, help="seconds")
    command.add_argument("--pace", type=_seconds, action="append", default=[], metavar="NAME=SECONDS")

    for name, function, text in (("status", status, "say what runs"), ("down", down, "end everything")):
        commands.add_parser(name, help=text).set_defaults(command=function)

    command = commands.add_parser("fault", help="break something", description="Fields: see localaws.emr.faults.")
    command.set_defaults(command=fault)
    command.add_argument("kind", help="a kind of fault, or `list`, or `none` to disarm all")
    command.add_argument("fields", type=_field, nargs="*", metavar="NAME=VALUE")
    return parser


def _detach(options: argparse.Namespace, state: Path) -> int:
    """Start ``up`` as a process of its own, and wait until it has written its state."""
    options.folder.mkdir(parents=True, exist_ok=True)
    log = options.folder / "fabric.log"
    argv = [word for word in sys.argv[1:] if word != "--detach"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "localaws", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,
        )
    wait_until(lambda: process.poll() is not None or _read(state) is not None, _UP_SECONDS, f"start (see {log})")
    if (known := _read(state)) is None:
        raise OSError(f"could not start; see {log}")
    _print_env(known["env"])
    return 0


def _read(state: Path) -> dict[str, Any] | None:
    try:
        known: dict[str, Any] = json.loads(state.read_text())
    except (FileNotFoundError, ValueError):  # not there, or only half written
        return None
    return known


def _admin(known: dict[str, Any]) -> FabricAdmin:
    return FabricAdmin(known["env"]["AWS_ENDPOINT_URL"])


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _print_env(env: dict[str, str]) -> None:
    for name, value in env.items():
        print(f"export {name}={value}", flush=True)


def _seconds(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value)


def _field(text: str) -> tuple[str, Any]:
    """Parse NAME=VALUE, the value as JSON where it is JSON (3, 0.5, null), otherwise as text."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


if __name__ == "__main__":
    sys.exit(main())
