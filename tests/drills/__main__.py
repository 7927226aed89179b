"""``python -m drills``: run drills and the load test and print tables. Exit code 1 when one went wrong."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from event_recovery.contract import METRICS

from drills.agent import Listener
from drills.cases import DRILLS
from drills.harness import Result, run_drill
from drills.load import Load, run_loads
from drills.material import prepare
from drills.rates import CASES, Held, run_rates
from drills.site import Site
from drills.start import PARTS, Start, run_starts
from drills.totals import Totals, run_totals

_STATSD, _LOAD, _RATE, _START = "statsd", "load", "rate", "start"
_HEADER = f"{'drill':<20}{'rows':>10}{'seconds':>9}{'restarts':>10}{'duplicates':>12}  verdict"
_TOTALS_HEADER = f"{'last values':<11}{'rows':>10}{'seconds':>9}{''.join(f'  {metric}' for metric in METRICS)}  verdict"
_RATE_HEADER = (
    f"{'rate':<17}{'subtasks':>9}{'records':>9}{'seconds':>9}{'ahead s':>9}{'checkpoints':>13}{'longest s':>11}"
    "  shares of the rate, by minute; verdict"
)
_START_HEADER = f"{'start':<9}{'rows':>10}{''.join(f'  {part}' for part in PARTS)}  total CPU s  job s  verdict"
_LOAD_HEADER = (
    f"{'load':<11}{'rows':>10}{'MB':>7}{'wall s':>8}{'job s':>7}{'rows/s':>8}{'rows/s/core':>13}"
    f"{'CPU s: jvm':>12}{'python':>8}{'servers':>9}{'MB: jvm':>9}{'python':>8}  verdict"
)


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="drills-"))
    print(f"rows, stores and logs in {folder}")
    names = options.drills or [*DRILLS, _STATSD, _RATE, _START, _LOAD]
    drills = [name for name in names if name in DRILLS]
    well = True
    if drills:
        well &= _run_drills(drills, folder / "drills", options)
    if _STATSD in names:
        well &= _run_totals(folder / "statsd")
    if _RATE in names:
        well &= _run_rates(folder / "rate", options.case)
    if _START in names:
        well &= _run_starts(folder / "start", rows=options.start_rows)
    if _LOAD in names:
        well &= _run_loads(folder / "load", options)
    if well and options.folder is None:
        shutil.rmtree(folder)
    return 0 if well else 1


def _run_drills(names: list[str], folder: Path, options: argparse.Namespace) -> bool:
    well = True
    with Site(folder) as site:
        material = prepare(site, folder, rows=options.rows)
        print(f"{options.rows:,} rows, {material.bytes / 1e6:,.0f} MB, at {options.pace:g} rows/s")
        print(_HEADER, flush=True)
        for name in names:
            drill = DRILLS[name]
            given = material if drill.prepare is None else drill.prepare(site, folder)
            pace = options.pace if drill.paced else None
            result = run_drill(site, given, drill, pace=pace, seconds=options.seconds)
            print(_line(result), flush=True)
            if result.faults:
                well = False
                (folder / f"{name}.txt").write_text(result.output)
    return well


def _run_totals(folder: Path) -> bool:
    print(_TOTALS_HEADER, flush=True)
    listener = Listener()
    runs = []
    with Site(folder, with_faults=False, statsd_port=listener.port) as site:
        for run in run_totals(site, listener, folder):
            print(_totals_line(run), flush=True)
            runs.append(run)
    exact = sum(not run.faults for run in runs)
    print(f"exact totals in {exact} runs of {len(runs)}")
    return exact == len(runs)


def _run_rates(folder: Path, numbers: list[int]) -> bool:
    print(_RATE_HEADER, flush=True)
    well = True
    with Site(folder, with_faults=False, slots=3) as site:
        for held in run_rates(site, folder, tuple(CASES[number] for number in numbers) or CASES):
            print(_rate_line(held), flush=True)
            well &= not held.faults
    return well


def _run_starts(folder: Path, *, rows: int) -> bool:
    print(_START_HEADER, flush=True)
    well = True
    for start in run_starts(folder, rows=rows):
        print(_start_line(start), flush=True)
        well &= not start.faults
    return well


def _run_loads(folder: Path, options: argparse.Namespace) -> bool:
    print(_LOAD_HEADER, flush=True)
    loads: list[Load] = []
    with Site(folder, with_faults=False) as site:
        for load in run_loads(site, folder, rows=options.load_rows, copies=options.copies):
            print(_load_line(load), flush=True)
            loads.append(load)
    job, passing, verifying = loads[:3]
    print(
        f"verifying, it has {passing.seconds / verifying.seconds:.2f} of its own rows/s, "
        f"{_busy(passing) / _busy(verifying):.2f} of those of a core"
    )
    for many in loads[3:]:
        peaks = {part: many.usage.peak_bytes[part] / job.usage.peak_bytes[part] for part in ("jvm", "python")}
        print(
            f"{many.rows / job.rows:g} times the rows take {many.seconds / job.seconds:.2f} times the time, "
            f"{peaks['jvm']:.2f} times the memory of the JVM and {peaks['python']:.2f} times that of Python"
        )
    return not any(load.faults for load in loads)


def _line(result: Result) -> str:
    verdict = "; ".join(result.faults) or "all accounted for"
    return (
        f"{result.drill:<20}{result.rows:>10,}{result.seconds:>9.1f}{result.restarts:>10}{result.duplicates:>12}"
        f"  {verdict}"
    )


def _totals_line(run: Totals) -> str:
    shown = "".join(f"{run.shown.get(metric, '-'):>{len(metric) + 2}}" for metric in METRICS)
    return f"{'statsd':<11}{run.rows:>10,}{run.seconds:>9.1f}{shown}  {'; '.join(run.faults) or 'exact'}"


def _rate_line(held: Held) -> str:
    minutes = " ".join(f"{share:.3f}" for share in held.minutes)
    return (
        f"{held.case.name:<17}{held.case.parallelism:>9}{held.records:>9,}{held.seconds:>9}{held.ahead:>9.2f}"
        f"{held.checkpoints:>13}{held.checkpoint_seconds:>11.1f}  {minutes}; {'; '.join(held.faults) or 'held'}"
    )


def _start_line(start: Start) -> str:
    parts = "".join(f"{start.seconds[part]:>{len(part) + 2}.1f}" for part in PARTS)
    verdict = "; ".join(start.faults) or "all accounted for"
    return f"{start.java:<9}{start.rows:>10,}{parts}{start.total:>13.1f}{start.job_seconds:>7.1f}  {verdict}"


def _busy(load: Load) -> float:
    """Return the processor seconds of the job's own processes."""
    return load.usage.cpu["jvm"] + load.usage.cpu["python"]


def _load_line(load: Load) -> str:
    jvm, python, servers = (load.usage.cpu[part] for part in ("jvm", "python", "servers"))
    peak = load.usage.peak_bytes
    return (
        f"{load.what:<11}{load.rows:>10,}{load.bytes / 1e6:>7,.0f}{load.wall_seconds:>8.1f}{load.seconds:>7.1f}"
        f"{load.rows / load.seconds:>8,.0f}{load.rows / _busy(load):>13,.0f}"
        f"{jvm:>12.1f}{python:>8.1f}{servers:>9.1f}"
        f"{peak['jvm'] / 1e6:>9,.0f}{peak['python'] / 1e6:>8,.0f}  {'; '.join(load.faults) or 'all accounted for'}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    what = [*DRILLS, _STATSD, _RATE, _START, _LOAD]
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=f"which (all): {', '.join(what)}")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of each drill (20000)")
    parser.add_argument("--pace", type=float, default=600, help="rows a second the stream takes in drills (600)")
    parser.add_argument("--seconds", type=float, default=30, help="how long a passing fault lasts (30)")
    parser.add_argument("--load-rows", type=int, default=200_000, help="rows of the load test (200000)")
    parser.add_argument("--start-rows", type=int, default=1, help="rows of each start (1)")
    parser.add_argument(
        "--copies", type=int, default=5, help="the second load has that many times as many (5; 0: none)"
    )
    parser.add_argument("--case", type=int, nargs="*", default=[], help="which rates, by number from 0 (all)")
    parser.add_argument(
        "--folder", type=Path, help="where rows, stores and logs go (a temporary folder, gone again when all went well)"
    )
    options = parser.parse_args()
    if unknown := sorted(set(options.drills) - set(what)):
        parser.error(f"no such drill: {', '.join(unknown)}; there are {', '.join(what)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
