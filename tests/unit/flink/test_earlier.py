"""How a try goes on from what earlier tries of its run left, and what is not called complete."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from event_recovery.contract import JobOptions, RunSummary, Tally
from event_recovery.contract.checkpoints import Checkpoint
from event_recovery.contract.endings import ExitCode
from event_recovery.flink.earlier import Left, Way, Written, lacking, look, way_on
from event_recovery.run.account import RunFailedError, account, conclude, patiently
from event_recovery.run.attempts import Attempt, record
from event_recovery.run.locations import RunLocations
from event_recovery.run.preflight import PreflightError
from event_recovery.storage.files import Storage, StorageError

pytestmark = pytest.mark.unit

BEGAN = "2024-01-02T00:00:00+00:00"
DIRECTORY = "s3://b/run/checkpoints"
FIRST, SECOND = "a" * 32, "b" * 32
SUMMARY = RunSummary(
    run_id="r",
    submitted=8,
    recovered=Tally(rows=3, bytes=300),
    failed=Tally(rows=2, bytes=80),
    unrecoverable=Tally(rows=1, bytes=40),
    started=BEGAN,
    finished=BEGAN,
    restarts=0,
    versions={},
    skipped=Tally(rows=2),
)
WRITTEN = Written(failed=82, unrecoverable=41, recovered=None)


def checkpoint(job: str, number: int) -> Checkpoint:
    return Checkpoint(job, number, f"{DIRECTORY}/{job}/chk-{number}", datetime(2024, 1, 1, tzinfo=UTC))


FILES = ("--failed", "s3://b/run/failed/part-0")
HALF = Left(files=FILES, lacks="it did not come to its last row")
WHOLE = Left(files=FILES, counted=True, last_job=SECOND)


@pytest.mark.parametrize(
    ("left", "asked", "way"),
    [
        (Left(), None, Way("begin")),
        (WHOLE, None, Way("summarise")),
        # The checkpoint that Airflow chose is gone with the end of its job, or was left by a submission before it.
        (WHOLE, f"{DIRECTORY}/{SECOND}/chk-9", Way("summarise")),
        (replace(WHOLE, newest=checkpoint(FIRST, 3)), f"{DIRECTORY}/{FIRST}/chk-3", Way("summarise")),
        (replace(HALF, newest=checkpoint(FIRST, 3)), None, Way("resume", f"{DIRECTORY}/{FIRST}/chk-3")),
        # Since it was chosen, the job went on.
        (
            replace(HALF, newest=checkpoint(FIRST, 4)),
            f"{DIRECTORY}/{FIRST}/chk-3",
            Way("resume", f"{DIRECTORY}/{FIRST}/chk-4"),
        ),
        (Left(newest=checkpoint(FIRST, 1)), None, Way("resume", f"{DIRECTORY}/{FIRST}/chk-1")),
        # The files of the last checkpoint were not all committed: it is there still.
        (
            replace(WHOLE, lacks="half", newest=checkpoint(SECOND, 9)),
            None,
            Way("resume", f"{DIRECTORY}/{SECOND}/chk-9"),
        ),
        (HALF, "s3://b/savepoints/mine", Way("resume", "s3://b/savepoints/mine")),
    ],
)
def test_a_try_goes_on_where_the_one_before_it_was_lost(left: Left, asked: str | None, way: Way) -> None:
    assert way_on(left, asked=asked, checkpoint_dir=DIRECTORY) == way


@pytest.mark.parametrize(
    ("left", "asked", "told"),
    [
        (replace(WHOLE, finished=True), None, "an earlier run has finished here: s3://b/run/failed/part-0"),
        (HALF, None, "--failed: s3://b/run/failed/part-0 is a file of an earlier run that did not finish"),
        # A checkpoint of a submission before the last: what the last one wrote would be written once more.
        (replace(WHOLE, lacks="half", newest=checkpoint(FIRST, 3)), None, "(half), and there is no checkpoint in"),
        (replace(HALF, finished=True), None, "did not finish"),
        (Left(), f"{DIRECTORY}/{FIRST}/chk-3", f"the checkpoint {DIRECTORY}/{FIRST}/chk-3 is not there"),
    ],
)
def test_what_nobody_can_go_on_from_is_refused_with_what_to_do(left: Left, asked: str | None, told: str) -> None:
    with pytest.raises(PreflightError) as error:
        way_on(left, asked=asked, checkpoint_dir=DIRECTORY)
    assert error.value.code == ExitCode.OUTPUT
    assert told in str(error.value)
    assert "name other directories" in str(error.value) or asked is not None


@pytest.mark.parametrize(
    ("summary", "written", "told"),
    [
        (SUMMARY, WRITTEN, None),
        (SUMMARY, replace(WRITTEN, recovered=3), None),
        (replace(SUMMARY, submitted=9), WRITTEN, "9 rows were read, and 8 are accounted for"),
        (replace(SUMMARY, submitted=16), WRITTEN, "16 rows were read, and 8 are accounted for"),
        (replace(SUMMARY, skipped=Tally(rows=1)), WRITTEN, "8 rows were read, and 7 are accounted for"),
        (SUMMARY, replace(WRITTEN, failed=0), "the files of failed rows have 0 bytes, and 82 by the index"),
        (SUMMARY, replace(WRITTEN, unrecoverable=82), "the files of unrecoverable rows have 82 bytes, and 41"),
        (SUMMARY, replace(WRITTEN, recovered=2), "2 payloads are there, and 3 by the index"),
        (
            replace(SUMMARY, submitted=0, recovered=Tally(), failed=Tally(), unrecoverable=Tally(), skipped=Tally()),
            Written(failed=0, unrecoverable=0, recovered=None),
            "0 rows were read",
        ),
    ],
)
def test_files_that_do_not_add_up_are_not_called_complete(
    summary: RunSummary, written: Written, told: str | None
) -> None:
    lacks = lacking(summary, written)
    assert lacks is None if told is None else lacks is not None and told in lacks


RUN = {
    "out/part-0": b"cGF5bG9hZA==\n",
    "failed/part-0": b"0123456789\n",
    "recovered-index/part-0": b"-\tdigest\t7\t-\n",
    "rejected-index/part-0": b"failed\tCastFailure\tadapter_failures\tmain\t10\n",
    "submitted/part-0": b"2\n",
    "found.json": b'{"damaged_files": {"s3://b/cut.gz": {"reason": "it ends", "rows": 1}}, "changed_files": {}}',
}


def lay_out(directory: Path, files: dict[str, bytes]) -> tuple[JobOptions, RunLocations]:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    options = JobOptions(
        inputs=(str(directory / "gone"),),
        output=f"{directory}/out",
        failed=str(directory / "failed"),
        unrecoverable=str(directory / "unrecoverable"),
        config="{}",
        checkpoint_dir=str(directory / "checkpoints"),
        run_id="r",
    )
    return options, RunLocations.of(options)


def test_what_a_finished_job_wrote_is_complete_and_becomes_its_account(tmp_path: Path) -> None:
    options, locations = lay_out(tmp_path, RUN)
    record(Attempt(FIRST, BEGAN, restarts=1), locations.attempts, Storage())
    left = look(options, locations, Storage(), began=BEGAN)
    assert (left.lacks, left.counted, left.finished, left.last_job) == (None, True, False, FIRST)
    summary = account("r", locations, Storage(), began="2025-01-01T00:00:00+00:00", flink="1.20.5")
    conclude(summary, locations, Storage())
    assert (summary.started, summary.restarts, summary.damaged_files["s3://b/cut.gz"].rows) == (BEGAN, 1, 1)
    assert look(options, locations, Storage(), began=BEGAN).finished
    assert RunSummary.from_json((tmp_path / "summary.json").read_bytes()) == summary


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("submitted/part-0", None, "it did not come to its last row"),
        ("submitted/part-1", b"2\n", "4 rows were read, and 2 are accounted for"),
        ("rejected-index/part-0", None, "2 rows were read, and 1 are accounted for"),
        ("failed/part-0", None, "the files of failed rows have 0 bytes, and 11 by the index"),
        ("failed/part-1", b"twice\n", "the files of failed rows have 17 bytes, and 11 by the index"),
        ("out/part-0", None, "0 payloads are there, and 1 by the index"),
        ("found.json", None, "found.json is not there"),
    ],
)
def test_one_file_too_few_or_too_many_is_enough_not_to_be_complete(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    files = {key: value for key, value in {**RUN, name: content}.items() if value is not None}
    options, locations = lay_out(tmp_path, files)
    assert told in str(look(options, locations, Storage(), began=BEGAN).lacks)


def test_the_newest_complete_checkpoint_is_found(tmp_path: Path) -> None:
    def made(job: str, number: int, at: int, name: str = "_metadata") -> None:
        file = tmp_path / "checkpoints" / job / f"chk-{number}" / name
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (at, at))

    options, locations = lay_out(tmp_path, {})
    assert look(options, locations, Storage(), began=BEGAN) == Left()
    made(SECOND, 4, 200)
    made(FIRST, 9, 100)
    made(SECOND, 5, 300, "part")
    newest = look(options, locations, Storage(), began=BEGAN).newest
    assert newest is not None
    assert newest.path == f"file://{tmp_path}/checkpoints/{SECOND}/chk-4"


def test_what_cannot_be_looked_at_is_not_gone_on_from(tmp_path: Path) -> None:
    class Down(Storage):
        def files(self, place: object) -> object:  # type: ignore[override]
            raise StorageError("s3://b: SlowDown")

    options, locations = lay_out(tmp_path, RUN)
    with pytest.raises(PreflightError, match="cannot be read: s3://b: SlowDown; start it again later"):
        look(options, locations, Down(), began=BEGAN)


def test_a_store_that_fails_for_a_while_is_asked_again() -> None:
    pauses: list[float] = []
    told: list[str] = []

    def work(failures: int) -> str:
        if len(pauses) < failures:
            raise StorageError("s3://b/x: SlowDown")
        return "made"

    assert patiently(lambda: work(2), tell=told.append, sleep=pauses.append) == "made"
    assert (pauses, len(told)) == ([5.0, 10.0], 2)
    pauses.clear()
    with pytest.raises(StorageError, match="SlowDown; start the run again: it is then made from what the job wrote"):
        patiently(lambda: work(99), tell=told.append, sleep=pauses.append)
    assert sum(pauses) == 155


def test_an_account_that_does_not_balance_is_not_asked_for_again(tmp_path: Path) -> None:
    _, locations = lay_out(tmp_path, RUN)

    def work() -> None:
        conclude(replace(SUMMARY, submitted=9), locations, Storage())

    with pytest.raises(RunFailedError, match="9 rows were read, but 8 are accounted for"):
        patiently(work, tell=lambda _: None, sleep=lambda _: pytest.fail("it slept"))
    assert not (tmp_path / "_SUCCESS").exists()
