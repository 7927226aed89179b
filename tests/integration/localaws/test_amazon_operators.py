"""The amazon provider's own EMR operators, unmodified, against the local EMR: blocking and deferrable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from localaws.fabric import Fabric

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DAGS = """
from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.sensors.emr import EmrStepSensor
from airflow.sdk import DAG
from localaws.testing import job_flow, shell_step


def emr_dag(dag_id, deferrable, script):
    with DAG(dag_id, schedule=None) as dag:
        create = EmrCreateJobFlowOperator(
            task_id="create",
            job_flow_overrides=job_flow(dag_id, LogUri="s3://airflow/logs/"),
            emr_conn_id=None,
            wait_for_completion=None if deferrable else True,
            waiter_delay=1,
            deferrable=deferrable,
        )
        add = EmrAddStepsOperator(
            task_id="add",
            job_flow_id=create.output,
            steps=[shell_step(script)],
            wait_for_completion=deferrable,
            waiter_delay=1,
            deferrable=deferrable,
        )
        watch = EmrStepSensor(
            task_id="watch",
            job_flow_id=create.output,
            step_id="{{ ti.xcom_pull(task_ids='add')[0] }}",
            poke_interval=1,
            deferrable=deferrable,
        )
        terminate = EmrTerminateJobFlowOperator(
            task_id="terminate", job_flow_id=create.output, waiter_delay=1, deferrable=deferrable
        )
        create >> add >> watch >> terminate.as_teardown(setups=create)
    return dag


plain = emr_dag("plain", False, "echo recovered")
deferred = emr_dag("deferred", True, "echo recovered")
failing = emr_dag("failing", True, "echo 'no luck' >&2; exit 3")
"""

RUN = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

dag_id, dags, out = sys.argv[1:]
dag = DagBag(dag_folder=dags, bundle_name="dags-folder").dags[dag_id]
run = dag.test()
states = {one.task_id: str(one.state) for one in run.get_task_instances()}
open(out, "w").write(json.dumps({"run": str(run.state), **states}))
"""


class Airflow:
    """An Airflow of its own, without a scheduler: runs one DAG in one process."""

    def __init__(self, home: Path, fabric: Fabric) -> None:
        self.home = home
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_"))}
        self.env = {
            **inherited,
            **fabric.env,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        }
        (home / "dags").mkdir()
        (home / "dags/emr_dags.py").write_text(DAGS)
        (home / "run.py").write_text(RUN)
        self("-m", "airflow", "db", "migrate")
        self("-m", "airflow", "dags", "reserialize")

    def __call__(self, *argv: str) -> str:
        done = subprocess.run([sys.executable, *argv], env=self.env, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout + done.stderr

    def run(self, dag_id: str) -> tuple[dict[str, str], str]:
        """Run a DAG; return the states of the run and its tasks, and what was logged."""
        out = self.home / f"{dag_id}.json"
        log = self(str(self.home / "run.py"), dag_id, str(self.home / "dags"), str(out))
        states: dict[str, str] = json.loads(out.read_text())
        return states, log


@pytest.fixture(scope="module")
def airflow(running_fabric: Fabric, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    running_fabric.client("s3").create_bucket(Bucket="airflow")
    return Airflow(tmp_path_factory.mktemp("airflow"), running_fabric)


def cluster_of(emr: Any, name: str) -> dict[str, Any]:
    cluster_id = next(one["Id"] for one in emr.list_clusters()["Clusters"] if one["Name"] == name)
    cluster: dict[str, Any] = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    return cluster


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dag_id", ["plain", "deferred"])
def test_the_operators_create_run_watch_and_terminate(fabric: Fabric, airflow: Airflow, dag_id: str) -> None:
    fabric.admin.set_pace(provision=1.5, step=1.5, terminate=1.5)  # nothing is over at the first look
    states, log = airflow.run(dag_id)
    assert states == dict.fromkeys(("run", "create", "add", "watch", "terminate"), "success"), log[-4000:]
    emr = fabric.client("emr")
    cluster = cluster_of(emr, dag_id)
    assert cluster["Status"]["State"] in ("TERMINATING", "TERMINATED")
    assert cluster["Status"]["StateChangeReason"]["Code"] == "USER_REQUEST"
    assert emr.list_steps(ClusterId=cluster["Id"])["Steps"][0]["Status"]["State"] == "COMPLETED"


@pytest.mark.timeout(600)
def test_a_failed_step_fails_the_run_says_why_and_the_cluster_goes(fabric: Fabric, airflow: Airflow) -> None:
    fabric.admin.set_pace(provision=1.5, step=1.5, terminate=1.5)
    states, log = airflow.run("failing")
    assert states == {
        "run": "failed",
        "create": "success",
        "add": "failed",
        "watch": "upstream_failed",
        "terminate": "success",
    }, log[-4000:]
    assert "no luck" in log
    assert cluster_of(fabric.client("emr"), "failing")["Status"]["State"] in ("TERMINATING", "TERMINATED")
