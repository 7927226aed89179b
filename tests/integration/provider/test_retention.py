"""Old runs lose what they hold of rows, and nothing that a later run or the account needs, on the fabric."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery.contract import RunPaths, layout
from event_recovery.inputs.manifest import Manifest
from event_recovery_provider.aws.clients import Aws, AwsAccess
from event_recovery_provider.exceptions import PreflightError, SettingsError
from event_recovery_provider.operators.sweep_runs import SweepRecoveryRunsOperator, sweep_runs
from event_recovery_provider.results import retention
from support.leaks import leaks_in
from support.provider.rows import ROW
from support.provider.run import Run
from support.provider.site import Site

pytestmark = pytest.mark.integration

KEPT = {
    *("_SUCCESS", "inputs.jsonl.gz", "summary.json"),
    *("recovered-index/part-0.tsv", "rejected-index/part-0.tsv", "skipped-index/part-0.tsv"),
}
GONE = {
    *("failed/part-0.jsonl", "unrecoverable/part-0.jsonl", "trial.html", "report.html", "chart.png", "splits.tsv"),
    *("config.json", "resolver.json", "found.json", "attempts/1.json", "submitted/part-0.txt", "repaired/bad/a.gz"),
    *("checkpoints/1/chk-7/_metadata", "logs/j-1/steps/s-1/stderr.gz"),
}


def later(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def fill(site: Site, run: Run) -> str:
    """Write a run that is complete, as a job leaves it, and return the key of its folder."""
    run.preflight()
    folder = RunPaths(run.plan["prefix"]).prefix.removeprefix(f"s3://{site.bucket}/")
    for name in (KEPT | GONE) - {"inputs.jsonl.gz"}:
        site.put(f"{folder}/{name}", gzip.compress(ROW) if name.endswith(".gz") else ROW if name in GONE else b"-")
    return folder


def names(site: Site, folder: str) -> set[str]:
    return {str(PurePosixPath(key).relative_to(folder)) for key in site.keys(f"{folder}/")}


def sweep(site: Site, days: float, *, at: datetime, report_only: bool = False) -> tuple[dict[str, object], str]:
    base = f"s3://{site.bucket}/event-recovery"
    return sweep_runs(Aws(AwsAccess()), base, now=at, days=days, report_only=report_only)


def test_what_holds_rows_goes_and_what_later_runs_need_stays(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(site, run)
    before = site.keys()
    told, text = sweep(site, 30, at=later(31), report_only=True)
    assert (told["runs"], told["objects"], told["deleted"]) == (1, len(GONE), False)
    assert f"{len(GONE)} objects of 1 old runs" in text
    assert site.keys() == before, "nothing is deleted yet"
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    done, _ = sweep(site, 30, at=later(31))
    assert done == {**told, "deleted": True}
    assert names(site, folder) == KEPT
    s3 = site.fabric.client("s3")
    for name in KEPT:
        content = s3.get_object(Bucket=site.bucket, Key=f"{folder}/{name}")["Body"].read()
        assert list(leaks_in(name, gzip.decompress(content) if name.endswith(".gz") else content)) == []
    assert set(before) - set(site.keys()) == {f"{folder}/{name}" for name in GONE}, "ledger, bundle and input stay"
    assert sweep(site, 30, at=later(31))[0]["runs"] == 0, "there is nothing left to do"
    manifest = s3.get_object(Bucket=site.bucket, Key=f"{folder}/{layout.INPUTS}")["Body"].read()
    assert len(Manifest.from_bytes(manifest).files) == 1
    with pytest.raises(PreflightError, match="of 1 files 1 were recovered already"):
        Run(site).preflight(already_read="fail")


def test_a_run_that_was_written_to_since_stays_whole(site: Site, run: Run) -> None:
    folder = fill(site, run)
    assert sweep(site, 30, at=later(29))[0] == {"runs": 0, "objects": 0, "bytes": 0, "left": [], "deleted": True}
    assert names(site, folder) == KEPT | GONE


def test_a_run_that_has_a_cluster_is_left(site: Site, run: Run) -> None:
    folder = fill(site, run)
    site.fabric.client("s3").delete_object(Bucket=site.bucket, Key=f"{folder}/_SUCCESS")
    cluster = run.create()
    # The cluster is of today; a bucket whose objects are of another time is seen from then.
    told, text = sweep_runs(
        Aws(AwsAccess()), f"s3://{site.bucket}/event-recovery", now=later(2), days=1, report_only=False
    )
    assert (told["runs"], told["left"]) == (0, [run.identity.run_id])
    assert "it has a cluster and is left" in text
    assert names(site, folder) >= (KEPT | GONE) - {"_SUCCESS"}
    run.terminate(cluster)


def test_the_operator_only_reports_unless_it_is_told_otherwise(site: Site, run: Run) -> None:
    fill(site, run)
    given = {"task_id": "sweep", "bucket": site.bucket}
    told = run.execute(SweepRecoveryRunsOperator(**given, retention_days="1"))
    assert told == {"runs": 0, "objects": 0, "bytes": 0, "left": [], "deleted": False}
    for wrong in ({"retention_days": "0.5"}, {"retention_days": ""}, {"retention_days": 9, "report_only": "perhaps"}):
        with pytest.raises(SettingsError, match=r"expected (days, 1 at least|true or false), given"):
            run.execute(SweepRecoveryRunsOperator(**given, **wrong))
    with pytest.raises(AirflowSkipException):
        run.execute(SweepRecoveryRunsOperator(task_id="sweep", bucket="", retention_days=9))
