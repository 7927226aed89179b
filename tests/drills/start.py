"""What it takes to start: the processor time of a run that has next to nothing to do, process by process."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from event_recovery.contract.flink import cluster_settings
from event_recovery.flink.jvm import java_settings
from localaws.processes import group_members

from drills.harness import lost_rows
from drills.material import CONFIG, prepare
from drills.meter import cpu_seconds, looking
from drills.site import Run, Site

#: The parts of a run, as they are shown. ``other`` is what else the client started: shells, and Flink's reader of its
#: own configuration.
PARTS: Final = ("client", "client python", "other", "jobmanager", "taskmanager", "worker")
_EVERY_SECONDS = 0.1
_LONGEST_SECONDS = 3600.0
_CLIENT_OPTIONS = "env.java.opts.client"
#: What Java does by itself, said in words: Flink's scripts cannot read an empty setting.
_DEFAULT = "-XX:TieredStopAtLevel=4"
#: Often enough to tell what a busy machine does to one run from what the options do.
TIMES = 3


@dataclass(frozen=True, slots=True)
class Start:
    """One run on a Flink of its own: processor seconds by part, from the first process to the run's end.

    :param job_seconds: the job's own time in Flink
    """

    java: str
    rows: int
    job_seconds: float
    seconds: Mapping[str, float]
    faults: tuple[str, ...]

    @property
    def total(self) -> float:
        """The processor seconds of all parts."""
        return sum(self.seconds.values())


def run_starts(folder: Path, *, rows: int) -> Iterator[Start]:
    """Run the job with Java's own defaults and as a run of so many rows starts it, in turns."""
    cluster = cluster_settings()
    ours = {_CLIENT_OPTIONS: cluster[_CLIENT_OPTIONS], **java_settings(cluster, rows=rows, parallelism=1)}
    for number in range(TIMES):
        yield measure_start(folder / f"default-{number}", "default", rows=rows, config=dict.fromkeys(ours, _DEFAULT))
        yield measure_start(folder / f"ours-{number}", "ours", rows=rows, config=ours)


def measure_start(folder: Path, java: str, *, rows: int, config: Mapping[str, str]) -> Start:
    """Run the job over ``rows`` rows on a fresh Flink, as a run on a cluster does.

    :param java: what the options of Java are called
    :param config: further settings of Flink, which win
    """
    with Site(folder, with_faults=False, config=config) as site:
        material = prepare(site, folder, rows=rows)
        run = Run(site, material.inputs, config=CONFIG, checkpoint_interval=10, buffered=None)
        before = _of_ended_children()
        run.submit()
        with _watched(site, run) as seconds:
            exit_code = run.client.wait(_LONGEST_SECONDS)
        clients = _of_ended_children() - before
        try:
            faults = lost_rows(run, material)
            if exit_code:
                faults.append(f"client: exit code {exit_code}: {run.client.output[-2000:]}")
            job_seconds = site.flink.rest.get(f"/jobs/{run.job()}")["duration"] / 1000
        finally:
            run.delete()
    seconds["other"] = clients - seconds["client"] - seconds["client python"]
    return Start(java=java, rows=rows, job_seconds=job_seconds, seconds=seconds, faults=tuple(faults))


@contextmanager
def _watched(site: Site, run: Run) -> Iterator[dict[str, float]]:
    """Fill in the seconds of each part but ``other`` until the block ends."""
    found: dict[int, tuple[str, float]] = {}
    seconds: dict[str, float] = {}

    def look() -> None:
        workers = site.flink.python_workers()
        parts = {
            "jobmanager": site.flink.processes()["jobmanager"],
            "taskmanager": [process.pid for process in site.flink.task_managers()],
            "worker": workers,
            **_of_client(run.client.process.pid),
        }
        for part, pids in parts.items():
            for pid in pids:
                if taken := cpu_seconds(Path(f"/proc/{pid}/stat")):
                    found[pid] = (part, taken)

    try:
        with looking(look, every=_EVERY_SECONDS):
            yield seconds
    finally:
        seconds |= {part: sum(taken for of, taken in found.values() if of == part) for part in PARTS}


def _of_client(leader: int) -> dict[str, list[int]]:
    """The JVM of the client, which its shell has become, and the Python that runs the job's main program."""
    python = []
    for pid in group_members(leader):
        try:
            program = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").partition("\0")[0]
        except OSError:
            continue
        if pid != leader and Path(program).name.startswith("python"):
            python.append(pid)
    return {"client": [leader], "client python": python}


def _of_ended_children() -> float:
    """Processor seconds of all children of this process that have ended, with those that they waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
