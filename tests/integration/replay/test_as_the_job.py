"""A run without a cluster beside one of the job, on the same servers: the same bytes, files, numbers and refusals."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from demo.iglu import write_registry
from drills.material import CONFIG
from drills.replays import Replay
from drills.site import Run, Site
from event_recovery.contract import RunSummary
from generator import rows, write_tree
from support.engine.rows import ADAPTER, bad_row, collector_payload, config, flow, line_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

ROWS = 900
KINDS = ("failed", "unrecoverable", "recovered-index", "rejected-index", "skipped-index")
#: Half of the time in which the generated rows failed.
FAILED_TO = "2026-03-02T06:30:00Z"
MARKED = {"tracker_protocol_violations": 1}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def inputs(site: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Upload rows of every type, some that came back, a file that is cut short and one that comes later.

    Returns where they are, and a time after which the last of them arrived.
    """
    tree = tmp_path_factory.mktemp("rows")
    write_tree(tree, ROWS, seed=19, files=12)
    marks = ("1 earlier-run", "2 earlier-run", "none")
    marked = [with_mark(row, marks[number % 3]) for number, row in enumerate(rows(60, seed=20, mix=MARKED))]
    (tree / "marked").write_bytes(b"\n".join([*marked, b"no bad row"]))
    packed = next(path for path in sorted(tree.rglob("part-*.gz")) if path.stat().st_size > 1_000)
    (tree / "cut.gz").write_bytes(packed.read_bytes()[:-200])
    site.upload(tree, "in")
    time.sleep(1.1)
    then = datetime.now(UTC).isoformat()
    time.sleep(1.1)
    site.objects.put_object(Bucket=site.bucket, Key="in/late", Body=marked[0])
    return f"s3://{site.bucket}/in", then


def with_mark(row: bytes, mark: str) -> bytes:
    document = json.loads(row)
    document["data"]["payload"]["headers"].append(f"Event-Recovery: {mark}")
    return json.dumps(document).encode()


def left(run: Run) -> dict[str, Counter[int]]:
    """What a run left, but for the times at which it found a line to be no bad row."""
    return {"stream": run.stream()} | {kind: run.bad_rows(run.paths.path(kind))[0] for kind in KINDS}


def like(job: RunSummary | None, here: RunSummary | None) -> RunSummary:
    """The job's summary with the times and versions of the other."""
    assert job is not None
    assert here is not None
    return replace(job, started=here.started, finished=here.finished, versions=here.versions)


def both(site: Site, place: str, *words: str) -> tuple[Run, Replay]:
    """Run the job, then the command, under one name, since marks tell it, and check that both leave the same."""
    runs: list[Any] = []
    for kind, under in ((Run, "job"), (Replay, "here")):
        run = kind(site, (place,), config=CONFIG, name="run-both", under=under)
        try:
            (run.begin if isinstance(run, Replay) else run.submit)(*words)
            assert run.client.wait(300) == 0, run.client.output
            found = left(run)
        finally:
            run.client.process.stop(grace=1)
            run.delete()
        runs.append((run, found))
    (job, by_job), (here, by_here) = runs
    assert by_here == by_job
    return job, here


def test_with_verification_marks_and_windows(site: Site, inputs: tuple[str, str], tmp_path: Path) -> None:
    place, then = inputs
    resolver = json.dumps(write_registry(tmp_path / "iglu"))
    job, here = both(
        site,
        place,
        *("--verify", "6", "--resolver", resolver, "--mark", "--max-resends", "2"),
        *("--arrived-to", then, "--failed-to", FAILED_TO, "--querystrings", "clean"),
    )
    summary = here.summary()
    assert summary == like(job.summary(), summary)
    assert summary is not None
    assert summary.balanced
    # Each of what was asked for had something to do.
    assert summary.recovered.rows > 0
    assert summary.skipped.rows > 0
    assert {"WouldFail", "CameBack"} <= summary.failed.labels["error"].keys()
    assert summary.unrecoverable.rows > 0
    assert len(summary.damaged_files) == 1
    assert not any("late" in name for name in summary.damaged_files)


@pytest.mark.parametrize(
    ("place", "reads"), [("in", True), ("failed", False), ("unrecoverable", True), ("recovered-index", False)]
)
def test_a_place_that_is_closed(site: Site, place: str, reads: bool) -> None:
    """Nothing is sent, and the words are the same."""
    site.objects.put_object(Bucket=site.bucket, Key="in/row", Body=line_of(bad_row(ADAPTER, collector_payload())))
    assert site.s3.faults is not None
    told = []
    for kind, under in ((Run, "job"), (Replay, "here")):
        given = (f"s3://{site.bucket}/in",)
        run = kind(site, given, config=json.dumps(config(flow())), name=f"no-{place}", under=under)
        try:
            site.s3.faults.deny(given[0] if place == "in" else run.paths.path(place), reads=reads)
            (run.begin if isinstance(run, Replay) else run.submit)()
            assert run.client.wait(300) != 0
            assert run.sent() == 0
            errors = [line for line in run.client.output.splitlines() if line.startswith("error: ")]
            told.append([re.sub("probe-[0-9a-f]+", "probe", line.replace(f"/{under}/", "/")) for line in errors])
        finally:
            site.s3.faults.heal()
            run.client.process.stop(grace=1)
            run.delete()
    by_job, by_here = told
    assert len(by_here) == 1
    assert "AccessDenied" in by_here[0]
    assert by_here == by_job
