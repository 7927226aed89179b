"""Explore every day's bad rows, and tell of failures that are new, or that there are many more of.

Bucket, region and `inputdir`, which is one path here, come from the Airflow Variable `event_recovery`. A page and a
JSON of each day are kept in the bucket, below `event-recovery/explored/`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, Asset, chain, task
from airflow.timetables.interval import CronDataIntervalTimetable
from event_recovery_provider.operators.explore import ExploreBadRowsOperator

with DAG(
    dag_id="bad_rows_daily",
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    catchup=False,
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
):
    explore = ExploreBadRowsOperator(
        task_id="explore",
        bucket="{{ var.json.event_recovery.bucket }}",
        inputdir="{{ var.json.event_recovery.inputdir }}",
        region_name="{{ var.json.event_recovery.region }}",
        prefix="event-recovery/explored",
        arrived_from="{{ data_interval_start.isoformat() }}",
        arrived_to="{{ data_interval_end.isoformat() }}",
        outlets=[Asset("snowplow_bad_rows")],
    )

    @task
    def tell(told: str) -> None:
        """Tell what is new; a notifier may stand here."""
        print(told)

    chain(explore, tell("{{ ti.xcom_pull(task_ids='explore')['told'] or 'nothing is new' }}"))
