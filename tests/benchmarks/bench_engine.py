"""What the engine costs a row, and how that compares with merely parsing and printing the row.

Run by ``make bench``. ``--profile`` shows where the time goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import platform
import pstats
from collections.abc import Callable, Hashable, Mapping, Sequence
from time import process_time
from typing import TypeVar

import orjson
from event_recovery import Recovery, Result
from event_recovery._compiled import COMPILED
from generator import RECOVERABLE_MIX, rows
from generator.configs import one_step, pass_through, realistic
from rich.console import Console
from rich.table import Table

from benchmarks.written import config as written_config
from benchmarks.written import rows as written_rows
from benchmarks.written import unusual

CONFIGS = {"pass-through": pass_through, "one step": one_step, "nine flows": realistic}
SIZES = (2_000, 5_000, 15_000)
_SIMPLE = ((220, 290), (510, 550), (1_200, 1_400))
_NINE_FLOWS = ((800, 930), (1_040, 1_780), (1_850, 2_630))
#: What the Scala engine needs a row of each size, on a machine like the one this was written on. For nine flows:
#: fastest and middle round of its published sources with these rows and this config, without the format violations, for
#: which it needs many times as long. It applies only the first flow that matches, this engine all.
SCALA_MICROSECONDS = {"pass-through": _SIMPLE, "one step": _SIMPLE, "nine flows": _NINE_FLOWS}

Key = TypeVar("Key", bound=Hashable)
# The name, among those of configs and forms, of what they are compared with.
_BASE = "base"


def round_trip(line: bytes) -> object:
    """Parse the row and print it again."""
    return orjson.dumps(orjson.loads(line))


def microseconds_a_row(work: Callable[[bytes], object], lines: Sequence[bytes]) -> float:
    """Run the work over all lines once; processor time, so that a busy machine does not count."""
    gc.collect()
    begun = process_time()
    for line in lines:
        work(line)
    return (process_time() - begun) / len(lines) * 1e6


def fastest(works: Mapping[Key, tuple[Callable[[bytes], object], Sequence[bytes]]], rounds: int) -> dict[Key, float]:
    """Time works on their lines, and return what each took a row in its fastest round.

    In other rounds something else on the machine took its part of the caches. All works take turns, so that a while of
    that falls on some rounds of each, and not on one work alone.
    """
    taken = [{key: microseconds_a_row(work, lines) for key, (work, lines) in works.items()} for _ in range(rounds)]
    return {key: min(costs[key] for costs in taken) for key in works}


def share_recovered(recover: Callable[[bytes], Result], lines: Sequence[bytes]) -> str:
    """Tell which share of the rows is recovered."""
    return f"{sum(recover(line).outcome == 'recovered' for line in lines) / len(lines):.0%}"


def mean_size(lines: Sequence[bytes]) -> str:
    """Tell how many bytes a row has."""
    return f"{sum(map(len, lines)) / len(lines):,.0f}"


def sample(count: int, size: int) -> list[bytes]:
    """Generate the rows to measure with, of the recoverable types only."""
    return list(rows(count, seed=11, size=size, mix=RECOVERABLE_MIX))


def report(console: Console, *, count: int, rounds: int) -> None:
    """Print the table of all sizes and configs."""
    table = Table(title=f"Engine cost per row, {'compiled' if COMPILED else 'as plain Python'}")
    for heading in ("bytes a row", "config", "µs", "orjson round trips", "recovered", "Scala µs", "times faster"):
        table.add_column(heading, justify="left" if heading == "config" else "right")
    samples = [sample(count, size) for size in SIZES]
    recoveries = {name: Recovery.from_config(config()) for name, config in CONFIGS.items()}
    bases = {(place, _BASE): (round_trip, lines) for place, lines in enumerate(samples)}
    engines = {
        (place, name): (recovery.recover, lines)
        for place, lines in enumerate(samples)
        for name, recovery in recoveries.items()
    }
    recovered = {key: share_recovered(*work) for key, work in engines.items()}
    costs = fastest(bases | engines, rounds)
    for place, name in engines:
        cost = costs[place, name]
        low, high = SCALA_MICROSECONDS[name][place]
        table.add_row(
            mean_size(samples[place]),
            name,
            f"{cost:,.1f}",
            f"{cost / costs[place, _BASE]:.1f}",
            recovered[place, name],
            f"{low:,}-{high:,}",
            f"{low / cost:.1f}-{high / cost:.1f}",
            end_section=name == "nine flows",
        )
    console.print(table)
    shares = ", ".join(f"{name} {share:g} %" for name, share in RECOVERABLE_MIX.items())
    console.print(
        f"{count:,} generated rows a size ({shares}); processor time of the fastest of {rounds} rounds over all."
    )
    report_written(console, count=count, rounds=rounds)
    report_unusual(console, count=count, rounds=rounds)
    console.print(f"Python {platform.python_version()}, one thread, {platform.machine()}.", highlight=False)


def report_written(console: Console, *, count: int, rounds: int) -> None:
    """Print the table of a config and rows as people have them; see ``written``."""
    table = Table(title="A dozen flows, filters and contexts")
    for heading in ("bytes a row", "µs", "orjson round trips", "recovered"):
        table.add_column(heading, justify="right")
    recovery = Recovery.from_config(written_config())
    samples = [list(written_rows(count, size)) for size in (800, 1_200, 2_000, 5_000, 8_000, 15_000)]
    recovered = [share_recovered(recovery.recover, lines) for lines in samples]
    bases = {(place, _BASE): (round_trip, lines) for place, lines in enumerate(samples)}
    engines = {(place, ""): (recovery.recover, lines) for place, lines in enumerate(samples)}
    costs = fastest(bases | engines, rounds)
    for place, lines in enumerate(samples):
        cost = costs[place, ""]
        table.add_row(mean_size(lines), f"{cost:,.1f}", f"{cost / costs[place, _BASE]:.1f}", recovered[place])
    console.print(table)


def report_unusual(console: Console, *, count: int, rounds: int) -> None:
    """Print what rows cost whose timestamps or numbers are valid and not as they usually are."""
    table = Table(title="Rows of unusual form, one step")
    for heading in ("bytes a row", "form", "times the usual rows"):
        table.add_column(heading, justify="left" if heading == "form" else "right")
    recovery = Recovery.from_config(one_step())
    mix = {"schema_violations": 40, "enrichment_failures": 20}
    works = {}
    for size in SIZES:
        usual = list(rows(count, seed=11, size=size, mix=mix))
        works[size, _BASE] = (recovery.recover, usual)
        for form in ("no milliseconds", "an offset", "numbers as text"):
            works[size, form] = (recovery.recover, [unusual(line, form) for line in usual])
    costs = fastest(works, rounds)
    for size, form in works:
        if form != _BASE:
            table.add_row(f"{size:,}", form, f"{costs[size, form] / costs[size, _BASE]:.2f}")
    console.print(table)


def profile(console: Console, *, count: int, size: int = 5_000) -> None:
    """Print the functions that take the most time, for each config."""
    lines = sample(count, size)
    for name, config in CONFIGS.items():
        recovery = Recovery.from_config(config())
        profiler = cProfile.Profile()
        profiler.enable()
        for line in lines:
            recovery.recover(line)
        profiler.disable()
        console.rule(f"{name}, {count:,} rows of about {size:,} bytes")
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(20)


def main() -> None:
    """Measure, or profile."""
    parser = argparse.ArgumentParser(description="Measure the engine's cost per row.")
    parser.add_argument("--rows", type=int, default=500, help="rows a size (default 500)")
    parser.add_argument("--rounds", type=int, default=15, help="rounds to take the fastest of (default 15)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    args = parser.parse_args()
    console = Console(width=110)
    if args.profile:
        profile(console, count=args.rows)
    else:
        report(console, count=args.rows, rounds=args.rounds)


if __name__ == "__main__":
    main()
