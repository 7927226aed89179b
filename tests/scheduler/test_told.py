"""Who is told what by a real Airflow: mails of runs that are late or failed, assets, and OpenLineage."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from event_recovery.contract import NAMESPACE
from localaws.fabric import Fabric
from localaws.processes import LOOPBACK, wait_until
from support.airflow.lineage_events import check, events_in
from support.airflow.service import Airflow, change_example, example_dags
from support.mail import Mailbox
from support.provider.site import ROW, Site, open_site

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1200)]

DAG = "event_recovery_scheduled"
CHANGES = {
    "TELL: list[str] = []": 'TELL: list[str] = ["data@example.com"]',
    "LATE = timedelta(hours=6)": "LATE = timedelta(seconds=20)",
    # No interval of its own ends while the test goes on.
    'SCHEDULE = "20 * * * *"': 'SCHEDULE = "20 0 1 1 *"',
}


@dataclass(frozen=True)
class Told:
    """What came of a good run that was late, and of one that failed."""

    airflow: Airflow
    fabric: Fabric
    mailbox: Mailbox
    sites: dict[str, Site]
    states: dict[str, str]
    lineage: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    work = tmp_path_factory.mktemp("told")
    dags, lineage = work / "dags", work / "lineage.jsonl"
    dags.mkdir()
    change_example(f"{DAG}.py", dags, CHANGES)
    shutil.copy(example_dags() / "recovery_told.py", dags)
    pace = {"provision": 4, "step": 2, "terminate": 3}
    with (
        Mailbox() as mailbox,
        Fabric(work / "aws", pace=pace, statsd_interval=0.5, statsd_namespace=NAMESPACE) as fabric,
        Airflow(
            work / "airflow",
            env=fabric.env,
            dags={"told": dags},
            AIRFLOW_CONN_SMTP_DEFAULT=json.dumps(
                {
                    "conn_type": "smtp",
                    "host": LOOPBACK,
                    "port": mailbox.port,
                    "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "airflow@example.com"},
                }
            ),
            # A busy machine takes longer than the ten seconds after which an event is given up.
            AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT="120",
            AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps({"type": "file", "log_file_path": str(lineage), "append": True}),
        ) as airflow,
    ):
        for dag_id in (DAG, "recovery_told"):
            airflow.api("PATCH", f"/dags/{dag_id}", {"is_paused": False})
        sites, states = {}, {}
        for run_id, stand_in in {"good": ("--seconds", "30"), "bad": ("--exit", "31", "--checkpoints", "0")}.items():
            site = sites[run_id] = open_site(fabric)
            settings = json.dumps(site.settings(*stand_in))
            method, path = ("PATCH", f"/variables/{DAG}") if states else ("POST", "/variables")
            airflow.api(method, path, {"key": DAG, "value": settings})
            now = datetime.now(UTC)
            begin, end = now - timedelta(hours=1), now + timedelta(hours=1)
            body = {
                "dag_run_id": run_id,
                "logical_date": now.isoformat(),
                "data_interval_start": begin.isoformat(),
                "data_interval_end": end.isoformat(),
                "run_after": now.isoformat(),
            }
            airflow.api("POST", f"/dags/{DAG}/dagRuns", body)
            states[run_id] = airflow.wait_for_run(DAG, run_id)
        yield Told(airflow, fabric, mailbox, sites, states, lineage)


def mail(told: Told, subject: str) -> str:
    """The text of the one mail with a subject, which may take a while."""
    wait_until(lambda: subject in told.mailbox.subjects(), 120, f"a mail: {subject}", interval=1)
    (found,) = (message for message in told.mailbox.messages if message["Subject"] == subject)
    assert (found["To"], found["From"]) == ("data@example.com", "airflow@example.com")
    part = found.get_body(("html",))
    assert part is not None
    return str(part.get_content()).strip()


def test_a_run_that_is_late_is_told_of_and_goes_on(told: Told) -> None:
    errors = told.airflow.errors(DAG, "good")
    assert told.states["good"] == "success", errors
    assert mail(told, "A recovery is late: good") == f"{DAG}, good is running and goes on."


def test_a_run_that_failed_is_told_of(told: Told) -> None:
    assert told.states["bad"] == "failed"
    assert mail(told, "A recovery failed: bad").startswith(f"{DAG}, bad: ")
    assert "A recovery failed: good" not in told.mailbox.subjects()


def test_whoever_waits_for_the_asset_is_told_the_counts(told: Told) -> None:
    events = told.airflow.api("GET", f"/assets/events?source_dag_id={DAG}")["asset_events"]
    (event,) = events
    prefix = event["extra"]["prefix"]
    site = told.sites["good"]
    assert event["extra"]["inputs"] == [f"s3://{site.bucket}/bad"]
    assert set(event["extra"]["window"]) == {"arrived_from", "arrived_to"}
    assert event["extra"]["page"] == f"{prefix}report.html"
    assert [event["extra"][name] for name in ("submitted", "recovered", "failed", "unrecoverable")] == [100, 80, 20, 0]

    def runs() -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = told.airflow.api("GET", "/dags/recovery_told/dagRuns")["dag_runs"]
        return listed

    wait_until(lambda: any(run["state"] == "failed" for run in runs()), 120, "recovery_told", interval=2)
    (run,) = runs()
    log = told.airflow.log("recovery_told", run["dag_run_id"], "tell")
    assert "20 of 100 rows (20.0%) stay bad" in log


def test_the_totals_are_there_for_alarms(told: Told) -> None:
    listed = told.fabric.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    names = {metric["MetricName"] for metric in listed if not metric["Dimensions"]}
    assert {"run_submitted", "run_skipped", "run_failed", "run_unrecoverable"} <= names


def test_openlineage_is_told_of_both_runs_by_its_specification(told: Told) -> None:
    events = events_in(told.lineage)
    assert sum(map(check, events)) > len(events), "each event has facets of the specification"
    text = told.lineage.read_text()
    for secret in (ROW.decode(), told.fabric.env["AWS_SECRET_ACCESS_KEY"]):
        assert secret not in text
    kinds = Counter((event["job"]["name"], event["eventType"]) for event in events)
    assert kinds[f"{DAG}.report", "COMPLETE"] == 1
    assert kinds[DAG, "FAIL"] == kinds[DAG, "COMPLETE"] == 1
    failed = {name for name, kind in kinds if kind == "FAIL"}
    assert failed & {f"{DAG}.recovery.checkpoint", f"{DAG}.recovery.balance"}
    good = _of(events, f"{DAG}.report", "COMPLETE", told.sites["good"])
    namespace, _, name = _arn(told, "good").rpartition(":")
    assert (good["outputs"][0]["namespace"], good["outputs"][0]["name"]) == (namespace, name)
    (read,) = good["inputs"]
    assert (read["name"], read["inputFacets"]["inputStatistics"]["rowCount"]) == ("bad", 100)
    counts = {one["name"]: one["outputFacets"]["outputStatistics"]["rowCount"] for one in good["outputs"]}
    assert counts[name] == 80
    assert {key.rpartition("/")[2]: rows for key, rows in counts.items() if key != name} == {
        "failed": 20,
        "unrecoverable": 0,
        "recovered-index": 80,
        "rejected-index": 20,
    }
    bad = _of(events, f"{DAG}.recovery.submit", "START", told.sites["bad"])
    namespace, _, name = _arn(told, "bad").rpartition(":")
    assert (namespace, name) in {(one["namespace"], one["name"]) for one in bad["outputs"]}


def _of(events: list[dict[str, Any]], job: str, kind: str, site: Site) -> dict[str, Any]:
    """The one event of a task, in the run at a site."""
    (found,) = (
        event
        for event in events
        if event["job"]["name"] == job
        and event["eventType"] == kind
        and any(one["namespace"] == f"s3://{site.bucket}" for one in event["inputs"])
    )
    return found


def _arn(told: Told, run: str) -> str:
    answer = told.fabric.client("kinesis").describe_stream_summary(StreamName=told.sites[run].stream)
    return str(answer["StreamDescriptionSummary"]["StreamARN"])
