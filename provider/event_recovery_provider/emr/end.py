"""Ending what runs outside Airflow: by a teardown, which takes its time, and by a kill, which has seconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from event_recovery_provider.aws.calls import Call, Conversation, error_code
from event_recovery_provider.aws.emr_states import CLUSTER_ACTIVE, CLUSTER_ENDED
from event_recovery_provider.emr import queries
from event_recovery_provider.emr.find import find_clusters

#: What a kill does to the work outside Airflow.
KillPolicy = Literal["terminate_cluster", "cancel_step", "leave"]
#: States of a killed task in which its user wants the work ended. In any other the work goes on: a task marked as
#: successful is to be passed over, one that was cleared is about to run again and adopts what is there, and one that
#: still runs is only losing its worker, or its time, and leaves the rest to its retry or to the teardown.
_ENDED_BY_USER = frozenset({"failed", "upstream_failed", "skipped", "removed"})


def terminate(job_flow_id: str) -> Conversation[str]:
    """End a cluster that is not ending yet, protected or not; asking twice does no harm."""
    cluster = yield from queries.describe_cluster(job_flow_id)
    if cluster.state in CLUSTER_ENDED:
        return f"nothing to end: {cluster.summary}"
    if cluster.protected:
        yield _unprotect(job_flow_id)
    yield _terminate(job_flow_id)
    return f"ending cluster {job_flow_id} ({cluster.state})"


def terminate_all(job_flow_ids: Iterable[str]) -> Conversation[tuple[list[str], dict[str, Exception]]]:
    """End every one that can be ended.

    :return: what was done, and by its id why a cluster could not be ended
    """
    done: list[str] = []
    refused: dict[str, Exception] = {}
    for job_flow_id in job_flow_ids:
        try:
            done.append((yield from terminate(job_flow_id)))
        except (BotoCoreError, ClientError) as error:
            refused[job_flow_id] = error
    return done, refused


def ends_work(state: str | None) -> bool:
    """Tell whether a task that is killed in this state is to take its cluster with it; None stands for unknown."""
    return state is None or state in _ENDED_BY_USER


def kill(policy: KillPolicy, *, job_flow_id: str, step_id: str | None) -> Conversation[str]:
    """Do what a killed task should do, in as few calls as possible: there are seconds for it."""
    if policy == "leave":
        return "nothing is ended: the policy is 'leave'"
    if policy == "cancel_step" and step_id:
        arguments = {"ClusterId": job_flow_id, "StepIds": [step_id], "StepCancellationOption": "TERMINATE_PROCESS"}
        yield Call("emr", "cancel_steps", arguments)
        return f"cancelling step {step_id}"
    try:
        yield _terminate(job_flow_id)
    except ClientError as error:
        if error_code(error) != "ValidationException":
            raise
        yield _unprotect(job_flow_id)
        yield _terminate(job_flow_id)
    return f"ending cluster {job_flow_id}"


def kill_by_name(name: str, *, now: datetime) -> Conversation[str]:
    """End every cluster of a run whose id the killed task did not live to learn."""
    found = yield from find_clusters(name, states=CLUSTER_ACTIVE, now=now)
    ids = [cluster["Id"] for cluster in found]
    if ids:
        yield Call("emr", "terminate_job_flows", {"JobFlowIds": ids})
    return f"ending clusters {', '.join(ids)}" if ids else f"no cluster of the name {name} is active"


def _terminate(job_flow_id: str) -> Call:
    return Call("emr", "terminate_job_flows", {"JobFlowIds": [job_flow_id]})


def _unprotect(job_flow_id: str) -> Call:
    return Call("emr", "set_termination_protection", {"JobFlowIds": [job_flow_id], "TerminationProtected": False})
