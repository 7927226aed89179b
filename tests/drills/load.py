"""How fast the job is, what it takes, and that neither memory nor time grows faster than the rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drills.harness import lost_rows
from drills.material import CONFIG, Material, prepare
from drills.meter import Usage, metered
from drills.site import JOB, Run, Site

JAVA_ONLY = Path(__file__).with_name("java_only.py")
_ROW_BYTES = 5_000
_CHECKPOINT_SECONDS = 10
_LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Load:
    """One run at full speed: ``seconds`` is the job's own time in Flink, ``wall_seconds`` that of ``flink run``."""

    what: str
    rows: int
    bytes: int
    seconds: float
    wall_seconds: float
    usage: Usage
    faults: tuple[str, ...]


def run_loads(site: Site, folder: Path, *, rows: int, copies: int) -> Iterator[Load]:
    """Run the Java yardstick and the job over the rows, then the job over ``copies`` times as many, if any."""
    material = prepare(site, folder, rows=rows, size=_ROW_BYTES, files=96)
    yield _load(site, material, job=False)
    yield _load(site, material, job=True)
    if copies:
        yield _load(site, prepare(site, folder, rows=rows, size=_ROW_BYTES, files=96, copies=copies), job=True)


def _load(site: Site, material: Material, *, job: bool) -> Load:
    site.restore(pace=None)
    site.renew_task_manager()  # memory of the run before must not count for this one
    run = Run(site, material.inputs, config=CONFIG, checkpoint_interval=_CHECKPOINT_SECONDS, buffered=None)
    rows = material.expected.rows
    began = time.monotonic()
    try:
        with metered(site) as usage:
            run.submit(program=JOB if job else JAVA_ONLY)
            exit_code = run.client.wait(_LONGEST_SECONDS)
        took = time.monotonic() - began
        faults = lost_rows(run, material) if job else _count_fault(run.sent(), rows)
        if exit_code:
            faults.append(f"client: exit code {exit_code}: {run.client.output[-2000:]}")
        seconds = site.flink.rest.get(f"/jobs/{run.job()}")["duration"] / 1000
        return Load(
            what="job" if job else "java only",
            rows=rows,
            bytes=material.bytes,
            seconds=seconds,
            wall_seconds=took,
            usage=usage,
            faults=tuple(faults),
        )
    finally:
        run.client.process.stop(grace=1)
        site.end_jobs()
        run.delete()


def _count_fault(sent: int, rows: int) -> list[str]:
    return [] if sent == rows else [f"stream: {sent} records, expected {rows}"]
