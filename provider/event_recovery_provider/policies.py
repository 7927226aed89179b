"""Presets: which failures are worth another try, and after how long; who is told of a run that is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from event_recovery_provider._compat import deadline_alert, retry_policy
from event_recovery_provider.exceptions import LaunchError, RelaunchError


def relaunch_policy(delay: timedelta = timedelta(minutes=2)) -> Any | None:
    """Return a policy that tries again only what a new request or a new cluster may mend (Airflow 3.3; None before).

    Below 3.3 nothing is lost but the delay: errors that are settled are raised as types that Airflow does not retry.
    """
    return retry_policy((LaunchError, RelaunchError), delay=delay)


def retries_for_launch(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return an operator's arguments with retries, where neither the task nor its DAG gives any.

    A try that follows another adopts what that one started, so that a retry never costs a second cluster.
    """
    given = arguments.get("default_args") or {}
    presets = {"retries": 3, "retry_delay": timedelta(seconds=30)}
    return {**{name: value for name, value in presets.items() if name not in given}, **arguments}


def late_run(after: timedelta, notifier: str, **arguments: Any) -> dict[str, Any]:
    """Return the arguments of a DAG that tell of a run which is not over in time, and let it go on.

    It takes the place of a ``dagrun_timeout``, which would skip the teardown. Below Airflow 3.1, which has no
    deadlines, there are no arguments, and nobody is told. The triggerer calls the notifier, and has to import it.

    :param after: how long a run may take, from when it was queued
    :param notifier: dotted path of a notifier with an ``async_notify``
    :param arguments: of the notifier, as JSON; its templates see ``deadline`` and ``dag_run``, which has ``dag_id``,
        ``dag_run_id`` and ``state`` among others
    """
    alert = deadline_alert(after, notifier, arguments)
    return {} if alert is None else {"deadline": alert}
