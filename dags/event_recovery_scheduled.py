"""Recover every hour's bad rows, one hour at a time, as the loader writes them.

All settings come from the Airflow Variable `event_recovery_scheduled`, a JSON object; its `inputdir` is the folder
below which the loader writes, whatever its layout. A run reads the files that arrived in its own hour, and every file
falls into exactly one hour: what arrives late is read by the run of the hour in which it arrives. An hour without bad
rows is skipped before anything is started. Missed hours are made up for, one after the other.

An hour of whose rows none would pass, by a trial of a sample, fails before anything is started.

Events are sent as fast as they are recovered; `stream_share` in the Variable, such as 0.4, leaves live traffic the rest
of the stream.

A task that was lost with its worker, or that AWS failed for minutes, is tried again, and goes on with the cluster and
the job that there are. What another try cannot mend fails at once.

A file that cannot be read to its end fails the run, once all else is recovered, since nobody reads the warnings of a
run that is green; `fail_on_damaged` in the Variable says otherwise.

Whoever stands in `TELL` gets a mail when a run failed, or is late. The totals of each run go to CloudWatch, for alarms.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import DAG, Asset
from airflow.timetables.interval import CronDataIntervalTimetable
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.policies import late_run
from event_recovery_provider.task_groups import recovery_cluster, recovery_report, recovery_trial

#: The first hour to recover.
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
#: Runs begin at twenty past.
SCHEDULE = "20 * * * *"
#: A file shows in S3 once it is whole, but has the time at which its upload began: so a window ends before its run.
MINUTES = 20
WINDOW = {
    "arrived_from": f"{{{{ (data_interval_start - macros.timedelta(minutes={MINUTES})).isoformat() }}}}",
    "arrived_to": f"{{{{ (data_interval_end - macros.timedelta(minutes={MINUTES})).isoformat() }}}}",
}
#: Schedules are seldom watched.
FAIL_ON_DAMAGED = "{{ var.json.event_recovery_scheduled.get('fail_on_damaged', true) }}"
#: What another run has recovered by then, by hand for example, is not sent again.
ALREADY_READ = "{{ var.json.event_recovery_scheduled.get('already_read', 'skip') }}"
#: An event that Enrich refuses again comes back as a row of a later hour: it is sent once, and not every hour.
MARK = "{{ var.json.event_recovery_scheduled.get('mark', true) }}"
MAX_RESENDS = (
    "{{ var.json.event_recovery_scheduled.get('max_resends', "
    "1 if var.json.event_recovery_scheduled.get('mark', true) else 0) }}"
)
#: Who gets a mail, over the connection `smtp_default`, which also says from whom; nobody if empty.
TELL: list[str] = []
#: A run that takes longer is told of and goes on. A dagrun_timeout would end it, and skip the teardown.
LATE = timedelta(hours=6)
FAILED_MAIL: dict[str, Any] = {
    "subject": "A recovery failed: {{ dag_run.run_id }}",
    "html_content": "{{ dag.dag_id }}, {{ dag_run.run_id }}: {{ reason }}",
}
LATE_MAIL: dict[str, Any] = {
    "subject": "A recovery is late: {{ dag_run.dag_run_id }}",
    "html_content": "{{ dag_run.dag_id }}, {{ dag_run.dag_run_id }} is {{ dag_run.state }} and goes on.",
}

with DAG(
    dag_id="event_recovery_scheduled",
    schedule=CronDataIntervalTimetable(SCHEDULE, timezone="UTC"),
    start_date=FIRST,
    catchup=True,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=30)},
    is_paused_upon_creation=True,
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
    on_failure_callback=[SmtpNotifier(to=TELL, **FAILED_MAIL)] if TELL else [],
    **(late_run(LATE, "airflow.providers.smtp.notifications.smtp.SmtpNotifier", to=TELL, **LATE_MAIL) if TELL else {}),
):
    preflight = RecoveryPreflightOperator(
        task_id="preflight",
        settings={
            **WINDOW,
            "fail_on_damaged": FAIL_ON_DAMAGED,
            "already_read": ALREADY_READ,
            "mark": MARK,
            "max_resends": MAX_RESENDS,
        },
        defaults="{{ var.value.event_recovery_scheduled }}",
    )
    recovery = recovery_cluster(preflight, deferrable=True, relaunches=2)
    recovery_trial(preflight, recovery)
    recovery_report(preflight, recovery, outlets=[Asset("snowplow_recovered_events")], publish_metrics=True)
