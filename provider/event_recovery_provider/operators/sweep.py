"""Ends recovery clusters that nobody else will end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from event_recovery_provider._compat import aws_template_fields, dag_run_state
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.config import DEPLOYMENT
from event_recovery_provider.emr import end, sweep
from event_recovery_provider.exceptions import SweepError
from event_recovery_provider.operators.base import RecoveryOperator


class SweepRecoveryClustersOperator(RecoveryOperator):
    """Ends the recovery clusters of a region whose lease is over, or whose DAG run is; returns which, and why.

    :param grace_seconds: a run that is over has its cluster ended only when the cluster is at least this old
    :param report_only: only report (templated)
    """

    template_fields = aws_template_fields("report_only")
    ui_color = "#f3e6e6"

    def __init__(self, *, grace_seconds: float = 900, report_only: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.grace_seconds = grace_seconds
        self.report_only = report_only

    def execute(self, context: Any) -> list[dict[str, Any]]:
        """Return the clusters that were, or would be, ended."""
        aws = self.aws
        now = datetime.now(UTC)
        decisions = sweep.decide(
            aws.run(sweep.tagged_clusters(now=now)),
            run_state=self._run_state,
            now=now,
            grace=timedelta(seconds=self.grace_seconds),
        )
        self.log.info("%s", sweep.table(decisions))
        if str(self.report_only).lower() != "true":
            self._end(aws, [decision.cluster.job_flow_id for decision in decisions if decision.reason])
        return sweep.to_json(decisions)

    def _end(self, aws: Aws, ids: list[str]) -> None:
        """End them all.

        :raises SweepError: when all were tried, for those that could not be ended
        """
        done, refused = aws.run(end.terminate_all(ids))
        for text in done:
            self.log.warning("%s", text)
        if refused:
            listed = "\n".join(f"  - {job_flow_id}: {error}" for job_flow_id, error in refused.items())
            raise SweepError(f"these clusters could not be ended:\n{listed}")

    def _run_state(self, cluster: sweep.TaggedCluster) -> str | None:
        """Return the state of a cluster's DAG run; None for a run of another Airflow, which only the lease judges."""
        if not (cluster.dag_id and cluster.dag_run_id) or cluster.deployment != DEPLOYMENT:
            return None
        try:
            return dag_run_state(cluster.dag_id, cluster.dag_run_id)
        except Exception as error:  # noqa: BLE001 - Airflow has no one type for "no such run"
            self.log.info("the run of cluster %s is not known here: %s", cluster.job_flow_id, error)
            return None
