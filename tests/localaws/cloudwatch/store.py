"""Metrics as CloudWatch keeps and reads them: exact names, epoch-aligned periods, statistics over weighted values."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Dimensions as sorted (name, value) pairs.
Dimensions = tuple[tuple[str, str], ...]
#: Value by start of period, in seconds since the epoch, oldest first.
Series = dict[float, float]


class MetricError(ValueError):
    """Input that CloudWatch refuses."""


@dataclass(frozen=True, slots=True, order=True)
class MetricKey:
    """What identifies one metric: a metric with other dimensions is another metric."""

    namespace: str
    name: str
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class Sample:
    """``count`` observations at one time; times are seconds since the epoch.

    A statistic set has only what was sent; single values have ``low == high == total / count``.
    """

    at: float
    arrived: float
    count: float
    total: float
    low: float
    high: float
    is_statistic_set: bool = False


_MAX_AGE = 14 * 24 * 3600
_MAX_AHEAD = 2 * 3600
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


class MetricStore:
    """The metrics of one account and region."""

    def __init__(self) -> None:
        self._samples: dict[MetricKey, list[Sample]] = defaultdict(list)

    def put(self, namespace: str, data: list[Mapping[str, Any]], *, now: float) -> None:
        """Store one PutMetricData, all of it or nothing; MetricError for what CloudWatch refuses."""
        if len(data) > 1000:
            raise MetricError("The collection MetricData must not have a size greater than 1000.")
        parsed = [(_key(namespace, datum), _samples(datum, now)) for datum in data]
        for key, samples in parsed:
            self._samples[key] += samples

    def keys(self, *, now: float, delay: float) -> list[MetricKey]:
        """Return every metric that has data older than ``delay`` seconds, sorted."""
        return sorted(
            key for key, samples in self._samples.items() if any(sample.arrived + delay <= now for sample in samples)
        )

    def bins(
        self, key: MetricKey, *, period: int, start: float, end: float, now: float, delay: float
    ) -> dict[float, list[Sample]]:
        """Return the samples from ``start`` until before ``end``, by start of period, that arrived late enough."""
        found: dict[float, list[Sample]] = defaultdict(list)
        for sample in self._samples.get(key, ()):
            if start <= sample.at < end and sample.arrived + delay <= now:
                found[sample.at // period * period].append(sample)
        return dict(sorted(found.items()))


def dimensions_of(dimensions: Iterable[Mapping[str, str]] | None) -> Dimensions:
    """Return a list of Dimension members as a key."""
    return tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in dimensions or ()))


def statistic(samples: list[Sample], name: str) -> float | None:
    """Return one statistic of some samples; None where CloudWatch has none. MetricError for an unknown one."""
    count = sum(sample.count for sample in samples)
    match name:
        case "SampleCount":
            return count
        case "Sum":
            return sum(sample.total for sample in samples)
        case "Average":
            return sum(sample.total for sample in samples) / count if count else None
        case "Minimum":
            return min(sample.low for sample in samples)
        case "Maximum":
            return max(sample.high for sample in samples)
    found = _PERCENTILE.fullmatch(name)
    if found is None:
        raise MetricError(f"The parameter Stat {name} is not supported by the local CloudWatch.")
    if any(sample.is_statistic_set for sample in samples):
        return None  # the values behind a statistic set are not known
    wanted, seen = count * float(found[1]) / 100, 0.0
    for sample in sorted(samples, key=lambda sample: sample.low):
        seen += sample.count
        if seen >= wanted:
            return sample.low
    return None


def check_period(period: int) -> int:
    """Return a period in seconds; MetricError unless CloudWatch has it."""
    if period not in (1, 5, 10, 20, 30) and (period < 60 or period % 60):
        raise MetricError(f"Period {period} is not 1, 5, 10, 20, 30 or a multiple of 60.")
    return period


def _key(namespace: str, datum: Mapping[str, Any]) -> MetricKey:
    key = MetricKey(namespace, datum["MetricName"], dimensions_of(datum.get("Dimensions")))
    if not 1 <= len(key.name) <= 255:
        raise MetricError(f"MetricName {key.name[:20]!r}... has {len(key.name)} characters; 1 to 255 are allowed.")
    if len(key.dimensions) > 30:
        raise MetricError(f"{key.name} has {len(key.dimensions)} dimensions; at most 30 are allowed.")
    if datum.get("StorageResolution", 60) not in (1, 60):
        raise MetricError(f"{key.name} has StorageResolution {datum['StorageResolution']}; it must be 1 or 60.")
    return key


def _samples(datum: Mapping[str, Any], now: float) -> list[Sample]:
    stamp = datum.get("Timestamp")
    at = now if stamp is None else float(stamp.timestamp())
    if not now - _MAX_AGE <= at <= now + _MAX_AHEAD:
        raise MetricError(
            f"Timestamp {stamp} of {datum['MetricName']} is not within two weeks back and two hours ahead."
        )
    if statistics := datum.get("StatisticValues"):
        count, total, low, high = (float(statistics[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
        _check_numbers(datum["MetricName"], [count, total, low, high])
        return [Sample(at, now, count, total, low, high, is_statistic_set=True)]
    values = [float(value) for value in datum.get("Values") or [datum.get("Value", 0.0)]]
    counts = [float(count) for count in datum.get("Counts") or [1.0] * len(values)]
    if len(values) != len(counts) or len(values) > 150:
        raise MetricError(f"{datum['MetricName']} has {len(values)} Values and {len(counts)} Counts; at most 150 each.")
    _check_numbers(datum["MetricName"], values)
    return [Sample(at, now, count, value * count, value, value) for value, count in zip(values, counts, strict=True)]


def _check_numbers(name: str, numbers: list[float]) -> None:
    if bad := [number for number in numbers if not math.isfinite(number)]:
        raise MetricError(f"The value {bad[0]} of {name} is not a finite number.")
