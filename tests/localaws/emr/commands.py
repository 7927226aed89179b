"""The processes of a node: each has its cluster, and its step if it has one, as tags in its environment."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

CLUSTER_TAG = "EMR_CLUSTER_ID"
STEP_TAG = "EMR_STEP_ID"


class Command:
    """One process of a node, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: Path, stderr: Path
    ) -> Command:
        """Start ``argv`` with its output appended to two files; OSError if there is no such program."""
        with stdout.open("ab") as out, stderr.open("ab") as err:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=cwd,
                env=env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        return cls(process)

    async def wait(self) -> int:
        """Wait for the end and return the exit code, negative for a signal."""
        return await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Signal the process itself, not what it started."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
