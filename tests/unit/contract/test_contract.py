"""What both sides share: metric names, run prefixes, the summary and the job's command line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from event_recovery.contract import (
    METRICS,
    SKIPPED_METRIC,
    DamagedFile,
    JobOptions,
    MetricName,
    RunPaths,
    RunSummary,
    Tally,
)

pytestmark = pytest.mark.unit

SUMMARY = RunSummary(
    run_id="2026-01-01",
    submitted=6,
    recovered=Tally(rows=3, bytes=300),
    failed=Tally(rows=2, bytes=80, labels={"error": {"CastFailure": 2}}),
    unrecoverable=Tally(rows=1, bytes=40, labels={"type": {"size_violation": 1}}),
    started="2026-01-01T00:00:00+00:00",
    finished="2026-01-01T00:01:00+00:00",
    restarts=None,
    versions={"flink": "1.20.5"},
    damaged_files={"s3://b/cut.gz": DamagedFile("it ends before its data does", 12)},
)
SKIPPED = Tally(rows=4, bytes=90, labels={"reason": {"other type": 4}, "type": {"generic_error": 4}})


def test_a_metric_is_named_as_the_reference_documents_it() -> None:
    name = MetricName(container="container_1700000000000_0001_01_000002", subtask=0, metric="events_recovered")
    assert str(name) == "taskmanager_container_1700000000000_0001_01_000002__Process_0_events_recovered"


@pytest.mark.parametrize("metric", [*METRICS, SKIPPED_METRIC])
def test_a_metric_name_is_read_back(metric: str) -> None:
    name = MetricName.parse(f"taskmanager_container_1_0001_01_000002__Process_12_{metric}")
    assert name is not None
    assert (name.container, name.subtask, name.metric) == ("container_1_0001_01_000002", 12, metric)


@pytest.mark.parametrize(
    "name",
    [
        "jobmanager_job_numRestarts",
        "taskmanager_container_1__Process_x_events_recovered",
        "taskmanager_container_1__Process_0_events_recovered_total",
        "taskmanager_container_1__Source_0_numRecordsIn",
    ],
)
def test_other_metrics_are_not_ours(name: str) -> None:
    assert MetricName.parse(name) is None


def test_everything_of_a_run_lies_under_its_prefix() -> None:
    paths = RunPaths.of(base="s3://bucket/recovery/", run_id="r1")
    assert paths.prefix == "s3://bucket/recovery/runs/r1"
    assert paths.failed == "s3://bucket/recovery/runs/r1/failed"
    assert paths.summary == "s3://bucket/recovery/runs/r1/summary.json"


def test_a_summary_survives_json() -> None:
    assert RunSummary.from_json(SUMMARY.to_json()) == SUMMARY


def test_a_summary_says_whether_it_balances() -> None:
    assert json.loads(SUMMARY.to_json())["balanced"] is True
    lost = RunSummary.from_json(SUMMARY.to_json().replace('"submitted": 6', '"submitted": 7'))
    assert not lost.balanced


def test_skipped_rows_are_a_part_of_the_balance() -> None:
    summary = replace(SUMMARY, submitted=10, skipped=SKIPPED)
    assert summary.balanced
    assert not replace(summary, submitted=6).balanced
    assert RunSummary.from_json(summary.to_json()) == summary


def test_a_summary_of_a_version_that_skipped_no_rows_is_read() -> None:
    document = json.loads(SUMMARY.to_json())
    del document["skipped"]
    assert RunSummary.from_json(json.dumps(document)) == SUMMARY


def test_a_summary_of_a_version_that_told_only_why_a_file_is_damaged_is_read() -> None:
    old = json.dumps({**json.loads(SUMMARY.to_json()), "damaged_files": {"s3://b/cut.gz": "it is empty"}})
    (damage,) = RunSummary.from_json(old).damaged_files.values()
    assert (damage, str(damage)) == (DamagedFile("it is empty", None), "it is empty")


@pytest.mark.parametrize("damaged", [[], None, {"s3://b/x.gz": 3}, {"s3://b/x.gz": {"rows": 3}}])
def test_damaged_files_of_no_known_form_are_refused(damaged: object) -> None:
    with pytest.raises(ValueError, match="not a run summary"):
        RunSummary.from_json(json.dumps({**json.loads(SUMMARY.to_json()), "damaged_files": damaged}))


def test_what_is_no_summary_is_refused_by_its_missing_field() -> None:
    with pytest.raises(ValueError, match="submitted"):
        RunSummary.from_json('{"run_id": "x"}')


def test_options_are_written_as_a_command_line() -> None:
    options = JobOptions(
        inputs=("s3://b/in", "s3://b/more"),
        output="good",
        failed="s3://b/failed",
        unrecoverable="s3://b/unrecoverable",
        config="e30=",
        region="eu-west-1",
        checkpoint_interval=60,
        endpoint_urls={"kinesis": "http://127.0.0.1:4567"},
    )
    argv = options.to_argv()
    assert argv[:4] == ["--input", "s3://b/in", "--input", "s3://b/more"]
    assert argv[argv.index("--checkpoint-interval") + 1] == "60"
    assert argv[-2:] == ["--endpoint-url", "kinesis=http://127.0.0.1:4567"]
    assert "--resolver" not in argv
