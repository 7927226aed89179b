"""Counts of several processes, and the metrics that are made of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from event_recovery.contract import MetricName
from event_recovery.replay.counts import Counts, SharedCounts
from event_recovery.replay.metrics import metric_data, published
from event_recovery.replay.processes import CONTEXT
from event_recovery.replay.progress import progress_line

pytestmark = pytest.mark.unit


def test_each_process_has_numbers_of_its_own() -> None:
    counts = SharedCounts(CONTEXT, 2)
    first, second = counts.claim(), counts.claim()
    counts.add(first, (3, 1, 0, 0), 100)
    counts.add(second, (2, 0, 1, 4), 50)
    counts.add(first, (1, 0, 0, 0), 10)
    assert counts.of_each() == [Counts((4, 1, 0, 0), 110), Counts((2, 0, 1, 4), 50)]
    assert counts.all() == Counts((6, 1, 1, 4), 160)
    assert counts.all().total == 12


@pytest.mark.parametrize("selects", [False, True])
def test_metrics_are_named_as_those_of_a_cluster(selects: bool) -> None:
    now = datetime.now(UTC)
    data = metric_data([Counts((4, 1, 2, 3), 0)], container="in_place_x", selects=selects, at=now)
    names = {MetricName.parse(one["MetricName"]): one["Value"] for one in data}
    assert None not in names
    values = {name.metric: value for name, value in names.items() if name is not None}
    expected = {"events_recovered": 4, "events_failed": 1, "events_unrecoverable": 2, "numRecordsIn": 7}
    assert values == {**expected, **({"events_skipped": 3} if selects else {})}
    assert {one["Dimensions"][0]["Value"] for one in data} == {"in_place_x"}


def test_the_last_counts_are_sent_at_the_end() -> None:
    class CloudWatch:
        values: list[float] = []  # noqa: RUF012 - one for all

        def put_metric_data(self, **asked: object) -> None:
            self.values.append(sum(one["Value"] for one in asked["MetricData"]))  # type: ignore[attr-defined]

    counts, told = SharedCounts(CONTEXT, 1), list[str]()
    with published(counts, CloudWatch(), selects=False, tell=told.append, every=60):
        counts.add(counts.claim(), (5, 0, 0, 0), 1)
    assert CloudWatch.values[-1] == 10
    assert told == []


def test_how_far_a_run_is() -> None:
    line = progress_line(Counts((40, 5, 5, 0), 500), size=1000, seconds=60)
    assert line == "50 rows (50%), 1 rows/s; recovered 40, failed 5, unrecoverable 5; about 1 min left"
    assert progress_line(Counts((0, 0, 0, 2), 0), size=0, seconds=0).endswith("unrecoverable 0; skipped 2")
