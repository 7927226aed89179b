"""Finding what an earlier try left behind, before anything is created, and ending it.

EMR has no client token: what makes a retry adopt instead of duplicate is the name, which is the same on every try (see
``names``). The store of Airflow 3.3 only saves the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from event_recovery_provider import conversations
from event_recovery_provider.aws.calls import Call, Conversation, error_code, pages
from event_recovery_provider.aws.emr_states import CLUSTER_ACTIVE, CLUSTER_ALIVE, CLUSTER_ENDED, STEP_ACTIVE
from event_recovery_provider.verdicts import Cluster, Step

#: What a kill does to the work outside Airflow.
KillPolicy = Literal["terminate_cluster", "cancel_step", "leave"]

#: States of a killed task in which its user wants the work ended. In any other the work goes on: a task marked as
#: successful is to be passed over, one that was cleared is about to run again and adopts what is there, and one that
#: still runs is only losing its worker, or its time, and leaves the rest to its retry or to the teardown.
_ENDED_BY_USER = frozenset({"failed", "upstream_failed", "skipped", "removed"})

#: No recovery cluster is older than this: the lease ends at 14 days at the latest.
_OLDEST = timedelta(days=15)


def find_clusters(name: str, *, states: Iterable[str], now: datetime) -> Conversation[list[dict[str, Any]]]:
    """List the clusters of a name in the given states, oldest first, each as ListClusters describes it."""
    arguments = {"ClusterStates": list(states), "CreatedAfter": now - _OLDEST}
    listed = yield from pages("emr", "list_clusters", arguments, cursor=("Marker", "Marker"))
    found = [cluster for page in listed for cluster in page["Clusters"] if cluster["Name"] == name]
    return sorted(found, key=lambda cluster: cluster["Status"].get("Timeline", {}).get("CreationDateTime", now))


def active_cluster(name: str, *, remembered: str | None, now: datetime) -> Conversation[tuple[str | None, list[str]]]:
    """Find the cluster to adopt, and those that a lost answer left besides it.

    :param remembered: the id that an earlier try stored, None if there is none
    :return: the id of the cluster to use, None when one has to be created, and ids to terminate
    """
    if remembered:
        try:
            cluster = yield from conversations.describe_cluster(remembered)
        except ClientError as error:
            if error_code(error) not in ("InvalidRequestException", "ValidationException"):
                raise
        else:
            if cluster.name == name and cluster.state in CLUSTER_ACTIVE:
                return cluster.id, []
    found = yield from find_clusters(name, states=CLUSTER_ACTIVE, now=now)
    ids = [cluster["Id"] for cluster in found]
    return (ids[0], ids[1:]) if ids else (None, [])


def replacement(
    job_flow_id: str, *, name: str, relaunches: int, now: datetime
) -> Conversation[tuple[str | None, bool]]:
    """Find out what may take the place of a cluster that is gone.

    All clusters of the run are counted, whichever try or task started them, so that the bound holds across retries.

    :param relaunches: how many clusters of the name may be started after one that failed to start
    :return: the id of the active cluster of the name, None if there is none; and whether to start one
    """
    listed = yield from find_clusters(name, states=(*CLUSTER_ACTIVE, *CLUSTER_ENDED), now=now)
    clusters = [Cluster.from_api(one) for one in listed]
    active = next((cluster.id for cluster in clusters if cluster.state in CLUSTER_ACTIVE), None)
    failed = [cluster.id for cluster in clusters if cluster.failed_to_start]
    return active, active is None and job_flow_id in failed and len(failed) <= relaunches


def alive_clusters(name: str, *, known: str | None, now: datetime) -> Conversation[list[str]]:
    """List the ids of every cluster of this run that still has instances; ``known`` is one to begin with."""
    found = yield from find_clusters(name, states=CLUSTER_ALIVE, now=now)
    ids = [cluster["Id"] for cluster in found]
    if known and known not in ids:
        cluster = yield from conversations.describe_cluster(known)
        if cluster.state in CLUSTER_ALIVE:
            ids.append(known)
    return ids


def submitted_step(steps: Iterable[Step], name: str) -> Step | None:
    """Pick the step of an earlier submission that still counts: running, waiting, or finished well.

    ``steps`` come newest first. A failed submission does not count: the next one goes on from its last checkpoint.
    """
    for step in steps:
        if step.name == name and (step.state in STEP_ACTIVE or step.state == "COMPLETED"):
            return step
    return None


def terminate(job_flow_id: str) -> Conversation[str]:
    """End a cluster that is not ending yet, protected or not; asking twice does no harm."""
    cluster = yield from conversations.describe_cluster(job_flow_id)
    if cluster.state in CLUSTER_ENDED:
        return f"nothing to end: {cluster.summary}"
    if cluster.protected:
        yield _unprotect(job_flow_id)
    yield _terminate(job_flow_id)
    return f"ending cluster {job_flow_id} ({cluster.state})"


def terminate_all(job_flow_ids: Iterable[str]) -> Conversation[tuple[list[str], dict[str, Exception]]]:
    """End every one that can be ended; returns what was done, and by its id why a cluster could not be ended."""
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


def keep_alive(job_flow_id: str, *, on: bool) -> Call:
    """Return the call that says whether a cluster outlives its last step."""
    arguments = {"JobFlowIds": [job_flow_id], "KeepJobFlowAliveWhenNoSteps": on}
    return Call("emr", "set_keep_job_flow_alive_when_no_steps", arguments)


def add_steps(job_flow_id: str, steps: Iterable[Mapping[str, Any]]) -> Call:
    """Return the call that submits steps."""
    return Call("emr", "add_job_flow_steps", {"JobFlowId": job_flow_id, "Steps": [dict(step) for step in steps]})


def _terminate(job_flow_id: str) -> Call:
    return Call("emr", "terminate_job_flows", {"JobFlowIds": [job_flow_id]})


def _unprotect(job_flow_id: str) -> Call:
    return Call("emr", "set_termination_protection", {"JobFlowIds": [job_flow_id], "TerminationProtected": False})
