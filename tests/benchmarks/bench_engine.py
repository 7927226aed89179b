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
from dataclasses import dataclass
from time import process_time
from typing import TypeAlias, TypeVar

import orjson
from event_recovery import Recovery
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
#: What is timed, and the lines that it is given one by one.
Work: TypeAlias = tuple[Callable[[bytes], object], Sequence[bytes]]
#: How often each work is timed in turn with its base before the next one is.
_IN_TURN = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What a work takes a row in microseconds, and as a multiple of its base."""

    microseconds: float
    ratio: float


def round_trip(line: bytes) -> object:
    """Parse the row and print it again."""
    return orjson.dumps(orjson.loads(line))


def measure(works: Mapping[Key, tuple[Work, Work]], rounds: int) -> dict[Key, Cost]:
    """Time each work beside its base, some times in turn, then the next, and all again for so many rounds.

    The fastest time of each counts. While something else on the machine takes its part of the caches all takes longer,
    and some works more than others; in rounds far apart a work is left alone at least once.
    """
    taken: dict[Key, list[tuple[float, float]]] = {key: [] for key in works}
    for _ in range(rounds):
        for key, (work, base) in works.items():
            taken[key] += [(microseconds_a_row(*work), microseconds_a_row(*base)) for _ in range(_IN_TURN)]
    fastest = {key: [min(times) for times in zip(*taken[key], strict=True)] for key in works}
    return {key: Cost(cost, cost / base) for key, (cost, base) in fastest.items()}


def microseconds_a_row(work: Callable[[bytes], object], lines: Sequence[bytes]) -> float:
    """Run the work over all lines once; processor time, so that what waits does not count."""
    gc.collect()
    begun = process_time()
    for line in lines:
        work(line)
    return (process_time() - begun) / len(lines) * 1e6


def share_recovered(recovery: Recovery, lines: Sequence[bytes]) -> str:
    """Tell which share of the rows is recovered."""
    return f"{sum(recovery.recover(line).outcome == 'recovered' for line in lines) / len(lines):.0%}"


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
    works = {
        (place, name): ((recovery.recover, lines), (round_trip, lines))
        for place, lines in enumerate(samples)
        for name, recovery in recoveries.items()
    }
    recovered = {(place, name): share_recovered(recoveries[name], samples[place]) for place, name in works}
    for (place, name), cost in measure(works, rounds).items():
        low, high = SCALA_MICROSECONDS[name][place]
        table.add_row(
            mean_size(samples[place]),
            name,
            f"{cost.microseconds:,.1f}",
            f"{cost.ratio:.1f}",
            recovered[place, name],
            f"{low:,}-{high:,}",
            f"{low / cost.microseconds:.1f}-{high / cost.microseconds:.1f}",
            end_section=name == "nine flows",
        )
    console.print(table)
    shares = ", ".join(f"{name} {share:g} %" for name, share in RECOVERABLE_MIX.items())
    console.print(
        f"{count:,} generated rows a size ({shares}); processor time, the fastest of {rounds * _IN_TURN} passes."
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
    recovered = [share_recovered(recovery, lines) for lines in samples]
    works = {place: ((recovery.recover, lines), (round_trip, lines)) for place, lines in enumerate(samples)}
    for place, cost in measure(works, rounds).items():
        table.add_row(mean_size(samples[place]), f"{cost.microseconds:,.1f}", f"{cost.ratio:.1f}", recovered[place])
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
        for form in ("no milliseconds", "an offset", "numbers as text"):
            others = [unusual(line, form) for line in usual]
            works[size, form] = ((recovery.recover, others), (recovery.recover, usual))
    for (size, form), cost in measure(works, rounds).items():
        table.add_row(f"{size:,}", form, f"{cost.ratio:.2f}")
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
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the fastest of (default 5)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    args = parser.parse_args()
    console = Console(width=110)
    if args.profile:
        profile(console, count=args.rows)
    else:
        report(console, count=args.rows, rounds=args.rounds)


if __name__ == "__main__":
    main()
