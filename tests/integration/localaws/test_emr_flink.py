"""A real Flink job as a step of the local EMR: attached, its exit code, logs and processes accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from localaws.fabric import Fabric
from localaws.tags import tagged
from localaws.testing import ENDED, job_flow, read_log, wait_for_cluster, wait_for_step

pytestmark = [pytest.mark.integration, pytest.mark.slow]

JOB = """
import sys
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

taken = int(sys.argv[1])  # here: the workers have arguments of their own

def divide(number):
    return 10 // (number - taken)

config = Configuration()
config.set_string("restart-strategy.type", "none")
environment = StreamExecutionEnvironment.get_execution_environment(config)
environment.from_collection([1, 2, 3]).map(divide).print()
environment.execute("divide")
"""


# As on EMR: the agent's own port on the node itself.
STATSD = {
    "metrics.reporter.agent.factory.class": "org.apache.flink.metrics.statsd.StatsDReporterFactory",
    "metrics.reporter.agent.host": "127.0.0.1",
    "metrics.reporter.agent.port": "8125",
    "metrics.reporter.agent.interval": "1 SECONDS",
    "metrics.reporter.agent.filter.includes": "*.operator:numRecordsIn:counter",
    "metrics.scope.operator": "taskmanager.<tm_id>.<operator_name>.<subtask_index>",
}


@pytest.fixture
def emr(fabric: Fabric) -> Any:
    return fabric.client("emr")


def flink_step(*words: str, name: str = "flink") -> dict[str, Any]:
    jar = {"Jar": "command-runner.jar", "Args": [*words]}
    return {"Name": name, "ActionOnFailure": "CONTINUE", "HadoopJarStep": jar}


@pytest.mark.timeout(600)
def test_flink_runs_attached_and_its_exit_code_is_the_steps(fabric: Fabric, emr: Any) -> None:
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="flink")
    s3.put_object(Bucket="flink", Key="job.py", Body=JOB.encode())
    configuration = {"Classification": "flink-conf", "Properties": {"taskmanager.numberOfTaskSlots": "2", **STATSD}}
    cluster_id = emr.run_job_flow(
        **job_flow(
            "flink",
            Applications=[{"Name": "Flink"}],
            Configurations=[configuration],
            LogUri="s3://flink/logs/",
            Steps=[
                flink_step("aws", "s3", "cp", "s3://flink/job.py", "/home/hadoop/job.py", name="fetch"),
                flink_step("flink", "run", "-m", "yarn-cluster", "-p", "2", "-py", "/home/hadoop/job.py", "9"),
                flink_step("bash", "-c", "flink run -t yarn-per-job -ynm failing -py /home/hadoop/job.py 2"),
                flink_step("yarn", "application", "-list", "-appStates", "ALL"),
            ],
        )
    )["JobFlowId"]
    fetch, good, bad, listing = (step["Id"] for step in reversed(emr.list_steps(ClusterId=cluster_id)["Steps"]))
    assert wait_for_step(emr, cluster_id, fetch, seconds=60)["Status"]["State"] == "COMPLETED"
    wait_for_step(emr, cluster_id, good, "RUNNING")
    assert wait_for_step(emr, cluster_id, good, seconds=240)["Status"]["State"] == "COMPLETED"
    assert wait_for_step(emr, cluster_id, bad, seconds=240)["Status"]["State"] == "FAILED"
    wait_for_step(emr, cluster_id, listing, "COMPLETED", seconds=30)
    logs = f"s3://flink/logs/{cluster_id}"
    first, second = read_log(s3, f"{logs}/steps/{listing}/stdout.gz").splitlines()[2:]
    assert first.split("\t")[5:7] == ["FINISHED", "SUCCEEDED"]
    assert second.split("\t")[1] == "failing"
    assert second.split("\t")[5:7] == ["FINISHED", "FAILED"]
    assert tagged("EMR_CLUSTER_ID", cluster_id) == [], "each application ended with its job"
    pages = fabric.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="CWAgent")
    metrics = [metric["MetricName"] for page in pages for metric in page["Metrics"]]
    container = first.split("\t")[0].replace("application", "container")
    assert any(metric.startswith(f"taskmanager_{container}_01_000002_") for metric in metrics)

    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, *ENDED)
    application = first.split("\t")[0]
    keys = [
        entry["Key"] for entry in s3.list_objects_v2(Bucket="flink", Prefix=f"logs/{cluster_id}/containers")["Contents"]
    ]
    base = f"logs/{cluster_id}/containers/{application}/{container}"
    assert f"{base}_01_000001/jobmanager.log.gz" in keys
    assert f"{base}_01_000002/taskmanager.log.gz" in keys
    assert f"{base}_01_000003/taskmanager.log.gz" not in keys, "two slots are enough for two"
    task_manager = read_log(s3, f"s3://flink/{base}_01_000002/taskmanager.log.gz")
    assert "-2" in task_manager


@pytest.mark.timeout(600)
def test_terminating_the_cluster_ends_a_running_flink(fabric: Fabric, emr: Any) -> None:
    job = JOB.replace("from_collection([1, 2, 3])", "from_collection(list(range(60)))").replace(
        "return 10", "import time; time.sleep(5); return 10"
    )
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="flink-long")
    s3.put_object(
        Bucket="flink-long",
        Key="run.sh",
        Body=f"cat > job.py <<'END'{job}END\nflink run -m yarn-cluster -py job.py 99".encode(),
    )
    step = {"Name": "long", "HadoopJarStep": {"Jar": "script-runner.jar", "Args": ["s3://flink-long/run.sh"]}}
    request = job_flow(
        "long", Applications=[{"Name": "Flink"}], AutoTerminationPolicy={"IdleTimeout": 60}, Steps=[step]
    )
    cluster_id = emr.run_job_flow(**request)["JobFlowId"]
    step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    wait_for_step(emr, cluster_id, step_id, "RUNNING")
    node = Path(fabric.work / "clusters" / cluster_id)

    def is_running() -> bool:
        return any("RUNNING" in file.read_text() for file in node.glob("var/lib/yarn/*.json"))

    from localaws.processes import wait_until

    wait_until(is_running, 240, "running Flink application")
    fabric.admin.set_pace(clock_speed=600.0)
    emr.cancel_steps(ClusterId=cluster_id, StepIds=[step_id])  # ends bash, and leaves the application to itself
    wait_for_step(emr, cluster_id, step_id, "CANCELLED")
    assert wait_for_cluster(emr, cluster_id, "WAITING", seconds=5)["Status"]["State"] == "WAITING"
    assert len(tagged("EMR_CLUSTER_ID", cluster_id)) >= 3
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, "TERMINATED", seconds=30)
    assert tagged("EMR_CLUSTER_ID", cluster_id) == []
