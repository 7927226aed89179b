"""Finding what an earlier try left behind, before anything is created.

EMR has no client token: what makes a retry adopt instead of duplicate is the name, which is the same on every try (see
``planning.identity``). The store of Airflow 3.3 only saves the search.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from event_recovery_provider.aws.calls import Conversation, error_code, pages
from event_recovery_provider.aws.emr_states import CLUSTER_ACTIVE, CLUSTER_ALIVE, CLUSTER_ENDED, STEP_ACTIVE
from event_recovery_provider.emr import queries
from event_recovery_provider.emr.models import Cluster, Step

#: How old a cluster may be that is looked for: twice the longest lease, which ends after two weeks, so that a sweep
#: still finds what outlived it while no sweep ran.
LOOK_BACK: Final = timedelta(days=30)


def find_clusters(name: str, *, states: Iterable[str], now: datetime) -> Conversation[list[dict[str, Any]]]:
    """List the clusters of a name in the given states, oldest first, each as ListClusters describes it."""
    arguments = {"ClusterStates": list(states), "CreatedAfter": now - LOOK_BACK}
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
            cluster = yield from queries.describe_cluster(remembered)
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
        cluster = yield from queries.describe_cluster(known)
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
