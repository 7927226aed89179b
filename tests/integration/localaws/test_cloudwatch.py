"""The local CloudWatch and its StatsD bridge, through boto3: what a sensor relies on, and what may delay it."""

from __future__ import annotations

import datetime as dt
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws.fabric import Fabric
from localaws.testing import ENDED, job_flow, shell_step, wait_for_cluster

pytestmark = pytest.mark.integration

HOST = [{"Name": "host", "Value": "h1"}]
MINUTE = 60


@pytest.fixture
def cloudwatch(fabric: Fabric) -> Any:
    return fabric.client("cloudwatch")


@pytest.fixture
def namespace() -> str:
    return f"test/{uuid.uuid4().hex}"


def put(cloudwatch: Any, namespace: str, name: str = "rows", **datum: Any) -> None:
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": name, **datum}])


def query(cloudwatch: Any, *queries: dict[str, Any], back: float = 600, **options: Any) -> dict[str, dict[str, Any]]:
    now = dt.datetime.now(dt.UTC)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[*queries],
        StartTime=now - dt.timedelta(seconds=back),
        EndTime=now + dt.timedelta(seconds=MINUTE),
        **options,
    )
    return {result["Id"]: result for result in answer["MetricDataResults"]}


def stat(
    namespace: str, stat: str = "Sum", *, name: str = "rows", period: int = MINUTE, **metric: Any
) -> dict[str, Any]:
    return {
        "Id": stat.lower().replace(".", "_"),
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, **metric},
            "Period": period,
            "Stat": stat,
        },
    }


def total(results: dict[str, dict[str, Any]], query_id: str = "sum") -> float:
    return float(sum(results[query_id]["Values"]))


def until(check: Callable[[], bool], seconds: float = 10) -> float:
    began = time.monotonic()
    while not check():
        assert time.monotonic() < began + seconds
        time.sleep(0.05)
    return time.monotonic() - began


def test_a_metric_is_its_namespace_name_and_dimensions(cloudwatch: Any, namespace: str) -> None:
    put(cloudwatch, namespace, Value=1, Dimensions=HOST)
    put(cloudwatch, namespace, Value=10)
    put(cloudwatch, f"{namespace}/other", Value=100, Dimensions=HOST)
    assert total(query(cloudwatch, stat(namespace, Dimensions=HOST))) == 1
    assert total(query(cloudwatch, stat(namespace))) == 10
    assert total(query(cloudwatch, stat(namespace, Dimensions=[{"Name": "host", "Value": "h2"}]))) == 0


def test_each_metric_is_listed_once(cloudwatch: Any, namespace: str) -> None:
    for value in range(5):
        put(cloudwatch, namespace, Value=value, Dimensions=HOST)
    put(cloudwatch, namespace, name="other", Value=1)
    listed = cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
    assert [(metric["MetricName"], metric["Dimensions"]) for metric in listed] == [("other", []), ("rows", HOST)]
    by_name = cloudwatch.list_metrics(Namespace=namespace, Dimensions=[{"Name": "host"}])["Metrics"]
    assert [metric["MetricName"] for metric in by_name] == ["rows"]


def test_listing_pages(cloudwatch: Any, namespace: str) -> None:
    data = [{"MetricName": f"m{number:04}", "Value": 1} for number in range(700)]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    pages = [*cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace)]
    assert [len(page["Metrics"]) for page in pages] == [500, 200]


def test_statistics_weigh_values_by_their_counts(cloudwatch: Any, namespace: str) -> None:
    at = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    put(cloudwatch, namespace, Timestamp=at, Values=[1, 10], Counts=[98, 2])
    names = ["Sum", "SampleCount", "Average", "Minimum", "Maximum", "p50", "p99"]
    results = query(cloudwatch, *[stat(namespace, name) for name in names])
    assert [results[name.lower()]["Values"] for name in names] == [[118], [100], [1.18], [1], [10], [1], [10]]
    point = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName="rows",
        StartTime=at,
        EndTime=at + dt.timedelta(seconds=MINUTE),
        Period=MINUTE,
        Statistics=["Sum", "Maximum"],
    )["Datapoints"][0]
    assert (point["Sum"], point["Maximum"], point["Timestamp"]) == (118, 10, at)


def test_a_statistic_set_has_no_percentiles(cloudwatch: Any, namespace: str) -> None:
    put(cloudwatch, namespace, StatisticValues={"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4})
    results = query(cloudwatch, stat(namespace, "Average"), stat(namespace, "p50"))
    assert results["average"]["Values"] == [2.5]
    assert results["p50"]["Values"] == []


def test_periods_are_aligned_and_ordered_as_asked(cloudwatch: Any, namespace: str) -> None:
    now = dt.datetime.now(dt.UTC).replace(second=30, microsecond=0)
    for minutes in (3, 2, 1):
        put(cloudwatch, namespace, Timestamp=now - dt.timedelta(minutes=minutes), Value=minutes)
    newest = query(cloudwatch, stat(namespace))["sum"]
    oldest = query(cloudwatch, stat(namespace), ScanBy="TimestampAscending")["sum"]
    assert newest["Values"] == [1, 2, 3]
    assert oldest["Values"] == [3, 2, 1]
    assert {stamp.second for stamp in oldest["Timestamps"]} == {0}
    with pytest.raises(ClientError, match="Period 7"):
        query(cloudwatch, stat(namespace, period=7))


def test_expressions_add_up_metrics(cloudwatch: Any, namespace: str) -> None:
    at = dt.datetime.now(dt.UTC)
    for host, value in (("h1", 3), ("h2", 4)):
        put(cloudwatch, namespace, Timestamp=at, Value=value, Dimensions=[{"Name": "host", "Value": host}])
    search = f"SEARCH('{{\"{namespace}\",host}} MetricName=rows', 'Maximum', 60)"
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "all", "Expression": search}],
        StartTime=at - dt.timedelta(minutes=5),
        EndTime=at + dt.timedelta(minutes=1),
    )["MetricDataResults"]
    assert [(result["Label"], result["Values"]) for result in answer] == [("h1 rows", [3]), ("h2 rows", [4])]

    def hidden(query_id: str, host: str) -> dict[str, Any]:
        dimensions = [{"Name": "host", "Value": host}]
        return {**stat(namespace, Dimensions=dimensions), "Id": query_id, "ReturnData": False}

    operands = [hidden("a", "h1"), hidden("b", "h2")]
    expressions = {"added": "a+b", "all": "SUM(METRICS())", "share": "100*a/(a+b)", "most": "MAX([a,b])"}
    results = query(cloudwatch, *operands, *[{"Id": name, "Expression": text} for name, text in expressions.items()])
    assert {name: result["Values"] for name, result in results.items()} == {
        "added": [7],
        "all": [7],
        "share": [pytest.approx(300 / 7)],
        "most": [4],
    }
    with pytest.raises(ClientError, match="cannot evaluate"):
        query(cloudwatch, {"Id": "insights", "Expression": "SELECT SUM(rows) FROM x"})


@pytest.mark.parametrize(
    ("datum", "message"),
    [
        ({"Value": 1, "StorageResolution": 7}, "StorageResolution 7"),
        ({"Value": 1, "Timestamp": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "two weeks"),
        ({"Value": 1, "Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]}, "31 dimensions"),
        ({"Value": float("nan")}, "nan"),
        ({"Values": [1, 2], "Counts": [1]}, "1 Counts"),
    ],
)
def test_data_that_cloudwatch_refuses_is_refused(
    cloudwatch: Any, namespace: str, datum: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        put(cloudwatch, namespace, **datum)


def test_data_is_readable_only_after_a_while_on_command(fabric: Fabric, cloudwatch: Any, namespace: str) -> None:
    fabric.admin.set_cloudwatch(delay=1.0)
    put(cloudwatch, namespace, Value=5)
    assert cloudwatch.list_metrics(Namespace=namespace)["Metrics"] == []
    assert total(query(cloudwatch, stat(namespace))) == 0
    assert until(lambda: total(query(cloudwatch, stat(namespace))) == 5) > 0.5
    assert len(cloudwatch.list_metrics(Namespace=namespace)["Metrics"]) == 1


def test_answers_are_partial_on_command(fabric: Fabric, cloudwatch: Any, namespace: str) -> None:
    now = dt.datetime.now(dt.UTC)
    for minutes in (2, 1):
        put(cloudwatch, namespace, Timestamp=now - dt.timedelta(minutes=minutes), Value=minutes)
    fabric.admin.set_cloudwatch(partial=1)
    partial, complete = (query(cloudwatch, stat(namespace))["sum"] for _ in range(2))
    assert (partial["StatusCode"], partial["Values"]) == ("PartialData", [2])
    assert (complete["StatusCode"], complete["Values"]) == ("Complete", [1, 2])


def test_statsd_becomes_metrics_as_the_agent_makes_them(fabric: Fabric, cloudwatch: Any) -> None:
    unique = uuid.uuid4().hex
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        lines = [
            *[f"job.{unique}.recovered:{value}|g" for value in (5, 7)],
            *[f"job.{unique}.calls:1|c|@0.5"] * 3,
            f"job.{unique}.size:4|ms|#flow:good",
            f"job.{unique}.path:n/a|g",
        ]
        sender.sendto("\n".join(lines).encode(), ("127.0.0.1", fabric.statsd_port))
    prefix = f"job_{unique}_"

    def listed() -> list[dict[str, Any]]:
        metrics = cloudwatch.get_paginator("list_metrics").paginate(Namespace="CWAgent")
        return [metric for page in metrics for metric in page["Metrics"] if metric["MetricName"].startswith(prefix)]

    until(lambda: len(listed()) == 3)
    dimensions = {
        metric["MetricName"].removeprefix(prefix): {pair["Name"]: pair["Value"] for pair in metric["Dimensions"]}
        for metric in listed()
    }
    assert dimensions == {
        "calls": {"host": "localhost", "metric_type": "counter"},
        "recovered": {"host": "localhost", "metric_type": "gauge"},
        "size": {"host": "localhost", "metric_type": "timing", "flow": "good"},
    }
    gauge = [{"Name": "host", "Value": "localhost"}, {"Name": "metric_type", "Value": "gauge"}]
    newest = query(cloudwatch, stat("CWAgent", "Maximum", name=f"{prefix}recovered", Dimensions=gauge))
    assert newest["maximum"]["Values"] == [7]
    counter = [{"Name": "host", "Value": "localhost"}, {"Name": "metric_type", "Value": "counter"}]
    assert total(query(cloudwatch, stat("CWAgent", name=f"{prefix}calls", Dimensions=counter))) == 6


def test_the_metrics_of_a_cluster_name_its_host(fabric: Fabric, cloudwatch: Any) -> None:
    unique = uuid.uuid4().hex
    send = f"exec 3<>/dev/udp/127.0.0.1/$LOCALAWS_STATSD_PORT; echo 'job.{unique}:1|g' >&3"
    emr = fabric.client("emr")
    ids = [
        emr.run_job_flow(**job_flow(keep_alive=False, Steps=[shell_step(send)]), LogUri="s3://nowhere/")["JobFlowId"]
        for _ in range(2)
    ]
    for cluster_id in ids:
        wait_for_cluster(emr, cluster_id, *ENDED)
    instances = [instance for one in ids for instance in emr.list_instances(ClusterId=one)["Instances"]]
    names = {instance["PrivateDnsName"].removesuffix(".ec2.internal") for instance in instances}
    metrics = cloudwatch.list_metrics(Namespace="CWAgent", MetricName=f"job_{unique}")["Metrics"]
    hosts = {pair["Value"] for metric in metrics for pair in metric["Dimensions"] if pair["Name"] == "host"}
    assert len(hosts) == 2, "clusters do not share a series"
    assert hosts < names
    assert len(names) == len(instances)
