"""Retry presets: which failures are worth another try, and after how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from event_recovery_provider._compat import retry_policy
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
