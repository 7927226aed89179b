"""The page of a run and what the report tells of the rows that are left, on the fabric."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk import Asset
from event_recovery.contract import NAMESPACE, RunSummary, Tally
from event_recovery.explore import key_of
from event_recovery_provider.exceptions import RowsMissingError, TooManyFailedRowsError
from event_recovery_provider.operators.report import RecoveryReportOperator
from event_recovery_provider.results import left, report
from support.engine.rows import SCHEMA, bad_row, line_of
from support.provider.run import Run
from support.provider.site import Site

pytestmark = pytest.mark.integration

BELOW = "event-recovery/runs/r-1"


def secret(person: str) -> bytes:
    """A bad row whose message quotes a person's name."""
    row = bad_row(SCHEMA)
    row["data"]["failure"]["messages"] = [{"message": f"no customer {person}"}]
    return line_of(row)


def account(site: Site, *, failed: int, submitted: int | None = None, below: str = BELOW, **changes: Any) -> str:
    """Write the account of a run of which so many rows failed, and return where it is."""
    summary = RunSummary(
        run_id="r-1",
        submitted=100 if submitted is None else submitted,
        recovered=Tally(100 - failed),
        failed=Tally(failed, labels={"error": {"CastFailure": failed}}),
        unrecoverable=Tally(),
        started="2026-11-22T10:00:00+00:00",
        finished="2026-11-22T10:05:00+00:00",
        restarts=0,
        versions={"flink": "1.20.0"},
        **changes,
    )
    site.put(f"{below}/summary.json", summary.to_json().encode())
    return f"s3://{site.bucket}/{below}/summary.json"


def page(site: Site) -> str:
    stored = site.fabric.client("s3").get_object(Bucket=site.bucket, Key=f"{BELOW}/report.html")
    assert stored["ContentType"] == "text/html; charset=utf-8"
    text: str = stored["Body"].read().decode()
    return text


def test_the_page_shows_the_rows_that_are_left_and_the_xcom_tells_of_them(site: Site, run: Run) -> None:
    lines = [secret("Zebedeus")] * 9 + [line_of(bad_row("adapter_failures"))] * 3
    site.put(f"{BELOW}/failed/part-a.jsonl", b"\n".join(lines[:10]))
    site.put(f"{BELOW}/failed/part-b.jsonl", b"\n".join(lines[10:]))
    site.put(f"{BELOW}/failed/.part-c.inprogress", b"\n".join(lines))
    outlet = Asset("recovered")
    task = RecoveryReportOperator(task_id="report", summary_uri=account(site, failed=12), outlets=[outlet])
    context = run.context(task)
    event = type("Event", (), {"extra": None})()
    context["outlet_events"] = {outlet: event}
    numbers = task.execute(context)
    told = numbers["left"]["failed"]
    assert numbers["page"] == f"s3://{site.bucket}/{BELOW}/report.html"
    assert (told["rows"], told["read"], told["place"]) == (12, 12, f"s3://{site.bucket}/{BELOW}/failed/")
    assert [(one["type"], one["rows"]) for one in told["groups"]] == [(SCHEMA, 9), ("adapter_failures", 3)]
    for one in told["groups"]:
        stored = (
            site.fabric.client("s3").get_object(Bucket=site.bucket, Key=one["file"].split("/", 3)[3])["Body"].read()
        )
        assert key_of(stored.split(b"\n")[one["line"] - 1]).name == one["name"]
    assert event.extra == numbers
    assert "Zebedeus" not in json.dumps(numbers)
    shown = page(site)
    assert "Zebedeus" in shown
    assert "100 rows submitted, 100 accounted for: balanced" in shown
    assert all(f'id="{one["name"]}"' in shown for one in told["groups"])


def test_no_more_rows_are_read_than_a_worker_has_time_for(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left, "MOST_ROWS", 5)
    site.put(f"{BELOW}/failed/part-a.jsonl", b"\n".join([secret("x")] * 40))
    numbers = run.execute(RecoveryReportOperator(task_id="report", summary_uri=account(site, failed=40)))
    assert (numbers["left"]["failed"]["rows"], numbers["left"]["failed"]["read"]) == (40, 5)
    assert "40 rows, of which 5 were read." in page(site)


def test_a_page_that_cannot_be_made_fails_no_run(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> bytes:
        raise RuntimeError("no page today")

    monkeypatch.setattr(report, "run_page", broken)
    numbers = run.execute(RecoveryReportOperator(task_id="report", summary_uri=account(site, failed=0)))
    assert (numbers["balanced"], numbers["page"]) == (True, None)


def test_a_run_with_rows_missing_has_a_page_too(site: Site, run: Run) -> None:
    with pytest.raises(RowsMissingError):
        run.execute(RecoveryReportOperator(task_id="report", summary_uri=account(site, failed=3, submitted=105)))
    assert "105 rows submitted, 100 accounted for: 5 NOT accounted for" in page(site)


def test_a_page_stays_when_no_cluster_worked_this_time(site: Site, run: Run) -> None:
    uri = account(site, failed=0)
    again = RecoveryReportOperator(task_id="report", summary_uri=uri, job_flow_id="")
    assert run.execute(again)["page"].endswith("/report.html")
    assert "Run r-1" in page(site), "there was none yet"
    site.put(f"{BELOW}/report.html", b"with its curve")
    run.execute(again)
    key = f"{BELOW}/report.html"
    assert site.fabric.client("s3").get_object(Bucket=site.bucket, Key=key)["Body"].read() == b"with its curve"


def test_the_totals_of_a_run_that_fails_over_them_are_published(site: Site, run: Run) -> None:
    task = RecoveryReportOperator(
        task_id="report", summary_uri=account(site, failed=37), max_failed_ratio=0.1, publish_metrics=True
    )
    with pytest.raises(TooManyFailedRowsError):
        run.execute(task)
    now = datetime.now(UTC)
    answer = site.fabric.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="run_failed",
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        Statistics=["Maximum"],
    )
    assert 37 in [point["Maximum"] for point in answer["Datapoints"]]


def test_what_the_report_tells_of_where_it_is_from(site: Site, run: Run) -> None:
    plan = run.preflight(arrived_from="2026-01-01T00:00:00+00:00")
    uri = account(site, failed=10, below=plan["prefix"].split("/", 3)[3])
    task = RecoveryReportOperator(task_id="report", summary_uri=uri, stream=plan["stream"])
    numbers = run.execute(task)
    assert (numbers["prefix"], numbers["inputs"]) == (f"{plan['prefix']}/", [f"s3://{site.bucket}/bad"])
    assert numbers["window"] == {"arrived_from": "2026-01-01T00:00:00+00:00"}
    told = task.get_openlineage_facets_on_complete(None)
    (read,) = told.inputs
    subset = read.inputFacets["subset"].inputCondition
    assert (read.namespace, read.name, subset.locations) == (
        f"s3://{site.bucket}",
        "bad",
        [f"s3://{site.bucket}/bad/2026/rows.jsonl"],
    )
    stream = told.outputs[0]
    assert (stream.namespace.rpartition(":")[0], stream.name) == ("arn:aws:kinesis:us-east-1", f"stream/{site.stream}")
    assert stream.outputFacets["outputStatistics"].rowCount == 90


def test_of_a_run_without_an_account_openlineage_is_told_the_places(site: Site, run: Run) -> None:
    plan = run.preflight()
    task = RecoveryReportOperator(task_id="report", summary_uri=plan["summary_uri"], stream=plan["stream"])
    with pytest.raises(RowsMissingError):
        run.execute(task)
    told = task.get_openlineage_facets_on_complete(None)
    assert [one.name for one in told.inputs] == ["bad"]
    assert [one.outputFacets for one in told.outputs] == [{}] * 5
