"""Every import that Airflow or its Amazon provider may move, and every question about what this Airflow can do.

Nothing else in the package imports an internal name or asks for a version: what differs between releases is found out
here, by looking for the capability itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.base_aws import BASE_AWS_CONSOLE_LINK, BaseAwsLink
from airflow.providers.amazon.aws.links.emr import EmrClusterLink
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk import Context, PokeReturnValue
from airflow.triggers.base import BaseTrigger, TriggerEvent

try:
    from airflow.providers.common.compat.sdk import (
        AirflowFailException,
        AirflowNotFoundException,
        AirflowOptionalProviderFeatureException,
        AirflowSensorTimeout,
        AirflowSkipException,
        mask_secret,
    )
except ImportError:  # common-compat 1.7, which Airflow 3.0's own constraints have
    from airflow.exceptions import (  # type: ignore[attr-defined, no-redef]
        AirflowFailException,
        AirflowNotFoundException,
        AirflowOptionalProviderFeatureException,
        AirflowSensorTimeout,
        AirflowSkipException,
    )
    from airflow.sdk.execution_time.secrets_masker import mask_secret  # type: ignore[no-redef]

try:
    import airflow.providers.standard.operators.hitl  # noqa: F401 - whether it can be loaded is the question
except (ImportError, AirflowOptionalProviderFeatureException):
    _asks_people = False
else:
    _asks_people = True

__all__ = [
    "ASKS_PEOPLE",
    "BASE_AWS_CONSOLE_LINK",
    "TRIGGER_HAS_ON_KILL",
    "AirflowFailException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "AwsBaseHook",
    "AwsBaseOperator",
    "AwsBaseSensor",
    "BaseAwsLink",
    "BaseTrigger",
    "Context",
    "EmrClusterLink",
    "EmrHook",
    "PokeReturnValue",
    "TriggerEvent",
    "aws_template_fields",
    "connection_password",
    "dag_run_state",
    "deadline_alert",
    "mask_secret",
    "openlineage_subset",
    "retry_policy",
    "task_state",
    "task_state_store",
    "task_states",
]

#: Whether a task can wait for a person's answer (3.1).
ASKS_PEOPLE: bool = _asks_people

#: Whether the triggerer tells a trigger that a user ended its task (3.3); before, only the cancellation is seen.
TRIGGER_HAS_ON_KILL: bool = hasattr(BaseTrigger, "on_kill")


def connection_password(conn_id: str) -> str | None:
    """Return the password of an Airflow connection; None when there is no such connection, or it has none."""
    try:
        found: str | None = AwsBaseHook.get_connection(conn_id).password
    except AirflowNotFoundException:
        return None
    return found


def task_state_store(context: Context) -> Any | None:
    """Return the store of this task instance that outlives its tries, where there is one (3.3)."""
    return context.get("task_state_store")


def retry_policy(kinds: Iterable[type[BaseException]], *, delay: timedelta) -> Any | None:
    """Return a policy that tries again after errors of these types; None below 3.3, which has no policies."""
    try:
        from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
    except ImportError:
        return None
    return ExceptionRetryPolicy(
        rules=[RetryRule(exception=kind, action=RetryAction.RETRY, retry_delay=delay) for kind in kinds]
    )


def deadline_alert(interval: timedelta, callback: str, arguments: dict[str, Any]) -> Any | None:
    """Return an alert for runs that are not over in time, counted from when they were queued; None below 3.1.

    :param callback: dotted path of what the triggerer calls and awaits
    """
    try:
        from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference  # type: ignore[attr-defined]
    except ImportError:
        try:  # 3.1
            from airflow.sdk.definitions.deadline import (  # type: ignore[attr-defined]
                AsyncCallback,
                DeadlineAlert,
                DeadlineReference,
            )
        except ImportError:
            return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=interval, callback=AsyncCallback(callback, arguments)
    )


def openlineage_subset(uris: Iterable[str]) -> Any | None:
    """Return OpenLineage's facet for the files that were read of a dataset; None where its client knows none yet."""
    try:
        from openlineage.client.generated.base_subset_dataset import (
            InputSubsetInputDatasetFacet,
            LocationSubsetCondition,
        )
    except ImportError:
        return None
    return InputSubsetInputDatasetFacet(LocationSubsetCondition([*uris]))


def dag_run_state(dag_id: str, dag_run_id: str) -> str:
    """Ask Airflow, from inside a task, for the state of a DAG run.

    :raises Exception: of a type that Airflow does not promise, when there is no such run
    """
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    return str(RuntimeTaskInstance.get_dagrun_state(dag_id=dag_id, run_id=dag_run_id))


def task_states(dag_id: str, dag_run_id: str) -> dict[str, str | None]:
    """Ask Airflow, from inside a task, for the state of every task of a run."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    found: dict[str, Any] = (
        RuntimeTaskInstance.get_task_states(dag_id=dag_id, run_ids=[dag_run_id]).get(dag_run_id) or {}
    )
    return {task: None if state is None else str(state) for task, state in found.items()}


def task_state(task_instance: Any) -> str:
    """Ask Airflow, from a worker or the triggerer, for the state of a task.

    It is ``cleared`` for a task that is to run again, and ``removed`` when the task, its run or its DAG was deleted.
    """
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    states = RuntimeTaskInstance.get_task_states(
        dag_id=task_instance.dag_id,
        task_ids=[task_instance.task_id],
        run_ids=[task_instance.run_id],
        map_index=task_instance.map_index,
    )
    run = states.get(task_instance.run_id) or {}
    key = task_instance.task_id if task_instance.map_index < 0 else f"{task_instance.task_id}_{task_instance.map_index}"
    if key not in run:
        key = task_instance.task_id
    if key not in run:
        return "removed"
    state = run[key]
    return "cleared" if state is None else str(state)
