"""A run in place of a cluster: in processes of the worker, by the command line that the job on a cluster has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from event_recovery.contract import RunPaths
from event_recovery.contract.endings import ExitCode, read_ending

from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.exceptions import JobFailedError, RelaunchError
from event_recovery_provider.planning.flink_job import FlinkJob
from event_recovery_provider.planning.runner import Runner, runs_in_place
from event_recovery_provider.results.account import read_manifest

_LAST_LINES: Final = 50


def wants_no_cluster(aws: Aws, *, runner: Runner, most_mb: int, prefix: str) -> bool:
    """Tell whether the rows of a run are recovered here, by the files that the preflight has chosen.

    :param prefix: S3 URI of the run
    """
    if runner == "cluster":
        return False
    manifest = aws.run(read_manifest(RunPaths(prefix)))
    return manifest is not None and runs_in_place(runner, manifest.files, most_mb=most_mb)


class InPlace:
    """The process of a run on this worker. It ends with the one that started it, whatever ends that."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(self, job: FlinkJob, aws: Aws, tell: Callable[..., None]) -> None:
        """Run to the end.

        :param tell: the ``info`` of a log, for what the process prints
        :raises RelaunchError: when it failed, and another try goes on where it ended
        :raises JobFailedError: when another try would fail, too
        """
        ends = time.monotonic() + job.max_seconds
        argv = [sys.executable, "-m", "event_recovery.replay", *job.arguments]
        last: list[str] = []
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=_environment(aws)
        ) as process:
            self._process = process
            for line in process.stdout or ():
                tell("%s", line.rstrip())
                last = [*last[1 - _LAST_LINES :], line]
                if time.monotonic() > ends:
                    self.end()
            code = process.wait()
        if code:
            raise _failure(code, last)

    def end(self) -> None:
        """Have the process end when the parts of the input that are under way are done."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)


def _environment(aws: Aws) -> dict[str, str]:
    """Return the environment with the credentials of the task's connection."""
    found = aws.access.hook("s3").get_credentials()
    own = {
        "AWS_ACCESS_KEY_ID": found.access_key,
        "AWS_SECRET_ACCESS_KEY": found.secret_key,
        "AWS_SESSION_TOKEN": found.token,
    }
    return {**os.environ, **{name: value for name, value in own.items() if value}}


def _failure(code: int, lines: Sequence[str]) -> RelaunchError | JobFailedError:
    ending = read_ending("".join(lines))
    told: dict[str, Any] = {"message": f"the run on this worker ended with exit code {code}"}
    if ending is not None:
        told = {"message": f"the run on this worker failed: {ending.reason}", "code": ending.code.name}
    final = ending is not None and ending.code != ExitCode.JOB
    return JobFailedError(**told) if final else RelaunchError(**told)
