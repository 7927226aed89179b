"""What was measured, as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Final

from benchmarks.job.figures import Comparison, Cost, by_chance, compare, cost
from benchmarks.job.runs import PARTS, Measured
from benchmarks.job.threads import GROUPS, OTHER

#: A small run and a large one of a variant, one after the other.
Pair = tuple[Measured, Measured]
RUN_HEADER: Final = (
    f"{'rows':>9}{'wall s':>8}{'CPU s':>8}{''.join(f'{part:>12}' for part in PARTS)}"
    f"{'jvm MB':>8}{'python MB':>11}{'others':>8}  variant"
)


def run_line(name: str, run: Measured) -> str:
    """Tell one run."""
    parts = "".join(f"{run.cpu[part]:>12.1f}" for part in PARTS)
    memory = f"{run.peak_bytes['jvm'] / 1e6:>8,.0f}{run.peak_bytes['python'] / 1e6:>11,.0f}"
    return f"{run.rows:>9,}{run.seconds:>8.1f}{run.whole:>8.1f}{parts}{memory}{run.others:>8.0%}  {name}"


def summary(runs: Mapping[str, Sequence[Pair]]) -> Iterator[str]:
    """Tell what each variant costs, then how each of the others compares with the first."""
    for name, pairs in runs.items():
        yield from _costs(name, pairs)
    first, *others = runs
    for name in others:
        yield from _compared(first, runs[first], name, runs[name])


def _costs(name: str, pairs: Sequence[Pair]) -> Iterator[str]:
    yield ""
    yield f"{name}: medians of {len(pairs)}"
    yield f"  {'':<16}{'us a row':>10}{'start, CPU s':>14}"
    for what, of in _parts():
        costs = [_cost(pair, of) for pair in pairs]
        yield f"  {what:<16}{median(one.row for one in costs):>10.1f}{median(one.start for one in costs):>14.1f}"


def _parts() -> Iterator[tuple[str, Callable[[Measured], float]]]:
    yield "whole job", _whole
    for part in PARTS:
        yield part, partial(_part, part)
        if part == "jvm":
            for group in (*GROUPS, OTHER):
                yield f"  {group}", partial(_group, group)


def _compared(first: str, firsts: Sequence[Pair], name: str, seconds: Sequence[Pair]) -> Iterator[str]:
    chance = by_chance(len(firsts), len(seconds))
    yield ""
    yield f"{name} beside {first}: in {chance:.0%} of cases two that do not differ are told apart by so few runs"
    yield f"  {'':<30}{'first: least to most':>24}{'second: least to most':>24}{'ratio':>8}  verdict"
    for what, of in _figures(firsts[0]):
        yield _comparison_line(what, compare([of(pair) for pair in firsts], [of(pair) for pair in seconds]))


def _figures(pair: Pair) -> Iterator[tuple[str, Callable[[Pair], float]]]:
    few, many = (run.rows for run in pair)
    yield f"CPU s, {few:,} rows", lambda pair: pair[0].whole
    yield f"CPU s, {many:,} rows", lambda pair: pair[1].whole
    yield "CPU s of the start", lambda pair: _cost(pair, _whole).start
    yield "CPU us a row", lambda pair: _cost(pair, _whole).row
    yield "CPU us a row, jvm", lambda pair: _cost(pair, partial(_part, "jvm")).row
    yield "CPU us a row, python", lambda pair: _cost(pair, partial(_part, "python")).row
    yield "peak MB, jvm", lambda pair: pair[1].peak_bytes["jvm"] / 1e6
    yield "peak MB, python", lambda pair: pair[1].peak_bytes["python"] / 1e6


def _whole(run: Measured) -> float:
    return run.whole


def _part(part: str, run: Measured) -> float:
    return run.cpu[part]


def _group(group: str, run: Measured) -> float:
    return run.threads[group]


def _cost(pair: Pair, of: Callable[[Measured], float]) -> Cost:
    small, large = pair
    return cost((small.rows, large.rows), (of(small), of(large)))


def _comparison_line(what: str, one: Comparison) -> str:
    first, second = (f"{min(runs):,.1f} to {max(runs):,.1f}" for runs in (one.first, one.second))
    ratio = "-" if one.ratio is None else f"{one.ratio:.2f}"
    return f"  {what:<30}{first:>24}{second:>24}{ratio:>8}  {one}"
