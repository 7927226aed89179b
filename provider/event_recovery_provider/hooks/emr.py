"""EMR, for tasks of one's own: the conversations of the provider behind plain methods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from event_recovery_provider import conversations, resume
from event_recovery_provider._compat import EmrHook
from event_recovery_provider.aws import PATIENT, Aws, AwsAccess
from event_recovery_provider.diagnostics import diagnose
from event_recovery_provider.states import CLUSTER_ALIVE
from event_recovery_provider.verdicts import Cluster, Step


class RecoveryEmrHook(EmrHook):
    """The Amazon provider's EMR hook, patient with EMR's throttling, with what a recovery needs besides.

    Takes ``aws_conn_id``, ``region_name``, ``verify`` and ``config`` as every hook of the Amazon provider.
    """

    def __init__(self, *, emr_conn_id: str | None = None, config: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(emr_conn_id, config={**PATIENT, **(config or {})}, **kwargs)
        self._aws = Aws(AwsAccess(self.aws_conn_id, kwargs.get("region_name"), kwargs.get("verify"), config))

    def describe(self, job_flow_id: str) -> Cluster:
        """Return a cluster's state and its reason."""
        return self._aws.run(conversations.describe_cluster(job_flow_id))

    def steps(self, job_flow_id: str) -> list[Step]:
        """Return every step of a cluster, newest first."""
        return self._aws.run(conversations.list_steps(job_flow_id))

    def clusters_named(self, name: str) -> list[str]:
        """Return the ids of the clusters of a name that still have instances, oldest first."""
        found = self._aws.run(resume.find_clusters(name, states=CLUSTER_ALIVE, now=datetime.now(UTC)))
        return [cluster["Id"] for cluster in found]

    def end(self, job_flow_id: str) -> str:
        """End a cluster, protected or not, and say what was done; does not wait."""
        return self._aws.run(resume.terminate(job_flow_id))

    def diagnose(self, job_flow_id: str, step_id: str | None = None, *, lines: int = 30) -> str:
        """Return the evidence of a failure: reasons, step states and the last lines of the logs."""
        return self._aws.run(diagnose(job_flow_id, step_id, lines=lines)).text
