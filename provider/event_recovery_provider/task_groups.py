"""The life of a recovery cluster as a task group: setup, work and teardown, wired once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import TaskGroup, XComArg, chain

from event_recovery_provider._compat import ASKS_PEOPLE
from event_recovery_provider.config import DEFAULT_DEFERRABLE, POLL_INTERVAL
from event_recovery_provider.emr.end import KillPolicy
from event_recovery_provider.operators.cluster import (
    REQUEST,
    CreateRecoveryClusterOperator,
    TerminateRecoveryClusterOperator,
)
from event_recovery_provider.operators.job import CLUSTER, SubmitRecoveryJobOperator
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.operators.report import RecoveryReportOperator
from event_recovery_provider.operators.trial import RecoveryTrialOperator
from event_recovery_provider.planning.identity import DEFAULT_SCOPE
from event_recovery_provider.sensors.balance import MetricBalanceSensor
from event_recovery_provider.sensors.checkpoint import FlinkCheckpointSensor
from event_recovery_provider.sensors.cluster import RecoveryClusterReadySensor

if TYPE_CHECKING:
    from event_recovery_provider.operators.approval import RecoveryApprovalOperator

#: How long a person has to approve a run.
_TO_ANSWER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RecoveryCluster:
    """The tasks of a recovery, for those who want to wire more to them."""

    group: TaskGroup
    create: CreateRecoveryClusterOperator
    ready: RecoveryClusterReadySensor
    submit: SubmitRecoveryJobOperator
    checkpoint: FlinkCheckpointSensor
    balance: MetricBalanceSensor
    terminate: TerminateRecoveryClusterOperator


def recovery_cluster(
    plan: RecoveryPreflightOperator,
    *,
    group_id: str = DEFAULT_SCOPE,
    deferrable: bool = DEFAULT_DEFERRABLE,
    poll_interval: float = POLL_INTERVAL,
    kill_policy: KillPolicy = "terminate_cluster",
    relaunches: int = 0,
    balance: dict[str, Any] | None = None,
    **aws: Any,
) -> RecoveryCluster:
    """Return a group that runs a plan: create, wait until ready, submit, wait for a checkpoint and for the balance.

    The cluster is created, awaited and given its step by setup tasks, and ended by a teardown task. So it is ended
    whether the work succeeds, fails or is cleared, and work that is cleared gets a cluster and a step again; a teardown
    that fails fails the run. Two things must stay out of a DAG that owns a cluster: a ``dagrun_timeout``, which skips
    the teardown, and a wait for a person between setup and teardown.

    :param plan: the preflight task, whose scope must be ``group_id``
    :param deferrable: wait in the triggerer and hold no worker slot
    :param poll_interval: seconds between two looks; the balance takes one and a half times as long, as it asks more
    :param kill_policy: what to end when a user ends a task
    :param relaunches: how many clusters that failed to start, because there was no capacity for instance, are replaced
    :param balance: further arguments of ``MetricBalanceSensor``
    :param aws: ``aws_conn_id``, ``verify`` and ``botocore_config``, for every task
    """
    planned: Any = plan.output
    common = {"region_name": planned["region"], "scope": group_id, **aws}
    waiting = {**common, "deferrable": deferrable}
    looking = {**waiting, "poke_interval": poll_interval, "kill_policy": kill_policy}
    with TaskGroup(group_id=group_id) as group:
        create = CreateRecoveryClusterOperator(
            task_id="create",
            job_flow=planned["job_flow"],
            job_seconds=planned["job_seconds"],
            owner_tag=planned["owner"],
            tags=planned["tags"],
            success_uri=planned["success_uri"],
            runner=planned["runner"],
            in_place_mb=planned["in_place_mb"],
            prefix=planned["prefix"],
            job=planned["job"],
            **common,
        )
        cluster: Any = create.output
        request: Any = XComArg(create, REQUEST)
        ready = RecoveryClusterReadySensor(
            task_id="ready", job_flow_id=cluster, request=request, relaunches=relaunches, **looking
        )
        submit = SubmitRecoveryJobOperator(
            task_id="submit",
            job_flow_id=cluster,
            job=planned["job"],
            required=planned["required"],
            success_uri=planned["success_uri"],
            kill_policy=kill_policy,
            stream=planned["stream"],
            **common,
        )
        step: Any = submit.output
        # Not that of the create task: it may have been replaced.
        working: Any = XComArg(submit, CLUSTER)
        checkpoint = FlinkCheckpointSensor(
            task_id="checkpoint",
            job_flow_id=working,
            step_id=step,
            checkpoint_dir=planned["checkpoint_dir"],
            checkpoint_interval=planned["checkpoint_interval"],
            job_seconds=planned["job_seconds"],
            **looking,
        )
        balanced = MetricBalanceSensor(
            task_id="balance",
            job_flow_id=working,
            step_id=step,
            summary_uri=planned["summary_uri"],
            minimum_rows=planned["minimum_rows"],
            max_failed_ratio=planned["max_failed_ratio"],
            job_seconds=planned["job_seconds"],
            **{**looking, "poke_interval": poll_interval * 1.5, **(balance or {})},
        )
        terminate = TerminateRecoveryClusterOperator(
            task_id="terminate", job_flow_id=cluster, poll_interval=poll_interval / 2, **waiting
        )
        chain(create, ready, submit, checkpoint, balanced, terminate)
        # Airflow clears setups with any task of the work, which is of no use without a cluster and a step of its own.
        terminate.as_teardown(setups=[create, ready, submit], on_failure_fail_dagrun=True)
    return RecoveryCluster(group, create, ready, submit, checkpoint, balanced, terminate)


@dataclass(frozen=True, slots=True)
class RecoveryTrial:
    """What comes before the cluster; nobody is asked to approve where Airflow cannot ask, before 3.1."""

    trial: RecoveryTrialOperator
    approve: RecoveryApprovalOperator | None


def recovery_trial(
    plan: RecoveryPreflightOperator,
    recovery: RecoveryCluster,
    *,
    response_timeout: timedelta = _TO_ANSWER,
    approval: dict[str, Any] | None = None,
    **aws: Any,
) -> RecoveryTrial:
    """Return the tasks between a preflight and its cluster: the trial, and a person's approval where it is wanted.

    Both end before there is a cluster, so that none waits for a person.

    :param response_timeout: how long a person has to answer; the run is rejected then
    :param approval: further arguments of ``RecoveryApprovalOperator``, such as ``assigned_users`` and ``notifiers``
    :param aws: ``aws_conn_id``, ``verify`` and ``botocore_config``
    """
    planned: Any = plan.output
    trial = RecoveryTrialOperator(
        task_id="trial", plan=planned, region_name=planned["region"], scope=recovery.create.scope, **aws
    )
    if not ASKS_PEOPLE:
        chain(trial, recovery.create)
        return RecoveryTrial(trial, None)
    from event_recovery_provider.operators.approval import RecoveryApprovalOperator

    tried: Any = trial.output
    approve = RecoveryApprovalOperator(
        task_id="approve",
        wanted=tried["ask"],
        subject="Start a cluster for {{ run_id }}?",
        body=tried["told"],
        response_timeout=response_timeout,
        **(approval or {}),
    )
    chain(trial, approve, recovery.create)
    return RecoveryTrial(trial, approve)


def recovery_report(
    plan: RecoveryPreflightOperator, recovery: RecoveryCluster, *, task_id: str = "report", **kwargs: Any
) -> RecoveryReportOperator:
    """Return the task that checks and publishes the numbers of a run, after its work and beside its teardown.

    It also runs when the work was skipped because the run is complete: a run whose numbers are not good enough does not
    become green because one of its tasks is cleared.

    :param kwargs: further arguments of ``RecoveryReportOperator``, such as ``outlets``
    """
    planned: Any = plan.output
    counts: Any = recovery.balance.output
    return RecoveryReportOperator(
        task_id=task_id,
        summary_uri=planned["summary_uri"],
        region_name=planned["region"],
        metric_counts=counts,
        # A template and not an XComArg: the report comes after the balance, and after nothing else.
        job_flow_id=f"{{{{ ti.xcom_pull(task_ids='{recovery.submit.task_id}', key='{CLUSTER}') or '' }}}}",
        minimum_rows=planned["minimum_rows"],
        max_failed_ratio=planned["max_failed_ratio"],
        fail_on_damaged=planned["fail_on_damaged"],
        stream=planned["stream"],
        redact=planned["redact"],
        keep=planned["keep"],
        kms_key=planned["kms_key"],
        **{"trigger_rule": "none_failed_min_one_success", **kwargs},
    )
