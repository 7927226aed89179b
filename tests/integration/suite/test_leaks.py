"""The scan for planted values finds them in what EMR and CloudWatch were told, and in logs in S3."""

from __future__ import annotations

import base64
import gzip
from uuid import uuid4

import pytest
from localaws.fabric import Fabric
from support.leaks import leaks_in_clusters, leaks_in_logs, leaks_in_metrics

pytestmark = pytest.mark.integration


def test_a_value_is_found_in_steps_clusters_metrics_and_logs(fabric: Fabric) -> None:
    # Of this test alone: the fabric is shared, and what others look for must not be found in it.
    argument, setting, metric, line = (f"planted-{name}-{uuid4().hex}" for name in ("arg", "setting", "metric", "line"))
    planted = (argument, setting, metric, line)
    emr, s3 = fabric.client("emr"), fabric.client("s3")
    cluster = emr.run_job_flow(
        Name=f"leaks-{uuid4().hex}",
        ReleaseLabel="emr-7.14.0",
        ServiceRole="EMR_DefaultRole_V2",
        JobFlowRole="EMR_EC2_DefaultRole",
        Instances={
            "InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}],
            "KeepJobFlowAliveWhenNoSteps": True,
        },
        Configurations=[{"Classification": "flink-conf", "Properties": {"x": f"{{{setting}}}"}}],
        Steps=[
            {
                "Name": "look",
                "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {
                    "Jar": "command-runner.jar",
                    "Args": ["true", base64.b64encode(f'{{"apikey": "{argument}"}}'.encode()).decode()],
                },
            }
        ],
    )["JobFlowId"]
    try:
        fabric.client("cloudwatch").put_metric_data(
            Namespace="leaks", MetricData=[{"MetricName": f"rows_{metric}", "Value": 1}]
        )
        bucket = f"leaks-{uuid4().hex[:12]}"
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="runs/r/logs/j-1/steps/s-1/stderr.gz", Body=gzip.compress(line.encode()))
        s3.put_object(Bucket=bucket, Key="runs/r/failed/part-0", Body=argument.encode())
        assert {leak.value for leak in leaks_in_clusters(fabric.env, planted)} == {argument, setting}
        assert {leak.value for leak in leaks_in_metrics(fabric.env, planted)} == {metric}
        assert {leak.value for leak in leaks_in_logs(fabric.env, planted)} == {line}
    finally:
        emr.terminate_job_flows(JobFlowIds=[cluster])
