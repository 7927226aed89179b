"""A Kinesis server as a child process."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from localaws.kinesis.admin import KinesisAdmin
from localaws.kinesis.limits import ShardLimits
from localaws.processes import LOOPBACK, ManagedProcess, free_port, wait_until

_READY_SECONDS = 20.0


class KinesisProcess:
    """A running server with its own interpreter. Use as a context manager, or call ``stop()``.

    Attributes: ``endpoint_url`` for clients, ``admin`` for faults, counts and records, ``process``.
    """

    def __init__(self, *, process: ManagedProcess, port: int, admin_port: int) -> None:
        self.process = process
        self.endpoint_url = f"http://{LOOPBACK}:{port}"
        self.admin = KinesisAdmin(f"http://{LOOPBACK}:{admin_port}")

    @classmethod
    def start(
        cls,
        work: Path,
        *,
        port: int = 0,
        limits: ShardLimits | None = ShardLimits(),  # noqa: B008 - immutable
        region: str = "us-east-1",
        create_seconds: float = 0.0,
    ) -> KinesisProcess:
        """Start a server that keeps records and its log under ``work``, and return when it answers."""
        port, admin_port = port or free_port(), free_port()
        argv = [sys.executable, "-m", "localaws.kinesis", "--port", str(port), "--admin-port", str(admin_port)]
        argv += ["--folder", str(work / "streams"), "--region", region, "--create-seconds", str(create_seconds)]
        if limits is None:
            argv.append("--no-limits")
        else:
            for name, value in asdict(limits).items():
                argv += [f"--{name.replace('_', '-')}", str(value)]
        packages = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
        process = ManagedProcess.start(
            argv, name="kinesis", log=work / "kinesis.log", env={**os.environ, "PYTHONPATH": packages}
        )
        kinesis = cls(process=process, port=port, admin_port=admin_port)
        try:
            wait_until(kinesis.admin.is_ready, _READY_SECONDS, "Kinesis server", process=process)
        except BaseException:
            process.stop()
            raise
        return kinesis

    def stop(self) -> None:
        """End the server, which removes its records."""
        self.process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
