"""The summary of what lies in a run's directories."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_recovery.contract import JobOptions, RunSummary
from event_recovery.run.locations import RunLocations
from event_recovery.run.summary import summarise
from event_recovery.storage.files import Storage

pytestmark = pytest.mark.unit


def summary_of(directory: Path, files: dict[str, bytes]) -> RunSummary:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    options = JobOptions(
        inputs=("in",),
        output="out",
        failed=str(directory / "failed"),
        unrecoverable=str(directory / "unrecoverable"),
        config="{}",
    )
    return summarise(
        run_id="r",
        locations=RunLocations.of(options),
        storage=Storage(),
        started="2024-01-01T00:00:00+00:00",
        finished="2024-01-01T00:01:00+00:00",
        restarts=0,
        versions={},
        damaged_files={},
        changed_files={},
    )


RECOVERED = b"-\tdigest\t7\t-\n"
FAILED = b"failed\tCastFailure\tadapter_failures\tmain\t10\n"
INDEXES = {
    "recovered-index/part-0": RECOVERED * 2,
    "recovered-index/part-1": RECOVERED,
    "rejected-index/part-0": FAILED,
}


@pytest.mark.parametrize(("submitted", "balanced"), [(4, True), (5, False), (3, False)])
def test_the_balance_compares_what_was_read_with_what_was_written(
    tmp_path: Path, submitted: int, balanced: bool
) -> None:
    summary = summary_of(tmp_path, {**INDEXES, "submitted/part-0": b"%d\n" % submitted})
    assert (summary.submitted, summary.recovered.rows, summary.failed.rows) == (submitted, 3, 1)
    assert summary.balanced is balanced


def test_a_count_that_is_not_there_does_not_balance(tmp_path: Path) -> None:
    assert not summary_of(tmp_path, INDEXES).balanced


def test_skipped_rows_balance_with_the_others_and_are_told_by_reason_and_type(tmp_path: Path) -> None:
    skipped = b"other type\tsize_violation\t100\nfailed before\t-\t20\nother type\tgeneric_error\t3\n"
    summary = summary_of(tmp_path, {**INDEXES, "skipped-index/part-0": skipped, "submitted/part-0": b"7\n"})
    assert summary.balanced
    assert (summary.skipped.rows, summary.skipped.bytes) == (3, 123)
    assert summary.skipped.labels == {
        "reason": {"other type": 2, "failed before": 1},
        "type": {"size_violation": 1, "-": 1, "generic_error": 1},
    }


def test_types_that_rows_claim_are_told_by_name_up_to_a_number(tmp_path: Path) -> None:
    claimed = [*(f"new_error_{number}" for number in range(150)), "schema_violations", "-"]
    lines = b"".join(b"failed\tInvalidDataFormat\t%b\t-\t10\n" % name.encode() for name in claimed)
    summary = summary_of(tmp_path, INDEXES | {"rejected-index/part-0": lines})
    types = summary.failed.labels["type"]
    assert (len(types), types["(other)"], types["schema_violations"], types["-"]) == (103, 50, 1, 1)
    assert summary.failed.rows == sum(types.values()) == 152
    assert summary.unknown_types == (
        "150 rows of bad row types that this version does not know: (other) (50), new_error_0 (1), new_error_1 (1), "
        "new_error_10 (1), new_error_11 (1) and 96 more; a newer version may"
    )


def test_files_in_progress_are_not_counted(tmp_path: Path) -> None:
    unfinished = {"recovered-index/.part-2.inprogress.1": RECOVERED, "rejected-index/_tmp_part-3": FAILED}
    assert summary_of(tmp_path, {**INDEXES, **unfinished, "submitted/part-0": b"4\n"}).balanced
