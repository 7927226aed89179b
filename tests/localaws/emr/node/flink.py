"""The node's ``flink`` and ``flink-yarn-session``: Flink's own client, before a Flink that YARN would have started.

``flink run -m yarn-cluster`` and ``-t yarn-per-job`` start one application for the job: a JobManager and as many
TaskManagers as its parallelism needs, with the cluster's ``flink-conf`` and the ``-D`` settings of the command line.
The client stays attached unless told otherwise, and its exit code is the command's.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from localaws.emr import yarn
from localaws.emr.application import CLIENT_IS_DONE, Plan, launch
from localaws.emr.flink_command import YARN_TARGETS, FlinkCommand, parse_command
from localaws.emr.node.paths import ROOT_VARIABLE
from localaws.emr.node.settings import application_settings, container_environment
from localaws.emr.node.software import read_flink_conf, write_flink_conf
from localaws.processes import LOOPBACK, free_port, wait_until

_START_SECONDS, _STOP_SECONDS = 150.0, 60.0


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    root = Path(os.environ[ROOT_VARIABLE])
    words = [*argv]
    if words[:1] == ["yarn-session"]:
        return _start_session(root, words[1:])
    command = parse_command(words)
    if command.action == "run-application":
        print("flink run-application: the local node has per-job and session clusters only", file=sys.stderr)
        return 2
    if command.action == "run" and command.target in YARN_TARGETS:
        return _run_per_job(root, command)
    application = _find(root, command.application_id)
    return _run_client(root, command, application)


def _run_per_job(root: Path, command: FlinkCommand) -> int:
    application = _launch(root, command, name=command.name or "Flink per-job cluster", client=os.getpid())
    if application is None:
        return 1
    return _run_client(root, command, application)


def _start_session(root: Path, words: list[str]) -> int:
    """Start a session. Detached is the only way that makes sense in a step, so ``-d`` changes nothing."""
    command = parse_command(["run", *words])
    return 0 if _launch(root, command, name=command.name or "Flink session cluster", client=0) is not None else 1


def _launch(root: Path, command: FlinkCommand, *, name: str, client: int) -> yarn.Application | None:
    """Start an application and wait until it runs; None, with its diagnostics printed, if it does not."""
    started = int((root / "mnt/var/lib/info/job-flow.json").stat().st_mtime)
    port = free_port()
    application = yarn.Application(id=yarn.new_id(root, started), name=name, rest_url=f"http://{LOOPBACK}:{port}")
    folder = root / "mnt/tmp" / application.id
    conf = folder / "conf"
    shutil.copytree(root / "etc/flink/conf", conf)
    cluster = read_flink_conf(conf) | command.settings
    settings = application_settings(cluster, work=folder, rest_port=port, rpc_port=free_port())
    write_flink_conf(conf, settings)
    for needed in ("tmp", "log"):
        (folder / needed).mkdir()
    slots = int(settings["taskmanager.numberOfTaskSlots"])
    parallelism = command.parallelism or int(settings.get("parallelism.default", "1"))
    application.save(root)
    launch(
        Plan(
            root=root,
            conf=conf,
            application=application,
            task_managers=math.ceil(parallelism / slots),
            client=client,
            master_env=container_environment(settings, "containerized.master.env."),
            task_manager_env=container_environment(settings, "containerized.taskmanager.env."),
        )
    )
    print(f"Submitted application {application.id}", flush=True)
    try:
        wait_until(lambda: _state(root, application.id) != "ACCEPTED", _START_SECONDS, f"{application.id} to run")
    except TimeoutError as error:
        application.state, application.final_state, application.diagnostics = "FAILED", "FAILED", str(error)
        application.save(root)
    running = yarn.load(root, application.id)
    if running is None or running.state != "RUNNING":
        diagnostics = running.diagnostics if running is not None else "it is gone"
        print(f"The Flink application could not be deployed: {diagnostics}", file=sys.stderr)
        return None
    return running


def _run_client(root: Path, command: FlinkCommand, application: yarn.Application | None) -> int:
    """Run Flink's own client against the application; a SIGTERM ends it, and the application if so asked."""
    address: list[str] = []
    conf = root / "etc/flink/conf"
    if application is not None:
        address = ["-m", application.rest_url.removeprefix("http://")]
        conf = root / "mnt/tmp" / application.id / "conf"
    argv = [str(root / "usr/lib/flink/bin/flink"), command.action, *(address if command.action else []), *command.rest]
    client = subprocess.Popen(argv, env={**os.environ, "FLINK_CONF_DIR": str(conf)})

    def stop(number: int, frame: FrameType | None) -> None:
        client.send_signal(number)
        if command.shutdown_on_exit and application is not None:
            os.kill(application.pid, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    code = client.wait()
    if application is not None and command.target in YARN_TARGETS and not command.detached:
        _finish(root, application)
    return code if code >= 0 else 128 - code


def _finish(root: Path, application: yarn.Application) -> None:
    """Tell the application's master that the client is through, and wait until it is gone."""
    (root / "mnt/tmp" / application.id / CLIENT_IS_DONE).touch()
    wait_until(lambda: _state(root, application.id) not in yarn.LIVING, _STOP_SECONDS, f"end of {application.id}")


def _find(root: Path, application_id: str | None) -> yarn.Application | None:
    """Return the application named, or the newest one that runs."""
    if application_id is not None:
        return yarn.load(root, application_id)
    return next((one for one in reversed(yarn.load_all(root)) if one.state == "RUNNING" and one.is_living), None)


def _state(root: Path, application_id: str) -> str:
    application = yarn.load(root, application_id)
    return application.state if application is not None else "KILLED"
