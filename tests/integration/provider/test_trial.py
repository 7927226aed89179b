"""A run is tried on a sample of its rows before there is a cluster, on the fabric."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery_provider.exceptions import PreflightError, TrialError
from event_recovery_provider.operators.single import RunRecoveryOperator
from event_recovery_provider.operators.trial import RecoveryTrialOperator
from event_recovery_provider.pages import XCOM_KEYS, from_xcom
from support.engine.rows import SCHEMA, bad_row, enrichment_payload, line_of, pairs
from support.leaks import PERSON, leaks_in
from support.provider.run import Run
from support.provider.site import ROW, Site, started
from support.verify.payloads import REQUIRED

pytestmark = pytest.mark.integration

#: A row that the config sends again, and that Enrich would refuse again: it has no such platform.
REFUSED = line_of(
    bad_row(SCHEMA, enrichment_payload(parameters=pairs(*{**REQUIRED, "p": "abacus"}.items()), contentType=None))
)


def trial(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = run.execute(RecoveryTrialOperator(task_id="trial", plan=run.plan))
    return told


def page(site: Site, run: Run) -> str:
    key = run.plan["prefix"].removeprefix(f"s3://{site.bucket}/") + "/trial.html"
    stored = site.fabric.client("s3").get_object(Bucket=site.bucket, Key=key)
    assert stored["ContentType"] == "text/html; charset=utf-8"
    text: str = stored["Body"].read().decode()
    return text


def shown_in_airflow(run: Run) -> str:
    told = run.ti.xcoms[XCOM_KEYS["trial"]]
    of_run = {"dag_id": run.ti.dag_id, "run_id": run.ti.run_id, "map_index": run.ti.map_index, "deployment": ""}
    found = from_xcom("trial", told, task_id="trial", **of_run)
    assert (found.aws_conn_id, found.region) == ("aws_default", None)
    return found.uri


def test_a_run_whose_rows_would_pass_goes_on(site: Site, run: Run) -> None:
    site.put("bad/more/rows.jsonl", b"\n".join([ROW, REFUSED, b"nonsense"]))
    run.preflight()
    told = trial(run)
    assert {name: told[name] for name in ("rows", "recovered", "failed", "would_pass", "would_fail")} == {
        "rows": 6,
        "recovered": 5,
        "failed": 1,
        "would_pass": 4,
        "would_fail": 1,
    }
    assert told["pass_ratio"] == pytest.approx(4 / 6)
    assert told["reasons"][0]["path"] == "p"
    assert told["files"] == 2
    assert told["estimated_rows"] == 6
    assert told["estimated_node_hours"] > 0
    assert told["ask"] is False
    assert "would take 4 of the recovered rows, refuse 1" in told["told"]
    assert len(json.dumps(told)) < 20_000
    shown = page(site, run)
    assert "would take 4 of the recovered rows, refuse 1" in shown
    assert "2 of the 6 rows" in shown
    assert 'id="not-a-bad-row-not-json-9d45df"' in shown, "a group of explore's, with its example"
    assert f"Line 3 of <code>s3://{site.bucket}/bad/more/rows.jsonl</code>" in shown
    assert shown_in_airflow(run) == told["page"]
    assert started(site.fabric, run.identity.cluster_name) == []


def test_a_run_of_which_too_few_rows_would_pass_is_stopped_and_says_why(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", b"\n".join([ROW, *[REFUSED] * 3]))
    run.preflight(minimum_pass_ratio=0.3)
    with pytest.raises(TrialError) as caught:
        trial(run)
    assert "TRIAL_FAILED: 1 of 4 rows (25.0%) would be recovered and taken by Enrich" in str(caught.value)
    assert f"see {run.plan['prefix']}/trial.html" in str(caught.value)
    assert 'class="stopped">1 of 4 rows' in page(site, run)
    assert shown_in_airflow(run) == f"{run.plan['prefix']}/trial.html"
    run.preflight(minimum_pass_ratio=0.25)
    assert trial(run)["would_pass"] == 1


def test_a_run_that_is_not_over_in_time_at_its_rate_is_stopped_and_says_why(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", b"\n".join([ROW] * 8))
    run.preflight(stream_share=0.001, max_hours=0.002)
    assert run.plan["rate"] == {"records": 1, "size": 1000}
    with pytest.raises(TrialError) as caught:
        trial(run)
    assert "TRIAL_FAILED: about 8 records, at 1 record and 0.001 MB a second, take about " in str(caught.value)
    run.preflight(stream_share=0.001, max_hours=0.01)
    assert "at 1 record and 0.001 MB a second at most" in trial(run)["told"]


def test_only_rows_that_the_run_is_to_recover_are_tried(site: Site, run: Run) -> None:
    site.put("bad/more/rows.jsonl", b"\n".join([line_of(bad_row("adapter_failures"))] * 7))
    run.preflight(types="schema_violations")
    assert trial(run)["rows"] == 3


def test_what_came_back_fails_in_the_trial_as_in_the_run(site: Site, run: Run) -> None:
    came_back = enrichment_payload(parameters=pairs(*REQUIRED.items()), headers=["Event-Recovery: 1 before"])
    site.put("bad/2026/rows.jsonl", b"\n".join([ROW, line_of(bad_row(SCHEMA, came_back))]))
    run.preflight(mark=True, max_resends=1)
    told = trial(run)
    assert (told["recovered"], told["failed"]) == (1, 1)
    assert "CameBack" in page(site, run)
    run.preflight(mark=True, max_resends=2)
    assert trial(run)["recovered"] == 2


def test_a_trial_of_no_rows_tells_what_the_run_reads(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", REFUSED)
    run.preflight(trial_rows=0)
    told = trial(run)
    assert (told["rows"], told["files"], told["estimated_rows"]) == (0, 1, None)
    assert "what it takes is not known, as no row was tried" in page(site, run)


def test_rows_that_cannot_be_read_stop_the_run_as_its_job_would_fail_too(site: Site, run: Run) -> None:
    run.preflight()
    site.fabric.client("s3").delete_object(Bucket=site.bucket, Key="bad/2026/rows.jsonl")
    with pytest.raises(TrialError, match=r"no row could be tried: s3://.*/rows.jsonl: .*NoSuchKey"):
        trial(run)


def test_a_version_of_enrich_that_is_not_known_is_refused_by_the_preflight(run: Run) -> None:
    with pytest.raises(PreflightError, match=r"enrich: Enrich 3.7 is older than 3\.8"):
        run.preflight(enrich="3.7")


def test_what_is_gone_since_the_preflight_is_told(site: Site, run: Run) -> None:
    run.preflight()
    key = run.plan["config"].removeprefix(f"s3://{site.bucket}/")
    site.fabric.client("s3").delete_object(Bucket=site.bucket, Key=key)
    with pytest.raises(TrialError, match=r"config.json is gone since the preflight; clear the preflight"):
        trial(run)


def test_a_run_that_has_a_cluster_or_is_complete_is_not_tried_again(site: Site, run: Run) -> None:
    run.preflight(approval=True)
    assert trial(run)["ask"] is True
    job_flow_id = run.create()
    site.put("bad/2026/rows.jsonl", REFUSED)
    assert trial(run) == {"ask": False, "told": ""}
    run.terminate(job_flow_id)
    site.put(run.plan["success_uri"].removeprefix(f"s3://{site.bucket}/"), b"")
    with pytest.raises(AirflowSkipException, match="this run is complete"):
        trial(run)


def test_the_single_task_tries_its_rows_before_it_starts_anything(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", REFUSED)
    single = RunRecoveryOperator(task_id="recover", settings=site.settings())
    with pytest.raises(TrialError, match=r"0 of 1 rows \(0.0%\)"):
        run.execute(single)
    asking = RunRecoveryOperator(task_id="recover", settings=site.settings(approval=True))
    with pytest.raises(PreflightError, match="approval: a single task cannot wait for a person"):
        run.execute(asking)
    assert started(site.fabric, run.identity.cluster_name) == []


def test_the_page_holds_no_value_when_it_is_redacted(site: Site, run: Run) -> None:
    site.put("bad/2026/rows.jsonl", b"\n".join([ROW, REFUSED]))
    run.preflight()
    trial(run)
    assert {leak.value for leak in leaks_in("page", page(site, run))} == {PERSON["email"]}, "as the config changes it"
    run.preflight(redact=True, keep="p")
    trial(run)
    shown = page(site, run)
    assert list(leaks_in("page", shown)) == []
    assert "<code>string(" in shown
    assert "e.g. Not a valid platform" in shown, "what is said of a field that is kept"
