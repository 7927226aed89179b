"""The balance of a run by its metrics: the rows that came out must add up to the rows that went in.

Flink reports cumulative counts, one series per container and subtask, and keeps reporting the last value. A total is
therefore the sum, over the series, of each one's greatest value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from event_recovery.contract import RunSummary

from event_recovery_provider.verdicts import Verdict, failed, pending, success

Counter = Literal["submitted", "recovered", "failed", "unrecoverable"]
COUNTERS: tuple[Counter, ...] = ("submitted", "recovered", "failed", "unrecoverable")

#: Rows of a job that still runs, below which their share of failures says nothing about the rest.
_ENOUGH_TO_JUDGE = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows, by what became of them."""

    submitted: int = 0
    recovered: int = 0
    failed: int = 0
    unrecoverable: int = 0

    @property
    def missing(self) -> int:
        """Rows read for which nothing came out; negative when more came out than went in."""
        return self.submitted - self.recovered - self.failed - self.unrecoverable

    @property
    def failed_ratio(self) -> float:
        """The share of rows that could not be recovered, 0 to 1."""
        return (self.failed + self.unrecoverable) / self.submitted if self.submitted else 0.0

    def to_dict(self) -> dict[str, int]:
        """Return the counts as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one subtask: its points as ``(time, value)``, in any order."""

    counter: Counter
    container: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """All series of a run as CloudWatch answered at one time.

    ``partial`` says that CloudWatch itself called the answer incomplete.
    """

    series: tuple[Series, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class BalanceRules:
    """When the metrics count as balanced.

    ``live`` accepts a running job whose difference is within ``tolerance`` (a share of the submitted rows); otherwise
    the job must have ended, the difference be zero and nothing have changed for ``windows`` periods of
    ``period_seconds``. ``minimum`` is the least number of rows that makes sense. A run fails at once when the share of
    rows that could not be recovered exceeds ``max_failed_ratio``, of a hundred rows at least while the job runs; and
    ``grace_seconds`` after the job ended when the metrics still do not add up: CloudWatch may list a new metric as late
    as 15 minutes after its first value.
    """

    live: bool = False
    tolerance: float = 0.0
    windows: int = 2
    period_seconds: int = 60
    minimum: int = 1
    max_failed_ratio: float | None = None
    grace_seconds: float = 1200


def counts_of(series: Iterable[Series]) -> Counts:
    """Sum the greatest value of each series, counter by counter."""
    totals = dict.fromkeys(COUNTERS, 0)
    for one in series:
        totals[one.counter] += round(max((value for _, value in one.points), default=0))
    return Counts(**totals)


def last_change(series: Iterable[Series]) -> datetime | None:
    """Return when a total last grew: the latest point of any series that exceeds all points before it."""
    changes = []
    for one in series:
        highest = 0.0
        for time, value in sorted(one.points):
            if value > highest:
                highest = value
                changes.append(time)
    return max(changes, default=None)


def judge(
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
    seen = table(sample.series)
    if job and job.outcome == "failed":
        return failed(job.failure, f"{job.message}\n{seen}", code=job.code, result=counts.to_dict())
    if sample.partial:
        return pending(f"CloudWatch calls its answer partial: not decided\n{seen}")
    limit = rules.max_failed_ratio
    over = job is not None and job.outcome == "success"
    enough = rules.minimum if over else max(rules.minimum, _ENOUGH_TO_JUDGE)
    # CloudWatch lists series one by one: what came out may be there before what went in.
    if limit is not None and counts.missing >= 0 and counts.submitted >= enough and counts.failed_ratio > limit:
        message = (
            f"{counts.failed_ratio:.1%} of {counts.submitted} rows could not be recovered; at most {limit:.1%} may"
        )
        return failed("TooManyFailedRowsError", f"{message}\n{seen}", result=counts.to_dict())
    reason = _why_not_balanced(sample, counts, rules, job=job, now=now)
    if not reason:
        return success(
            f"balanced: {counts.submitted} rows in, {counts.submitted} accounted for\n{seen}", result=counts.to_dict()
        )
    if ended and now - ended > timedelta(seconds=rules.grace_seconds):
        message = f"{reason}, {(now - ended).total_seconds():.0f} s after the job ended"
        return failed("UnbalancedError", f"{message}\n{seen}", result=counts.to_dict())
    return pending(f"{reason}\n{seen}")


def _why_not_balanced(
    sample: Sample, counts: Counts, rules: BalanceRules, *, job: Verdict | None, now: datetime
) -> str:
    """Return what is missing for a balance, or nothing."""
    if counts.submitted == 0:
        return "no row counted yet"
    if counts.submitted < rules.minimum:
        return f"{counts.submitted} rows submitted, {rules.minimum} expected at least"
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


def table(series: Sequence[Series]) -> str:
    """Draw the counts per container and in total, for the task log."""
    containers = sorted({one.container for one in series})
    rows = [(name, counts_of(one for one in series if one.container == name)) for name in containers]
    rows.append(("total", counts_of(series)))
    width = max(len("container"), *(len(name) for name, _ in rows))
    lines = [f"{'container':<{width}} " + "".join(f"{head:>15}" for head in (*COUNTERS, "missing"))]
    for name, counts in rows:
        values = (counts.submitted, counts.recovered, counts.failed, counts.unrecoverable, counts.missing)
        lines.append(f"{name:<{width}} " + "".join(f"{value:>15,}" for value in values))
    return "\n".join(lines)


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
    if counts.missing or counts.submitted < minimum:
        return replace(
            verdict, message=f"{verdict.message}\nand summary.json does not balance either: {counts.to_dict()}"
        )
    note = f"the metrics did not balance, the committed rows do: {counts.to_dict()}"
    return success(f"{note}\n{verdict.message}", result=counts.to_dict())


def compare(counts: Mapping[str, int], other: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the counters on which two accounts differ, each with both values."""
    pairs: dict[str, tuple[int, int]] = {name: (int(counts.get(name, 0)), int(other.get(name, 0))) for name in COUNTERS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def counts_from(account: RunSummary) -> Counts:
    """Return the rows of the job's own account."""
    return Counts(account.submitted, account.recovered.rows, account.failed.rows, account.unrecoverable.rows)
