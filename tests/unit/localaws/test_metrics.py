"""The pure parts of the local CloudWatch and its StatsD bridge."""

from __future__ import annotations

from collections import Counter

import pytest
from localaws.cloudwatch.expressions import evaluate, parse_search
from localaws.cloudwatch.store import MetricError, MetricKey, MetricStore, statistic
from localaws.statsd import Collector, metric_data, parse_line

pytestmark = pytest.mark.unit

A, B = {0.0: 1.0, 60.0: 2.0}, {60.0: 10.0, 120.0: 20.0}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b", {60.0: 12.0}),
        ("2 * a - 1", {0.0: 1.0, 60.0: 3.0}),
        ("SUM([a, b])", {0.0: 1.0, 60.0: 12.0, 120.0: 20.0}),
        ("SUM(METRICS())", {0.0: 1.0, 60.0: 12.0, 120.0: 20.0}),
        ("AVG([a, b])", {0.0: 1.0, 60.0: 6.0, 120.0: 20.0}),
        ("RATE(b)", {120.0: 10.0 / 60}),
        ("FILL(a, 0)", {0.0: 1.0, 60.0: 2.0, 120.0: 0.0}),
        ("b / (a - 2)", {}),
    ],
)
def test_expressions(expression: str, value: dict[float, float]) -> None:
    assert evaluate(expression, {"a": A, "b": B}, [A, B]) == pytest.approx(value)


@pytest.mark.parametrize(
    "expression", ["c", "a +", "1 + 1", "ANOMALY_DETECTION_BAND(a)", "__import__('os')", "[a, b]", "a ** 2"]
)
def test_expressions_that_cannot_be_evaluated_say_so(expression: str) -> None:
    with pytest.raises(MetricError, match="cannot evaluate"):
        evaluate(expression, {"a": A, "b": B}, [A, B])


def test_a_search_finds_exact_dimension_names() -> None:
    search = parse_search(
        """SEARCH('{"snowplow/event-recovery",host,metric_type} MetricName="rows" host=h1', 'Maximum')"""
    )
    assert search is not None
    assert (search.stat, search.period) == ("Maximum", None)
    dimensions = (("host", "h1"), ("metric_type", "gauge"))
    assert search.finds(MetricKey("snowplow/event-recovery", "rows", dimensions))
    assert not search.finds(MetricKey("snowplow/event-recovery", "rows", dimensions[:1]))
    assert not search.finds(MetricKey("snowplow/event-recovery", "other", dimensions))
    assert not search.finds(MetricKey("other", "rows", dimensions))
    assert parse_search("SUM(METRICS())") is None


def test_data_arrives_all_or_not_at_all() -> None:
    store = MetricStore()
    with pytest.raises(MetricError, match="StorageResolution"):
        store.put("n", [{"MetricName": "a", "Value": 1}, {"MetricName": "b", "StorageResolution": 2}], now=0)
    assert store.keys(now=0, delay=0) == []


def test_data_is_there_once_its_delay_is_over() -> None:
    store = MetricStore()
    store.put("n", [{"MetricName": "a", "Value": 3}], now=100)
    key = MetricKey("n", "a", ())
    assert store.keys(now=104, delay=5) == []
    assert store.keys(now=105, delay=5) == [key]
    bins = store.bins(key, period=60, start=60, end=120, now=105, delay=5)
    assert {at: statistic(samples, "Sum") for at, samples in bins.items()} == {60: 3}
    assert store.bins(key, period=60, start=60, end=100, now=105, delay=5) == {}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("job.rows:5|g", [("job_rows", "g", "5", 1.0, ())]),
        ("calls:1|c|@0.1", [("calls", "c", "1", 10.0, ())]),
        ("size:4|ms|#flow:good,bare", [("size", "ms", "4", 1.0, (("flow", "good"), ("bare", "<empty>")))]),
        ("many:1|g:2|g", [("many", "g", "1", 1.0, ()), ("many", "g", "2", 1.0, ())]),
    ],
)
def test_statsd_lines(line: str, values: list[tuple[object, ...]]) -> None:
    parsed = [(one.name, one.type, one.value, one.weight, one.tags) for one in parse_line(line)]
    assert parsed == values


@pytest.mark.parametrize("line", ["", "name", "name:1", "name:1|x", ":1|g", "path:n/a|g", "rows:nan|g", "a:1|c|@x"])
def test_lines_that_are_not_statsd_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_line(line)


def test_what_is_collected_is_forgotten() -> None:
    collector = Collector({"host": "h"})
    for line in ("g:1|g", "g:+2|g", "c:2|c", "c:3|c|@0.5", "t:4|ms", "t:4|ms", "s:x|s", "s:y|s", "s:x|s"):
        for metric in parse_line(line):
            collector.add(metric)
    collected = {name: (dict(dimensions), dict(values)) for name, dimensions, values in collector.gather()}
    assert collected == {
        "g": ({"host": "h", "metric_type": "gauge"}, {3.0: 1}),
        "c": ({"host": "h", "metric_type": "counter"}, {8.0: 1}),
        "s": ({"host": "h", "metric_type": "set"}, {2.0: 1}),
        "t": ({"host": "h", "metric_type": "timing"}, {4.0: 2}),
    }
    assert [*collector.gather()] == []


def test_many_values_make_many_data() -> None:
    data = [*metric_data("t", (), Counter(map(float, range(301))), at=0.0, resolution=1)]
    assert [len(datum.get("Values", [0])) for datum in data] == [150, 150, 1]
    assert data[2]["Value"] == 300.0
