"""Checkpoints of a run, as S3 lists them, and what they say about the job's progress.

Flink writes ``<directory>/<job id>/chk-<n>/_metadata`` when, and only when, checkpoint ``n`` is complete. The job id is
new on every submission, so ``n`` orders the checkpoints of one submission only; across submissions the time does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from event_recovery.contract.checkpoints import Checkpoint, complete_checkpoints

from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.aws.s3 import list_objects, split_uri
from event_recovery_provider.waits.verdict import Verdict, failed, pending, success


@dataclass(frozen=True, slots=True)
class CheckpointRules:
    """When the wait for a checkpoint is over.

    :param number: the least number that the checkpoint must have
    :param newer_than: excludes the checkpoints of earlier submissions
    :param interval_seconds: seconds between checkpoints; with it the job counts as stuck when none completed for
        ``stalled_after`` intervals
    :param stalled_after: that many intervals
    :param startup_seconds: that much more before the first checkpoint, as YARN and Flink take their time to start
    :param until_job_ends: the wait goes on after the checkpoint and only watches the progress
    """

    number: int = 1
    newer_than: datetime | None = None
    interval_seconds: float | None = None
    stalled_after: float = 3.0
    startup_seconds: float = 300.0
    until_job_ends: bool = False


def newest_checkpoints(checkpoint_dir: str) -> Conversation[list[Checkpoint]]:
    """List the complete checkpoints of a run, oldest first."""
    bucket, _ = split_uri(checkpoint_dir)
    objects = yield from list_objects(checkpoint_dir)
    return complete_checkpoints((f"s3://{bucket}/{key}", modified) for key, modified, _ in objects)


def judge_checkpoints(
    checkpoints: Iterable[Checkpoint], rules: CheckpointRules, *, job: Verdict, started: datetime | None, now: datetime
) -> Verdict:
    """Judge a listing together with the state of the job.

    :param checkpoints: the complete checkpoints, oldest first
    :param rules: what is waited for
    :param job: the verdict on the step; a failed job fails the wait, a finished one ends it, since Flink deletes the
        checkpoints of a job that finished and a short job may have had none
    :param started: when the step started, None while it has not
    :param now: the time of the listing
    """
    since = rules.newer_than or started
    fresh = [one for one in checkpoints if since is None or one.completed_at >= since]
    newest = fresh[-1] if fresh else None
    result = newest.path if newest else None
    if job.outcome == "failed":
        return job
    if job.outcome == "success":
        return success("the job finished" + (f"; newest checkpoint {result}" if result else ""), result=result)
    if newest and newest.number >= rules.number and not rules.until_job_ends:
        return success(f"checkpoint {newest.number} is complete: {result}", result=result)
    seen = f"newest checkpoint {newest.number} of {newest.completed_at:%H:%M:%S}Z" if newest else "no checkpoint yet"
    if started and rules.interval_seconds:
        last = max(started, newest.completed_at) if newest else started
        startup = 0 if newest else rules.startup_seconds
        limit = timedelta(seconds=rules.interval_seconds * rules.stalled_after + startup)
        if now - last > limit:
            return failed(
                "CheckpointsStalledError",
                f"no checkpoint completed for {(now - last).total_seconds():.0f} s, which is more than "
                f"{rules.stalled_after:g} intervals of {rules.interval_seconds:g} s"
                f"{f' and {startup:g} s to start' if startup else ''}; {seen}; {job.message}",
                result=result,
            )
    return pending(f"{seen}; {job.message}")
