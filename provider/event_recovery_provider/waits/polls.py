"""The conversation of each wait: what is asked of AWS at every poll. No I/O here: see ``aws.calls``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.aws.s3 import read_object
from event_recovery_provider.emr.models import Step
from event_recovery_provider.emr.queries import describe_cluster, describe_step
from event_recovery_provider.metrics.cloudwatch import sample_metrics
from event_recovery_provider.waits import balance, checkpoints
from event_recovery_provider.waits.cluster import judge_gone, judge_job, judge_ready
from event_recovery_provider.waits.verdict import Verdict, success


def wait_ready(job_flow_id: str, *, replaceable: bool = False, now: datetime) -> Conversation[Verdict]:
    """Poll for a cluster that takes work."""
    cluster = yield from describe_cluster(job_flow_id)
    return judge_ready(cluster, replaceable=replaceable)


def wait_gone(job_flow_ids: list[str], *, now: datetime) -> Conversation[Verdict]:
    """Poll until none of the clusters has an instance left."""
    last = success("there is no cluster")
    for job_flow_id in job_flow_ids:
        cluster = yield from describe_cluster(job_flow_id)
        last = judge_gone(cluster)
        if not last.settled:
            break
    return last


def wait_job(job_flow_id: str, step_id: str, *, now: datetime) -> Conversation[Verdict]:
    """Poll for the end of the job."""
    verdict, _ = yield from _job(job_flow_id, step_id)
    return verdict


def wait_checkpoint(
    job_flow_id: str,
    step_id: str,
    checkpoint_dir: str,
    *,
    number: int,
    newer_than: str | None,
    interval_seconds: float | None,
    stalled_after: float,
    until_job_ends: bool,
    now: datetime,
) -> Conversation[Verdict]:
    """Poll for a checkpoint, watching the job and its progress."""
    verdict, step = yield from _job(job_flow_id, step_id)
    found = yield from checkpoints.newest_checkpoints(checkpoint_dir)
    rules = checkpoints.CheckpointRules(
        number=number,
        newer_than=datetime.fromisoformat(newer_than) if newer_than else None,
        interval_seconds=interval_seconds,
        stalled_after=stalled_after,
        until_job_ends=until_job_ends,
    )
    return checkpoints.judge_checkpoints(found, rules, job=verdict, started=step.started, now=now)


def wait_balance(
    job_flow_id: str | None,
    step_id: str | None,
    *,
    namespace: str,
    since: str,
    match_hosts: bool,
    summary_uri: str | None,
    rules: dict[str, Any],
    now: datetime,
) -> Conversation[Verdict]:
    """Poll for balanced metrics, watching the job."""
    job, step = (None, None)
    if job_flow_id and step_id:
        job, step = yield from _job(job_flow_id, step_id)
    limits = balance.BalanceRules(**rules)
    started = step.started if step and step.started else datetime.fromisoformat(since)
    sample = yield from sample_metrics(
        namespace=namespace,
        since=min(started, now),
        now=now,
        period=limits.period_seconds,
        job_flow_id=job_flow_id if match_hosts else None,
    )
    verdict = balance.judge_balance(sample, limits, job=job, ended=step.ended if step else None, now=now)
    overdue = bool(step and step.ended and now - step.ended > timedelta(seconds=limits.grace_seconds))
    if summary_uri and (verdict.failure == "UnbalancedError" or (sample.partial and overdue)):
        summary = yield from read_object(summary_uri)
        return balance.reconsider(verdict, summary, minimum=limits.minimum)
    return verdict


#: Every wait by its name; the arguments are JSON, so that a trigger can carry them.
WAITS: dict[str, Callable[..., Conversation[Verdict]]] = {
    "ready": wait_ready,
    "gone": wait_gone,
    "job": wait_job,
    "checkpoint": wait_checkpoint,
    "balance": wait_balance,
}


def _job(job_flow_id: str, step_id: str) -> Conversation[tuple[Verdict, Step]]:
    cluster = yield from describe_cluster(job_flow_id)
    step = yield from describe_step(job_flow_id, step_id)
    return judge_job(step, cluster), step
