"""The run's metrics in CloudWatch: which series belong to it, how to ask for them, how to read the answer.

Sums are made here and not in CloudWatch: metric math hides which container an answer came from and whether it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from event_recovery.contract import MetricKind as Counted
from event_recovery.contract import MetricName

from event_recovery_provider.metrics.counts import Counter, Sample, Series

#: As many series as one GetMetricData takes.
QUERIES_PER_CALL: Final = 500
#: No more points per series than this: a long run is asked for in longer periods.
_POINTS_PER_SERIES = 720

_COUNTERS: Final[dict[Counted, Counter]] = {
    "numRecordsIn": "submitted",
    "events_recovered": "recovered",
    "events_failed": "failed",
    "events_unrecoverable": "unrecoverable",
    "events_skipped": "skipped",
}


@dataclass(frozen=True, slots=True, order=True)
class MetricSeries:
    """One series in CloudWatch: the dimensions are part of its identity."""

    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_api(cls, metric: Mapping[str, Any]) -> MetricSeries:
        """Read one entry of a ListMetrics answer."""
        pairs = ((one["Name"], one["Value"]) for one in metric.get("Dimensions") or ())
        return cls(metric["MetricName"], tuple(sorted(pairs)))

    @property
    def host(self) -> str | None:
        """The first label of the host that reported the series, None when it has no such dimension."""
        value = dict(self.dimensions).get("host")
        return None if value is None else host_label(value)


def host_label(name: str) -> str:
    """Return the part of a host name by which EMR and the CloudWatch agent both know the host."""
    return name if re.fullmatch(r"[\d.]+", name) else name.split(".", 1)[0]


def counter_of(metric: MetricSeries) -> Counter | None:
    """Return what a series counts, None when it is no counter of the job."""
    name = MetricName.parse(metric.name)
    return None if name is None else _COUNTERS[name.metric]


def select(metrics: Iterable[MetricSeries], *, hosts: frozenset[str] | None) -> list[MetricSeries]:
    """Pick the counters of the job out of the namespace, each reported once.

    Runs share the namespace, and nothing in a series names its run, but its host does: with ``hosts`` only series of
    these hosts are taken. An agent that also publishes roll-ups reports a counter several times under fewer dimensions:
    the entry with the most dimensions is the one taken.
    """
    chosen: dict[str, MetricSeries] = {}
    for metric in sorted(set(metrics)):
        mine = hosts is None or metric.host in hosts
        if mine and MetricName.parse(metric.name):
            known = chosen.get(metric.name)
            if known is None or len(metric.dimensions) > len(known.dimensions):
                chosen[metric.name] = metric
    return sorted(chosen.values())


def queries(metrics: Sequence[MetricSeries], *, period: int, namespace: str) -> list[dict[str, Any]]:
    """Return one GetMetricData query per metric: the greatest value of each period, as Flink's counts only grow."""
    return [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
                },
                "Period": period,
                "Stat": "Maximum",
            },
            "ReturnData": True,
        }
        for number, metric in enumerate(metrics)
    ]


def window(since: datetime, now: datetime, *, period: int) -> tuple[datetime, datetime, int]:
    """Return start, end and period of a question, aligned as CloudWatch aligns its periods.

    The period grows with the run, in whole minutes, so that a day-long run is still one answer.
    """
    seconds = max((now - since).total_seconds(), period)
    if seconds / period > _POINTS_PER_SERIES:
        period = 60 * -(-int(seconds) // (60 * _POINTS_PER_SERIES))
    start = datetime.fromtimestamp(since.timestamp() // period * period, UTC)
    return start, now + timedelta(seconds=period), period


def sample(metrics: Sequence[MetricSeries], answers: Iterable[Mapping[str, Any]]) -> Sample:
    """Read the pages of a GetMetricData answer; pages of one series are put together."""
    points: dict[str, list[tuple[datetime, float]]] = {}
    partial = False
    for answer in answers:
        partial = partial or bool(answer.get("Messages"))
        for result in answer.get("MetricDataResults") or ():
            partial = partial or result.get("StatusCode", "Complete") not in ("Complete", "PartialData")
            known = points.setdefault(result["Id"], [])
            known.extend(zip(result.get("Timestamps") or (), result.get("Values") or (), strict=True))
        partial = partial or _unfinished(answer)
    series = [
        Series(counter=_COUNTERS[name.metric], container=name.container, points=tuple(points.get(f"m{number}", ())))
        for number, metric in enumerate(metrics)
        if (name := MetricName.parse(metric.name))
    ]
    return Sample(tuple(series), partial)


def _unfinished(answer: Mapping[str, Any]) -> bool:
    """A series is ``PartialData`` while more pages follow; without a next page it means that data are missing."""
    results = answer.get("MetricDataResults") or ()
    return not answer.get("NextToken") and any(result.get("StatusCode") == "PartialData" for result in results)
