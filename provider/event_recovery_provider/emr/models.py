"""What EMR tells of clusters and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from event_recovery_provider.aws.emr_states import CLUSTER_ENDED, RETRIABLE_REASONS
from event_recovery_provider.emr.telling import is_noise


@dataclass(frozen=True, slots=True)
class Cluster:
    """What DescribeCluster tells of a cluster."""

    id: str
    name: str
    state: str
    code: str
    message: str
    log_uri: str
    protected: bool
    was_ready: bool

    @classmethod
    def from_api(cls, cluster: Mapping[str, Any]) -> Cluster:
        """Read the ``Cluster`` of a DescribeCluster answer, or an entry of ListClusters; most fields may be missing."""
        status = cluster.get("Status") or {}
        reason = status.get("StateChangeReason") or {}
        details = [detail.get("ErrorMessage", "") for detail in status.get("ErrorDetails") or ()]
        message = reason.get("Message", "")
        return cls(
            id=cluster["Id"],
            name=cluster.get("Name", ""),
            state=status.get("State", "UNKNOWN"),
            code=reason.get("Code", ""),
            message="; ".join([message, *(text for text in details if text and text not in message)]).strip("; "),
            log_uri=(cluster.get("LogUri") or "").replace("s3n://", "s3://", 1),
            protected=bool(cluster.get("TerminationProtected")),
            was_ready="ReadyDateTime" in (status.get("Timeline") or {}),
        )

    @property
    def failed_to_start(self) -> bool:
        """Whether the cluster ended before it took work, for a reason that another one may not share."""
        return self.state in CLUSTER_ENDED and self.code in RETRIABLE_REASONS and not self.was_ready

    @property
    def summary(self) -> str:
        """The state and its reason, on one line."""
        reason = " ".join(part for part in (self.code, self.message) if part)
        return f"cluster {self.id} is {self.state}" + (f" ({reason})" if reason else "")


@dataclass(frozen=True, slots=True)
class Step:
    """What DescribeStep or ListSteps tells of a step."""

    id: str
    name: str
    state: str
    reason: str
    message: str
    started: datetime | None
    ended: datetime | None

    @classmethod
    def from_api(cls, step: Mapping[str, Any]) -> Step:
        """Read one step; EMR gives the reason of a failure in ``FailureDetails`` or, often, not at all.

        What it gives is a line of the step's log, and may be one that says nothing.
        """
        status = step.get("Status") or {}
        details = status.get("FailureDetails") or {}
        timeline = status.get("Timeline") or {}
        message = details.get("Message") or (status.get("StateChangeReason") or {}).get("Message", "")
        return cls(
            id=step["Id"],
            name=step.get("Name", ""),
            state=status.get("State", "UNKNOWN"),
            reason=details.get("Reason", ""),
            message="" if is_noise(message) else message,
            started=timeline.get("StartDateTime"),
            ended=timeline.get("EndDateTime"),
        )

    @property
    def summary(self) -> str:
        """The state and the reason of a failure, on one line."""
        reason = ": ".join(part for part in (self.reason, self.message) if part)
        return f"step {self.id} ({self.name}) is {self.state}" + (f" ({reason})" if reason else "")
