"""What OpenLineage is told of a run: places by its naming, counts where they are known, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import croniter  # noqa: F401 - with its first DAG Airflow loads it, and it asks the command `file` about Python
import jsonschema
import pytest
from event_recovery.contract import JobOptions, RunPaths, RunSummary, Tally
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3
from event_recovery_provider.results import lineage
from event_recovery_provider.results.lineage import Lineage, Place
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.serde import Serde
from support.airflow.lineage_events import check

pytestmark = pytest.mark.unit

ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/good"
PATHS = RunPaths("s3://acme/event-recovery/runs/r-1")
SUMMARY = RunSummary(
    run_id="r-1",
    submitted=100,
    recovered=Tally(80, 8_000),
    failed=Tally(15, 3_000),
    unrecoverable=Tally(5, 500),
    started="",
    finished="",
    restarts=0,
    versions={},
)


def file(key: str, size: int = 10) -> StoredFile:
    return StoredFile(S3("acme", key), size, datetime(2026, 11, 22, tzinfo=UTC), "e")


def told(inputs: Iterable[str], files: list[StoredFile] | None, summary: RunSummary | None = SUMMARY) -> Lineage:
    return lineage.of_run(PATHS, inputs, stream=ARN, files=files, summary=summary)


def event(of: Lineage, state: RunState = RunState.COMPLETE) -> dict[str, Any]:
    """The event that the provider would send, as JSON."""
    operator = lineage.facets(of)
    run = Run("01900000-0000-7000-8000-000000000000")
    made = RunEvent(
        eventTime="2026-11-22T12:00:00+00:00",
        producer="https://example.com/tests",
        eventType=state,
        run=run,
        job=Job("tests", "dag.report"),
        inputs=operator.inputs,
        outputs=operator.outputs,
    )
    loaded: dict[str, Any] = json.loads(Serde.to_json(made))
    return loaded


def test_a_run_with_one_input_has_all_its_counts() -> None:
    found = told(["s3://acme/bad"], [file("bad/a.gz"), file("bad/b/c.gz", 20)])
    assert found.read == (Place("s3://acme", "bad", 100, 30, ("s3://acme/bad/a.gz", "s3://acme/bad/b/c.gz")),)
    below = "event-recovery/runs/r-1"
    assert found.written == (
        Place("arn:aws:kinesis:eu-west-1:123456789012", "stream/good", 80, 8_000),
        Place("s3://acme", f"{below}/failed", 15, 3_000),
        Place("s3://acme", f"{below}/unrecoverable", 5, 500),
        Place("s3://acme", f"{below}/recovered-index", 80),
        Place("s3://acme", f"{below}/rejected-index", 20),
    )
    made = event(found)
    assert check(made) == 7
    assert made["inputs"][0]["inputFacets"]["inputStatistics"]["fileCount"] == 2
    assert made["inputs"][0]["inputFacets"]["subset"]["inputCondition"] == {
        "type": "location",
        "locations": ["s3://acme/bad/a.gz", "s3://acme/bad/b/c.gz"],
    }


def test_skipped_rows_have_a_place_of_their_own() -> None:
    found = told(["s3://acme/bad"], [], replace(SUMMARY, skipped=Tally(3)))
    assert found.written[-1] == Place("s3://acme", "event-recovery/runs/r-1/skipped-index", 3)


@pytest.mark.parametrize(
    ("given", "name"),
    [("s3://acme", "/"), ("s3://acme/bad/", "bad"), ("s3://acme/bad/2026-*/x", "bad"), ("s3://acme/bad/**", "bad")],
)
def test_an_input_is_the_folder_that_is_named(given: str, name: str) -> None:
    (place,) = told([given], []).read
    assert (place.namespace, place.name) == ("s3://acme", name)


def test_rows_are_not_told_apart_by_input_and_each_file_counts_once() -> None:
    found = told(["s3://acme/bad/2026", "s3://acme/bad"], [file("bad/2026/a"), file("bad/2025/b", 7)])
    assert [(one.name, one.rows, one.bytes) for one in found.read] == [("bad/2026", None, 10), ("bad", None, 7)]


def test_so_many_files_that_they_are_only_counted() -> None:
    (one,) = event(told(["s3://acme/bad"], [file(f"bad/{number}") for number in range(101)]))["inputs"]
    assert one["inputFacets"]["inputStatistics"]["fileCount"] == 101
    assert "subset" not in one["inputFacets"]


def test_of_a_run_without_an_account_only_the_places_are_told() -> None:
    found = told(["s3://acme/bad"], None, None)
    assert [place.rows for place in (*found.read, *found.written)] == [None] * 6
    assert check(event(found, RunState.FAIL)) == 0


def test_a_job_is_known_by_its_command_line() -> None:
    options = JobOptions(
        inputs=("s3://acme/bad",),
        output="good",
        failed=PATHS.failed,
        unrecoverable=PATHS.unrecoverable,
        config="s3://acme/config.json",
        region="eu-west-1",
    )
    assert lineage.of_job(options.to_argv(), stream=ARN) == told(["s3://acme/bad"], None, None)


def test_a_stream_that_is_not_known_is_left_out() -> None:
    found = lineage.of_run(PATHS, [], stream="", files=None, summary=None)
    assert [place.namespace for place in found.written] == ["s3://acme"] * 4


def test_the_check_of_events_sees_what_does_not_belong() -> None:
    made = event(told(["s3://acme/bad"], []))
    for change in ({"rowCount": "100"}, {"rows": 100}):
        facets = {"inputStatistics": {**made["inputs"][0]["inputFacets"]["inputStatistics"], **change}}
        with pytest.raises(jsonschema.ValidationError):
            check({**made, "inputs": [{**made["inputs"][0], "inputFacets": facets}]})
