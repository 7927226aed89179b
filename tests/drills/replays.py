"""Runs without a cluster on the servers of the drills: the command, its processes, and what they leave."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from localaws.flink import FlinkRun
from localaws.processes import ManagedProcess, group_members, wait_until

from drills.site import ENV, REGION, Run, Site

_COMMAND = Path(sys.executable).with_name("event-recovery")


class Replay(Run):
    """One recovery without a cluster, over all its tries; each goes on where the one before ended.

    ``before`` are words before the command, which it is an argument of, ``env`` more of its environment.
    """

    def __init__(self, site: Site, inputs: tuple[str, ...], *, config: str, **further: Any) -> None:
        super().__init__(site, inputs, config=config, **further)
        self.before: tuple[str, ...] = ()
        self.env: dict[str, str] = {}

    def begin(self, *further: str) -> None:
        """Start a try, with ``further`` words on its command line; return at once."""
        servers = (f"kinesis={self.site.kinesis.endpoint_url}", f"s3={self.site.s3.endpoint_url}")
        argv: list[str | Path] = [*self.before, _COMMAND, "replay", self.options.config, *self.options.inputs]
        argv += ["--output", self.id, "--run", self.paths.prefix, "--region", REGION]
        argv += [part for server in servers for part in ("--endpoint-url", server)]
        argv += further
        name = f"{self.id}-{len(self.attempts)}"
        process = ManagedProcess.start(
            argv,
            name=name,
            log=self.site.work / f"{name}.log",
            env={**os.environ, **ENV, **self.env},
        )
        self.attempts.append(FlinkRun(process))

    def kill(self) -> None:
        """Kill the process that was started, and wait until those that it started are gone, too."""
        process = self.client.process
        process.kill()
        wait_until(lambda: not group_members(process.pid), 30, "the processes to end with the first")

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process that was started."""
        os.kill(self.client.process.pid, signal.SIGTERM)

    def finish(self, timeout: float = 300) -> str:
        """Wait for the end of the try, and return what it printed.

        :raises AssertionError: when it failed
        """
        assert self.client.wait(timeout) == 0, self.client.output
        return self.client.output
