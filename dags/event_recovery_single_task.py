"""Recover bad rows in one task, on a cluster that holds the job as its steps and ends with the last of them.

Nothing to wire, and nothing to tear down; in return there is no balance of metrics to watch. A retry goes on with the
cluster that is there, or on a new one from the newest checkpoint.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset
from event_recovery_provider.operators.single import RunRecoveryOperator
from event_recovery_provider.params import recovery_params

with DAG(
    dag_id="event_recovery_single_task",
    schedule=None,
    params=recovery_params(),
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
):
    RunRecoveryOperator(
        task_id="recover",
        defaults="{{ var.value.get('event_recovery', '{}') }}",
        skip_when_empty=False,
        deferrable=True,
        outlets=[Asset("snowplow_recovered_events")],
    )
