"""What a run cannot do without is found missing before anything is started."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery_provider.exceptions import (
    PreflightError,
    SettingsError,
)
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from support.provider.run import Run
from support.provider.site import Site, started

pytestmark = pytest.mark.integration


def test_preflight_finds_every_problem_before_anything_is_started(site: Site, run: Run) -> None:
    with pytest.raises(PreflightError) as caught:
        run.preflight(
            output="no-such-stream", bundle=f"s3://{site.bucket}/no-bundle", config="{", resolver="s3://nowhere/x"
        )
    text = str(caught.value)
    for problem in (
        "output: there is no stream no-such-stream in us-east-1",
        "no-bundle: manifest.json: missing",
        "config:1:2: error: ",
        "s3://nowhere/x",
    ):
        assert problem in text
    with pytest.raises(SettingsError, match="bucket: missing"):
        run.preflight(bucket="")


def test_what_the_job_or_emr_would_refuse_is_refused_before_anything_is_started(site: Site, run: Run) -> None:
    with pytest.raises(PreflightError) as caught:
        run.preflight(
            job_arguments=["--batch-size", "501"],
            primary_type="m1.small",
            inputdir=[f"{'deep/' * 20}{day:03d}" for day in range(155)],
            output="a b",
        )
    text = str(caught.value)
    for problem in (
        "output: 'a b' is not a stream name",
        "job_arguments: --batch-size: expected a whole number from 1 to 500, not '501'",
        f"step {run.identity.step_name}: its arguments have ",
    ):
        assert problem in text
    with pytest.raises(PreflightError, match=r"emr-7\.14\.0 has no instance type m1\.small in this region"):
        run.preflight(primary_type="m1.small")
    assert started(site.fabric, run.identity.cluster_name) == []


def test_a_rate_that_the_stream_or_the_time_does_not_allow_is_refused(
    site: Site, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = "on-demand"
    kinesis = site.fabric.client("kinesis")
    kinesis.create_stream(StreamName=stream, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    with pytest.raises(PreflightError, match="stream_share: stream on-demand is in on-demand mode") as caught:
        run.preflight(output=stream, stream_share=0.5)
    assert "give max_records_per_second or max_mb_per_second instead" in str(caught.value)
    site.put("bad/2026/rows.jsonl", b"x" * 50_000)
    with pytest.raises(PreflightError, match="max_hours: about 10 records of 25 kB in all, at 1 record a second, take"):
        run.preflight(max_records_per_second=1, max_hours=0.001)
    run.preflight(output=stream, max_records_per_second=1)
    told = "".join(capfd.readouterr())
    assert "sends    at most 1 record a second: about 10 min and 0.5 node hours if all of about 10 rows are" in told


def test_a_bundle_that_does_not_fit_is_refused_before_anything_is_started(site: Site, run: Run) -> None:
    place = "event-recovery/bundles/0.1.0"
    site.put(f"{place}/job.py", b"cut")
    site.fabric.client("s3").delete_object(Bucket=site.bucket, Key=f"{place}/node-setup.sh")
    with pytest.raises(PreflightError) as caught:
        run.preflight()
    text = str(caught.value)
    for problem in ("node-setup.sh: missing", "job.py: 3 bytes, expected 28"):
        assert f"bundle s3://{site.bucket}/{place}: {problem}" in text
    assert f"event-recovery bundle upload s3://{site.bucket}/{place}" in text
    with pytest.raises(PreflightError, match=r"the bundle has version 0\.1\.0, expected 9\.9\.9"):
        run.preflight(version="9.9.9", bundle=f"s3://{site.bucket}/{place}")
    assert started(site.fabric, run.identity.cluster_name) == []


def test_nothing_to_recover_is_a_skip_or_a_failure_as_asked(site: Site, run: Run) -> None:
    site.put("empty/_SUCCESS", b"")
    with pytest.raises(AirflowSkipException, match="nothing to recover"):
        run.preflight(inputdir="empty")
    settings = site.settings(inputdir="empty")
    strict = RecoveryPreflightOperator(task_id="preflight", settings=settings, skip_when_empty=False)
    with pytest.raises(PreflightError, match="of 1 files none is to be read: 1 hidden"):
        run.execute(strict)
