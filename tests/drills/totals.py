"""The metrics' last values are the exact totals, run after run, also at and around a whole number of batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from event_recovery.contract import METRICS

from drills.agent import Listener
from drills.cases import DRILLS
from drills.harness import run_drill
from drills.material import Material, prepare
from drills.site import Site

SIZES = (1, 999, 1_000, 1_001, 5_300)
TIMES = 2


@dataclass(frozen=True, slots=True)
class Totals:
    """One run: the totals a StatsD agent saw last, and what is wrong with them or with the run."""

    rows: int
    shown: Mapping[str, int]
    seconds: float
    faults: tuple[str, ...]


def run_totals(site: Site, listener: Listener, folder: Path) -> Iterator[Totals]:
    """Run the job ``TIMES`` times over each of the sizes, on a site whose Flink reports to the listener."""
    for rows in SIZES:
        material = prepare(site, folder, rows=rows)
        for _ in range(TIMES):
            listener.forget()
            result = run_drill(site, material, DRILLS["plain"], pace=None)
            shown = listener.totals()
            faults = [*result.faults, *totals_faults(shown, material)]
            faults += [f"{metric}: from more than one source" for metric in listener.shared()]
            yield Totals(rows=rows, shown=shown, seconds=result.seconds, faults=tuple(faults))


def totals_faults(shown: Mapping[str, int], material: Material) -> list[str]:
    """How the totals differ from the independent count."""
    expected = material.expected
    counts = (expected.recovered, expected.failed, expected.unrecoverable)
    wanted = dict(zip(METRICS, (*(hashes.total() for hashes in counts), expected.rows), strict=True))
    return [
        f"{metric}: {shown.get(metric)}, expected {count}"
        for metric, count in wanted.items()
        if shown.get(metric) != count
    ]
