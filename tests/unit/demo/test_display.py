"""How the demo draws a run in the terminal, and how it reads Airflow's logs."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from demo.display import account, cells_of, chart, progress, rows_bar
from demo.logs import readable
from demo.watch import TASKS, Look, TaskLook
from event_recovery.contract import RunSummary, Tally
from event_recovery_provider.metrics.counts import RowCounts
from event_recovery_provider.results.chart import Timeline
from rich.console import Console, RenderableType

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def printed(shown: RenderableType, *, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(shown)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_cells_are_shared_out_without_losing_any() -> None:
    assert cells_of([50, 30, 20], total=100, width=10) == [5, 3, 2]
    assert cells_of([1, 1, 1], total=3, width=10) == [3, 4, 3]
    assert cells_of([0, 0, 0], total=0, width=10) == [0, 0, 0]
    assert sum(cells_of([90, 30], total=100, width=10)) == 10, "never more than there are"


def test_every_task_has_a_line_from_the_start() -> None:
    text = printed(progress(Look(), total=100, seconds=0))
    assert all(name in text for name in TASKS)
    assert "0 of 100" in text


def test_states_and_counts_are_shown_as_they_are() -> None:
    look = Look(
        state="running",
        tasks={"preflight": TaskLook("success", 3.2), "recovery.ready": TaskLook("deferred", 12)},
        cluster="j-1 waiting",
        counts=RowCounts(submitted=60, recovered=40, failed=5, unrecoverable=5),
    )
    text = printed(progress(look, total=100, seconds=75))
    assert "✓ preflight" in text
    assert "… recovery.ready" in text
    assert "waits in the triggerer" in text
    assert "j-1 waiting" in text
    assert "0:01:15" in text
    assert "50 of 100" in text


def test_the_bar_is_as_long_whatever_is_in_it() -> None:
    bars = [rows_bar(RowCounts(100, recovered, 7, 3), total=100).plain.split(" of ")[0] for recovered in (0, 40, 90)]
    assert len({sum(bar.count(cell) for cell in "█▓▒·") for bar in bars}) == 1


def test_the_chart_stacks_the_outcomes_up_to_what_was_read() -> None:
    line = Timeline(
        tuple(BEGAN + timedelta(seconds=second) for second in (0, 10, 20)),
        {
            "submitted": (0, 100, 200),
            "recovered": (0, 40, 100),
            "failed": (0, 20, 60),
            "unrecoverable": (0, 0, 40),
        },
    )
    lines = chart(line, width=21, height=10).plain.splitlines()
    assert lines[0].strip() == "200 rows submitted, 200 accounted for: balanced"
    columns = list(zip(*(row.split("│")[1] for row in lines[1:11]), strict=True))
    assert "".join(reversed(columns[20])) == "█" * 5 + "▓" * 3 + "▒" * 2
    assert "".join(reversed(columns[10])).rstrip() == "██▓░░", "half are read, and not all of them are out"
    assert "".join(columns[0]).strip() == ""
    assert lines[1].split("│")[0].strip() == "200"
    assert "10:00:00 UTC" in lines[12]
    assert lines[12].endswith("+20 s")


def test_the_account_lists_every_label() -> None:
    summary = RunSummary(
        run_id="run-a",
        submitted=1000,
        recovered=Tally(rows=900, bytes=123_456),
        failed=Tally(rows=60, bytes=1, labels={"error": {"CastFailure": 50, "-": 10}}),
        unrecoverable=Tally(rows=40, bytes=2, labels={"type": {"size_violation": 40}}),
        started="2026-11-22T10:00:00+00:00",
        finished="2026-11-22T10:01:00+00:00",
        restarts=0,
        versions={},
    )
    text = printed(account(summary))
    for expected in ("900", "90.0%", "123,456", "error CastFailure", "error none", "type size_violation", "balanced"):
        assert expected in text


def test_a_log_is_read_as_its_events_and_errors() -> None:
    entries = [
        {"timestamp": "2026-11-22T10:00:00", "event": "waiting\nfor it"},
        {"event": "Task failed", "error_detail": [{"exc_type": "JobFailedError", "exc_value": "exit code 31"}]},
    ]
    log = "\n".join([*map(json.dumps, entries), "not JSON", "[1]"])
    assert readable(log) == ["waiting", "for it", "Task failed", "JobFailedError: exit code 31", "not JSON", "[1]"]
