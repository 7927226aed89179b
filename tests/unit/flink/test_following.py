"""What the client knows of a job under way: its restarts over all attempts, its progress, why it failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from event_recovery.flink.watch.failures import because, in_one_line, root_of_trace, why_no_slots
from event_recovery.flink.watch.following import Follower
from event_recovery.flink.watch.monitor import Monitor, RowCounts
from event_recovery.flink.watch.progress import Progress
from event_recovery.run.attempts import Attempt, record, recorded, restarts
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Local

pytestmark = pytest.mark.unit

TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no such thing\n'


def counts(read: int) -> RowCounts:
    return RowCounts(read=read, written={"recovered": read - 2, "failed": 1, "unrecoverable": 1})


@pytest.mark.parametrize(
    ("counted", "expected"),
    [([0], 0), ([2], 2), ([0, 0], 1), ([1, 2, 0], 5), ([None], None), ([1, None], None), ([], None)],
)
def test_a_resumed_run_began_again_too(counted: list[int | None], expected: int | None) -> None:
    assert restarts([Attempt("x", "2024-01-01T00:00:00+00:00", count) for count in counted]) == expected


def test_attempts_are_kept_in_their_order(tmp_path: Path) -> None:
    directory, storage = Local(tmp_path / "attempts"), Storage()
    later = Attempt("a", "2024-01-02T00:00:00+00:00")
    first = Attempt("b", "2024-01-01T00:00:00+00:00", restarts=1)
    for attempt in (later, first, Attempt("a", later.started, restarts=3)):
        record(attempt, directory, storage)
    assert recorded(directory, storage) == [first, Attempt("a", later.started, restarts=3)]


NO_ROOM = "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException"


def test_that_there_was_no_room_is_the_reason_and_not_that_some_time_was_over() -> None:
    why = "Could not allocate the required slot within slot request timeout. Please make sure that there is room"
    late = "java.util.concurrent.TimeoutException: Timeout has occurred: 80000 ms"
    around = f"java.util.concurrent.CompletionException: {NO_ROOM}: {why}"
    gave_up = "org.apache.flink.runtime.JobException: Recovery is suppressed by FailureRateRestartBackoffTimeStrategy"
    expected = f"there was no room: no TaskManager offered a slot (NoResourceAvailableException: {why})"
    assert in_one_line([gave_up, around, f"{NO_ROOM}: {why}", late]) == f"the job failed: {expected}"
    assert root_of_trace(f"{around}\n\tat a.B.c(B.java:1)\nCaused by: {NO_ROOM}: {why}\nCaused by: {late}") == expected


def killed(container: str) -> str:
    """What Flink 1.20's JobManager logs of a container that YARN 3.4 killed for its memory."""
    return (
        "2026-11-29 16:28:37,137 INFO  org.apache.flink.runtime.resourcemanager.active.ActiveResourceManager [] - "
        f"Worker {container} is terminated. Diagnostics: Container {container} marked as failed.\n Exit code:-104.\n "
        f"Diagnostics:[2026-11-29 16:28:34.493]Container [pid=14035,containerID={container}] is running 639307776B "
        "beyond the 'PHYSICAL' memory limit. Current usage: 2.2 GB of 1.6 GB physical memory used; 3.9 GB of 7.8 GB "
        "virtual memory used. Killing container.\n\n[2026-11-29 16:28:34.550]Container killed on request. Exit code is "
        "143\n\n"
    )


WAITS = "2026-11-29 16:28:39,000 INFO  a.b.ExecutionGraph [] - Process (1/2) switched from CREATED to SCHEDULED.\n"
RUNS = "2026-11-29 16:28:40,000 INFO  a.b.ExecutionGraph [] - Process (1/2) switched from INITIALIZING to RUNNING.\n"
OVER_ITS_MEMORY = (
    "YARN killed container_1_02, which took more memory than it may (2.2 GB of 1.6 GB physical memory used)"
)


@pytest.mark.parametrize(
    ("log", "lost"),
    [
        (killed("container_1_01") + killed("container_1_02") + WAITS, OVER_ITS_MEMORY),
        (RUNS + killed("container_1_02"), OVER_ITS_MEMORY),
        (killed("container_1_02") + RUNS + WAITS, None),  # the next one came
        (WAITS, None),  # YARN gave none
        ("", None),
    ],
)
def test_why_slots_do_not_come_is_in_the_log_since_a_task_last_had_one(log: str, lost: str | None) -> None:
    assert why_no_slots(log) == lost


def test_a_failure_without_slots_names_what_the_task_managers_were_lost_by() -> None:
    told = in_one_line([f"{NO_ROOM}: Could not allocate"])
    assert because(told, None) == told
    assert because(told, OVER_ITS_MEMORY) == (
        f"the job failed: {OVER_ITS_MEMORY}, and then no TaskManager offered a slot "
        "(NoResourceAvailableException: Could not allocate)"
    )
    assert because("the job failed: EOFException", OVER_ITS_MEMORY) == "the job failed: EOFException"


class Told(Monitor):
    """A job whose restarts are known."""

    def restarts(self) -> int | None:
        return 1

    def failure(self) -> str | None:
        return "EOFException"


def test_a_store_that_is_away_for_a_while_does_not_end_the_client(tmp_path: Path) -> None:
    told: list[str] = []
    blocked = tmp_path / "attempts"
    blocked.write_text("where the directory would be")
    follower = Follower(
        monitor=Told(url="", job_id="a"),
        started="2024-01-01T00:00:00+00:00",
        directory=Local(blocked),
        storage=Storage(),
        total_rows=None,
        tell=told.append,
    )
    follower.look()
    assert [line.split(":")[0] for line in told] == ["warning", "warning", "restart 1"]
    blocked.unlink()
    follower.look()
    assert recorded(Local(blocked), Storage()) == [Attempt("a", "2024-01-01T00:00:00+00:00", restarts=1)]
    assert len(told) == 3


def test_a_restart_is_told_once_and_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    reasons = iter([None, "EOFException"])
    monkeypatch.setattr(Told, "failure", lambda monitor: next(reasons))
    follower = Follower(
        monitor=Told(url="", job_id="a"),
        started="2024-01-01T00:00:00+00:00",
        directory=Local(tmp_path),
        storage=Storage(),
        total_rows=None,
        tell=told.append,
    )
    follower.look()
    assert (told, recorded(Local(tmp_path), Storage())[0].restarts) == ([], 1)
    follower.look()
    follower.look()
    assert told == ["restart 1: EOFException"]


def test_progress_tells_rows_rate_outcomes_checkpoint_and_time_left() -> None:
    progress = Progress(total=8000, started=100.0)
    assert progress.line(counts(2000), checkpoint=105_000, now=110.0) == (
        "2,000 rows (about 25%), 200 rows/s; recovered 1,998, failed 1, unrecoverable 1; checkpoint 5 s ago; "
        "about 30 s left"
    )


def test_progress_leaves_out_what_nobody_knows() -> None:
    line = Progress(total=None, started=0.0).line(counts(100), checkpoint=None, now=10.0)
    assert line == "100 rows, 10 rows/s; recovered 98, failed 1, unrecoverable 1; no checkpoint yet"


def test_rows_before_the_checkpoint_of_a_restart_stay_counted() -> None:
    progress = Progress(total=None, started=0.0)
    for read, checkpoint in ((1000, None), (2000, 15_000), (2500, 15_000)):
        progress.line(counts(read), checkpoint=checkpoint, now=20.0)
    assert progress.line(counts(10), checkpoint=15_000, now=40.0).startswith("1,010 rows,")


def test_a_job_that_waits_for_slots_says_so_and_forgets_no_rows() -> None:
    progress = Progress(total=None, started=0.0)
    progress.line(counts(1000), checkpoint=None, now=10.0)
    progress.line(counts(1000), checkpoint=10_000, now=10.0)
    waiting = replace(counts(1000), wanted=2)
    assert progress.line(waiting, checkpoint=10_000, now=90.0) == (
        "waiting for 2 slots of TaskManagers; checkpoint 1 min 20 s ago"
    )
    assert progress.line(replace(waiting, wanted=1), checkpoint=None, now=1.0, lost="a node was lost") == (
        "waiting for 1 slot of TaskManagers; a node was lost; no checkpoint yet"
    )
    assert progress.line(counts(10), checkpoint=10_000, now=100.0).startswith("1,010 rows,")


def test_long_times_are_told_in_minutes_and_hours() -> None:
    progress = Progress(total=10_000_000, started=0.0)
    assert progress.line(counts(1000), checkpoint=0, now=100.0).endswith(
        "checkpoint 1 min 40 s ago; about 277 h 45 min left"
    )


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        (["org.a.JobExecutionException: Job failed.", "a.b.NotFound: Stream good does not exist"],
         "NotFound: Stream good does not exist"),
        (["java.io.IOException: cannot read s3://b/x", "java.io.EOFException"],
         "IOException: cannot read s3://b/x (EOFException)"),
        (["x.E: y", f"java.lang.RuntimeException: Error received from SDK harness: {TRACE}"],
         "ValueError: no such thing"),
        (["just words"], "just words"),
        (["java.lang.OutOfMemoryError: Java heap space"], "OutOfMemoryError: Java heap space"),
        (["org.a.JobExecutionException: Job execution failed.", "io.grpc.StatusRuntimeException: CANCELLED: client"],
         "a Python worker was lost: Java's connection to it broke (StatusRuntimeException: CANCELLED: client)"),
        (["org.a.JobExecutionException: Job execution failed.",
          "org.a.NoResourceAvailableException: Could not acquire the minimum required resources.",
          "java.util.concurrent.TimeoutException: Timeout has occurred: 300000 ms"],
         ("there was no room: no TaskManager offered a slot "
         "(NoResourceAvailableException: Could not acquire the minimum required resources.)")),
        (["org.a.JobExecutionException: Job execution failed.",
          "software.amazon.awssdk.core.exception.SdkClientException: Connection refused"],
         "SdkClientException: Connection refused"),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_one_line(causes: list[str], expected: str) -> None:
    assert in_one_line(causes) == f"the job failed: {expected}"


def test_a_cancelled_job_did_not_fail() -> None:
    causes = ["a.b.ProgramInvocationException: Job failed", "org.x.JobCancellationException: Job was cancelled."]
    assert in_one_line(causes) == "the job was cancelled"


def test_a_job_that_can_no_longer_be_asked_lost_its_application_master() -> None:
    causes = [
        "java.util.concurrent.ExecutionException: org.x.RestClientException: cannot connect",
        "java.net.ConnectException: Connection refused",
    ]
    assert in_one_line(causes) == (
        "the ApplicationMaster, in which Flink's JobManager runs, was lost: it does not answer "
        "(ConnectException: Connection refused)"
    )


def test_the_root_of_a_stack_trace_is_found() -> None:
    trace = "a.b.Outer: x\n\tat a.b.c(D.java:1)\nCaused by: c.d.Inner: the\nreason\n\tat e.f(G.java:2)\n\t... 3 more\n"
    assert root_of_trace(trace) == "Inner: the reason"
