"""Pure judgements: from what AWS answered to what it means.

Each wait has one function here, and both the task that polls and the trigger that polls for it call the same one, so
that a wait means the same whether it holds a worker slot or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from event_recovery_provider.aws.emr_states import (
    CLUSTER_ACTIVE,
    CLUSTER_ENDED,
    CLUSTER_GONE,
    CLUSTER_READY,
    RETRIABLE_REASONS,
    STEP_FAILED,
)
from event_recovery_provider.emr.models import Cluster, Step

Outcome = Literal["pending", "success", "failed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one poll found.

    ``message`` is a line for the log, followed by a table where there are counts. A failed verdict names in ``failure``
    the error to raise (a key of ``exceptions.FAILURES``) and in ``code`` the reason. ``result`` is JSON, the task's
    return value.
    """

    outcome: Outcome
    message: str
    failure: str = ""
    code: str = ""
    result: Any = None

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.outcome != "pending"

    def to_event(self) -> dict[str, Any]:
        """Return the verdict as the JSON a trigger sends."""
        return {
            "outcome": self.outcome,
            "message": self.message,
            "failure": self.failure,
            "code": self.code,
            "result": self.result,
        }

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Verdict:
        """Read what ``to_event`` wrote; raises ValueError when it is something else."""
        if event.get("outcome") not in ("success", "failed"):
            msg = f"expected the event of a settled wait, got {dict(event)!r}"
            raise ValueError(msg)
        return cls(
            outcome=event["outcome"],
            message=event.get("message", ""),
            failure=event.get("failure", ""),
            code=event.get("code", ""),
            result=event.get("result"),
        )


def pending(message: str) -> Verdict:
    """Return a verdict that says: poll again."""
    return Verdict("pending", message)


def success(message: str, *, result: Any = None) -> Verdict:
    """Return a verdict that ends the wait well."""
    return Verdict("success", message, result=result)


def failed(failure: str, message: str, *, code: str = "", result: Any = None) -> Verdict:
    """Return a verdict that ends the wait with the error named ``failure``."""
    return Verdict("failed", message, failure=failure, code=code, result=result)


def cluster_ready(cluster: Cluster, *, replaceable: bool = False) -> Verdict:
    """Judge whether a cluster takes work; a cluster that is ending is a failure whatever it did before.

    :param replaceable: a cluster that failed to start will be replaced, and must be gone before
    """
    if cluster.state in CLUSTER_READY:
        return success(cluster.summary, result=cluster.id)
    if replaceable and cluster.failed_to_start and cluster.state not in CLUSTER_GONE:
        return pending(f"{cluster.summary}; another may take its place when it is gone")
    if cluster.state in CLUSTER_ENDED:
        return failed("ClusterFailedError", cluster.summary, code=cluster.code)
    return pending(cluster.summary)


def cluster_gone(cluster: Cluster) -> Verdict:
    """Judge whether a cluster has no instance left; how it ended does not matter here."""
    if cluster.state in CLUSTER_GONE:
        return success(cluster.summary, result=cluster.id)
    return pending(cluster.summary)


def job(step: Step, cluster: Cluster) -> Verdict:
    """Judge the job by its step; the cluster only explains, or shows that the step can never finish.

    ``cluster`` must have been read before ``step``: then a step that is still running on a cluster that was ending can
    not be one that finished in between.
    """
    if step.state == "COMPLETED":
        return success(step.summary, result=step.id)
    if step.state in STEP_FAILED:
        code = "STEP_FAILURE" if step.state == "FAILED" else f"STEP_{step.state}"
        # A step that the cluster took down with it has the cluster's reason; its own says nothing.
        own = cluster.code in ("", "STEP_FAILURE", "ALL_STEPS_COMPLETED")
        lost = not own and (step.state != "FAILED" or cluster.code in RETRIABLE_REASONS)
        return failed("JobFailedError", f"{step.summary}; {cluster.summary}", code=cluster.code if lost else code)
    if cluster.state in CLUSTER_ACTIVE:
        return pending(f"{step.summary}; {cluster.summary}")
    return failed(
        "ClusterFailedError",
        f"{cluster.summary}, and {step.summary}: it will not finish",
        code=cluster.code or "CLUSTER_FAILED",
    )


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


def timed_out(what: str, *, seconds: float, last: str) -> Verdict:
    """Return the verdict of a wait whose deadline passed, with the last thing that was seen."""
    return failed("WaitTimeoutError", f"{what} did not happen within {seconds:.0f} s; last seen: {last or 'nothing'}")
