"""When the metrics say that every row is accounted for, and when they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from event_recovery.contract import MetricName, RunSummary, Tally
from event_recovery_provider.metrics import series as run_series
from event_recovery_provider.metrics.counts import (
    Counter,
    RowCounts,
    Sample,
    Series,
    counts_of,
    counts_table,
    last_change,
)
from event_recovery_provider.metrics.series import MetricSeries
from event_recovery_provider.waits import balance, polls
from event_recovery_provider.waits.balance import BalanceRules
from event_recovery_provider.waits.verdict import Verdict, failed, pending, success
from support.provider.talk import cluster, refused, step, talk

pytestmark = pytest.mark.unit

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
DONE = success("step is COMPLETED")
RUNNING = pending("step is RUNNING")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def series(counter: Counter, *values: float, container: str = "c1", period: float = 60) -> Series:
    return Series(counter, container, tuple((after(period * at), value) for at, value in enumerate(values)))


def sample(*, submitted: int, recovered: int, failed: int = 0, unrecoverable: int = 0, partial: bool = False) -> Sample:
    counted = {"submitted": submitted, "recovered": recovered, "failed": failed, "unrecoverable": unrecoverable}
    return Sample(tuple(series(name, value) for name, value in counted.items()), partial)  # type: ignore[arg-type]


def judged(
    given: Sample, rules: BalanceRules | None = None, *, job: Verdict | None = DONE, ended: float | None = 0, at: float
) -> Verdict:
    end = None if ended is None else after(ended)
    return balance.judge_balance(given, rules or BalanceRules(), job=job, ended=end, now=after(at))


def test_totals_are_sums_of_each_containers_maximum() -> None:
    counts = counts_of(
        [
            series("submitted", 10, 30, 20, container="c1"),
            series("submitted", 5, container="c2"),
            series("recovered", 34),
            series("failed"),
        ]
    )
    assert counts == RowCounts(submitted=35, recovered=34)
    assert counts.missing == 1


def test_skipped_rows_are_submitted_too_and_count_neither_for_the_minimum_nor_for_the_share() -> None:
    given = Sample((series("submitted", 10), series("recovered", 5), series("failed", 5), series("skipped", 90)))
    counts = counts_of(given.series)
    assert counts == RowCounts(submitted=100, recovered=5, failed=5, skipped=90)
    assert (counts.missing, counts.chosen, counts.failed_ratio) == (0, 10, 0.5)
    assert judged(given, BalanceRules(minimum=10), at=9999).outcome == "success"
    assert judged(given, BalanceRules(minimum=11), at=9999).failure == "UnbalancedError"
    assert judged(given, BalanceRules(max_failed_ratio=0.4), at=9999).failure == "TooManyFailedRowsError"


def test_points_may_come_in_any_order() -> None:
    shuffled = Series("submitted", "c1", ((after(60), 7.0), (after(0), 3.0), (after(120), 7.0)))
    assert last_change([shuffled]) == after(60)
    assert counts_of([shuffled]).submitted == 7


def test_equal_counts_balance_once_nothing_changed_for_the_windows() -> None:
    given = sample(submitted=10, recovered=7, failed=2, unrecoverable=1)
    assert judged(given, at=179).outcome == "pending"
    settled = judged(given, at=180)
    assert settled.outcome == "success"
    assert settled.result == {"submitted": 10, "recovered": 7, "failed": 2, "unrecoverable": 1, "skipped": 0}
    assert "container" in settled.message


def test_a_running_job_is_not_balanced_however_equal_its_counts_are() -> None:
    verdict = judged(sample(submitted=10, recovered=10), job=RUNNING, ended=None, at=9999)
    assert verdict.outcome == "pending"
    assert "the job still runs" in verdict.message


def test_without_a_job_to_watch_quiet_metrics_decide() -> None:
    assert judged(sample(submitted=10, recovered=10), job=None, ended=None, at=180).outcome == "success"


@pytest.mark.parametrize(("recovered", "outcome"), [(95, "success"), (94, "pending")])
def test_a_live_check_tolerates_rows_in_flight(recovered: int, outcome: str) -> None:
    rules = BalanceRules(live=True, tolerance=0.05)
    given = sample(submitted=100, recovered=recovered)
    assert judged(given, rules, job=RUNNING, ended=None, at=1).outcome == outcome


def test_nothing_counted_is_not_a_balance() -> None:
    assert judged(Sample(), at=500).outcome == "pending"
    late = judged(Sample(), at=1201)
    assert late.failure == "UnbalancedError"
    assert "no row counted yet, 1201 s after the job ended" in late.message


def test_fewer_rows_than_expected_are_not_a_balance() -> None:
    rules = BalanceRules(minimum=100)
    assert judged(sample(submitted=10, recovered=10), rules, at=500).outcome == "pending"
    assert judged(sample(submitted=10, recovered=10), rules, at=1300).failure == "UnbalancedError"


def test_rows_that_stay_missing_fail_the_run_after_the_grace() -> None:
    given = sample(submitted=10, recovered=8)
    assert judged(given, at=1200).outcome == "pending"
    late = judged(given, at=1201)
    assert (late.outcome, late.failure) == ("failed", "UnbalancedError")
    assert "2 rows not accounted for" in late.message


def test_partial_data_never_decide() -> None:
    rules = BalanceRules(max_failed_ratio=0.0)
    assert judged(sample(submitted=10, recovered=10, partial=True), at=9999).outcome == "pending"
    assert judged(sample(submitted=10, recovered=1, failed=9, partial=True), rules, at=9999).outcome == "pending"


def test_too_many_failed_rows_fail_the_run_while_it_runs() -> None:
    rules = BalanceRules(max_failed_ratio=0.25, minimum=100)
    few = sample(submitted=99, recovered=0, failed=99)
    assert judged(few, rules, job=RUNNING, ended=None, at=1).outcome == "pending"
    many = sample(submitted=100, recovered=74, failed=20, unrecoverable=6)
    verdict = judged(many, rules, job=RUNNING, ended=None, at=1)
    assert verdict.failure == "TooManyFailedRowsError"
    assert "26.0% of 100 rows could not be recovered; at most 25.0% may" in verdict.message


def test_a_few_rows_of_a_running_job_say_nothing_about_the_rest() -> None:
    rules = BalanceRules(max_failed_ratio=0.05)
    few = sample(submitted=3, recovered=2, failed=1)
    assert judged(few, rules, job=RUNNING, ended=None, at=1).outcome == "pending"
    assert judged(few, rules, at=1).failure == "TooManyFailedRowsError", "when they are all there are"


def test_rows_that_came_out_before_they_were_seen_to_go_in_are_no_failures() -> None:
    half_listed = sample(submitted=50, recovered=0, failed=70)
    assert judged(half_listed, BalanceRules(max_failed_ratio=1.0), at=1).outcome == "pending"


def test_a_failed_job_is_noticed_whatever_the_metrics_say() -> None:
    lost = failed("JobFailedError", "step is FAILED", code="STEP_FAILURE")
    verdict = judged(sample(submitted=10, recovered=10), job=lost, at=9999)
    assert (verdict.failure, verdict.code) == ("JobFailedError", "STEP_FAILURE")
    assert "step is FAILED" in verdict.message


def test_the_table_shows_each_container_and_the_total() -> None:
    drawn = counts_table([series("submitted", 1200, container="c1"), series("recovered", 1000, container="c2")])
    assert [line.split() for line in drawn.splitlines()] == [
        ["container", "submitted", "recovered", "failed", "unrecoverable", "skipped", "missing"],
        ["c1", "1,200", "0", "0", "0", "0", "1,200"],
        ["c2", "0", "1,000", "0", "0", "0", "-1,000"],
        ["total", "1,200", "1,000", "0", "0", "0", "200"],
    ]


def account(submitted: int, recovered: int) -> bytes:
    nothing = Tally()
    made = RunSummary("x", submitted, Tally(rows=recovered), nothing, nothing, "a", "b", 1, {})
    return made.to_json().encode()


def test_what_was_committed_overrules_the_metrics() -> None:
    late = judged(sample(submitted=10, recovered=8), at=9999)
    settled = balance.reconsider(late, account(12, 12), minimum=1)
    assert settled.outcome == "success"
    assert settled.result["submitted"] == 12
    assert "the committed rows do" in settled.message


def test_the_committed_rows_decide_when_cloudwatch_never_answers_in_full() -> None:
    ended = step("COMPLETED", Timeline={"StartDateTime": after(-600), "EndDateTime": after(0)})
    listed = {"Metrics": [{"MetricName": str(MetricName("c", 0, "numRecordsIn")), "Dimensions": []}]}
    partial = {"MetricDataResults": [{"Id": "m0", "StatusCode": "InternalError", "Timestamps": [], "Values": []}]}

    def waited(at: float, *summary: dict[str, Any] | Exception) -> str:
        wait = polls.wait_balance(
            "j-1",
            "s-1",
            namespace="n",
            since=after(-600).isoformat(),
            match_hosts=False,
            summary_uri="s3://b/summary.json",
            rules={"grace_seconds": 1200},
            now=after(at),
        )
        return talk(wait, [cluster("RUNNING"), ended, listed, partial, *summary])[0].outcome

    assert waited(1200) == "pending"
    assert waited(1201, {"Body": account(12, 12)}) == "success"
    assert waited(1201, {"Body": account(12, 11)}) == "pending"
    assert waited(1201, refused("NoSuchKey", status=404)) == "pending"


@pytest.mark.parametrize("summary", [None, b"{", b"{}", account(12, 11), account(0, 0)])
def test_an_account_that_does_not_balance_overrules_nothing(summary: bytes | None) -> None:
    late = judged(sample(submitted=10, recovered=8), at=9999)
    assert balance.reconsider(late, summary, minimum=1).failure == "UnbalancedError"


def name(counted: Any, container: str = "container_1_0001_01_000002") -> str:
    return str(MetricName(container, 0, counted))


def test_only_the_jobs_counters_are_taken_each_once() -> None:
    mine = MetricSeries(name("numRecordsIn"), (("host", "ip-10-0-0-1.ec2.internal"), ("metric_type", "gauge")))
    rollup = MetricSeries(name("numRecordsIn"))
    other = MetricSeries(name("numRecordsIn", "container_2"), (("host", "ip-10-0-0-9"), ("metric_type", "gauge")))
    noise = MetricSeries("jobmanager_event-recovery_numRestarts", (("host", "ip-10-0-0-1"),))
    assert run_series.select([mine, mine, rollup, other, noise], hosts=frozenset({"ip-10-0-0-1"})) == [mine]
    assert run_series.select([mine, rollup, other, noise], hosts=None) == [mine, other]


def test_hosts_are_known_by_name_and_by_address() -> None:
    assert run_series.host_label("ip-10-0-0-1.eu-west-1.compute.internal") == "ip-10-0-0-1"
    assert run_series.host_label("10.0.0.1") == "10.0.0.1"


def test_questions_carry_every_dimension_and_ask_for_the_maximum() -> None:
    metric = MetricSeries(name("numRecordsIn"), (("host", "h"), ("metric_type", "gauge")))
    query = run_series.queries([metric], period=60, namespace="n")[0]
    assert query["MetricStat"]["Stat"] == "Maximum"
    assert query["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "host", "Value": "h"},
        {"Name": "metric_type", "Value": "gauge"},
    ]


def test_a_long_run_is_asked_for_in_longer_periods() -> None:
    start, end, period = run_series.window(after(-30), after(600), period=60)
    assert (start, end, period) == (after(-60), after(660), 60)
    _, _, period = run_series.window(START, after(24 * 3600), period=10)
    assert period == 120


def test_an_answer_is_read_page_by_page_and_partial_only_at_its_end() -> None:
    metric = MetricSeries(name("events_recovered"))
    first = {
        "MetricDataResults": [
            {"Id": "m0", "StatusCode": "PartialData", "Timestamps": [after(0)], "Values": [1.0]},
        ],
        "NextToken": "more",
    }
    last = {"MetricDataResults": [{"Id": "m0", "StatusCode": "Complete", "Timestamps": [after(60)], "Values": [4.0]}]}
    read = run_series.sample([metric], [first, last])
    assert not read.partial
    assert counts_of(read.series).recovered == 4
    assert run_series.sample([metric], [{**first, "NextToken": None}]).partial
    assert run_series.sample([metric], [{**last, "Messages": [{"Code": "ArithmeticError"}]}]).partial
