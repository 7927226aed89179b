"""Count what a run committed, from the short lines of its two indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from event_recovery.contract import RunSummary, Tally
from event_recovery.flink.locations import Location
from event_recovery.flink.places import Places
from event_recovery.flink.storage import Storage


def summarise(
    *,
    run_id: str,
    places: Places,
    storage: Storage,
    started: datetime,
    finished: datetime,
    restarts: int | None,
    versions: Mapping[str, str],
) -> RunSummary:
    """Read the committed indexes and add them up."""
    recovered = tally_recovered(_lines(places.recovered_index, storage))
    failed, unrecoverable = tally_rejected(_lines(places.rejected_index, storage))
    return RunSummary(
        run_id=run_id,
        submitted=recovered.rows + failed.rows + unrecoverable.rows,
        recovered=recovered,
        failed=failed,
        unrecoverable=unrecoverable,
        started=started.isoformat(timespec="seconds"),
        finished=finished.isoformat(timespec="seconds"),
        restarts=restarts,
        versions=versions,
    )


def tally_recovered(lines: Iterable[bytes]) -> Tally:
    """Rows and payload bytes of `rows.recovered_index_line` lines."""
    rows = size = 0
    for line in lines:
        rows += 1
        size += int(line.rpartition(b"\t")[2])
    return Tally(rows=rows, bytes=size)


def tally_rejected(lines: Iterable[bytes]) -> tuple[Tally, Tally]:
    """Rows and bytes of `rows.rejected_index_line` lines: the failed ones by error, type and flow, then the others."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    sizes: Counter[str] = Counter()
    for line in lines:
        outcome, error, row_type, flow, size = line.decode().split("\t")
        counts[outcome, error, row_type, flow] += 1
        sizes[outcome] += int(size)
    failed = [(labels, count) for labels, count in counts.items() if labels[0] == "failed"]
    others = [(labels, count) for labels, count in counts.items() if labels[0] == "unrecoverable"]
    return (
        Tally(
            rows=sum(count for _, count in failed),
            bytes=sizes["failed"],
            labels={"error": _by(failed, 1), "type": _by(failed, 2), "flow": _by(failed, 3)},
        ),
        Tally(
            rows=sum(count for _, count in others),
            bytes=sizes["unrecoverable"],
            labels={"type": _by(others, 2)},
        ),
    )


def _by(counts: list[tuple[tuple[str, str, str, str], int]], position: int) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for labels, count in counts:
        totals[labels[position]] += count
    return dict(totals.most_common())


def _lines(directory: Location, storage: Storage) -> Iterator[bytes]:
    for file in storage.files(directory):
        yield from storage.lines(file.location)
