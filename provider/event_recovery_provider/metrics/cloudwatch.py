"""Conversations that read a run's counts from CloudWatch. No I/O here: see ``aws.calls``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from event_recovery_provider.aws.calls import Conversation, pages
from event_recovery_provider.metrics import series
from event_recovery_provider.metrics.counts import Sample

#: The namespace is shared, and CloudWatch lists a series for two weeks after its last value.
_MOST_METRIC_PAGES = 200


def run_metrics(*, namespace: str, job_flow_id: str | None) -> Conversation[list[series.MetricSeries]]:
    """List the run's series; with a cluster only those that its instances reported."""
    hosts: frozenset[str] | None = None
    if job_flow_id:
        answers = yield from pages("emr", "list_instances", {"ClusterId": job_flow_id}, cursor=("Marker", "Marker"))
        hosts = frozenset(
            series.host_label(instance[field])
            for answer in answers
            for instance in answer["Instances"]
            for field in ("PrivateDnsName", "PrivateIpAddress")
            if instance.get(field)
        )
    listed = yield from list_metrics(namespace)
    return series.select(listed, hosts=hosts)


def list_metrics(namespace: str) -> Conversation[list[series.MetricSeries]]:
    """List every series of a namespace."""
    listed = yield from pages("cloudwatch", "list_metrics", {"Namespace": namespace}, most=_MOST_METRIC_PAGES)
    return [series.MetricSeries.from_api(one) for page in listed for one in page["Metrics"]]


def sample_metrics(
    *, namespace: str, since: datetime, now: datetime, period: int, job_flow_id: str | None
) -> Conversation[Sample]:
    """Read what the run's series say since a time."""
    chosen = yield from run_metrics(namespace=namespace, job_flow_id=job_flow_id)
    return (yield from read_metrics(chosen, namespace=namespace, since=since, now=now, period=period))


def read_metrics(
    chosen: list[series.MetricSeries], *, namespace: str, since: datetime, now: datetime, period: int
) -> Conversation[Sample]:
    """Read what these series say since a time."""
    start, end, step = series.window(since, now, period=period)
    answers: list[dict[str, Any]] = []
    questions = series.queries(chosen, period=step, namespace=namespace)
    for first in range(0, len(questions), series.QUERIES_PER_CALL):
        arguments = {
            "MetricDataQueries": questions[first : first + series.QUERIES_PER_CALL],
            "StartTime": start,
            "EndTime": end,
            "ScanBy": "TimestampAscending",
        }
        answers += yield from pages("cloudwatch", "get_metric_data", arguments)
    return series.sample(chosen, answers)
