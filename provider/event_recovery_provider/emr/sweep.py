"""Finds recovery clusters that outlived what they were started for, and ends them.

The last of the nets: it needs nothing but the tags that every recovery cluster carries, and so it also catches what a
lost task, a run that was stopped from outside or another Airflow left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from event_recovery_provider.aws.calls import Call, Conversation, pages
from event_recovery_provider.aws.emr_states import CLUSTER_ACTIVE
from event_recovery_provider.emr.find import LOOK_BACK
from event_recovery_provider.planning.identity import (
    CLUSTER_PREFIX,
    TAG_DAG_ID,
    TAG_DAG_RUN_ID,
    TAG_DEPLOYMENT,
    TAG_EXPIRES_AT,
    TAG_RUN_ID,
    tags_of,
)

#: States of a DAG run in which nobody will end its cluster any more.
_FINISHED = ("success", "failed")


@dataclass(frozen=True, slots=True)
class TaggedCluster:
    """A recovery cluster that is active, as its tags describe it."""

    job_flow_id: str
    name: str
    state: str
    created: datetime
    dag_id: str
    dag_run_id: str
    run_id: str
    deployment: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SweepDecision:
    """What to do about a cluster.

    :param reason: why it is to be ended; empty when it is to be left
    """

    cluster: TaggedCluster
    reason: str


def tagged_clusters(*, now: datetime) -> Conversation[list[TaggedCluster]]:
    """List the recovery clusters that are active, by their name, with their tags."""
    arguments = {"ClusterStates": list(CLUSTER_ACTIVE), "CreatedAfter": now - LOOK_BACK}
    listed = yield from pages("emr", "list_clusters", arguments, cursor=("Marker", "Marker"))
    found = []
    for summary in (one for page in listed for one in page["Clusters"] if one["Name"].startswith(CLUSTER_PREFIX)):
        answer = yield Call("emr", "describe_cluster", {"ClusterId": summary["Id"]})
        cluster = answer["Cluster"]
        tags = tags_of(cluster.get("Tags") or ())
        found.append(
            TaggedCluster(
                job_flow_id=cluster["Id"],
                name=cluster["Name"],
                state=cluster["Status"]["State"],
                created=summary["Status"]["Timeline"]["CreationDateTime"],
                dag_id=tags.get(TAG_DAG_ID, ""),
                dag_run_id=tags.get(TAG_DAG_RUN_ID, ""),
                run_id=tags.get(TAG_RUN_ID, ""),
                deployment=tags.get(TAG_DEPLOYMENT, ""),
                expires_at=_time(tags.get(TAG_EXPIRES_AT)),
            )
        )
    return found


def decide(
    clusters: Iterable[TaggedCluster],
    *,
    run_state: Callable[[TaggedCluster], str | None],
    now: datetime,
    grace: timedelta,
) -> list[SweepDecision]:
    """Decide which clusters are orphans.

    :param run_state: the state of the DAG run that a cluster belongs to, None when that is not known
    :param grace: a run that has finished has its cluster ended only after this, counted from the cluster's start: its
        own teardown is at work before
    """
    return [SweepDecision(cluster, _reason(cluster, run_state(cluster), now=now, grace=grace)) for cluster in clusters]


def _reason(cluster: TaggedCluster, state: str | None, *, now: datetime, grace: timedelta) -> str:
    if not cluster.run_id:
        return ""  # the name alone is no proof that the cluster is one of ours
    if cluster.expires_at and cluster.expires_at <= now:
        return f"its lease ended at {cluster.expires_at.isoformat()}"
    if state in _FINISHED and now - cluster.created > grace:
        return f"its run {cluster.dag_id}/{cluster.dag_run_id} is over ({state})"
    return ""


def table(decisions: Iterable[SweepDecision]) -> str:
    """Draw what was found, for the task log."""
    rows = [
        f"{one.cluster.job_flow_id}  {one.cluster.state:<14} {one.cluster.dag_id}/{one.cluster.dag_run_id}: "
        f"{'to be ended, ' + one.reason if one.reason else 'left alone'}"
        for one in decisions
    ]
    return "\n".join(rows) or "no recovery cluster is active"


def to_json(decisions: Iterable[SweepDecision]) -> list[dict[str, Any]]:
    """Return the clusters to be ended, as a task returns them."""
    return [
        {"job_flow_id": one.cluster.job_flow_id, "dag_id": one.cluster.dag_id, "reason": one.reason}
        for one in decisions
        if one.reason
    ]


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
