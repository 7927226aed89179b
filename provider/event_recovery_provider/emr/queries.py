"""Conversations that ask EMR about clusters and steps. No I/O here: see ``aws.calls``."""

from __future__ import annotations

from datetime import datetime

from event_recovery_provider.aws.calls import Call, Conversation, pages
from event_recovery_provider.emr.models import Cluster, Step


def describe_cluster(job_flow_id: str) -> Conversation[Cluster]:
    """Read a cluster."""
    answer = yield Call("emr", "describe_cluster", {"ClusterId": job_flow_id})
    return Cluster.from_api(answer["Cluster"])


def describe_step(job_flow_id: str, step_id: str) -> Conversation[Step]:
    """Read a step."""
    answer = yield Call("emr", "describe_step", {"ClusterId": job_flow_id, "StepId": step_id})
    return Step.from_api(answer["Step"])


def list_steps(job_flow_id: str) -> Conversation[list[Step]]:
    """Read every step of a cluster, newest first."""
    listed = yield from pages("emr", "list_steps", {"ClusterId": job_flow_id}, cursor=("Marker", "Marker"))
    return [Step.from_api(step) for page in listed for step in page["Steps"]]


def node_hours(job_flow_id: str, *, now: datetime) -> Conversation[tuple[int, float]]:
    """Return how many nodes a cluster has had, and for how many hours all of them together, until now."""
    listed = yield from pages("emr", "list_instances", {"ClusterId": job_flow_id}, cursor=("Marker", "Marker"))
    timelines = [one["Status"].get("Timeline") or {} for page in listed for one in page["Instances"]]
    seconds = sum((one.get("EndDateTime", now) - one.get("CreationDateTime", now)).total_seconds() for one in timelines)
    return len(timelines), seconds / 3600
