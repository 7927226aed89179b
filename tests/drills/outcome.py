"""What became of a set of rows, as multisets of hashes: expected from the engine alone, or found in the stores."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from event_recovery import Recovery
from event_recovery.contract import RunSummary, Tally
from localaws.kinesis import record_hash

# The one thing in a row that a second run of the engine writes differently: when a line was found to be no bad row.
_NOW = re.compile(rb'"failure":\{"timestamp":"[^"]*","loader":""')
_NO_TIME = b'"failure":{"timestamp":"","loader":""'

Hashes = Counter[int]


@dataclass(slots=True)
class Outcome:
    """Hashes of payloads and of bad rows written, and the counts a summary has to show."""

    recovered: Hashes = field(default_factory=Counter)
    failed: Hashes = field(default_factory=Counter)
    unrecoverable: Hashes = field(default_factory=Counter)
    #: Of all payloads. Those of bad rows vary: a time on the full second is written without a fraction.
    recovered_bytes: int = 0
    #: Rows by outcome, label and value, such as ("failed", "error", "CastFailure").
    labels: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, other: Outcome, *, times: int = 1) -> None:
        """Add another set of rows, that many times."""
        for mine, theirs in (
            (self.recovered, other.recovered),
            (self.failed, other.failed),
            (self.unrecoverable, other.unrecoverable),
            (self.labels, other.labels),
        ):
            for key, count in theirs.items():
                mine[key] += count * times  # type: ignore[index]
        self.recovered_bytes += other.recovered_bytes * times

    @property
    def rows(self) -> int:
        """All rows, however they came out."""
        return self.recovered.total() + self.failed.total() + self.unrecoverable.total()


def expected_outcome(recovery: Recovery, lines: Iterable[bytes]) -> Outcome:
    """Run the engine over the lines, without Flink and without the job's own code."""
    outcome = Outcome()
    for line in lines:
        result = recovery.recover(line)
        body = result.payload if result.payload is not None else (result.bad_row or "").encode()
        if result.outcome == "recovered":
            outcome.recovered_bytes += len(body)
            outcome.recovered[record_hash(body)] += 1
            continue
        kept = outcome.failed if result.outcome == "failed" else outcome.unrecoverable
        kept[bad_row_hash(body)] += 1
        for label, value in (("error", result.error), ("type", result.type), ("flow", result.flow)):
            outcome.labels[result.outcome, label, value or "-"] += 1
    return outcome


def bad_row_hash(line: bytes) -> int:
    """Return the hash of a bad row without the time at which it was written."""
    return record_hash(_NOW.sub(_NO_TIME, line, count=1))


def stream_faults(found: Hashes, expected: Hashes) -> list[str]:
    """What is wrong with a stream that must hold each payload at least once and nothing else."""
    missing = (expected - found).total()
    foreign = sum(count for content, count in found.items() if content not in expected)
    return _faults("stream", missing=missing, foreign=foreign)


def files_faults(name: str, found: Hashes, expected: Hashes) -> list[str]:
    """What is wrong with files that must hold each row exactly once and nothing else."""
    foreign = sum(count for content, count in found.items() if content not in expected)
    twice = (found - expected).total() - foreign
    return _faults(name, missing=(expected - found).total(), foreign=foreign, duplicated=twice)


def summary_faults(summary: RunSummary, expected: Outcome, sizes: Mapping[str, int]) -> list[str]:
    """How a summary differs from the independent count; ``sizes`` are the bytes by outcome."""
    wanted = {
        "submitted": expected.rows,
        "recovered": (expected.recovered.total(), sizes["recovered"]),
        "failed": (expected.failed.total(), sizes["failed"]),
        "unrecoverable": (expected.unrecoverable.total(), sizes["unrecoverable"]),
    }
    shown = {
        "submitted": summary.submitted,
        "recovered": _counts(summary.recovered),
        "failed": _counts(summary.failed),
        "unrecoverable": _counts(summary.unrecoverable),
    }
    faults = [
        f"summary: {name} is {shown[name]}, expected {value}" for name, value in wanted.items() if shown[name] != value
    ]
    for tally, outcome in ((summary.failed, "failed"), (summary.unrecoverable, "unrecoverable")):
        for label, values in tally.labels.items():
            counted = {value: n for (of, by, value), n in expected.labels.items() if (of, by) == (outcome, label)}
            if dict(values) != counted:
                faults.append(f"summary: {outcome} by {label} is {dict(values)}, expected {counted}")
    return faults if summary.balanced else [*faults, "summary: not balanced"]


def _counts(tally: Tally) -> tuple[int, int]:
    return tally.rows, tally.bytes


def _faults(where: str, **counts: int) -> list[str]:
    return [f"{where}: {count} {what}" for what, count in counts.items() if count]
