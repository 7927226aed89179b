"""A whole run on the fabric, in stages and in one task: from settings to the account of every row."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery.contract import NAMESPACE
from event_recovery_provider.exceptions import (
    DamagedInputError,
    JobFailedError,
    RelaunchError,
    RowsMissingError,
)
from event_recovery_provider.operators.report import RecoveryReportOperator
from event_recovery_provider.operators.single import RunRecoveryOperator
from event_recovery_provider.pages import XCOM_KEYS, from_xcom
from event_recovery_provider.sensors.balance import MetricBalanceSensor
from event_recovery_provider.sensors.checkpoint import FlinkCheckpointSensor
from localaws.testing import ENDED, wait_for_cluster
from support.provider.run import Run
from support.provider.site import CONFIG, Site, started

pytestmark = pytest.mark.integration


def test_a_run_from_settings_to_report(site: Site, run: Run) -> None:
    emr = site.fabric.client("emr")
    plan = run.preflight("--rows", "1000", "--failed-rows", "10")
    assert site.read(f"{plan['prefix'].split('/', 3)[3]}/config.json") == CONFIG
    job_flow_id = run.create()
    assert run.ready(job_flow_id) == job_flow_id
    step_id = run.submit(job_flow_id)
    cluster = emr.describe_cluster(ClusterId=job_flow_id)["Cluster"]
    assert cluster["AutoTerminate"] is True, "once the job is there the cluster does not outlive it"
    assert {tag["Key"]: tag["Value"] for tag in cluster["Tags"]}["event-recovery:dag-run-id"] == run.ti.run_id
    checkpoint = run.execute(
        FlinkCheckpointSensor(
            task_id="checkpoint",
            job_flow_id=job_flow_id,
            step_id=step_id,
            checkpoint_dir=plan["checkpoint_dir"],
            checkpoint_interval=plan["checkpoint_interval"],
            poke_interval=0.2,
            timeout=30,
        )
    )
    assert checkpoint.startswith(f"{plan['checkpoint_dir']}/")
    assert checkpoint.endswith("/chk-1")
    counts = run.execute(
        MetricBalanceSensor(
            task_id="balance",
            job_flow_id=job_flow_id,
            step_id=step_id,
            namespace="CWAgent",
            since="2026-01-01T00:00:00+00:00",
            period_seconds=1,
            grace_seconds=20,
            summary_uri=plan["summary_uri"],
            poke_interval=0.5,
            timeout=60,
        )
    )
    assert counts["submitted"] % 1000 == 0, "other runs of this fabric share its only host"
    numbers = run.execute(
        RecoveryReportOperator(
            task_id="report",
            summary_uri=plan["summary_uri"],
            metric_counts=counts,
            publish_metrics=True,
            job_flow_id=job_flow_id,
            period_seconds=1,
        )
    )
    assert (numbers["submitted"], numbers["recovered"], numbers["failed"]) == (1000, 990, 10)
    assert numbers["balanced"] is True
    assert numbers["page"] == f"{plan['prefix']}/report.html"
    of_run = {"dag_id": "tests", "run_id": run.ti.run_id, "task_id": "report", "map_index": -1, "deployment": ""}
    assert from_xcom("report", run.ti.xcoms[XCOM_KEYS["report"]], **of_run).uri == numbers["page"]
    key = f"{plan['prefix'].split('/', 3)[3]}/report.html"
    page = site.fabric.client("s3").get_object(Bucket=site.bucket, Key=key)["Body"].read().decode()
    for told in ("1 files of ", f"{job_flow_id}: 0.0", "Failed rows, by error"):
        assert told in page
    published = site.fabric.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert {metric["MetricName"] for metric in published} >= {"run_submitted", "run_recovered"}
    assert run.terminate(job_flow_id) in ([job_flow_id], [])
    wait_for_cluster(emr, job_flow_id, *ENDED)
    assert {"emr_cluster", "recovery_prefix", "recovery_step_logs", "recovery_metrics"} <= set(run.ti.xcoms)


def test_a_report_without_an_account_or_with_rows_missing_fails(site: Site, run: Run) -> None:
    plan = run.preflight("--lose", "5")
    report = RecoveryReportOperator(task_id="report", summary_uri=plan["summary_uri"])
    with pytest.raises(RowsMissingError, match="does not exist"):
        run.execute(report)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    run.finished(job_flow_id, run.submit(job_flow_id))
    with pytest.raises(RowsMissingError, match="5 of 100 rows are not accounted for"):
        run.execute(report)
    run.terminate()


def test_a_file_not_read_to_its_end_fails_a_run_that_asks_for_it_after_everything_else(
    site: Site, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = run.preflight("--damaged", fail_on_damaged=True)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    run.finished(job_flow_id, run.submit(job_flow_id))
    run.terminate()
    told = {"s3://b/x.gz": {"reason": "it is not a gzip file", "rows": 0}}
    report = RecoveryReportOperator(task_id="report", summary_uri=plan["summary_uri"])
    assert run.execute(report)["damaged_files"] == told
    warned = [line for line in capfd.readouterr().out.splitlines() if "warning" in line]
    said = "not read to its end: s3://b/x.gz: it is not a gzip file; rows read of it: 0"
    assert any(said in line for line in warned)

    strict = RecoveryReportOperator(
        task_id="strict", summary_uri=plan["summary_uri"], fail_on_damaged=str(plan["fail_on_damaged"])
    )
    with pytest.raises(DamagedInputError, match=r"s3://b/x\.gz: it is not a gzip file; rows read of it: 0"):
        run.execute(strict)
    assert run.ti.xcoms["return_value"]["damaged_files"] == told
    with pytest.raises(DamagedInputError):
        run.preflight("--damaged", fail_on_damaged=True)
    assert len(started(site.fabric, run.identity.cluster_name)) == 1, "what is cleared sends nothing again"


def test_one_task_fails_over_a_damaged_file_once_its_work_is_done(site: Site, run: Run) -> None:
    for _ in range(2):
        with pytest.raises(DamagedInputError, match=r"s3://b/x\.gz: it is not a gzip file"):
            run.execute(single(site, "--damaged", fail_on_damaged=True))
        assert run.ti.xcoms.pop("return_value")["damaged"] == 1
    assert len(started(site.fabric, run.identity.cluster_name)) == 1, "the second try reports what is complete"


def single(site: Site, *stand_in: str, **changes: Any) -> RunRecoveryOperator:
    settings = site.settings(*stand_in, **changes)
    return RunRecoveryOperator(
        task_id="recover", settings=settings, poll_interval=0.2, log_wait_seconds=5, deferrable=False
    )


def test_one_task_does_it_all_and_its_cluster_ends_itself(site: Site, run: Run) -> None:
    task = single(site, "--rows", "7", "--failed-rows", "1")
    numbers = run.execute(task)
    told = task.get_openlineage_facets_on_complete(None)
    counted = {one.name: one.outputFacets["outputStatistics"].rowCount for one in told.outputs}
    assert (counted[f"stream/{site.stream}"], counted[f"{numbers['prefix'].split('/', 3)[3]}failed"]) == (6, 1)
    (key,) = [one for one in site.keys("event-recovery/runs/") if one.endswith("/report.html")]
    assert numbers["page"] == f"s3://{site.bucket}/{key}"
    assert (numbers["submitted"], numbers["recovered"]) == (7, 6)
    (job_flow_id,) = started(site.fabric, run.identity.cluster_name)
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)
    assert run.execute(single(site))["submitted"] == 7, "a later try reports what is complete"
    assert len(started(site.fabric, run.identity.cluster_name)) == 1


def test_one_task_tries_again_only_what_a_new_cluster_may_mend(site: Site, run: Run) -> None:
    failing = single(site, "--exit", "31")
    with pytest.raises(JobFailedError, match="told to fail"):
        run.execute(failing)
    told = failing.get_openlineage_facets_on_complete(None)
    assert [one.name for one in (*told.inputs, told.outputs[0])] == ["bad", f"stream/{site.stream}"]
    assert [one.outputFacets for one in told.outputs] == [{}] * 5
    site.fabric.admin.arm("instance-failure", seconds=0.5)
    with pytest.raises(RelaunchError, match="INSTANCE_FAILURE"):
        run.execute(single(site, "--seconds", "30", "--checkpoints", "10"))
    assert run.execute(single(site))["balanced"] is True
    assert len(started(site.fabric, run.identity.cluster_name)) == 3
