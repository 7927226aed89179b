"""Judgements of a cluster and of the step that runs the job."""

from __future__ import annotations

from event_recovery_provider.aws.emr_states import (
    CLUSTER_ACTIVE,
    CLUSTER_ENDED,
    CLUSTER_GONE,
    CLUSTER_READY,
    RETRIABLE_REASONS,
    STEP_FAILED,
)
from event_recovery_provider.emr.models import Cluster, Step
from event_recovery_provider.waits.verdict import Verdict, failed, pending, success


def judge_ready(cluster: Cluster, *, replaceable: bool = False) -> Verdict:
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


def judge_gone(cluster: Cluster) -> Verdict:
    """Judge whether a cluster has no instance left; how it ended does not matter here."""
    if cluster.state in CLUSTER_GONE:
        return success(cluster.summary, result=cluster.id)
    return pending(cluster.summary)


def judge_job(step: Step, cluster: Cluster) -> Verdict:
    """Judge the job by its step; the cluster only explains, or shows that the step can never finish.

    ``cluster`` must have been read before ``step``: then a step that is still running on a cluster that was ending
    cannot be one that finished in between.
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
