"""Run a Kinesis server in the foreground: ``python -m localaws.kinesis --port 0 --folder DIR``.

Prints one line of JSON with both addresses when it listens; ends at SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from localaws.kinesis.api import KinesisApi
from localaws.kinesis.limits import ShardLimits
from localaws.kinesis.server import serve
from localaws.processes import LOOPBACK, free_port


def main(argv: Sequence[str] | None = None) -> None:
    """Parse the command line and serve."""
    options = _parser().parse_args(argv)
    limits = (
        None if options.no_limits else ShardLimits(**{f.name: getattr(options, f.name) for f in fields(ShardLimits)})
    )
    port, admin_port = options.port or free_port(), options.admin_port or free_port()
    with contextlib.ExitStack() as cleanup:
        folder = options.folder or Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="kinesis-")))
        api = KinesisApi(folder=folder, region=options.region, limits=limits, create_seconds=options.create_seconds)
        asyncio.run(_serve(api, port=port, admin_port=admin_port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localaws.kinesis", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of the API; 0 for a free one")
    parser.add_argument("--admin-port", type=int, default=0, help="port that stays open in an outage")
    parser.add_argument("--folder", type=Path, help="where records are kept; default: a temporary folder")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--create-seconds", type=float, default=0.0, help="how long a new stream is CREATING")
    parser.add_argument("--no-limits", action="store_true", help="shards take and give whatever comes")
    for field in fields(ShardLimits):
        flag = f"--{field.name.replace('_', '-')}"
        parser.add_argument(flag, type=float, default=field.default, help="a second and shard (default %(default)s)")
    return parser


async def _serve(api: KinesisApi, *, port: int, admin_port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)

    def announce() -> None:
        urls = {"endpoint": f"http://{LOOPBACK}:{port}", "admin": f"http://{LOOPBACK}:{admin_port}/_admin"}
        print(json.dumps(urls), flush=True)

    await serve(api, port=port, admin_port=admin_port, stop=stop, ready=announce)


if __name__ == "__main__":
    main()
