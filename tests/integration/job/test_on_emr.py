"""The recovery as a step of a cluster: bad rows in S3, events in Kinesis, metrics in CloudWatch, then no cluster."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import event_recovery.bundle
import pytest
from event_recovery import Recovery
from event_recovery.contract import METRICS, NAMESPACE, JobOptions, MetricName, RunPaths, RunSummary
from event_recovery.contract.flink import FLINK_CONF
from generator import rows, write_tree
from generator.configs import demo
from localaws.fabric import REGION, Fabric
from localaws.kinesis import multiset_digest
from localaws.processes import wait_until
from localaws.tags import tagged
from localaws.testing import job_flow, read_log, upload_folder, wait_for_cluster, wait_for_step

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

ROWS, SEED = 1_500, 11
BUCKET, STREAM = "recovery", "good"
# What the bundle's node-setup.sh does, the least of it: EMR has the plugin, but not where Flink looks for it.
PLUGIN = "cd /usr/lib/flink && mkdir -p plugins/s3-fs-hadoop && cp opt/flink-s3-fs-hadoop-*.jar plugins/s3-fs-hadoop/"
FILES = Path(event_recovery.bundle.__file__).with_name("files")


@pytest.fixture(scope="module")
def fabric(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fabric]:
    work = tmp_path_factory.mktemp("emr")
    with Fabric(work, s3="seaweedfs", kinesis_limits=False, statsd_namespace=NAMESPACE, statsd_interval=1.0) as fabric:
        yield fabric


def configurations() -> list[dict[str, Any]]:
    """What the bundle gives a cluster, with the memory of a small machine."""
    documents: list[dict[str, Any]] = json.loads(FLINK_CONF.read_text())
    for document in documents:
        document["Properties"] |= {"jobmanager.memory.process.size": "1g", "taskmanager.memory.process.size": "3g"}
    return documents


def step(name: str, *words: str) -> dict[str, Any]:
    jar = {"Jar": "command-runner.jar", "Args": [*words]}
    return {"Name": name, "ActionOnFailure": "TERMINATE_CLUSTER", "HadoopJarStep": jar}


def last_values(fabric: Fabric) -> Counter[str]:
    """The newest value of each metric of the recovery, added up over subtasks."""
    cloudwatch, now = fabric.client("cloudwatch"), datetime.now(UTC)
    totals: Counter[str] = Counter()
    for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE):
        for metric in page["Metrics"]:
            name = MetricName.parse(metric["MetricName"])
            if name is None:
                continue
            answer = cloudwatch.get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=metric["MetricName"],
                Dimensions=metric["Dimensions"],
                StartTime=now - timedelta(minutes=30),
                EndTime=now + timedelta(minutes=1),
                Period=60,
                Statistics=["Maximum"],
            )
            types = {dimension["Value"] for dimension in metric["Dimensions"] if dimension["Name"] == "metric_type"}
            if types == {"gauge"}:
                totals[name.metric] += int(max(point["Maximum"] for point in answer["Datapoints"]))
    return totals


def test_a_step_recovers_a_bucket_of_bad_rows_and_leaves_only_its_results(fabric: Fabric, tmp_path: Path) -> None:
    config, paths = json.dumps(demo()), RunPaths.of(base=f"s3://{BUCKET}", run_id="run-1")
    results = list(map(Recovery.from_config(config).recover, rows(ROWS, seed=SEED)))
    payloads = [result.payload for result in results if result.payload is not None]
    outcomes = Counter(result.outcome for result in results)

    s3, emr = fabric.client("s3"), fabric.client("emr")
    write_tree(tmp_path / "bad", ROWS, seed=SEED, nested=False, files=4)
    upload_folder(s3, tmp_path / "bad", f"s3://{BUCKET}/bad")
    s3.upload_file(str(FILES / "job.py"), BUCKET, "job.py")
    s3.put_object(Bucket=BUCKET, Key="config.json", Body=config.encode())
    fabric.client("kinesis").create_stream(StreamName=STREAM, ShardCount=2)
    options = JobOptions(
        inputs=(f"s3://{BUCKET}/bad",),
        output=STREAM,
        failed=paths.failed,
        unrecoverable=paths.unrecoverable,
        config=f"s3://{BUCKET}/config.json",
        region=REGION,
        checkpoint_interval=2,
        checkpoint_dir=paths.checkpoints,
        endpoint_urls={"kinesis": fabric.env["AWS_ENDPOINT_URL_KINESIS"], "s3": fabric.env["AWS_ENDPOINT_URL_S3"]},
        run_id="run-1",
        summary=paths.summary,
    )
    request = job_flow(
        "event-recovery",
        Applications=[{"Name": "Flink"}],
        Configurations=configurations(),
        LogUri=paths.logs,
        Steps=[
            step("fetch", "aws", "s3", "cp", f"s3://{BUCKET}/job.py", "/home/hadoop/job.py"),
            step("plugin", "bash", "-c", PLUGIN),
            step("recover", "flink", "run", "-m", "yarn-cluster", "-py", "/home/hadoop/job.py", *options.to_argv()),
        ],
    )
    request["Instances"]["KeepJobFlowAliveWhenNoSteps"] = False
    cluster_id = emr.run_job_flow(**request)["JobFlowId"]
    recover = next(one["Id"] for one in emr.list_steps(ClusterId=cluster_id)["Steps"] if one["Name"] == "recover")
    ended = wait_for_step(emr, cluster_id, recover, seconds=600)["Status"]
    wait_for_cluster(emr, cluster_id, "TERMINATED", "TERMINATED_WITH_ERRORS", seconds=60)
    stdout = read_log(s3, f"{paths.logs}/{cluster_id}/steps/{recover}/stdout.gz")
    stderr = read_log(s3, f"{paths.logs}/{cluster_id}/steps/{recover}/stderr.gz")
    assert ended["State"] == "COMPLETED", stdout + stderr

    statistics = fabric.kinesis.statistics(STREAM)
    assert (statistics.records, statistics.digest) == (len(payloads), multiset_digest(payloads))
    written = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="runs/run-1/")["Contents"]}
    assert "runs/run-1/_SUCCESS" in written
    summary = RunSummary.from_json(s3.get_object(Bucket=BUCKET, Key="runs/run-1/summary.json")["Body"].read())
    assert summary.balanced
    counts = {outcome: getattr(summary, outcome).rows for outcome in outcomes}
    assert (summary.submitted, counts) == (ROWS, dict(outcomes))
    assert "Job has been submitted with JobID" in stdout
    assert any(key.endswith("taskmanager.log.gz") for key in written)

    wanted = dict(zip(METRICS, (*(outcomes[of] for of in ("recovered", "failed", "unrecoverable")), ROWS), strict=True))
    wait_until(lambda: dict(last_values(fabric)) == wanted, 15, f"CloudWatch to show {wanted}", interval=0.5)
    assert tagged("EMR_CLUSTER_ID", cluster_id) == []
