"""Count what a run committed, from the short lines of its indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from event_recovery.contract import DamagedFile, RunSummary, Tally
from event_recovery.flink.results.locations import RunLocations
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Location

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLIS = 253_402_300_799_999  # the end of the year 9999


def summarise(
    *,
    run_id: str,
    locations: RunLocations,
    storage: Storage,
    started: str,
    finished: str,
    restarts: int | None,
    versions: Mapping[str, str],
    damaged_files: Mapping[str, DamagedFile],
    changed_files: Mapping[str, str],
) -> RunSummary:
    """Read the committed count and indexes, and add them up.

    :param started: ISO 8601 in UTC
    :param finished: ISO 8601 in UTC
    :raises StorageError: when they cannot be read
    """
    recovered, events = tally_recovered(_lines(locations.recovered_index, storage))
    failed, unrecoverable = tally_rejected(_lines(locations.rejected_index, storage))
    return RunSummary(
        run_id=run_id,
        submitted=sum(int(line) for line in _lines(locations.submitted, storage)),
        recovered=recovered,
        failed=failed,
        unrecoverable=unrecoverable,
        started=started,
        finished=finished,
        restarts=restarts,
        versions=versions,
        first_event=events.first,
        last_event=events.last,
        damaged_files=damaged_files,
        changed_files=changed_files,
        skipped=tally_skipped(_lines(locations.skipped_index, storage)),
    )


@dataclass(frozen=True, slots=True)
class Span:
    """The earliest and the latest collector timestamp, ISO 8601 in UTC; None when there is none."""

    first: str | None = None
    last: str | None = None


def tally_recovered(lines: Iterable[bytes]) -> tuple[Tally, Span]:
    """Add up lines of ``rows.recovered_index_line``: rows, payload bytes, and the span of the timestamps.

    A timestamp before 1970 or after 9999 is a mistake of a tracker or a test, and says nothing of when events came.
    """
    rows = size = 0
    faults: Counter[str] = Counter()
    first, last = _LAST_MILLIS + 1, -1
    for line in lines:
        rows += 1
        _, _, payload_bytes, timestamp, *fault = line.split(b"\t")
        size += int(payload_bytes)
        faults.update(name.decode() for name in fault)
        if timestamp != b"-" and 0 <= (millis := int(timestamp)) <= _LAST_MILLIS:
            first, last = min(first, millis), max(last, millis)
    tally = Tally(rows=rows, bytes=size, labels=_faults(faults))
    return tally, Span() if last < 0 else Span(_instant(first), _instant(last))


def _instant(millis: int) -> str:
    return (_EPOCH + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds")


def tally_rejected(lines: Iterable[bytes]) -> tuple[Tally, Tally]:
    """Add up lines of ``rows.rejected_index_line``: the failed ones by error, type and flow, then the others."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    sizes: Counter[str] = Counter()
    faults: dict[str, Counter[str]] = {"failed": Counter(), "unrecoverable": Counter()}
    for line in lines:
        outcome, error, row_type, flow, size, *fault = line.decode().split("\t")
        counts[outcome, error, row_type, flow] += 1
        sizes[outcome] += int(size)
        faults[outcome].update(fault)
    failed = [(labels, count) for labels, count in counts.items() if labels[0] == "failed"]
    others = [(labels, count) for labels, count in counts.items() if labels[0] == "unrecoverable"]
    return (
        Tally(
            rows=sum(count for _, count in failed),
            bytes=sizes["failed"],
            labels={
                "error": _by(failed, 1),
                "type": _by(failed, 2),
                "flow": _by(failed, 3),
                **_faults(faults["failed"]),
            },
        ),
        Tally(
            rows=sum(count for _, count in others),
            bytes=sizes["unrecoverable"],
            labels={"type": _by(others, 2), **_faults(faults["unrecoverable"])},
        ),
    )


def tally_skipped(lines: Iterable[bytes]) -> Tally:
    """Add up lines of ``rows.skipped_index_line``, by reason and by type; without labels when there is none."""
    reasons: Counter[str] = Counter()
    types: Counter[str] = Counter()
    size = 0
    for line in lines:
        reason, row_type, read = line.decode().split("\t")
        reasons[reason] += 1
        types[row_type] += 1
        size += int(read)
    labels = {"reason": dict(reasons.most_common()), "type": dict(types.most_common())} if reasons else {}
    return Tally(rows=reasons.total(), bytes=size, labels=labels)


def _faults(faults: Counter[str]) -> dict[str, dict[str, int]]:
    """Return the label for rows on which the fast route had a fault, when there were any."""
    return {"fault": dict(faults.most_common())} if faults else {}


def _by(counts: list[tuple[tuple[str, str, str, str], int]], position: int) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for labels, count in counts:
        totals[labels[position]] += count
    return dict(totals.most_common())


def _lines(directory: Location, storage: Storage) -> Iterator[bytes]:
    for file in storage.files(directory):
        yield from storage.lines(file.location)
