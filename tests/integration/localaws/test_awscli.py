"""The AWS CLI as a user would type it, from the creation of a cluster to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from localaws.fabric import Fabric
from localaws.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.mark.timeout(300)
def test_a_cluster_by_hand(fabric: Fabric, tmp_path: Path) -> None:
    environment = {**os.environ, **fabric.env, "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PAGER": ""}

    def aws(command: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *command.split()],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[", '"')) else done.stdout

    def cluster_state() -> str:
        return str(aws(f"emr describe-cluster --cluster-id {cluster_id} --query Cluster.Status.State"))

    def step_state(step_id: str) -> str:
        command = f"emr describe-step --cluster-id {cluster_id} --step-id {step_id} --query Step.Status.State"
        return str(aws(command))

    (tmp_path / "hello.txt").write_text("hello\n")
    aws("s3 mb s3://by-hand")
    aws("s3 cp hello.txt s3://by-hand/hello.txt")
    created = aws(
        "emr create-cluster --name by-hand --release-label emr-7.13.0 --applications Name=Flink --use-default-roles"
        " --instance-type m5.xlarge --instance-count 3 --log-uri s3://by-hand/logs/ --tags run=by-hand"
        " --auto-termination-policy IdleTimeout=3600"
    )
    cluster_id = created["ClusterId"]
    assert cluster_id in json.dumps(aws("emr list-clusters --active"))
    wait_until(lambda: cluster_state() == "WAITING", 60, "waiting cluster", interval=0.2)
    described = aws(f"emr describe-cluster --cluster-id {cluster_id}")["Cluster"]
    assert described["Tags"] == [{"Key": "run", "Value": "by-hand"}]
    assert [group["InstanceGroupType"] for group in described["InstanceGroups"]] == ["MASTER", "CORE"]
    assert len(aws(f"emr list-instances --cluster-id {cluster_id}")["Instances"]) == 3

    added = aws(
        f"emr add-steps --cluster-id {cluster_id} --steps"
        " Type=CUSTOM_JAR,Name=copy,ActionOnFailure=CONTINUE,Jar=command-runner.jar,"
        "Args=[aws,s3,cp,s3://by-hand/hello.txt,s3://by-hand/copied.txt]"
        " Type=CUSTOM_JAR,Name=sleep,ActionOnFailure=CONTINUE,Jar=command-runner.jar,Args=[sleep,300]"
    )
    copy, sleep = added["StepIds"]
    wait_until(lambda: step_state(copy) == "COMPLETED", 60, "copied object", interval=0.2)
    assert "copied.txt" in aws("s3 ls s3://by-hand/")
    assert "stdout.gz" in aws(f"s3 ls s3://by-hand/logs/{cluster_id}/steps/{copy}/")
    wait_until(lambda: step_state(sleep) == "RUNNING", 30, "running step", interval=0.2)
    cancelled = aws(f"emr cancel-steps --cluster-id {cluster_id} --step-ids {sleep}")
    assert cancelled["CancelStepsInfoList"][0]["Status"] == "SUBMITTED"
    wait_until(lambda: step_state(sleep) == "CANCELLED", 30, "cancelled step", interval=0.2)
    listed = aws(f"emr list-steps --cluster-id {cluster_id} --query Steps[].Name")
    assert listed == ["sleep", "copy"]

    aws(f"emr modify-cluster-attributes --cluster-id {cluster_id} --termination-protected")
    aws(f"emr modify-cluster-attributes --cluster-id {cluster_id} --no-termination-protected")
    aws(f"emr terminate-clusters --cluster-ids {cluster_id}")
    aws(f"emr wait cluster-terminated --cluster-id {cluster_id}")
    assert cluster_state() == "TERMINATED"
    assert cluster_id not in json.dumps(aws("emr list-clusters --active"))
