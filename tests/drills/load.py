"""How fast the job is, what it takes, and that neither memory nor time grows faster than the rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drills.harness import lost_rows
from drills.material import CONFIG, Material, prepare
from drills.meter import Usage, metered
from drills.registry import registry
from drills.site import Run, Site

_ROW_BYTES = 5_000
_CHECKPOINT_SECONDS = 10
#: Rows of these types are such that Enrich takes what the config makes of them; a row that it refuses takes longer.
_PASSING = ("schema_violations", "enrichment_failures")
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
    """Run the job, then with and without verifying over rows that pass, and over ``copies`` times as many, if any."""
    material = prepare(site, folder, rows=rows, size=_ROW_BYTES, files=96)
    yield _load(site, material, "job")
    yield _load(site, material, "passing", types=_PASSING)
    with registry() as resolver:
        yield _load(site, material, "verifying", types=_PASSING, verify="6", resolver=resolver)
    if copies:
        yield _load(site, prepare(site, folder, rows=rows, size=_ROW_BYTES, files=96, copies=copies), "job")


def _load(site: Site, material: Material, what: str, **options: Any) -> Load:
    site.restore(pace=None)
    site.renew_task_manager()  # memory of the run before must not count for this one
    run = Run(site, material.inputs, config=CONFIG, checkpoint_interval=_CHECKPOINT_SECONDS, buffered=None, **options)
    began = time.monotonic()
    try:
        with metered(site) as usage:
            run.submit()
            exit_code = run.client.wait(_LONGEST_SECONDS)
        took = time.monotonic() - began
        faults = lost_rows(run, material) if what == "job" else _count_faults(run)
        if exit_code:
            faults.append(f"client: exit code {exit_code}: {run.client.output[-2000:]}")
        seconds = site.flink.rest.get(f"/jobs/{run.job()}")["duration"] / 1000
        return Load(
            what=what,
            rows=material.expected.rows,
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


def _count_faults(run: Run) -> list[str]:
    summary = run.summary()
    if summary is None or not summary.balanced or not run.has_success():
        return ["summary: none that balances"]
    refused = sum(summary.failed.labels.get("would_fail", {}).values())
    return [f"{refused} rows would fail, so that this is no measure"] if refused else []
