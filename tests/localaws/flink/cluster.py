"""A standalone cluster as child processes: one JobManager, any number of TaskManagers, and ``flink run`` clients."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from localaws.flink.config import s3_config, statsd_config
from localaws.flink.home import CONNECTOR_JARS, FlinkHome, lay_out
from localaws.flink.rest import FlinkRest
from localaws.processes import LOOPBACK, ManagedProcess, group_members, memory_bytes, wait_until

_READY_SECONDS = 120.0
_STOP_SECONDS = 5.0
_WORKER = b"pyflink.fn_execution"
_SUBMITTED = re.compile(r"Job has been submitted with JobID ([0-9a-f]{32})")


class FlinkRun:
    """One ``flink run``: the client process, attached to its job."""

    def __init__(self, process: ManagedProcess) -> None:
        self.process = process

    @property
    def output(self) -> str:
        """What the client and the job's main program printed so far, both streams."""
        return self.process.log.read_text(errors="replace")

    @property
    def job_id(self) -> str | None:
        """The job's id once it is submitted."""
        submitted = _SUBMITTED.search(self.output)
        return submitted[1] if submitted else None

    def wait_for_job(self, timeout: float = 60) -> str:
        """Wait until the job is submitted and return its id; ProcessFailedError when the client ends before."""
        wait_until(lambda: self.job_id is not None, timeout, "submitted job", process=self.process)
        job_id = self.job_id
        assert job_id is not None
        return job_id

    def wait(self, timeout: float) -> int:
        """Wait for the client and return its exit code: 0 when the job finished. TimeoutError leaves it running."""
        self.process.wait(timeout)
        return self.process.stop()


class FlinkCluster:
    """A running cluster. Use as a context manager, or call ``stop()``.

    Attributes: ``rest``, the client of its REST API, and ``home``, its folders and environment.
    """

    def __init__(self, home: FlinkHome) -> None:
        self.home = home
        self.rest = FlinkRest(f"http://{LOOPBACK}:{home.rest_port}")
        self._job_manager: ManagedProcess | None = None
        self._task_managers: list[ManagedProcess] = []
        self._runs: list[ManagedProcess] = []

    @classmethod
    def start(
        cls,
        work: Path,
        *,
        task_managers: int = 1,
        slots: int = 1,
        jars: Path = CONNECTOR_JARS,
        s3_endpoint: str | None = None,
        statsd_port: int | None = None,
        config: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> FlinkCluster:
        """Start a cluster whose files, logs included, are under ``work``, and return when all slots are offered.

        ``jars`` is a folder of connectors and S3 plugins. ``config`` has Flink's flat keys; ``env`` is added to the
        environment of JobManager, TaskManagers, Python workers and clients, which inherit no AWS settings.
        """
        settings = {
            **(s3_config(s3_endpoint, buffer=work.resolve() / "tmp") if s3_endpoint else {}),
            **(statsd_config(statsd_port) if statsd_port else {}),
            **(config or {}),
        }
        cluster = cls(lay_out(work.resolve(), jars=jars, slots=slots, config=settings, env=env or {}))
        try:
            cluster._job_manager = cluster._launch("jobmanager.sh", "start-foreground", name="jobmanager")
            for _ in range(task_managers):
                cluster.add_task_manager(wait=False)
            cluster.wait_for_task_managers(task_managers)
        except BaseException:
            cluster.stop()
            raise
        return cluster

    # Jobs

    def submit(self, *argv: str | Path, env: Mapping[str, str] | None = None) -> FlinkRun:
        """Start ``flink run ARGV``, attached to its job, and return at once."""
        process = self._launch("flink", "run", *argv, name=f"run-{len(self._runs)}", env=env)
        self._runs.append(process)
        return FlinkRun(process)

    def run(self, *argv: str | Path, timeout: float = 240, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run ``flink run ARGV`` to its end and return the exit code and all output. TimeoutError ends the client."""
        run = self.submit(*argv, env=env)
        try:
            return run.wait(timeout), run.output
        finally:
            run.process.stop(grace=1)

    # TaskManagers

    def add_task_manager(self, *, wait: bool = True) -> ManagedProcess:
        """Start one more TaskManager; with ``wait``, return when its slots are offered."""
        number = len(self._task_managers)
        process = self._launch("taskmanager.sh", "start-foreground", name=f"taskmanager-{number}")
        self._task_managers.append(process)
        if wait:
            self.wait_for_task_managers(len(self.task_managers()))
        return process

    def task_managers(self) -> list[ManagedProcess]:
        """Return the TaskManagers that run, oldest first."""
        return [process for process in self._task_managers if process.is_alive()]

    def kill_task_manager(self, index: int = 0) -> None:
        """SIGKILL the JVM of a running TaskManager, counted from the oldest; its Python workers are left to notice."""
        self.task_managers()[index].kill()

    def wait_for_task_managers(self, count: int, *, timeout: float = _READY_SECONDS) -> None:
        """Wait until that many TaskManagers are registered; ProcessFailedError when the JobManager ended."""
        wait_until(
            lambda: len(self.rest.task_managers()) == count,
            timeout,
            f"{count} registered TaskManagers",
            process=self._job_manager,
            interval=0.2,
        )

    def python_workers(self) -> list[int]:
        """Return the process ids of the Python workers of all TaskManagers, killed ones included."""
        workers = []
        for task_manager in self._task_managers:
            for pid in group_members(task_manager.pid):
                with contextlib.suppress(OSError):  # it ended while we looked
                    # The worker itself: the shell that started it has the words in its arguments, too.
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    if _WORKER in command and b"python" in command.split(b"\0")[0]:
                        workers.append(pid)
        return workers

    def processes(self) -> dict[str, list[int]]:
        """Return the ids of what was started, without children: ``client``, ``jobmanager`` and ``taskmanager``.

        Clients that ended are among them, which the kernel still tells of until they are stopped; TaskManagers are not.
        """
        job_manager = [self._job_manager.pid] if self._job_manager else []
        return {
            "client": [process.pid for process in self._runs],
            "jobmanager": job_manager,
            "taskmanager": [process.pid for process in self.task_managers()],
        }

    def resident_bytes(self) -> dict[str, int]:
        """Return the resident memory now, in bytes: of ``jobmanager``, ``taskmanagers`` and ``python`` workers."""
        started = self.processes()
        groups = {
            "jobmanager": started["jobmanager"],
            "taskmanagers": started["taskmanager"],
            "python": self.python_workers(),
        }
        return {name: sum(map(memory_bytes, pids)) for name, pids in groups.items()}

    # Life

    def stop(self) -> None:
        """End clients, TaskManagers and JobManager with all they started."""
        for process in (*self._runs, *self._task_managers, *([self._job_manager] if self._job_manager else [])):
            process.stop(grace=_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(
        self, script: str, *argv: str | Path, name: str, env: Mapping[str, str] | None = None
    ) -> ManagedProcess:
        return ManagedProcess.start(
            [self.home.script(script), *argv],
            name=name,
            log=self.home.work / "log" / f"{name}.console",
            env={**self.home.environment, **(env or {})},
            cwd=self.home.work,
        )
