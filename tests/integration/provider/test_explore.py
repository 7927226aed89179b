"""Exploring on a schedule, on the fabric: what is written, what is told, and what it is compared with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery_provider.exceptions import NewFailuresError, PreflightError, SettingsError
from event_recovery_provider.operators.explore import ExploreBadRowsOperator
from event_recovery_provider.pages import XCOM_KEYS
from support.engine.rows import SCHEMA, bad_row, line_of
from support.leaks import leaks_in
from support.provider.run import Run
from support.provider.site import ROW, Site

pytestmark = pytest.mark.integration

VIOLATION = line_of(bad_row(SCHEMA))
SIZE = line_of(bad_row("size_violation"))


def quoting(person: str) -> bytes:
    """A bad row whose message and payload name a person."""
    row = bad_row("adapter_failures")
    row["data"]["failure"]["messages"] = [{"field": "name", "value": person, "expectation": f"no {person}"}]
    return line_of(row)


def explorer(site: Site, **arguments: Any) -> ExploreBadRowsOperator:
    given = {"inputdir": "bad", "prefix": "explored", "bucket": site.bucket, **arguments}
    return ExploreBadRowsOperator(task_id="explore", **given)


def explore(site: Site, run: Run, day: int, **arguments: Any) -> dict[str, Any]:
    return explored(explorer(site, **arguments), run, day)


def explored(task: ExploreBadRowsOperator, run: Run, day: int) -> dict[str, Any]:
    context = run.context(task)
    context["dag_run"] = SimpleNamespace(run_after=datetime(2026, 11, day, 6, tzinfo=UTC))
    outlet = SimpleNamespace(extra=None)
    context["outlet_events"] = dict.fromkeys(task.outlets, outlet)
    told: dict[str, Any] = task.execute(context)
    assert outlet.extra == (told if task.outlets else None)
    return told


def types(briefs: list[dict[str, Any]]) -> list[str | None]:
    return [one["type"] for one in briefs]


def test_each_day_is_compared_with_the_one_before(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", b"\n".join([VIOLATION] * 12 + [SIZE]))
    first = explore(site, run, 1, outlets=[Asset("bad_rows")])
    assert (first["rows"], first["files"], first["whole"], first["unread"]) == (13, 1, True, 0)
    assert [(one["type"], one["rows"], one["line"]) for one in first["groups"]] == [
        (SCHEMA, 12, 1),
        ("size_violation", 1, 13),
    ]
    assert (first["new"], first["grown"], first["compared_with"], first["told"]) == ([], [], None, "")
    assert run.ti.xcoms[XCOM_KEYS["explore"]]["uri"] == first["page"], "Airflow shows it"
    assert first["page"] == f"s3://{site.bucket}/explored/2026-11-01T060000Z/explore.html"

    site.put("bad/2026/rows.jsonl", b"\n".join([VIOLATION] * 36 + [b"nonsense"]))
    second = explore(site, run, 2)
    assert second["compared_with"] == first["json"]
    assert types(second["new"]) == [None]
    assert [(one["type"], one["rows_before"], one["rows"]) for one in second["grown"]] == [(SCHEMA, 12, 36)]
    assert second["told"].splitlines()[0].startswith("- **new** `not-a-bad-row-not-json-9d45df` `not JSON`: 1 rows")
    assert f"all groups: {second['page']}" in second["told"]

    third = explore(site, run, 3)
    assert (third["new"], third["grown"], third["compared_with"]) == ([], [], second["json"])
    again = explore(site, run, 2)
    assert again == second, "a day that is cleared is compared with the one before it, and not with itself"


def test_page_and_json_hold_rows_and_nothing_else_does(site: Site, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    explore(site, run, 1)
    site.put("bad/2026/rows.jsonl", quoting("Zebedeus"))
    told = explore(site, run, 2)
    assert types(told["new"]) == ["adapter_failures"]
    assert "Zebedeus" not in json.dumps(told)
    log = "".join(capfd.readouterr())
    assert told["groups"][0]["name"] in log
    assert "Zebedeus" not in log
    s3 = site.fabric.client("s3")
    shown = s3.get_object(Bucket=site.bucket, Key="explored/2026-11-02T060000Z/explore.html")["Body"].read().decode()
    assert f"New: {told['new'][0]['name']}" in shown
    for name, kind in (("explore.html", "text/html; charset=utf-8"), ("groups.json", "application/json")):
        stored = s3.get_object(Bucket=site.bucket, Key=f"explored/2026-11-02T060000Z/{name}")
        assert stored["ContentType"] == kind
        assert b"Zebedeus" in stored["Body"].read()


def test_a_new_group_fails_the_task_when_that_is_wanted(site: Site, run: Run) -> None:
    explore(site, run, 1, fail_on_new="true")
    site.put("bad/2026/rows.jsonl", b"\n".join([ROW, SIZE]))
    with pytest.raises(NewFailuresError, match=r"NEW_FAILURES: 1 groups are new: size-violation-.*/explore.html"):
        explore(site, run, 2, fail_on_new="true")
    assert types(run.ti.xcoms["return_value"]["new"]) == ["size_violation"]
    assert explore(site, run, 3, fail_on_new="true")["new"] == [], "it is known by then"


def test_files_and_rows_are_chosen_as_in_a_run(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", b"\n".join([VIOLATION] * 30 + [SIZE] * 5))
    told = explore(site, run, 1, types="size_violation")
    assert (types(told["groups"]), told["rows"]) == (["size_violation"], 5)
    told = explore(site, run, 1, rows="8")
    assert (told["rows"], told["whole"]) == (8, False)
    with pytest.raises(AirflowSkipException, match=r"nothing to explore\n.*1 arrived after the window"):
        explore(site, run, 1, arrived_to="2026-01-01T00:00:00Z")


def test_what_cannot_be_read_or_used_is_told(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl.gz", b"no gzip")
    assert explore(site, run, 1)["unread"] == 1
    with pytest.raises(PreflightError, match=r"no row could be read: s3://.*/rows.jsonl.gz: it is not a gzip file"):
        explore(site, run, 1, inputdir="bad/2026/rows.jsonl.gz")
    with pytest.raises(AirflowSkipException, match="there is no such file"):
        explore(site, run, 1, inputdir="nowhere")
    with pytest.raises(SettingsError, match="rows: expected a whole number"):
        explore(site, run, 1, rows="all")
    site.put("explored/2026-11-01T060000Z/groups.json", b"{}")
    with pytest.raises(PreflightError, match=r"2026-11-01T060000Z/groups.json cannot be read: .*; delete it"):
        explore(site, run, 2)


@pytest.mark.parametrize(("rows", "files"), [(100, 1), (3, None)], ids=["all of it", "a sample"])
def test_openlineage_is_told_what_was_explored(site: Site, run: Run, rows: int, files: int | None) -> None:
    site.put("bad/2026/rows.jsonl", b"\n".join([VIOLATION] * 12))
    task = explorer(site, rows=rows)
    assert task.get_openlineage_facets_on_complete(None) is None, "of a task that failed at once nothing is known"
    explored(task, run, 1)
    told = task.get_openlineage_facets_on_complete(None)
    (read,), (written,) = told.inputs, told.outputs
    statistics = read.inputFacets["inputStatistics"]
    assert (read.name, statistics.rowCount, statistics.fileCount) == ("bad", min(rows, 12), files)
    assert written.name == "explored/2026-11-01T060000Z"


def test_page_and_groups_hold_no_value_when_they_are_redacted(site: Site, run: Run) -> None:
    told = explore(site, run, 1, redact="true", keep="p")
    for name in ("page", "json"):
        key = told[name].removeprefix(f"s3://{site.bucket}/")
        content = site.fabric.client("s3").get_object(Bucket=site.bucket, Key=key)["Body"].read()
        assert list(leaks_in(name, content)) == []
        assert b"schema-not-json-email-" in content, "names of groups and of fields stay"
        assert b"string(" in content
    with pytest.raises(SettingsError, match=r"keep: names fields for redact, which is not on, given p"):
        explore(site, run, 2, keep="p")
