"""Variants of the manual DAG for days that go wrong in ways that the DAG itself must not invite."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.params import recovery_params
from event_recovery_provider.task_groups import recovery_cluster, recovery_report


def bad_day(dag_id: str, *, deferrable: bool, **dag: Any) -> DAG:
    """Return the manual DAG with one thing changed."""
    with DAG(dag_id=dag_id, schedule=None, params=recovery_params(), **dag) as made:
        preflight = RecoveryPreflightOperator(task_id="preflight")
        recovery_report(preflight, recovery_cluster(preflight, deferrable=deferrable))
    return made


worker = bad_day("worker", deferrable=False)
triggerer = bad_day("triggerer", deferrable=True)
retries = bad_day("retries", deferrable=False, default_args={"retries": 2, "retry_delay": timedelta(seconds=1)})
limited = bad_day("limited", deferrable=True, dagrun_timeout=timedelta(seconds=75))
slow_setup = bad_day("slow_setup", deferrable=True)
slow_setup.get_task("recovery.create").execution_timeout = timedelta(seconds=8)
slow_setup.get_task("recovery.create").retries = 0
impatient = bad_day("impatient", deferrable=True)
impatient.get_task("recovery.checkpoint").timeout = 20
impatient.get_task("recovery.checkpoint").job_seconds = None
