"""Everything that ``summary.json`` holds is shown: in the task's log, in the job's table and in the XCom."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import pytest
from event_recovery.contract import DamagedFile, RunSummary, Tally
from event_recovery.run.report import show
from event_recovery_provider.results import account
from rich.console import Console

pytestmark = pytest.mark.unit


def printed(summary: RunSummary) -> str:
    text = io.StringIO()
    show(summary, Console(file=text, width=200))
    return text.getvalue()


def returned(summary: RunSummary) -> str:
    return json.dumps(account.to_xcom(summary))


VIEWS: dict[str, Callable[[RunSummary], str]] = {"log": account.draw, "table": printed, "XCom": returned}


def example(*, other: bool) -> RunSummary:
    """Return a summary with something in every field, or one that differs from it in every field."""
    day, more = ("02", 1000) if other else ("01", 0)

    def tally(rows: int) -> Tally:
        labels = {label: {f"{label}-{day}": rows + more} for label in ("error", "type", "flow", "fault")}
        return Tally(rows=rows + more, bytes=rows * 100 + more, labels=labels)

    return RunSummary(
        run_id=f"run-{day}",
        submitted=900 + more,
        recovered=tally(400),
        failed=tally(300),
        unrecoverable=tally(100),
        started=f"2026-01-{day}T00:00:00+00:00",
        finished=f"2026-02-{day}T00:00:00+00:00",
        restarts=3 + more,
        versions={"flink": f"1.20.{day}", "python": f"3.11.{day}"},
        first_event=f"2026-03-{day}T00:00:00+00:00",
        last_event=f"2026-04-{day}T00:00:00+00:00",
        damaged_files={f"s3://b/{day}.gz": DamagedFile(f"reason {day}", 70 + more)},
        skipped=tally(600),
        changed_files={f"s3://b/changed-{day}.gz": f"change {day}"},
    )


ONE, OTHER = example(other=False), example(other=True)


@dataclass(frozen=True)
class Change:
    """One field of the summary or of what it holds, by its path, and the summary in which it alone differs."""

    path: str
    summary: RunSummary


def changes() -> Iterator[Change]:
    """Give each field of a summary, of its tallies and of a damaged file."""
    for name, inner in changed(ONE, OTHER):
        yield Change(name, inner)
        mine, theirs = getattr(ONE, name), getattr(OTHER, name)
        if is_dataclass(mine):
            for part, whole in changed(mine, theirs):
                yield Change(f"{name}.{part}", replace(ONE, **{name: whole}))
    (uri, mine), (_, theirs) = *ONE.damaged_files.items(), *OTHER.damaged_files.items()
    for part, whole in changed(mine, theirs):
        yield Change(f"damaged_files.{part}", replace(ONE, damaged_files={uri: whole}))


def changed(mine: Any, theirs: Any) -> Iterator[tuple[str, Any]]:
    """Give each field's name, and the object with that field of the other; the examples must differ in all."""
    for field in fields(mine):
        assert getattr(mine, field.name) != getattr(theirs, field.name), f"{field.name} is in no example"
        yield field.name, replace(mine, **{field.name: getattr(theirs, field.name)})


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("change", changes(), ids=lambda change: change.path)
def test_every_field_of_the_account_is_shown(view: str, change: Change) -> None:
    assert VIEWS[view](change.summary) != VIEWS[view](ONE), f"{change.path} is not shown in the {view}"


@pytest.mark.parametrize("view", VIEWS)
def test_every_text_and_number_of_the_account_is_shown(view: str) -> None:
    def leaves(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from leaves(inner)
                if str(name).endswith(("-01", ".gz")):
                    yield name
        elif not isinstance(value, bool):
            yield str(value)

    document = json.loads(ONE.to_json())
    # The table has sizes in kB.
    sizes = {str(document[outcome].pop("bytes")) for outcome in ("recovered", "failed", "unrecoverable", "skipped")}
    shown = VIEWS[view](ONE).replace(",", "")
    assert [leaf for leaf in leaves(document) if leaf not in shown] == []
    assert view == "table" or [size for size in sizes if size not in shown] == []


@pytest.mark.parametrize("view", ["log", "table"])
def test_rows_of_types_that_are_not_known_are_told_once(view: str) -> None:
    failed = Tally(rows=5, labels={"type": {"new_error": 3, "other_error": 1, "schema_violations": 1}})
    told = (
        "4 rows of bad row types that this version does not know: new_error (3), other_error (1); a newer version may"
    )
    assert VIEWS[view](replace(ONE, failed=failed)).count(told) == 1
    assert "not know:" not in VIEWS[view](replace(ONE, failed=Tally(rows=2, labels={"type": {"size_violation": 1}})))


@pytest.mark.parametrize("view", VIEWS)
def test_rows_that_do_not_add_up_are_shown(view: str) -> None:
    said = '"balanced": false' if view == "XCom" else "NOT BALANCED"
    assert said in VIEWS[view](ONE)
    assert said not in VIEWS[view](replace(ONE, submitted=1400))
