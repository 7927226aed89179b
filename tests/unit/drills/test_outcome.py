"""The drills' own account: it sees what is missing, foreign, doubled or miscounted."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from drills.outcome import Outcome, bad_row_hash, expected_outcome, files_faults, stream_faults, summary_faults
from event_recovery import Recovery
from event_recovery.contract import RunSummary, Tally
from generator import rows
from generator.configs import demo

pytestmark = pytest.mark.unit

SIZES = {"recovered": 30, "failed": 20, "unrecoverable": 10}


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return expected_outcome(Recovery.from_config(demo()), rows(400, seed=3))


def summary_of(outcome: Outcome) -> RunSummary:
    def tally(name: str, hashes: Counter[int]) -> Tally:
        by_label: dict[str, dict[str, int]] = {}
        for (of, label, value), count in outcome.labels.items():
            if of == name:
                by_label.setdefault(label, {})[value] = count
        return Tally(rows=hashes.total(), bytes=SIZES[name], labels=by_label)

    return RunSummary(
        run_id="run",
        submitted=outcome.rows,
        recovered=tally("recovered", outcome.recovered),
        failed=tally("failed", outcome.failed),
        unrecoverable=tally("unrecoverable", outcome.unrecoverable),
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:01:00+00:00",
        restarts=0,
        versions={},
    )


def test_rows_of_all_outcomes_are_counted(outcome: Outcome) -> None:
    assert outcome.rows == 400
    assert min(outcome.recovered.total(), outcome.failed.total(), outcome.unrecoverable.total()) > 0


def test_a_stream_may_hold_a_payload_twice_but_must_hold_each_and_no_other() -> None:
    expected = Counter({1: 1, 2: 2})
    assert stream_faults(Counter({1: 3, 2: 2}), expected) == []
    assert stream_faults(Counter({1: 1, 2: 1}), expected) == ["stream: 1 missing"]
    assert stream_faults(Counter({1: 1, 2: 2, 3: 1}), expected) == ["stream: 1 foreign"]


def test_files_hold_each_row_exactly_once() -> None:
    expected = Counter({1: 1, 2: 2})
    assert files_faults("failed", Counter(expected), expected) == []
    found = Counter({1: 2, 2: 1, 3: 1})
    assert files_faults("failed", found, expected) == ["failed: 1 missing", "failed: 1 foreign", "failed: 1 duplicated"]


def test_a_summary_that_differs_is_told_in_words(outcome: Outcome) -> None:
    summary = summary_of(outcome)
    assert summary_faults(summary, outcome, SIZES) == []
    wrong = dataclasses.replace(summary, submitted=399)
    assert summary_faults(wrong, outcome, SIZES) == ["summary: submitted is 399, expected 400", "summary: not balanced"]
    labels = {**summary.failed.labels, "error": {"CastFailure": 1}}
    wrong = dataclasses.replace(summary, failed=dataclasses.replace(summary.failed, labels=labels))
    assert [fault.split(" is ")[0] for fault in summary_faults(wrong, outcome, SIZES)] == ["summary: failed by error"]


def test_only_the_time_of_writing_is_left_out_of_a_bad_row() -> None:
    line = b'{"data":{"failure":{"timestamp":"2026-01-01T00:00:00.000Z","loader":"","message":{}},"payload":"x"}}'
    assert bad_row_hash(line) == bad_row_hash(line.replace(b"2026", b"2027"))
    assert bad_row_hash(line) != bad_row_hash(line.replace(b'"x"', b'"y"'))
