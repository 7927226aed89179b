"""Try a config on a sample of rows: recover and verify them, and count what became of them."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from event_recovery.engine.explain import Change, explain
from event_recovery.engine.recovery import Recovery
from event_recovery.engine.result import Result
from event_recovery.explore import Groups, Source, explored
from event_recovery.explore.reading import name_of
from event_recovery.inputs.sample_reader import SampledRow, SampleReader
from event_recovery.storage.files import StoredFile
from event_recovery.text.words import one_line
from event_recovery.trial.report import AlikeChanges, ChangedRow, RowGroup, TrialReport, TriedFile
from event_recovery.verify import Verdict, Verifier
from event_recovery.verify.tally import Tally
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, PASSES

#: How long a trial takes at most, in seconds: a config whose regexes take long shows that on a sample, too.
MOST_SECONDS: Final = 300.0
#: How many changed rows are shown, each of another kind, with how many changes; and how many rows are looked at.
MOST_CHANGED: Final = 5
_MOST_EXPLAINED: Final = 100
_MOST_CHANGES: Final = 20
#: How a row ends that is recovered, and of which Enrich would refuse an event.
REFUSED: Final = "refused by Enrich"
_POSITION: Final = re.compile(r"\[\d+\]")


def try_out(
    recovery: Recovery,
    verifier: Verifier,
    sample: SampleReader,
    *,
    enrich: str,
    seconds: float = MOST_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> TrialReport:
    """Recover and verify the rows of a sample. Nothing is sent or written.

    :param enrich: the version of Enrich that the verifier predicts, for the report
    :param seconds: how long it takes at most
    """
    counts, deadline = _Counts(), clock() + seconds
    for row in sample:
        counts.add(row, recovery, verifier)
        if clock() >= deadline:
            sample.end(f"a trial takes {seconds:g} seconds at most")
            break
    return counts.report(sample, enrich)


class _Counts:
    """Counts as the rows come."""

    def __init__(self) -> None:
        self._rows: Counter[tuple[Any, ...]] = Counter()
        self._row_examples: dict[tuple[Any, ...], str | None] = {}
        self._verdicts = Tally()
        self._recovered: Counter[str] = Counter()
        self._left = Groups()
        self._left_as: dict[str, Counter[str]] = {}
        self._changed: dict[tuple[Any, ...], ChangedRow] = {}
        self._explained = 0
        self._files: dict[StoredFile, Counter[str]] = {}

    def add(self, row: SampledRow, recovery: Recovery, verifier: Verifier) -> None:
        result = recovery.recover(row.line)
        group = result.outcome, result.type, result.error, result.flow
        self._rows[group] += 1
        of_file = self._files.setdefault(row.file, Counter())
        of_file.update(rows=1, row_bytes=len(row.line) + 1)
        if group not in self._row_examples:
            self._row_examples[group] = result.message and one_line(result.message)
        if result.payload is None:
            self._add_left(row, result.outcome)
            return
        verdicts = verifier.verify(result.payload)
        self._verdicts.add(verdicts)
        verdict = _of_row(verdicts)
        self._recovered[verdict] += 1
        of_file.update(recovered=1, sent_bytes=len(result.payload))
        if verdict == FAILS:
            self._add_left(row, REFUSED)
        if len(self._changed) < MOST_CHANGED and self._explained < _MOST_EXPLAINED:
            self._explained += 1
            self._add_changes(row.line, recovery, result)

    def _add_left(self, row: SampledRow, ended: str) -> None:
        key = self._left.add(row.line, Source(row.place, name_of(row.file.location)), row.number)
        self._left_as.setdefault(key.name, Counter())[ended] += 1

    def _add_changes(self, line: bytes, recovery: Recovery, result: Result) -> None:
        explained = explain(recovery, line)
        changes = _alike(explained.changes)
        kind = result.type, explained.flows, frozenset(_POSITION.sub("[*]", one.field) for one in changes)
        if changes and kind not in self._changed:
            self._changed[kind] = ChangedRow(result.type or "", tuple(map(one_line, explained.flows)), changes)

    def report(self, sample: SampleReader, enrich: str) -> TrialReport:
        counts = self._recovered
        return TrialReport(
            sampled=sample.read(),
            groups=tuple(
                RowGroup(outcome, row_type, error, flow, rows, self._row_examples[outcome, row_type, error, flow])
                for (outcome, row_type, error, flow), rows in self._rows.most_common()
            ),
            passing=counts[PASSES],
            failing=counts[FAILS],
            not_checked=counts[NOT_CHECKED],
            verdicts=self._verdicts,
            left=explored(self._left),
            left_as=self._left_as,
            changed=tuple(self._changed.values()),
            files=tuple(
                TriedFile(file, one["rows"], one["row_bytes"], one["recovered"], one["sent_bytes"])
                for file, one in self._files.items()
            ),
            enrich=enrich,
        )


def _of_row(verdicts: list[Verdict]) -> str:
    """Return the verdict on a payload: the worst of its events'."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return next((one for one in (FAILS, NOT_CHECKED) if one in outcomes), PASSES)


def _alike(changes: Iterable[Change]) -> tuple[AlikeChanges, ...]:
    """Put those changes of a row together that differ in a position only."""
    alike: dict[tuple[Any, ...], list[Change]] = {}
    for one in changes:
        alike.setdefault((_POSITION.sub("[*]", one.field), one.before, one.after, one.steps), []).append(one)
    return tuple(
        AlikeChanges(
            one_line(place if len(same) > 1 else same[0].field),
            before if before is None else one_line(before),
            after if after is None else one_line(after),
            tuple(map(one_line, steps)),
            len(same),
        )
        for (place, before, after, steps), same in alike.items()
    )[:_MOST_CHANGES]
