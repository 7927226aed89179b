"""End the recovery clusters that nobody else will end: those whose lease, or whose DAG run, is over.

The last of several nets, and the only one that needs a schedule. Leave it on. It looks in the regions of the Variables
that hold the settings of the other DAGs, or in that of the connection; runs elsewhere need a task more for each region.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG
from event_recovery_provider.operators.sweep import SweepRecoveryClustersOperator

with DAG(
    dag_id="recovery_cluster_sweeper",
    schedule="*/15 * * * *",
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
):
    for variable in ("event_recovery", "event_recovery_scheduled"):
        SweepRecoveryClustersOperator(
            task_id=f"sweep_for_{variable}",
            region_name=f"{{{{ var.json.get('{variable}', {{}}).get('region', '') }}}}",
        )
