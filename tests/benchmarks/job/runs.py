"""One run of a variant on a fresh Flink: every row accounted for, and what it took."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drills.harness import lost_rows
from drills.material import CONFIG, Material
from drills.meter import cpu_seconds, looking, machine_seconds, metered, share_of_others
from drills.replays import Replay
from drills.site import Run, Site
from localaws.processes import group_members, memory_bytes

from benchmarks.job.threads import grouped
from benchmarks.job.variants import Variant

_JAVA_ONLY = Path(__file__).parents[2] / "drills" / "java_only.py"
_LONGEST_SECONDS = 3600.0
#: The job's own processes; see ``drills.meter``.
PARTS = ("client", "jobmanager", "jvm", "python")


class RunFailedError(Exception):
    """A run that is no measure, since it failed or lost rows."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run took.

    :param seconds: of the client, from its start to its end
    :param cpu: processor seconds by part
    :param threads: of the TaskManager's, by group
    :param peak_bytes: largest resident memory by part
    :param others: which share of the machine's processors was taken by what is no part of the run
    """

    rows: int
    seconds: float
    cpu: Mapping[str, float]
    threads: Mapping[str, float]
    peak_bytes: Mapping[str, int]
    others: float

    @property
    def whole(self) -> float:
        """Processor seconds of the job's own processes together."""
        return sum(self.cpu[part] for part in PARTS)


def code_of(variant: Variant, *, cache: Path, own: Path) -> Path:
    """Return the folder with the package that a variant runs, compiled if it is to be.

    :param cache: where engines of other checkouts go, so that nothing is written to these
    :raises CalledProcessError: when it does not compile
    """
    code = variant.checkout / "job"
    if variant.compiled:
        place = variant.checkout / ".cache" / "compiled"
        if variant.checkout != own:
            place = cache / str(variant.checkout).strip("/").replace("/", "-")
        compiler = variant.checkout / ".ci" / "compiled.py"
        subprocess.run([sys.executable, str(compiler), "engine", str(place)], check=True)
        code = place / platform.machine()
    return code


def measure(site: Site, material: Material, variant: Variant, code: Path) -> Measured:
    """Run a variant over the material to its end.

    :param code: the folder of its package
    :raises RunFailedError: when it failed, or not every row is accounted for
    """
    site.restore(pace=None)
    if variant.in_place:
        return _measure_in_place(site, material, variant, code)
    site.renew_flink({"python.pythonpath": str(code), **variant.settings})
    run = Run(site, material.inputs, config=CONFIG, checkpoint_interval=600, buffered=None)
    began = time.monotonic()
    try:
        with metered(site) as usage:
            program = _JAVA_ONLY if variant.java else code / "event_recovery" / "flink" / "job.py"
            run.submit(*variant.options, program=program)
            # Not yet taken off the kernel's list, which tells what it took.
            exit_code = run.client.process.wait(_LONGEST_SECONDS)
            took = time.monotonic() - began
        _check_ending(variant, run, exit_code)
        _check(variant, _not_sent(run, material) if variant.java else lost_rows(run, material))
        return Measured(
            rows=material.expected.rows,
            seconds=took,
            cpu=usage.cpu,
            threads=grouped(usage.threads, whole=usage.cpu["jvm"]),
            peak_bytes=usage.peak_bytes,
            others=usage.others,
        )
    finally:
        run.client.process.stop(grace=1)
        run.delete()


def _measure_in_place(site: Site, material: Material, variant: Variant, code: Path) -> Measured:
    run = Replay(site, material.inputs, config=CONFIG)
    run.env = {"PYTHONPATH": str(code)}
    peak = 0

    def look() -> None:
        nonlocal peak
        peak = max(peak, sum(memory_bytes(pid, peak=True) for pid in group_members(run.client.process.pid)))

    began, machine = time.monotonic(), machine_seconds()
    run.begin(*variant.options)
    try:
        with looking(look, every=0.5):
            # Not yet taken off the kernel's list, which tells what it and the workers that it waited for took.
            exit_code = run.client.process.wait(_LONGEST_SECONDS)
            took = time.monotonic() - began
        _check_ending(variant, run, exit_code)
        seconds = cpu_seconds(Path(f"/proc/{run.client.process.pid}/stat"), children=True)
        others = share_of_others(machine, seconds)
        _check(variant, lost_rows(run, material))
        return Measured(
            rows=material.expected.rows,
            seconds=took,
            cpu={**dict.fromkeys(PARTS, 0.0), "python": seconds},
            threads=grouped({}, whole=0.0),
            peak_bytes={"jvm": 0, "python": peak},
            others=others,
        )
    finally:
        run.client.process.stop(grace=1)
        run.delete()


def _check_ending(variant: Variant, run: Run, exit_code: int) -> None:
    if exit_code:
        raise RunFailedError(f"{variant.name}: exit code {exit_code}: {run.client.output[-2000:]}")


def _check(variant: Variant, faults: list[str]) -> None:
    if faults:
        raise RunFailedError(f"{variant.name}: {'; '.join(faults)}")


def _not_sent(run: Run, material: Material) -> list[str]:
    sent, rows = run.sent(), material.expected.rows
    return [] if sent == rows else [f"stream: {sent} records, expected {rows}"]
