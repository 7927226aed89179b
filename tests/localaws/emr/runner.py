"""Runs the bootstrap actions and the steps of one cluster as processes, and delivers their logs."""

from __future__ import annotations

import asyncio
import shlex
import signal
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.emr.commands import STEP_TAG, Command
from localaws.emr.faults import FaultBook, FaultKind
from localaws.emr.logs import deliver, failure_message, log_location
from localaws.emr.model import Params
from localaws.emr.node.node import Node
from localaws.emr.pace import Pace
from localaws.emr.records import Cluster, Step, StepState
from localaws.tags import end_tagged

_CANNOT_START = (OSError, ValueError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step's process ended: ``error`` is its last word, ``interruption`` is set when it was interrupted."""

    exit_code: int
    error: str
    interruption: str | None = None


class Runner:
    """The processes of one cluster: steps on its primary node, bootstrap actions on any."""

    def __init__(self, *, cluster: Cluster, node: Node, faults: FaultBook, pace: Pace, s3: Any) -> None:
        self._cluster = cluster
        self._node = node
        self._faults = faults
        self._pace = pace
        self._s3 = s3
        self._commands: dict[str, Command] = {}
        self._background: set[asyncio.Task[None]] = set()

    async def bootstrap_action(self, number: int, action: Params, node: Node) -> int:
        """Run bootstrap action ``number`` (from 1) on a node and deliver its logs; return its exit code."""
        script = action["ScriptBootstrapAction"]
        logs = node.logs / f"bootstrap-actions/{number}"
        work = node.folder / f"emr/instance-controller/lib/bootstrap-actions/{number}"
        for folder in (logs, work):
            folder.mkdir(parents=True)
        code = 1
        try:
            argv = await asyncio.to_thread(node.script_command, script["Path"], script.get("Args", []), work)
            command = await _launch(node, argv, work, logs, None)
            code = await command.wait()
        except _CANNOT_START as error:
            (logs / "stderr").write_text(f"{type(error).__name__}: {error}\n")
        await self.deliver(logs, f"node/{node.instance.ec2_id}/bootstrap-actions/{number}")
        return code

    async def step(self, step: Step) -> Outcome:
        """Run a step and deliver its logs (at once, unless SLOW_LOGS strikes)."""
        logs = self._node.logs / f"hadoop/steps/{step.id}"
        work = self._node.root / f"mnt/var/lib/hadoop/steps/{step.id}"
        for folder in (logs, work):
            folder.mkdir(parents=True)
        outcome = await self._execute(step, work, logs)
        await asyncio.sleep(max(0.0, self._pace.step - (time.time() - (step.started or 0.0))))
        slow = self._faults.for_step(FaultKind.SLOW_LOGS, self._cluster.names, step.names)
        delivery = self.deliver(logs, f"steps/{step.id}", delay=slow.seconds if slow is not None else 0.0)
        if slow is None:
            await delivery
        else:
            self.spawn(delivery)
        return outcome

    def cancel(self, step: Step, *, kill: bool) -> None:
        """Ask a running step's process to end (SIGTERM to it alone), or kill it with all it started."""
        if kill:
            self.spawn(asyncio.to_thread(end_tagged, STEP_TAG, step.id, grace=0.0))
        elif step.id in self._commands:
            self._commands[step.id].signal(signal.SIGTERM)

    async def deliver(self, folder: Path, place: str, *, delay: float = 0.0) -> None:
        """Upload a folder of logs to its ``place`` below the cluster's LogUri, if it has one."""
        uri = self._cluster.log_uri
        if uri is not None:
            await asyncio.sleep(delay)
            await asyncio.to_thread(deliver, self._s3, log_location(uri, self._cluster.id, place), folder)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work beside everything else."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def abandon(self) -> None:
        """Drop all work that ``spawn`` began and that is not done."""
        tasks = [*self._background]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _execute(self, step: Step, work: Path, logs: Path) -> Outcome:
        interrupt = self._faults.for_step(FaultKind.STEP_INTERRUPTED, self._cluster.names, step.names)
        try:
            argv = await self._argv(step, work)
            if self._is_unwanted(step):
                return Outcome(-signal.SIGTERM, "")
            command = await _launch(self._node, argv, work, logs, step)
        except _CANNOT_START as error:
            text = f"{type(error).__name__}: {error}"
            (logs / "stderr").write_text(f"{text}\n")
            return Outcome(1, text)
        self._commands[step.id] = command
        if self._is_unwanted(step):  # since the last look
            command.signal(signal.SIGKILL)
        if interrupt is not None:
            self.spawn(self._interrupt(step, interrupt.seconds))
        code = await command.wait()
        del self._commands[step.id]
        with (logs / "controller").open("a") as controller:
            status = code if code >= 0 else 128 - code  # as a shell or Java counts a signal
            controller.write(f"INFO waitProcessCompletion ended with exit code {status}\n")
        interruption = None if interrupt is None or code == 0 else interrupt.message or "Step interrupted."
        return Outcome(code, failure_message(logs / "stderr", code), interruption)

    async def _argv(self, step: Step, work: Path) -> list[str]:
        names = self._cluster.names
        if fault := self._faults.for_step(FaultKind.STEP_FAILURE, names, step.names):
            text = shlex.quote(fault.message or "The step was made to fail.")
            return ["sh", "-c", f"echo {text} >&2; exit {fault.exit_code}"]
        if self._faults.for_step(FaultKind.STEP_HANG, names, step.names):
            return ["sleep", "infinity"]
        return await asyncio.to_thread(self._node.step_command, step.config["HadoopJarStep"], work)

    async def _interrupt(self, step: Step, delay: float) -> None:
        await asyncio.sleep(delay)
        await asyncio.to_thread(end_tagged, STEP_TAG, step.id, grace=0.0)

    def _is_unwanted(self, step: Step) -> bool:
        return step.state is StepState.CANCEL_PENDING or self._cluster.ending is not None


async def _launch(node: Node, argv: list[str], work: Path, logs: Path, step: Step | None) -> Command:
    (logs / "controller").write_text(f"INFO startExec '{shlex.join(argv)}'\n")
    (logs / "syslog").touch()
    return await Command.start(
        node.on_host(argv, work),
        cwd=work,
        env=node.environment(step),
        stdout=logs / "stdout",
        stderr=logs / "stderr",
    )
