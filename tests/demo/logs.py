"""Airflow's task logs as a person reads them."""

from __future__ import annotations

import json

from support.airflow.service import Airflow

_LINES = 30


def task_log_tail(airflow: Airflow, dag_id: str, run_id: str, task_id: str, *, lines: int = _LINES) -> str:
    """Return the last lines of a task's log, under its name."""
    return "\n".join([f"--- the end of the log of {task_id}", *readable(airflow.log(dag_id, run_id, task_id))[-lines:]])


def readable(log: str) -> list[str]:
    """Take the texts out of JSON lines: events, and the errors that come with them; other lines stay as they are."""
    found: list[str] = []
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            found.append(line)
            continue
        if not isinstance(entry, dict):
            found.append(line)
            continue
        found += str(entry.get("event", "")).splitlines()
        for error in entry.get("error_detail") or ():
            found += f"{error.get('exc_type')}: {error.get('exc_value')}".splitlines()
    return found
