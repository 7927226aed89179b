"""Puts the metric store under moto's CloudWatch, whose alarms, dashboards and wire formats stay as they are.

moto's own methods ignore the namespace of a query, align periods to the start time, list a metric once for every
datum, and answer percentiles with an error and expressions with nothing.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, Dimension, MetricAggregatedDatum, Statistics

from localaws.cloudwatch.expressions import evaluate, parse_search
from localaws.cloudwatch.store import (
    MetricError,
    MetricKey,
    MetricStore,
    Sample,
    Series,
    check_period,
    dimensions_of,
    statistic,
)

_LIST_PAGE = 500
_MAX_QUERIES = 500
_DEFAULT_SEARCH_PERIOD = 300


@dataclass(slots=True)
class Weather:
    """What makes reading unreliable, on command: data becomes readable ``delay`` seconds after it arrived, and the next
    ``partial`` GetMetricData calls return the older half of the values, marked PartialData.
    """

    delay: float = 0.0
    partial: int = 0

    def change(self, values: Mapping[str, Any]) -> None:
        """Set some members; ValueError names the first that is not one, and then none is set."""
        for name, value in values.items():
            if name not in ("delay", "partial") or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name}={value!r}: expected delay or partial, a number from 0")
        self.delay = float(values.get("delay", self.delay))
        self.partial = int(values.get("partial", self.partial))


weather = Weather()
_lock = threading.Lock()
_stores: WeakKeyDictionary[CloudWatchBackend, MetricStore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Window:
    """The time a query covers."""

    start: float
    end: float
    now: float
    delay: float

    def series(self, store: MetricStore, key: MetricKey, period: int, stat: str) -> Series:
        start = self.start // period * period
        bins = store.bins(key, period=period, start=start, end=self.end, now=self.now, delay=self.delay)
        values = {at: statistic(samples, stat) for at, samples in bins.items()}
        return {at: value for at, value in values.items() if value is not None}


def install() -> None:
    """Replace the methods of moto's backend."""
    for name, method in {
        "put_metric_data": _put_metric_data,
        "get_metric_data": _get_metric_data,
        "get_metric_statistics": _get_metric_statistics,
        "list_metrics": _list_metrics,
    }.items():
        setattr(CloudWatchBackend, name, method)


def _store(backend: CloudWatchBackend) -> MetricStore:
    return _stores.setdefault(backend, MetricStore())


def _put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    with _lock:
        try:
            _store(self).put(namespace, list(metric_data), now=time.time())
        except MetricError as error:
            raise InvalidParameterValue(str(error)) from None


def _get_metric_data(
    self: CloudWatchBackend,
    queries: list[dict[str, Any]],
    start_time: dt.datetime,
    end_time: dt.datetime,
    scan_by: str = "TimestampDescending",
) -> list[dict[str, Any]]:
    if start_time >= end_time:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    if len(queries) > _MAX_QUERIES:
        raise ValidationError(f"At most {_MAX_QUERIES} queries are allowed, not {len(queries)}.")
    with _lock:
        window = _Window(start_time.timestamp(), end_time.timestamp(), time.time(), weather.delay)
        partial = weather.partial > 0
        weather.partial -= partial
        try:
            found = _run_queries(_store(self), queries, window)
        except MetricError as error:
            raise ValidationError(str(error)) from None
    newest_first = scan_by != "TimestampAscending"
    return [_result(query_id, label, series, newest_first, partial) for query_id, label, series in found]


def _run_queries(store: MetricStore, queries: list[dict[str, Any]], window: _Window) -> list[tuple[str, str, Series]]:
    """Return (id, label, series) of everything to be returned, metrics before expressions."""
    known: dict[str, Series] = {}
    metrics: list[Series] = []
    found: list[tuple[str, str, Series]] = []
    for query in sorted(queries, key=lambda query: "Expression" in query):
        query_id, label = query["Id"], query.get("Label")
        search = parse_search(query["Expression"]) if "Expression" in query else None
        if search is not None:
            period = check_period(search.period or query.get("Period") or _DEFAULT_SEARCH_PERIOD)
            results = [
                (" ".join([*dict(key.dimensions).values(), key.name]), series)
                for key in store.keys(now=window.now, delay=window.delay)
                if search.finds(key) and (series := window.series(store, key, period, search.stat))
            ]
        elif "Expression" in query:
            known[query_id] = evaluate(query["Expression"], known, metrics)
            results = [(query_id, known[query_id])]
        else:
            stat = query["MetricStat"]
            metric = stat["Metric"]
            key = MetricKey(metric["Namespace"], metric["MetricName"], dimensions_of(metric.get("Dimensions")))
            known[query_id] = window.series(store, key, check_period(int(stat["Period"])), stat["Stat"])
            metrics.append(known[query_id])
            results = [(key.name, known[query_id])]
        if query.get("ReturnData", True):
            found += [(query_id, label or name, series) for name, series in results]
    return found


def _result(query_id: str, label: str, series: Series, newest_first: bool, partial: bool) -> dict[str, Any]:
    times = sorted(series)
    if partial:
        times = times[: len(times) // 2]
    if newest_first:
        times.reverse()
    return {
        "id": query_id,
        "label": label,
        "timestamps": [dt.datetime.fromtimestamp(at, dt.UTC) for at in times],
        "values": [series[at] for at in times],
        "status_code": "PartialData" if partial else "Complete",
    }


def _get_metric_statistics(
    self: CloudWatchBackend,
    namespace: str,
    metric_name: str,
    start_time: dt.datetime,
    end_time: dt.datetime,
    period: int,
    stats: list[str],
    dimensions: list[dict[str, str]],
    unit: str | None = None,
) -> list[Statistics]:
    if start_time >= end_time:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    key = MetricKey(namespace, metric_name, dimensions_of(dimensions))
    with _lock:
        bins = _store(self).bins(
            key,
            period=period,
            start=start_time.timestamp() // period * period,
            end=end_time.timestamp(),
            now=time.time(),
            delay=weather.delay,
        )
    found = []
    for at, samples in bins.items():
        point = Statistics(stats, dt.datetime.fromtimestamp(at, dt.UTC), unit)
        point.metric_data = [_as_datum(key, sample) for sample in samples]
        found.append(point)
    return found


def _as_datum(key: MetricKey, sample: Sample) -> MetricAggregatedDatum:
    return MetricAggregatedDatum(
        namespace=key.namespace,
        name=key.name,
        min_stat=sample.low,
        max_stat=sample.high,
        sample_count=sample.count,
        sum_stat=sample.total,
        dimensions=[],
        timestamp=dt.datetime.fromtimestamp(sample.at, dt.UTC),
        unit=None,
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """A metric with the attributes moto's response looks for."""

    namespace: str
    name: str
    dimensions: list[Dimension]


def _list_metrics(
    self: CloudWatchBackend,
    next_token: str | None,
    namespace: str | None,
    metric_name: str | None,
    dimensions: list[dict[str, str]] | None,
    **_: object,
) -> tuple[str | None, list[_Listed]]:
    with _lock:
        keys = _store(self).keys(now=time.time(), delay=weather.delay)
    found = [
        key
        for key in keys
        if (not namespace or key.namespace == namespace)
        and (not metric_name or key.name == metric_name)
        and all(_has(key, wanted) for wanted in dimensions or ())
    ]
    start = int(next_token or 0)
    following = str(start + _LIST_PAGE) if start + _LIST_PAGE < len(found) else None
    return following, [
        _Listed(key.namespace, key.name, [Dimension(name, value) for name, value in key.dimensions])
        for key in found[start : start + _LIST_PAGE]
    ]


def _has(key: MetricKey, wanted: dict[str, str]) -> bool:
    return any(name == wanted["Name"] and wanted.get("Value") in (None, value) for name, value in key.dimensions)
