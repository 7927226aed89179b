"""Variants of the manual DAG for days that go wrong in ways that the DAG itself must not invite.

A DAG whose name ends with `worker` waits in workers, the others in the triggerer.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.params import recovery_params
from event_recovery_provider.sensors.cluster import RecoveryClusterReadySensor
from event_recovery_provider.task_groups import recovery_cluster, recovery_report, recovery_trial
from event_recovery_provider.waits.wait import Wait


def bad_day(dag_id: str, *, cluster: dict[str, Any] | None = None, **dag: Any) -> DAG:
    """Return the manual DAG with one thing changed."""
    with DAG(dag_id=dag_id, schedule=None, params=recovery_params(), **dag) as made:
        preflight = RecoveryPreflightOperator(task_id="preflight")
        recovery = recovery_cluster(preflight, deferrable=not dag_id.endswith("worker"), **(cluster or {}))
        recovery_report(preflight, recovery)
    return made


class DoomedSensor(RecoveryClusterReadySensor):
    """Waits for something that its trigger knows nothing of, so that the trigger dies."""

    def execute(self, context: Any) -> Any:
        """Hand over to the trigger at once."""
        self.defer_to(self.make_wait("no such wait", "a miracle", time.time()))

    def wait(self, *, started: float) -> Wait:
        """Return a wait that nobody can hold."""
        raise NotImplementedError


once = {"retries": 0}
for way in ("triggerer", "worker"):
    bad_day(way)
    impatient = bad_day(f"impatient_{way}")
    impatient.get_task("recovery.checkpoint").timeout = 20
    impatient.get_task("recovery.checkpoint").job_seconds = None
    bad_day(f"limited_{way}", dagrun_timeout=timedelta(seconds=150))
    bad_day(f"relaunching_{way}", cluster={"relaunches": 2})
    bad_day(f"strict_{way}", cluster={"balance": {"grace_seconds": 15}})
    slow_setup = bad_day(f"slow_setup_{way}", default_args=once)
    slow_setup.get_task("recovery.create").execution_timeout = timedelta(seconds=45)

short = bad_day("short_worker")
short.get_task("recovery.balance").execution_timeout = timedelta(seconds=20)
bad_day("retries_worker", default_args={"retries": 2, "retry_delay": timedelta(seconds=1)})
bad_day("own_pace", cluster={"poll_interval": 60.0})

with DAG(dag_id="hurried", schedule=None, params=recovery_params()):
    preflight = RecoveryPreflightOperator(task_id="preflight")
    recovery = recovery_cluster(preflight, deferrable=True)
    recovery_trial(preflight, recovery, response_timeout=timedelta(seconds=20))
    recovery_report(preflight, recovery)

with bad_day("doomed") as doomed:
    trigger = DoomedSensor(task_id="trigger", job_flow_id=doomed.get_task("recovery.create").output, log_wait_seconds=0)
    doomed.get_task("recovery.ready") >> trigger >> doomed.get_task("recovery.submit")
