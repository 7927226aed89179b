"""Deterministic names: one run of one DAG always yields the same cluster, step, tags and prefixes.

RunJobFlow and AddJobFlowSteps know no client token, so the name is the idempotency key: a retry looks for it before it
creates anything, and a teardown finds the cluster by it even when the task that created the cluster was lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

CLUSTER_PREFIX: Final = "event-recovery-"
DEFAULT_SCOPE: Final = "recovery"
#: Beyond the limit of the job: the time a cluster takes to start, and to end.
AROUND_THE_JOB_SECONDS: Final = 2 * 3600

TAG_RUN_ID: Final = "event-recovery:run-id"
TAG_DAG_ID: Final = "event-recovery:dag-id"
TAG_DAG_RUN_ID: Final = "event-recovery:dag-run-id"
TAG_DEPLOYMENT: Final = "event-recovery:deployment"
TAG_OWNER: Final = "event-recovery:owner"
TAG_EXPIRES_AT: Final = "event-recovery:expires-at"
#: The managed service role policy of EMR acts only on clusters that carry this tag.
TAG_MANAGED_POLICIES: Final = "for-use-with-amazon-emr-managed-policies"

_SLUG_LENGTH = 40
_TAG_VALUE_LENGTH = 256
_TAG_FORBIDDEN = re.compile(r"[^\w\s+\-=.,_:/@]")


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What tells one recovery from every other: the DAG, its run, and the place in the DAG.

    :param scope: tells apart several recoveries of one DAG run
    :param map_index: -1 for a task that is not mapped
    :param deployment: tells apart the Airflows that share an AWS account
    """

    dag_id: str
    dag_run_id: str
    scope: str = DEFAULT_SCOPE
    map_index: int = -1
    deployment: str = ""

    @property
    def run_id(self) -> str:
        """The recovery's run id: readable, safe in S3 keys and EMR names, at most 92 characters."""
        parts = [self.dag_id, self.dag_run_id, self.scope, str(self.map_index)]
        if self.deployment:
            parts.append(self.deployment)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]
        return f"{_slug(self.dag_id)}-{_slug(self.dag_run_id)}-{digest}"

    @property
    def cluster_name(self) -> str:
        """The name of the run's cluster."""
        return CLUSTER_PREFIX + self.run_id

    @property
    def step_name(self) -> str:
        """The name of the step that runs the job."""
        return f"{CLUSTER_PREFIX}{self.run_id}-job"


@dataclass(frozen=True, slots=True)
class Lease:
    """How long a cluster may live, whatever becomes of Airflow.

    :param job_seconds: bounds the step, by ``timeout`` on the cluster
    :param lifetime_seconds: the age at which the sweeper ends the cluster whatever it does
    """

    job_seconds: int
    lifetime_seconds: int

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if not 0 < self.job_seconds < self.lifetime_seconds:
            raise ValueError(
                f"job_seconds is {self.job_seconds}; expected between 1 and lifetime_seconds ({self.lifetime_seconds})"
            )

    def expires_at(self, now: datetime) -> datetime:
        """When a cluster that starts now is overdue, in UTC and whole seconds."""
        return (now.astimezone(UTC) + timedelta(seconds=self.lifetime_seconds)).replace(microsecond=0)


def cluster_tags(
    identity: RunIdentity, *, owner: str, expires_at: datetime, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the tags by which a sweeper, a bill or a person finds out whose cluster this is."""
    tags = {
        TAG_RUN_ID: identity.run_id,
        TAG_DAG_ID: identity.dag_id,
        TAG_DAG_RUN_ID: identity.dag_run_id,
        TAG_DEPLOYMENT: identity.deployment,
        TAG_OWNER: owner,
        TAG_EXPIRES_AT: expires_at.isoformat(),
        TAG_MANAGED_POLICIES: "true",
        **(extra or {}),
    }
    return {key: _tag_value(value) for key, value in tags.items()}


def tags_of(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Turn the ``[{"Key": ..., "Value": ...}]`` of the EMR API into a mapping."""
    return {pair["Key"]: pair.get("Value", "") for pair in pairs}


def tag_pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Turn a mapping into the ``[{"Key": ..., "Value": ...}]`` of the EMR API."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_SLUG_LENGTH].rstrip("-")


def _tag_value(text: str) -> str:
    return _TAG_FORBIDDEN.sub("_", text)[:_TAG_VALUE_LENGTH]
