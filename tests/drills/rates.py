"""The rate that the job is told to send at, measured at the stream by when records arrive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from localaws.kinesis import KinesisAdmin

from drills.harness import lost_rows
from drills.material import CONFIG, prepare
from drills.site import Run, Site

#: How far a minute may be from the rate.
TOLERANCE = 0.05
_MINUTE = 60
_MEGABYTE = 1_000_000
#: Seconds after each start of a job and before it stops that are no measure.
_EDGE = 3
_ROWS = 5_000
_ROW_BYTES = 2_000
_CHECKPOINT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrived at a stream, second by second, from the first to the last in which something did.

    ``records`` are counts, ``sizes`` bytes of data and partition keys.
    """

    records: tuple[int, ...]
    sizes: tuple[int, ...]

    def minutes(self, counts: tuple[int, ...], *, quiet: int) -> list[float]:
        """What came in a second on average, minute by minute; they begin anew after each stop, which is where nothing
        came for ``quiet`` seconds."""
        return [
            sum(part[at : at + _MINUTE]) / _MINUTE
            for part in _between_stops(counts, quiet)
            for at in range(_EDGE, len(part) - _EDGE - _MINUTE + 1, _MINUTE)
        ]


def arrivals(admin: KinesisAdmin, stream: str, *, passed_over: bytes | None = None) -> Arrivals:
    """Read what a stream holds, but for records that begin with certain bytes."""
    records: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    for record in admin.records(stream):
        if passed_over is not None and record.data.startswith(passed_over):
            continue
        second = record.arrival_ms // 1000
        records[second] += 1
        sizes[second] += len(record.data) + len(record.partition_key)
    seconds = range(min(records, default=0), max(records, default=-1) + 1)
    return Arrivals(tuple(records[one] for one in seconds), tuple(sizes[one] for one in seconds))


def ahead(counts: tuple[int, ...], rate: float) -> float:
    """Return how many seconds' worth came at most beyond the rate, over any span."""
    most = running = 0.0
    for count in counts:
        running = max(0.0, running + count - rate)
        most = max(most, running)
    return most / rate


def _between_stops(counts: tuple[int, ...], seconds: int) -> list[tuple[int, ...]]:
    """Cut counts where there are none for so many seconds or more."""
    parts: list[tuple[int, ...]] = []
    begin = 0
    for came, run in groupby(range(len(counts)), key=lambda second: counts[second] > 0):
        places = list(run)
        if not came and len(places) >= seconds:
            parts.append(counts[begin : places[0]])
            begin = places[-1] + 1
    return [*parts, counts[begin:]]


def _nothing(run: Run, case: Case) -> None:
    """A run that nothing happens to."""


def _kill_task_manager(run: Run, case: Case) -> None:
    run.wait_for_sent(int(case.records * 0.3))
    run.wait_for_checkpoint()
    run.site.flink.kill_task_manager()
    run.site.flink.add_task_manager()


def _rescale(run: Run, case: Case) -> None:
    """Go on from a checkpoint with another number of subtasks."""
    run.wait_for_sent(int(case.records * 0.3))
    run.wait_for_checkpoint()
    run.resume(parallelism=4 - case.parallelism)


@dataclass(frozen=True, slots=True)
class Case:
    """A rate, the subtasks of the job, about how long it sends, and what happens meanwhile."""

    name: str
    options: Mapping[str, Any]
    parallelism: int = 1
    seconds: int = 130
    strike: Callable[[Run, Case], None] = _nothing
    #: Records of 2,000 bytes are sent a second at this rate, about.
    pace: float = 0
    files: int = 12

    @property
    def records(self) -> int:
        """How many records the run has to send."""
        return round((self.pace or self.options["max_records_per_second"]) * self.seconds)


CASES = (
    Case("1 record/s", {"max_records_per_second": 1}),
    Case("50 records/s", {"max_records_per_second": 50}),
    Case("50 records/s", {"max_records_per_second": 50}, parallelism=3),
    Case("500 records/s", {"max_records_per_second": 500}),
    Case("500 records/s", {"max_records_per_second": 500}, parallelism=3),
    Case("500, one file", {"max_records_per_second": 500}, parallelism=3, files=1),
    Case("2,000 records/s", {"max_records_per_second": 2_000}, parallelism=3),
    Case("0.5 MB/s", {"max_mb_per_second": 0.5}, parallelism=3, pace=400),
    Case("500, killed", {"max_records_per_second": 500}, parallelism=3, strike=_kill_task_manager, seconds=180),
    Case("50, rescaled", {"max_records_per_second": 50}, parallelism=3, strike=_rescale, seconds=180),
    Case("50, rescaled up", {"max_records_per_second": 50}, parallelism=1, strike=_rescale, seconds=180),
)


@dataclass(frozen=True, slots=True)
class Held:
    """How a rate was held; ``minutes`` are shares of it, ``checkpoint_seconds`` the longest that a checkpoint took."""

    case: Case
    records: int
    seconds: int
    minutes: tuple[float, ...]
    ahead: float
    checkpoints: int
    checkpoint_seconds: float
    faults: tuple[str, ...] = field(default=())


def run_rates(site: Site, folder: Path, cases: tuple[Case, ...] = CASES) -> Iterator[Held]:
    """Run the job at each of the rates, on a site whose TaskManager has three slots."""
    for case in cases:
        yield run_rate(site, folder, case)


def run_rate(site: Site, folder: Path, case: Case, *, timeout: float = 1200) -> Held:
    """Run the job at a rate to its end, and measure what arrived."""
    site.restore(pace=None)
    rows = min(_ROWS, case.records)
    material = prepare(
        site, folder, rows=rows, size=_ROW_BYTES, files=case.files, copies=max(1, round(case.records / rows))
    )
    run = Run(
        site, material.inputs, config=CONFIG, checkpoint_interval=_CHECKPOINT_SECONDS, buffered=None, **case.options
    )
    run.submit(parallelism=case.parallelism)
    try:
        case.strike(run, case)
        exit_code = run.client.wait(timeout)
        faults = [f"client: exit code {exit_code}: {run.client.output[-2000:]}"] if exit_code else []
        faults += lost_rows(run, material)
        took = [one["end_to_end_duration"] / 1000 for one in run.checkpoints()]
        came = arrivals(site.kinesis.admin, run.id)
        (folder / f"{case.name.replace(' ', '-').replace('/', '-')}-{case.parallelism}.json").write_text(
            json.dumps([came.records, came.sizes])
        )
        return _held(case, came, took, faults)
    finally:
        for attempt in run.attempts:
            attempt.process.stop(grace=1)
        site.end_jobs()
        run.delete()


def _held(case: Case, came: Arrivals, took: list[float], faults: list[str]) -> Held:
    records = case.options.get("max_records_per_second")
    rate = case.options["max_mb_per_second"] * _MEGABYTE if records is None else records
    counts = came.sizes if records is None else came.records
    minutes = tuple(one / rate for one in came.minutes(counts, quiet=max(5, round(3 / rate))))
    most = ahead(counts, rate)
    if not minutes:
        faults.append("no whole minute was measured")
    faults += [f"a minute at {share:.3f} of the rate" for share in minutes if abs(share - 1) > TOLERANCE]
    # The second that is made up for, what is sent at once, and the edges of the seconds that are counted.
    if most > 1.2 + 1 / rate:
        faults.append(f"{most:.2f} seconds' worth beyond the rate")
    if not took:
        faults.append("no checkpoint was complete")
    return Held(
        case, sum(came.records), len(counts), minutes, most, len(took), max(took, default=0), faults=tuple(faults)
    )
