"""Submits the job to the cluster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from event_recovery_provider._compat import AirflowSkipException, Context, aws_template_fields, task_state_store
from event_recovery_provider.aws import s3
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.aws.emr_states import CLUSTER_ACTIVE
from event_recovery_provider.emr import find, queries, start
from event_recovery_provider.emr.end import KillPolicy
from event_recovery_provider.emr.models import Cluster
from event_recovery_provider.exceptions import ClusterFailedError, PreflightError
from event_recovery_provider.links import EmrClusterLink, RecoveryPrefixLink, RecoveryStepLogsLink
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.planning import flink_job
from event_recovery_provider.planning.flink_job import FlinkJob
from event_recovery_provider.policies import retries_for_launch
from event_recovery_provider.waits import checkpoints
from event_recovery_provider.waits.wait import Kill

#: The key under which the task's store keeps the id of the step.
STORED_STEP = "step_id"
#: The XCom with the id of the cluster that the step is on.
CLUSTER = "job_flow_id"


class SubmitRecoveryJobOperator(RecoveryOperator):
    """Submits the job as a step, or adopts the step of an earlier try, and returns the id of the step.

    A submission that follows a failed one goes on from the newest checkpoint of the same run, as the job finds it when
    it starts, or only makes the account that is missing. Once the step is there the cluster no longer outlives it. The
    cluster that the step is on is left as the XCom ``job_flow_id``.

    :param job_flow_id: the cluster (templated); if it is gone, the active cluster of the run takes its place
    :param job: the submission, see ``planning.flink_job.FlinkJob``; its JSON, or the object itself (templated)
    :param required: S3 URIs that must exist before anything is submitted (templated)
    :param success_uri: S3 URI that exists once the run is complete (templated); the task is then skipped
    :param resume_from: ``newest`` for the newest checkpoint of the run if there is one, ``never`` to fail when there is
        one, or the path of a checkpoint; one of this run gives way to the newest (templated)
    :param kill_policy: what to end when the task is killed: ``terminate_cluster``, ``cancel_step`` or ``leave``
    :param stream: ARN of the stream, for OpenLineage; empty if it is not known (templated)
    """

    template_fields = aws_template_fields("job_flow_id", "job", "required", "success_uri", "resume_from", "stream")
    template_fields_renderers = {"job": "json"}  # noqa: RUF012 - Airflow's own form
    operator_extra_links = (EmrClusterLink(), RecoveryStepLogsLink(), RecoveryPrefixLink())

    def __init__(
        self,
        *,
        job_flow_id: str,
        job: dict[str, Any] | FlinkJob,
        required: list[str] | None = None,
        success_uri: str | None = None,
        resume_from: str = "newest",
        kill_policy: KillPolicy = "terminate_cluster",
        stream: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**retries_for_launch(kwargs))
        self.job_flow_id = job_flow_id
        self.job = job
        self.required = required
        self.success_uri = success_uri
        self.resume_from = resume_from
        self.kill_policy = kill_policy
        self.stream = stream

    def execute(self, context: Context) -> str:
        """Return the id of the step that runs the job."""
        self.keep_task_instance(context)
        aws = self.aws
        job = msgspec.convert(msgspec.to_builtins(self.job), FlinkJob)
        if self.success_uri and aws.run(s3.object_exists(self.success_uri)):
            raise AirflowSkipException(
                f"this run is complete, {self.success_uri} exists: to submit it again would send every event twice"
            )
        cluster = self._cluster(aws, self.identity(context).cluster_name)
        name = self.identity(context).step_name
        step = find.submitted_step(aws.run(queries.list_steps(self.job_flow_id)), name)
        if step:
            self.log.info("going on with what an earlier try submitted: %s", step.summary)
            step_id = step.id
        elif cluster.state not in CLUSTER_ACTIVE:
            error = ClusterFailedError(f"nothing can be submitted: {cluster.summary}", code=cluster.code)
            raise self.with_evidence(error, job_flow_id=self.job_flow_id, step_id=None)
        else:
            step_id = self._submit(aws, job, name)
        if cluster.state in CLUSTER_ACTIVE:
            aws.call(start.keep_alive(self.job_flow_id, on=False))
        if store := task_state_store(context):
            store.set(STORED_STEP, step_id)
        context["ti"].xcom_push(key=CLUSTER, value=self.job_flow_id)
        self.link_cluster(context, self.job_flow_id)
        self.link_prefix(context, job.checkpoint_dir.rsplit("/", 1)[0])
        if cluster.log_uri:
            logs = f"{cluster.log_uri.rstrip('/')}/{cluster.id}/steps/{step_id}/"
            self.link_prefix(context, logs, RecoveryStepLogsLink)
        return step_id

    def get_openlineage_facets_on_start(self) -> Any:
        """Tell OpenLineage what the job is to read and to write; the report has the counts."""
        from event_recovery_provider.results import lineage

        job = msgspec.convert(msgspec.to_builtins(self.job), FlinkJob)
        return lineage.facets(lineage.of_job(job.arguments, stream=self.stream))

    def on_kill(self) -> None:
        """End the work outside Airflow, as ``kill_policy`` says."""
        self.kill(Kill(self.kill_policy, self.job_flow_id))

    def _cluster(self, aws: Aws, name: str) -> Cluster:
        """Return the cluster to submit to: one that failed to start may have been replaced since it was named."""
        cluster = aws.run(queries.describe_cluster(self.job_flow_id))
        if cluster.state in CLUSTER_ACTIVE:
            return cluster
        active, _ = aws.run(find.active_cluster(name, remembered=None, now=datetime.now(UTC)))
        if active is None:
            return cluster
        self.log.info("%s; cluster %s took its place", cluster.summary, active)
        self.job_flow_id = active
        return aws.run(queries.describe_cluster(active))

    def _submit(self, aws: Aws, job: FlinkJob, name: str) -> str:
        missing = [uri for uri in self.required or () if not aws.run(s3.object_exists(uri))]
        if missing:
            raise PreflightError(
                "the job cannot run without:\n" + "\n".join(f"  - {uri}: no such object" for uri in missing)
            )
        checkpoint = self._checkpoint(aws, job)
        if checkpoint:
            self.log.info("going on from checkpoint %s", checkpoint)
        steps = flink_job.steps(job, name=name, resume_from=checkpoint)
        step_id = start.add_steps(aws, self.job_flow_id, steps, name=name)
        self.log.info("submitted step %s (%s)", step_id, name)
        return step_id

    def _checkpoint(self, aws: Aws, job: FlinkJob) -> str | None:
        if self.resume_from not in ("newest", "never"):
            return self.resume_from
        found = aws.run(checkpoints.newest_checkpoints(job.checkpoint_dir))
        if found and self.resume_from == "never":
            raise PreflightError(
                f"resume_from is 'never', and this run has the checkpoint {found[-1].path}: begin anew in a run of its "
                "own, as what was committed with it would be counted twice"
            )
        return found[-1].path if found else None
