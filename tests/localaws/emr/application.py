"""The master of one Flink application on YARN: its own JobManager and TaskManagers, for as long as its job takes.

Runs apart from the client that submitted it, which may go away before the job ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from localaws.emr import yarn
from localaws.emr.commands import STEP_TAG
from localaws.emr.node.software import python_command
from localaws.flink.rest import TERMINAL_STATES, FlinkRest
from localaws.processes import ManagedProcess, ProcessFailedError, wait_until

#: A file in the application's folder: the client has its job's result, or will never have one.
CLIENT_IS_DONE = "client-is-done"

_READY_SECONDS = 120.0
_CLIENT_SECONDS = 10.0  # how long the client may take to fetch its job's result
_STOP_SECONDS = 3.0
_FINAL_STATES = {"FINISHED": "SUCCEEDED", "CANCELED": "KILLED", "FAILED": "FAILED"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the master runs: ``client`` is the process whose job it serves, 0 for a session that serves any."""

    root: Path
    conf: Path
    application: yarn.Application
    task_managers: int
    client: int
    master_env: dict[str, str]
    task_manager_env: dict[str, str]


def run(plan: Plan) -> None:
    """Run the application to its end, and record how it went."""
    application = plan.application
    killed = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        killed.set()

    signal.signal(signal.SIGTERM, stop)
    application.pid = os.getpid()
    application.save(plan.root)
    with ExitStack() as processes:
        try:
            job_manager = _start(plan, "jobmanager", 1, plan.master_env)
            processes.callback(job_manager.stop, _STOP_SECONDS)
            for number in range(2, plan.task_managers + 2):
                processes.callback(_start(plan, "taskmanager", number, plan.task_manager_env).stop, _STOP_SECONDS)
            rest = FlinkRest(application.rest_url)
            wait_until(
                lambda: killed.is_set() or len(rest.task_managers()) == plan.task_managers,
                _READY_SECONDS,
                "registered TaskManagers",
                process=job_manager,
                interval=0.2,
            )
            application.state = "RUNNING"
            application.save(plan.root)
            application.final_state = _serve(plan, rest, job_manager, killed)
        except (ProcessFailedError, TimeoutError) as error:
            application.final_state, application.diagnostics = "FAILED", str(error)
    application.state = "KILLED" if application.final_state == "KILLED" else "FINISHED"
    application.save(plan.root)


def _serve(plan: Plan, rest: FlinkRest, job_manager: ManagedProcess, killed: threading.Event) -> str:
    """Wait for the end of the job; return YARN's final state."""
    ended_at: float | None = None
    while not killed.wait(0.3):
        if not job_manager.is_alive():
            raise ProcessFailedError(f"{job_manager.describe_end()}\n{job_manager.log_tail()}")
        if plan.client == 0:
            continue
        states = list(rest.jobs().values())
        is_done = (plan.conf.parent / CLIENT_IS_DONE).exists() or not Path(f"/proc/{plan.client}").exists()
        if states and all(state in TERMINAL_STATES for state in states):
            ended_at = ended_at or time.monotonic()
            if is_done or time.monotonic() - ended_at > _CLIENT_SECONDS:
                return _FINAL_STATES[states[0]]
        elif not states and is_done:
            return "FAILED"  # it never submitted its job
    return "KILLED"


def _start(plan: Plan, role: str, number: int, env: dict[str, str]) -> ManagedProcess:
    container = yarn.container_id(plan.application.id, number)
    logs = plan.root / "mnt/var/log/hadoop-yarn/containers" / plan.application.id / container
    # The container's id is what metrics are named after, so each process needs its own.
    identity = [f"-Dtaskmanager.resource-id={container}"] if role == "taskmanager" else []
    return ManagedProcess.start(
        [plan.root / "usr/lib/flink/bin" / f"{role}.sh", "start-foreground", *identity],
        name=role,
        log=logs / f"{role}.log",
        env={
            **os.environ,
            **env,
            "FLINK_CONF_DIR": str(plan.conf),
            "FLINK_LOG_DIR": str(plan.conf.parent / "log"),
            "FLINK_PID_DIR": str(plan.conf.parent / "pid"),
            "CONTAINER_ID": container,
        },
        cwd=plan.conf.parent,
    )


def launch(plan: Plan) -> None:
    """Run the application in a process that outlives this one, and does not count as part of its step."""
    file = plan.conf.parent / "plan.json"
    file.write_text(json.dumps(asdict(plan), default=str))
    with (plan.conf.parent / "master.log").open("ab") as log:
        subprocess.Popen(
            [*python_command("localaws.emr.application"), str(file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={name: value for name, value in os.environ.items() if name != STEP_TAG},
            start_new_session=True,
        )


def main(argv: Sequence[str]) -> int:
    """Run the application of a plan that ``launch`` wrote."""
    fields = json.loads(Path(argv[0]).read_text())
    application = yarn.Application(**fields.pop("application"))
    run(Plan(root=Path(fields.pop("root")), conf=Path(fields.pop("conf")), application=application, **fields))
    return 0
