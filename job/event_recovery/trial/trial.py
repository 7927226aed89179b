"""Try a config on a sample of rows: recover and verify them, and count what became of them."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from event_recovery.engine.explain import Change, explain
from event_recovery.engine.recovery import Recovery
from event_recovery.engine.result import Result
from event_recovery.text.shorten import shorten
from event_recovery.trial.reading import SampleReader
from event_recovery.trial.report import AlikeChanges, ChangedRow, EventGroup, RowGroup, TrialReport
from event_recovery.verify import Verdict, Verifier
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, PASSES, Reason

#: How long a trial takes at most, in seconds: a config whose regexes take long shows that on a sample, too.
MOST_SECONDS: Final = 300.0
#: How many changed rows are shown, each of another kind, with how many changes; and how many rows are looked at.
MOST_CHANGED: Final = 5
_MOST_EXPLAINED: Final = 100
_MOST_CHANGES: Final = 20
_SHOWN: Final = 300
_UNTOLD: Final = Reason("", "", "", "no reason was given")
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
    tally, deadline = _Tally(), clock() + seconds
    for line in sample:
        tally.add(line, recovery, verifier)
        if clock() >= deadline:
            sample.end(f"a trial takes {seconds:g} seconds at most")
            break
    return tally.report(sample, enrich)


class _Tally:
    """Counts as the rows come."""

    def __init__(self) -> None:
        self._rows: Counter[tuple[Any, ...]] = Counter()
        self._row_examples: dict[tuple[Any, ...], str | None] = {}
        self._events: Counter[tuple[str, ...]] = Counter()
        self._event_examples: dict[tuple[str, ...], str] = {}
        self._recovered: Counter[str] = Counter()
        self._changed: dict[tuple[Any, ...], ChangedRow] = {}
        self._explained = 0

    def add(self, line: bytes, recovery: Recovery, verifier: Verifier) -> None:
        result = recovery.recover(line)
        group = result.outcome, result.type, result.error, result.flow
        self._rows[group] += 1
        if group not in self._row_examples:
            self._row_examples[group] = result.message and _one_line(result.message)
        if result.payload is None:
            return
        verdicts = verifier.verify(result.payload)
        self._recovered.update({_of_row(verdicts): 1, "events": len(verdicts), "bytes": len(result.payload)})
        for verdict in verdicts:
            self._add_reasons(verdict)
        if len(self._changed) < MOST_CHANGED and self._explained < _MOST_EXPLAINED:
            self._explained += 1
            self._add_changes(line, recovery, result)

    def _add_reasons(self, verdict: Verdict) -> None:
        """Count each kind of reason once for an event."""
        told = verdict.reasons or ((_UNTOLD,) if verdict.outcome != PASSES else ())
        reasons = {_group_of(verdict, reason): reason.text for reason in reversed(told)}
        self._events.update(reasons.keys())
        for group, text in reasons.items():
            self._event_examples.setdefault(group, _one_line(text))

    def _add_changes(self, line: bytes, recovery: Recovery, result: Result) -> None:
        explained = explain(recovery, line)
        changes = _alike(explained.changes)
        kind = result.type, explained.flows, frozenset(_POSITION.sub("[*]", one.field) for one in changes)
        if changes and kind not in self._changed:
            self._changed[kind] = ChangedRow(result.type or "", explained.flows, changes)

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
            events=counts["events"],
            faults=tuple(self._event_groups(FAILS)),
            unseen=tuple(self._event_groups(NOT_CHECKED)),
            changed=tuple(self._changed.values()),
            sent_bytes=counts["bytes"],
            enrich=enrich,
        )

    def _event_groups(self, outcome: str) -> Iterator[EventGroup]:
        for group, events in self._events.most_common():
            if group[0] == outcome:
                bad_row_type, schema, keyword, path = group[1:5]
                yield EventGroup(
                    FAILS if outcome == FAILS else NOT_CHECKED,
                    bad_row_type or None,
                    schema,
                    keyword,
                    path,
                    events,
                    self._event_examples[group],
                )


def _of_row(verdicts: list[Verdict]) -> str:
    """Return the verdict on a payload: the worst of its events'."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return next((one for one in (FAILS, NOT_CHECKED) if one in outcomes), PASSES)


def _group_of(verdict: Verdict, reason: Reason) -> tuple[str, ...]:
    if verdict.outcome == NOT_CHECKED:
        # What was not checked has nothing but its text to be told apart by.
        return (NOT_CHECKED, "", "", "", "", _one_line(reason.text))
    place = _POSITION.sub("[*]", reason.path)
    return (verdict.outcome, verdict.bad_row_type or "", reason.schema, reason.keyword, _one_line(place))


def _alike(changes: Iterable[Change]) -> tuple[AlikeChanges, ...]:
    """Put those changes of a row together that differ in a position only."""
    alike: dict[tuple[Any, ...], list[Change]] = {}
    for one in changes:
        alike.setdefault((_POSITION.sub("[*]", one.field), one.before, one.after, one.steps), []).append(one)
    return tuple(
        AlikeChanges(
            _one_line(place if len(same) > 1 else same[0].field),
            before if before is None else _one_line(before),
            after if after is None else _one_line(after),
            tuple(map(_one_line, steps)),
            len(same),
        )
        for (place, before, after, steps), same in alike.items()
    )[:_MOST_CHANGES]


def _one_line(text: str) -> str:
    # Neither a log nor a page takes half of a surrogate pair, which a row may hold.
    return shorten(" ".join(text.encode(errors="backslashreplace").decode().split()), _SHOWN)
