"""A fabric on a machine that has a Flink, a Hadoop client and AWS profiles of its own, all of them hostile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from localaws.fabric import Fabric
from localaws.testing import ENDED, job_flow, read_log, shell_step, wait_for_cluster
from support.bundle.node import write_program

pytestmark = pytest.mark.integration

PROGRAMS = "flink flink-yarn-session hadoop hdfs yarn aws sudo dnf yum amazon-cloudwatch-agent-ctl python3".split()
VARIABLES = {
    **dict.fromkeys(("AWS_PROFILE", "AWS_SESSION_TOKEN", "HADOOP_CLASSPATH", "JVM_ARGS"), "hostile"),
    **dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EMR", "AWS_ENDPOINT_URL_S3"), "http://hostile.invalid"),
    **dict.fromkeys(("AWS_CONFIG_FILE", "FLINK_CONF_DIR", "HADOOP_CONF_DIR", "HBASE_CONF_DIR"), "/hostile"),
}
BOOTSTRAP = """#!/bin/bash
set -e
for name in flink hadoop hdfs yarn dnf yum amazon-cloudwatch-agent-ctl; do
    if command -v $name; then exit 1; fi
done
sudo mkdir -p /opt/tool /etc/hadoop/conf
printf '#!/bin/sh\\necho "flink of the node, $*"\\n' >/usr/bin/flink
chmod +x /usr/bin/flink
"""
STEP = """
flink run
yarn application -list >&2
python3 -c 'print("python of the node")'
aws s3 cp /usr/bin/flink s3://machine/flink >&2
env | grep -E "=(hostile|/hostile|http://hostile)"
exit 0
"""


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """A folder of programs that note when they are run."""
    for name in PROGRAMS:
        write_program(tmp_path / "bin" / name, f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/called"\nexit 97\n')
    return tmp_path / "bin"


@pytest.fixture
def hostile_fabric(tmp_path: Path, decoys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fabric]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{decoys}{os.pathsep}{os.environ['PATH']}")
    with Fabric(tmp_path / "fabric") as fabric:
        yield fabric


def test_nothing_of_the_machine_is_run_or_written(hostile_fabric: Fabric, tmp_path: Path, decoys: Path) -> None:
    before = {program.name: program.read_bytes() for program in decoys.iterdir()}
    s3, emr = hostile_fabric.client("s3"), hostile_fabric.client("emr")
    s3.create_bucket(Bucket="machine")
    s3.put_object(Bucket="machine", Key="boot.sh", Body=BOOTSTRAP.encode())
    request = job_flow(
        keep_alive=False,
        LogUri="s3://machine/logs",
        Applications=[{"Name": "Hadoop"}],
        BootstrapActions=[{"Name": "boot", "ScriptBootstrapAction": {"Path": "s3://machine/boot.sh"}}],
        Steps=[shell_step(STEP, on_failure="TERMINATE_CLUSTER")],
    )
    cluster_id = emr.run_job_flow(**request)["JobFlowId"]
    assert wait_for_cluster(emr, cluster_id, *ENDED, seconds=60)["Status"]["State"] == "TERMINATED"
    step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    output = read_log(s3, f"s3://machine/logs/{cluster_id}/steps/{step_id}/stdout.gz")
    assert output.splitlines() == ["flink of the node, run", "python of the node"]
    assert b"flink of the node" in s3.get_object(Bucket="machine", Key="flink")["Body"].read()
    assert not (tmp_path / "called").exists(), (tmp_path / "called").read_text()
    assert {program.name: program.read_bytes() for program in decoys.iterdir()} == before
