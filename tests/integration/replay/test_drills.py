"""A run without a cluster on bad days: after every fault each row is accounted for, once in the files."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from drills.harness import lost_rows
from drills.material import CONFIG, Material, prepare
from drills.replays import Replay
from drills.site import Site
from event_recovery.contract.endings import ExitCode

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

ROWS = 2_000
#: Rows a second that the stream takes: slow enough for a fault to come in the middle of a run.
PACE = 400


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site"), slots=0) as site:
        yield site


@pytest.fixture(scope="module")
def material(site: Site) -> Material:
    return prepare(site, site.work, rows=ROWS, files=12)


@pytest.fixture
def run(site: Site, material: Material) -> Iterator[Replay]:
    site.restore(pace=PACE)
    run = Replay(site, material.inputs, config=CONFIG)
    try:
        yield run
    finally:
        for attempt in run.attempts:
            attempt.process.stop(grace=1)
        site.restore(pace=None)
        run.delete()


def test_a_good_day(run: Replay, material: Material) -> None:
    run.site.restore(pace=None)
    run.begin()
    run.finish()
    assert lost_rows(run, material) == []
    assert run.sent() == material.expected.recovered.total(), "each record is sent once"
    summary = run.summary()
    assert summary is not None
    assert summary.restarts == 0
    run.begin()
    assert run.client.wait(60) == ExitCode.OUTPUT
    assert "an earlier run has finished here" in run.client.output
    assert run.sent() == material.expected.recovered.total()


def test_killed_again_and_again(run: Replay, material: Material) -> None:
    for share in (0.1, 0.6):
        run.begin()
        run.wait_for_sent(int(share * ROWS))
        run.kill()
    run.site.restore(pace=None)
    run.begin()
    run.finish()
    assert lost_rows(run, material) == []


@pytest.mark.slow
def test_killed_at_twenty_moments(run: Replay, material: Material) -> None:
    """Before the first row, in the middle of parts, and between them."""
    run.site.restore(pace=100)
    draw = random.Random(20)
    for number in range(20):
        run.begin()
        if number % 5:
            run.wait_for_sent(run.sent() + draw.randint(1, 40))
        time.sleep(draw.uniform(0, 0.5))
        run.kill()
    assert not run.has_success()
    run.site.restore(pace=None)
    run.begin()
    run.finish()
    assert lost_rows(run, material) == []
    again = run.sent() - material.expected.recovered.total()
    assert again > 0, "no kill struck a part that was under way"
    print(f"{again:,} of {run.sent():,} records were sent again")


def test_asked_to_end_and_started_again(run: Replay, material: Material) -> None:
    run.begin()
    run.wait_for_sent(100)
    run.ask_to_end()
    assert run.client.wait(60) == ExitCode.JOB
    assert "parts of the input were left; start it again to go on" in run.client.output
    assert 0 < run.sent() < material.expected.recovered.total()
    run.site.restore(pace=None)
    run.begin()
    assert "going on: " in run.finish()
    assert lost_rows(run, material) == []
    assert run.sent() == material.expected.recovered.total(), "a part that was begun came to its end"


@pytest.mark.slow
def test_the_stream_is_throttled(run: Replay, material: Material) -> None:
    run.begin()
    run.wait_for_sent(200)
    run.site.kinesis.admin.throttle(0.1)
    before = run.sent()
    time.sleep(5)
    assert run.sent() - before < PACE * 5 / 4
    run.site.kinesis.admin.throttle(1)
    run.finish()
    assert lost_rows(run, material) == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["refused", "reset", "503"])
def test_the_stream_is_down(run: Replay, material: Material, mode: Literal["refused", "reset", "503"]) -> None:
    run.begin()
    run.wait_for_sent(200)
    run.site.kinesis.admin.outage(30 if mode == "refused" else 5, mode)
    time.sleep(1)
    run.finish()
    assert lost_rows(run, material) == []


def test_the_stream_is_deleted(run: Replay) -> None:
    run.begin()
    run.wait_for_sent(200)
    run.site.kinesis.admin.delete_stream(run.id)
    assert run.client.wait(120) == ExitCode.JOB
    assert f"error: stream {run.id}: " in run.client.output
    assert run.summary() is None
    assert not run.has_success()


@pytest.mark.slow
def test_s3_fails_for_a_while(run: Replay, material: Material) -> None:
    faults = run.site.s3.faults
    assert faults is not None
    run.begin()
    run.wait_for_sent(200)
    refused = faults.refused()
    for status in (503, 500):
        faults.outage(4, status)
        time.sleep(4)
    assert faults.refused() > refused, "the run asked nothing of S3 during its outage"
    run.finish()
    assert lost_rows(run, material) == []


@pytest.mark.parametrize("place", ["failed", "recovered-index"])
def test_a_permission_that_is_taken_away(run: Replay, material: Material, place: str) -> None:
    faults = run.site.s3.faults
    assert faults is not None
    run.begin()
    run.wait_for_sent(200)
    faults.deny(run.paths.path(place), reads=False)
    assert run.client.wait(300) == ExitCode.JOB
    assert "AccessDenied" in run.client.output
    assert "Traceback" not in run.client.output
    assert not run.has_success()
    faults.heal()
    run.site.restore(pace=None)
    run.begin()
    run.finish()
    assert lost_rows(run, material) == []


@pytest.mark.parametrize("kilobytes", [1, 60])
def test_the_disk_is_full(run: Replay, material: Material, kilobytes: int) -> None:
    """Files cannot grow beyond a size: at once, or when the rows of a part come to more."""
    run.site.restore(pace=None)
    run.before = ("bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "full")
    run.begin()
    assert run.client.wait(120) == ExitCode.JOB
    assert "File too large" in run.client.output
    assert "Traceback" not in run.client.output
    run.before = ()
    run.begin()
    run.finish()
    assert lost_rows(run, material) == []
