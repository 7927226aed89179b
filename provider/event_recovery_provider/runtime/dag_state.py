"""What the states of its tasks say about a DAG run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def hidden_failures(states: Mapping[str, str | None], *, work: Iterable[str], leaves: Iterable[str]) -> list[str]:
    """Return the tasks that failed in a run that Airflow would call a success all the same.

    Airflow judges a run by its leaves. When a user marks a run as failed, what has not begun is skipped, so that after
    its teardown the run has no leaf that failed: it would end green.

    :param states: the state of each task of the run; a mapped task has one for each index, ``task_0`` and so on
    :param work: the tasks that must not fail in a green run
    :param leaves: the tasks that nothing but teardowns follows
    """
    ends = {states[task] for leaf in leaves for task in _instances(leaf, states)}
    if "skipped" not in ends or ends & {"failed", "upstream_failed"}:
        return []
    return sorted(one for task in work for one in _instances(task, states) if states[one] == "failed")


def _instances(task: str, states: Iterable[str]) -> list[str]:
    """Return the keys under which the states of a task, mapped or not, are listed."""
    return [key for key in states if key == task or re.fullmatch(re.escape(task) + "_[0-9]+", key)]
