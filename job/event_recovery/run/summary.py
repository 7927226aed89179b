"""Count what a run committed, from the short lines of its indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from event_recovery.contract import TYPE_NAMES, DamagedFile, RunSummary, Tally
from event_recovery.run.locations import RunLocations
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Location

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Events can be refused for as many reasons as they have fields; a summary stays readable.
_MOST_VERDICTS = 500
#: Rows can claim any type; a summary stays readable.
_MOST_UNKNOWN_TYPES = 100
_OTHER = "(other)"
_NAMED = frozenset({*TYPE_NAMES, "-"})
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


class Remarks:
    """Counts of the last two columns of an index, which most lines do not have: the fault, and what a verifier said.

    :param said: the label that counts what a verifier said
    """

    def __init__(self, said: str) -> None:
        self._said = said
        self._faults: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()

    def add(self, columns: Sequence[str]) -> None:
        """Take the columns of a line that are behind those of every line."""
        for fault in columns[:1]:
            if fault != "-":
                self._faults[fault] += 1
        for verdict in columns[1:]:
            known = verdict in self._verdicts or len(self._verdicts) < _MOST_VERDICTS
            self._verdicts[verdict if known else _OTHER] += 1

    def labels(self) -> dict[str, dict[str, int]]:
        """Return rows by fault and by what was said of them, each where there is one."""
        counts = {"fault": self._faults, self._said: self._verdicts}
        return {label: dict(count.most_common()) for label, count in counts.items() if count}


def tally_recovered(lines: Iterable[bytes]) -> tuple[Tally, Span]:
    """Add up lines of ``rows.recovered_index_line``: rows, payload bytes, and the span of the timestamps.

    A timestamp before 1970 or after 9999 is a mistake of a tracker or a test, and says nothing of when events came.
    """
    rows = size = 0
    remarks = Remarks("not_checked")
    first, last = _LAST_MILLIS + 1, -1
    for line in lines:
        rows += 1
        _, _, payload_bytes, timestamp, *rest = line.split(b"\t")
        size += int(payload_bytes)
        if rest:
            remarks.add([one.decode() for one in rest])
        if timestamp != b"-" and 0 <= (millis := int(timestamp)) <= _LAST_MILLIS:
            first, last = min(first, millis), max(last, millis)
    tally = Tally(rows=rows, bytes=size, labels=remarks.labels())
    return tally, Span() if last < 0 else Span(_instant(first), _instant(last))


def _instant(millis: int) -> str:
    return (_EPOCH + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds")


def tally_rejected(lines: Iterable[bytes]) -> tuple[Tally, Tally]:
    """Add up lines of ``rows.rejected_index_line``: the failed ones by error, type and flow, then the others."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    sizes: Counter[str] = Counter()
    unknown: set[str] = set()
    remarks = {"failed": Remarks("would_fail"), "unrecoverable": Remarks("would_fail")}
    for line in lines:
        outcome, error, row_type, flow, size, *rest = line.decode().split("\t")
        if row_type not in _NAMED and row_type not in unknown:
            if len(unknown) < _MOST_UNKNOWN_TYPES:
                unknown.add(row_type)
            else:
                row_type = _OTHER
        counts[outcome, error, row_type, flow] += 1
        sizes[outcome] += int(size)
        remarks[outcome].add(rest)
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
                **remarks["failed"].labels(),
            },
        ),
        Tally(
            rows=sum(count for _, count in others),
            bytes=sizes["unrecoverable"],
            labels={"type": _by(others, 2), **remarks["unrecoverable"].labels()},
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


def _by(counts: list[tuple[tuple[str, str, str, str], int]], position: int) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for labels, count in counts:
        totals[labels[position]] += count
    return dict(totals.most_common())


def _lines(directory: Location, storage: Storage) -> Iterator[bytes]:
    for file in storage.files(directory):
        yield from storage.lines(file.location)
