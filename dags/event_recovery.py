"""Recover bad rows on demand: fill in the form, and watch a cluster come, work and go.

What is the same for every run of a site (bucket, region, subnet, role, stream ...) goes into the Airflow Variable
`event_recovery`, a JSON object of settings. The form then needs no more than the input and the configuration.

Before anything is paid for, a sample of the rows is tried, and a person who sees what became of it approves the run.
A run that nobody watches is triggered with `approval` false.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.params import ASKS_PEOPLE, recovery_params
from event_recovery_provider.task_groups import recovery_cluster, recovery_report, recovery_trial

# No dagrun_timeout here: it would skip the teardown. The job has its own limit, max_hours.
with DAG(
    dag_id="event_recovery",
    schedule=None,
    params=recovery_params(approval=ASKS_PEOPLE),
    tags=["snowplow", "event-recovery"],
    doc_md=__doc__,
):
    preflight = RecoveryPreflightOperator(
        task_id="preflight", defaults="{{ var.value.get('event_recovery', '{}') }}", skip_when_empty=False
    )
    recovery = recovery_cluster(preflight, deferrable=True, relaunches=2)
    recovery_trial(preflight, recovery)
    recovery_report(preflight, recovery, outlets=[Asset("snowplow_recovered_events")])
