"""Runs one DAG by ``dag.test()`` and writes what became of it as JSON: ``dag_runner.py DAG_ID RESULT``."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG


def load(dag_id: str) -> DAG:
    """Return a DAG of the DAGs folder."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # below 3.2
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef]
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    assert not bag.import_errors, bag.import_errors
    dag: DAG = bag.dags[dag_id]
    return dag


def main(dag_id: str, result: str) -> None:
    """Run the DAG and write the result."""
    conf = json.loads(os.environ["DAG_TEST_CONF"])
    when = datetime.fromisoformat(conf.pop("logical_date")) if "logical_date" in conf else datetime.now(UTC)
    run = load(dag_id).test(run_conf=conf, logical_date=when)
    states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
    results: dict[str, Any] = {}
    for ti in run.get_task_instances():
        try:
            results[ti.task_id] = ti.xcom_pull(task_ids=ti.task_id)
        except Exception as error:
            results[ti.task_id] = f"unreadable: {error!r}"
    Path(result).write_text(json.dumps({"state": str(run.state), "states": states, "results": results}, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
