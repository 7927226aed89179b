"""Which checkpoints count, and when their absence means that the job is stuck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from event_recovery.contract.checkpoints import complete_checkpoints
from event_recovery_provider.waits.checkpoints import CheckpointRules, judge_checkpoints
from event_recovery_provider.waits.verdict import Verdict, failed, pending, success

pytestmark = pytest.mark.unit

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
OLD, NEW = "a" * 32, "b" * 32
RUNNING = pending("step is RUNNING")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def metadata(job: str, number: int) -> str:
    return f"s3://b/runs/x/checkpoints/{job}/chk-{number}/_metadata"


def judged(
    objects: list[tuple[str, datetime]], rules: CheckpointRules, *, at: float, job: Verdict = RUNNING
) -> Verdict:
    return judge_checkpoints(complete_checkpoints(objects), rules, job=job, started=START, now=after(at))


def test_only_complete_checkpoints_count_and_time_orders_them() -> None:
    found = complete_checkpoints(
        [
            (metadata(NEW, 2), after(40)),
            (metadata(OLD, 9), after(-100)),
            (metadata(NEW, 1), after(20)),
            (f"s3://b/runs/x/checkpoints/{NEW}/chk-3/part-0", after(60)),
            (f"s3://b/runs/x/checkpoints/{NEW}/shared/x", after(60)),
            (f"s3://b/runs/x/checkpoints/{NEW}/chk-x/_metadata", after(60)),
        ],
    )
    assert [(one.job_id[0], one.number) for one in found] == [("a", 9), ("b", 1), ("b", 2)]
    assert found[-1].path == f"s3://b/runs/x/checkpoints/{NEW}/chk-2"


def test_a_checkpoint_of_an_earlier_submission_is_not_the_one_waited_for() -> None:
    assert judged([(metadata(OLD, 9), after(-100))], CheckpointRules(), at=10).outcome == "pending"
    verdict = judged([(metadata(OLD, 9), after(-100)), (metadata(NEW, 10), after(5))], CheckpointRules(), at=10)
    assert verdict.outcome == "success"
    assert verdict.result == f"s3://b/runs/x/checkpoints/{NEW}/chk-10"


def test_the_nth_checkpoint_is_waited_for() -> None:
    objects = [(metadata(NEW, number), after(10 * number)) for number in (1, 2)]
    assert judged(objects, CheckpointRules(number=3), at=25).outcome == "pending"
    assert judged(objects, CheckpointRules(number=2), at=25).outcome == "success"


def test_newer_than_overrules_the_start_of_the_step() -> None:
    objects = [(metadata(NEW, 1), after(10))]
    assert judged(objects, CheckpointRules(newer_than=after(11)), at=20).outcome == "pending"
    assert judged(objects, CheckpointRules(newer_than=after(9)), at=20).outcome == "success"


@pytest.mark.parametrize(("at", "outcome"), [(129, "pending"), (131, "failed")])
def test_no_checkpoint_for_three_intervals_after_the_start_is_a_stuck_job(at: float, outcome: str) -> None:
    verdict = judged([], CheckpointRules(interval_seconds=10, startup_seconds=100), at=at)
    assert verdict.outcome == outcome
    assert verdict.failure == ("CheckpointsStalledError" if outcome == "failed" else "")


def test_progress_is_counted_from_the_last_checkpoint() -> None:
    rules = CheckpointRules(interval_seconds=10, until_job_ends=True)
    objects = [(metadata(NEW, 1), after(20))]
    assert judged(objects, rules, at=45).outcome == "pending"
    stalled = judged(objects, rules, at=51)
    assert stalled.failure == "CheckpointsStalledError"
    assert "no checkpoint completed for 31 s" in stalled.message
    assert stalled.result == f"s3://b/runs/x/checkpoints/{NEW}/chk-1"


def test_a_step_that_has_not_started_is_not_stuck() -> None:
    waiting = judge_checkpoints([], CheckpointRules(interval_seconds=1), job=RUNNING, started=None, now=after(999))
    assert waiting.outcome == "pending"


def test_the_job_decides_when_it_has_ended() -> None:
    finished = judged([], CheckpointRules(), at=10, job=success("done"))
    assert (finished.outcome, finished.result) == ("success", None)
    lost = failed("JobFailedError", "step is FAILED", code="STEP_FAILURE")
    assert judged([(metadata(NEW, 1), after(5))], CheckpointRules(), at=10, job=lost) is lost
