"""The balance of a run by its metrics: the rows that came out must add up to those submitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from event_recovery.contract import RunSummary

from event_recovery_provider.metrics.counts import RowCounts, Sample, counts_from, counts_of, counts_table, last_change
from event_recovery_provider.waits.verdict import Verdict, failed, pending, success

#: Rows of a job that still runs, below which their share of failures says nothing about the rest.
_ENOUGH_TO_JUDGE = 100


@dataclass(frozen=True, slots=True)
class BalanceRules:
    """When the metrics count as balanced.

    :param live: accept a running job whose difference is within ``tolerance``; otherwise the job must have ended, the
        difference be zero and nothing have changed for ``windows`` periods
    :param tolerance: with ``live``, a share of the submitted rows
    :param windows: how many periods without a change
    :param period_seconds: the length of a period
    :param minimum: the least number of rows that makes sense, without those that are skipped
    :param max_failed_ratio: a run fails at once when more than this share of its rows could not be recovered, of a
        hundred rows at least while the job runs
    :param grace_seconds: a run fails that long after its job ended when the metrics still do not add up: CloudWatch may
        list a new metric as late as 15 minutes after its first value
    """

    live: bool = False
    tolerance: float = 0.0
    windows: int = 2
    period_seconds: int = 60
    minimum: int = 1
    max_failed_ratio: float | None = None
    grace_seconds: float = 1200


def judge_balance(
    sample: Sample, rules: BalanceRules, *, job: Verdict | None, ended: datetime | None, now: datetime
) -> Verdict:
    """Judge what CloudWatch answered together with the state of the job.

    :param sample: the run's series
    :param rules: when they count as balanced
    :param job: the verdict on the step, None when no step is watched
    :param ended: when the step ended, None while it has not
    :param now: the time of the question
    """
    counts = counts_of(sample.series)
    seen = counts_table(sample.series)
    if job and job.outcome == "failed":
        return failed(job.failure, f"{job.message}\n{seen}", code=job.code, result=counts.to_dict())
    if sample.partial:
        return pending(f"CloudWatch calls its answer partial: not decided\n{seen}")
    limit = rules.max_failed_ratio
    over = job is not None and job.outcome == "success"
    enough = rules.minimum if over else max(rules.minimum, _ENOUGH_TO_JUDGE)
    # CloudWatch lists series one by one: what came out may be there before what was submitted.
    if limit is not None and counts.missing >= 0 and counts.chosen >= enough and counts.failed_ratio > limit:
        message = f"{counts.failed_ratio:.1%} of {counts.chosen} rows could not be recovered; at most {limit:.1%} may"
        return failed("TooManyFailedRowsError", f"{message}\n{seen}", result=counts.to_dict())
    reason = _why_not_balanced(sample, counts, rules, job=job, now=now)
    if not reason:
        return success(
            f"balanced: {counts.submitted} rows submitted, {counts.submitted} accounted for\n{seen}",
            result=counts.to_dict(),
        )
    if ended and now - ended > timedelta(seconds=rules.grace_seconds):
        message = f"{reason}, {(now - ended).total_seconds():.0f} s after the job ended"
        return failed("UnbalancedError", f"{message}\n{seen}", result=counts.to_dict())
    return pending(f"{reason}\n{seen}")


def _why_not_balanced(
    sample: Sample, counts: RowCounts, rules: BalanceRules, *, job: Verdict | None, now: datetime
) -> str:
    """Return what is missing for a balance, or nothing."""
    if counts.submitted == 0:
        return "no row counted yet"
    if counts.chosen < rules.minimum:
        return f"{counts.chosen} rows submitted to be recovered, {rules.minimum} expected at least"
    if rules.live:
        allowed = rules.tolerance * counts.submitted
        return "" if abs(counts.missing) <= allowed else f"{counts.missing} rows in flight, {allowed:.0f} tolerated"
    if counts.missing:
        return f"{counts.missing} rows not accounted for"
    if job and job.outcome == "pending":
        return "balanced so far, and the job still runs"
    changed = last_change(sample.series)
    quiet_until = (changed or now) + timedelta(seconds=rules.period_seconds * (rules.windows + 1))
    if now < quiet_until:
        return f"balanced; waiting until {quiet_until.astimezone(UTC):%H:%M:%S}Z to see that nothing changes"
    return ""


def reconsider(verdict: Verdict, summary: bytes | None, *, minimum: int) -> Verdict:
    """Let the job's own account decide where the metrics did not balance in time.

    Metrics are a live view: a container that was lost takes its last values with it, and an agent may be late. What the
    job committed is exact, so a balanced ``summary.json`` overrules them, and says so.
    """
    if summary is None:
        return verdict
    try:
        account = RunSummary.from_json(summary)
    except ValueError as error:
        return replace(verdict, message=f"{verdict.message}\nsummary.json is not readable: {error}")
    counts = counts_from(account)
    if counts.missing or counts.chosen < minimum:
        return replace(
            verdict, message=f"{verdict.message}\nand summary.json does not balance either: {counts.to_dict()}"
        )
    note = f"the metrics did not balance, the committed rows do: {counts.to_dict()}"
    return success(f"{note}\n{verdict.message}", result=counts.to_dict())
