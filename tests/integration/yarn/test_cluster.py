"""A cluster with a real YARN and nothing on it: how it starts, what its commands say, what is left of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from localaws.testing import ENDED, job_flow, read_log, shell_step, wait_for_cluster, wait_for_step

if TYPE_CHECKING:
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

STEP = """
set -e
env | cut -d= -f1 | grep -E '^(LANG|LC_.*|AWS_REGION|AWS_DEFAULT_REGION|PIP_.*|PYTHON.*)$' && exit 1
yarn application -list -appTypes "Apache Flink"
yarn node -list
echo text >/mnt/tmp/text
hdfs dfs -put /mnt/tmp/text /user/hadoop/text
hadoop fs -cat hdfs:///user/hadoop/text
hadoop classpath
command -v flink yarn
"""


def of_the_machine() -> dict[str, int]:
    """Return what Hadoop leaves on a machine when it is not told otherwise, with the times of the last change."""
    places = ("/tmp/hadoop-hadoop", "/tmp/hadoop-yarn-hadoop", "/tmp/logs")
    found = (path for place in places for path in (Path(place), *Path(place).rglob("*")) if path.exists())
    return {str(path): path.stat().st_mtime_ns for path in found}


def test_its_commands_are_hadoops_own_and_nothing_is_left(yarn: YarnSite) -> None:
    from support.yarn.processes import below

    before = of_the_machine()
    emr, s3 = yarn.fabric.client("emr"), yarn.fabric.client("s3")
    applications = [{"Name": "Hadoop"}, {"Name": "Flink"}]
    request: dict[str, Any] = job_flow(
        "yarn", LogUri="s3://recovery/bare", Applications=applications, Steps=[shell_step(STEP)]
    )
    cluster_id = emr.run_job_flow(**request)["JobFlowId"]
    step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    wait_for_cluster(emr, cluster_id, "RUNNING", seconds=180)
    node = yarn.fabric.work / "clusters" / cluster_id
    assert len(below(node)) >= 4, "four daemons"
    state = wait_for_step(emr, cluster_id, step_id, seconds=180)["Status"]["State"]
    logs = f"s3://recovery/bare/{cluster_id}/steps/{step_id}"
    output = read_log(s3, f"{logs}/stdout.gz")
    assert state == "COMPLETED", output + read_log(s3, f"{logs}/stderr.gz")
    assert "Total number of applications (application-types: [APACHE FLINK]" in output
    assert "Total Nodes:1" in output
    lines = output.splitlines()
    assert "text" in lines
    assert lines[-2:] == [str(node / "usr/bin" / name) for name in ("flink", "yarn")]
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, *ENDED, seconds=60)
    assert below(node) == []
    assert [entry.name for entry in node.iterdir()] == ["mnt"]
    assert of_the_machine() == before
