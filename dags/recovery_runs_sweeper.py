"""Delete what old runs hold of rows, once they are older than your policy keeps personal data.

It only tells what it would delete until `REPORT_ONLY` is false. What lies where, and what stays, is in
docs/personal-data.md. Bucket, base path and region come from the Variables of the other DAGs.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG
from event_recovery_provider.operators.sweep_runs import SweepRecoveryRunsOperator

RETENTION_DAYS = 90
REPORT_ONLY = True

with DAG(
    dag_id="recovery_runs_sweeper",
    schedule="30 4 * * *",
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
):
    for variable in ("event_recovery", "event_recovery_scheduled"):
        settings = f"var.json.get('{variable}', {{}})"
        SweepRecoveryRunsOperator(
            task_id=f"sweep_for_{variable}",
            bucket=f"{{{{ {settings}.get('bucket', '') }}}}",
            base=f"{{{{ {settings}.get('base', 'event-recovery') }}}}",
            region_name=f"{{{{ {settings}.get('region', '') }}}}",
            retention_days=RETENTION_DAYS,
            report_only=REPORT_ONLY,
        )
