"""Recover every hour's bad rows, one hour at a time.

All settings come from the Airflow Variable `event_recovery_scheduled`, a JSON object; the input is the partition of the
run's own hour below `bad/`. An hour is recovered twenty minutes after it ended, when what a loader still held has
arrived; an hour without bad rows is skipped before anything is started. Missed hours are made up for, one after the
other: each run reads its own hour and no other, whenever it runs. A file that cannot be read to its end fails the run,
once all else is recovered: nobody reads the warnings of a run that is green.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, Asset
from airflow.timetables.interval import CronDataIntervalTimetable
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.task_groups import recovery_cluster, recovery_report

#: The first hour to recover.
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
#: An interval begins twenty minutes into the hour that it stands for.
PARTITION = "bad/{{ data_interval_start.strftime('%Y/%m/%d/%H') }}/"

with DAG(
    dag_id="event_recovery_scheduled",
    schedule=CronDataIntervalTimetable("20 * * * *", timezone="UTC"),
    start_date=FIRST,
    catchup=True,
    max_active_runs=1,
    is_paused_upon_creation=True,
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
):
    preflight = RecoveryPreflightOperator(
        task_id="preflight",
        settings={"inputdir": PARTITION, "fail_on_damaged": True},
        defaults="{{ var.value.event_recovery_scheduled }}",
    )
    recovery = recovery_cluster(preflight, deferrable=True, relaunches=2)
    recovery_report(preflight, recovery, outlets=[Asset("snowplow_recovered_events")])
