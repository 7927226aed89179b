"""Run one drill and check that nothing was lost."""

from __future__ import annotations

import time
from dataclasses import dataclass

from localaws.processes import ProcessFailedError

from drills.cases import Drill, Strike
from drills.material import CONFIG, Material
from drills.outcome import files_faults, stream_faults, summary_faults
from drills.site import Run, Site


@dataclass(frozen=True, slots=True)
class Result:
    """How a drill went; ``faults`` is empty when it went well."""

    drill: str
    rows: int
    seconds: float
    restarts: int
    #: Records the stream holds beyond one for each payload.
    duplicates: int
    faults: tuple[str, ...]
    #: What the clients of all attempts printed.
    output: str


def run_drill(
    site: Site, material: Material, drill: Drill, *, pace: float | None, seconds: float = 10, timeout: float = 600
) -> Result:
    """Run the job over the material at ``pace`` rows a second, strike, wait for the end, and account for every row.

    ``seconds`` is how long a passing fault lasts. A run that takes longer than ``timeout`` seconds after that is at
    fault.
    """
    site.restore(pace=pace)
    run = Run(site, material.inputs, config=CONFIG)
    began = time.monotonic()
    run.submit()
    try:
        try:
            drill.strike(Strike(run, material.expected.recovered.total(), seconds))
            faults = _ending(run, drill, run.client.wait(timeout))
            took = time.monotonic() - began
            faults += lost_rows(run, material) if drill.ends == "success" else _half_reported(run, drill)
        except (AssertionError, TimeoutError, ProcessFailedError) as error:
            took, faults = time.monotonic() - began, [str(error)]
        return Result(
            drill=drill.name,
            rows=material.expected.rows,
            seconds=took,
            restarts=run.restarts(),
            duplicates=0 if drill.ends == "failure" else run.sent() - material.expected.recovered.total(),
            faults=tuple(faults),
            output="".join(attempt.output for attempt in run.attempts),
        )
    finally:
        for attempt in run.attempts:
            attempt.process.stop(grace=1)
        site.end_jobs()
        run.delete()


def _ending(run: Run, drill: Drill, exit_code: int) -> list[str]:
    if (exit_code == 0) == (drill.ends == "success"):
        return []
    return [f"client: exit code {exit_code}, expected the run to end in {drill.ends}: {run.client.output[-500:]}"]


def lost_rows(run: Run, material: Material) -> list[str]:
    """Compare what a finished run left in the stores with the independent count; empty when they agree."""
    expected = material.expected
    faults = stream_faults(run.stream(), expected.recovered)
    failed, failed_bytes = run.bad_rows(run.paths.failed)
    unrecoverable, unrecoverable_bytes = run.bad_rows(run.paths.unrecoverable)
    faults += files_faults("failed", failed, expected.failed)
    faults += files_faults("unrecoverable", unrecoverable, expected.unrecoverable)
    summary = run.summary()
    sizes = {
        "recovered": expected.recovered_bytes,
        "failed": failed_bytes,
        "unrecoverable": unrecoverable_bytes,
    }
    faults += ["summary: none"] if summary is None else summary_faults(summary, expected, sizes)
    named = frozenset(summary.damaged_files) if summary is not None else frozenset()
    if named != material.damaged:
        faults.append(f"summary: damaged files are {sorted(named)}, expected {sorted(material.damaged)}")
    return faults if run.has_success() else [*faults, "_SUCCESS: none"]


def _half_reported(run: Run, drill: Drill) -> list[str]:
    faults = []
    if run.summary() is not None:
        faults.append("summary: there is one, of a run that failed")
    if run.has_success():
        faults.append("_SUCCESS: there is one, of a run that failed")
    if drill.reason not in run.client.output:
        faults.append(f"client: does not say {drill.reason!r}")
    return faults
