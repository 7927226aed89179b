"""The table at the end of a run."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from event_recovery.contract import DamagedFile, RunSummary, Tally
from event_recovery.run.report import show
from rich.console import Console

pytestmark = pytest.mark.unit

SUMMARY = RunSummary(
    run_id="r1",
    submitted=2000,
    recovered=Tally(rows=1500, bytes=1_500_000),
    failed=Tally(rows=400, bytes=999, labels={"error": {"CastFailure": 400}, "flow": {"-": 400}}),
    unrecoverable=Tally(rows=100, bytes=0, labels={"type": {"size_violation": 100}}),
    started="a",
    finished="b",
    restarts=0,
    versions={},
)


def printed(summary: RunSummary) -> str:
    console = Console(file=io.StringIO(), width=100)
    show(summary, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if line.startswith("│")]


def test_every_outcome_has_its_rows_share_and_labels() -> None:
    assert cells(printed(SUMMARY)) == [
        ["recovered", "1,500", "75.0%", "1.5 MB"],
        ["failed", "400", "20.0%", "999 bytes"],
        ["error: CastFailure", "400", "", ""],
        ["unrecoverable", "100", "5.0%", "0 bytes"],
        ["type: size_violation", "100", "", ""],
    ]


def test_what_is_out_of_the_ordinary_is_told_below() -> None:
    text = printed(
        replace(
            SUMMARY,
            submitted=2001,
            restarts=2,
            first_event="2024-01-01",
            last_event="2024-01-02",
            damaged_files={"s3://b/[x].gz": DamagedFile("it ends before its data does", 1234)},
        )
    )
    assert "s3://b/[x].gz: it ends before its data does; rows read of it: 1,234" in text
    assert "restarts: 2" in text
    assert "from 2024-01-01 to 2024-01-02" in text
    assert "NOT BALANCED" in text
    assert "restarts: not known" in printed(replace(SUMMARY, restarts=None))
    types = {"type": {"schema_violations": 9, "new_error": 1200, "-": 3}}
    told = printed(replace(SUMMARY, failed=replace(SUMMARY.failed, labels=types)))
    assert "1,200 rows of bad row types that this version does not know: new_error (1,200); a newer version may" in told
    assert not any(word in printed(SUMMARY) for word in ("NOT BALANCED", "restarts", "events are", "not know"))
