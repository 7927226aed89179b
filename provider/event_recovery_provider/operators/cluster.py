"""Creates the cluster of a run, and ends it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from event_recovery_provider._compat import (
    AirflowSkipException,
    Context,
    aws_template_fields,
    task_state_store,
    task_states,
)
from event_recovery_provider.aws import s3
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.config import DEFAULT_DEFERRABLE, POLL_INTERVAL
from event_recovery_provider.emr import end, find, start
from event_recovery_provider.exceptions import RunFailedError
from event_recovery_provider.links import EmrClusterLink
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.operators.in_place import InPlace, wants_no_cluster
from event_recovery_provider.planning.flink_job import DEFAULT_MAX_SECONDS, FlinkJob
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.job_flow import merge_job_flow
from event_recovery_provider.planning.runner import Runner
from event_recovery_provider.policies import retries_for_launch
from event_recovery_provider.runtime.dag_state import hidden_failures
from event_recovery_provider.waits.verdict import Verdict
from event_recovery_provider.waits.wait import Wait, hold

#: The key under which the task's store keeps the id of the cluster.
STORED_CLUSTER = "job_flow_id"
#: The XCom with the whole RunJobFlow request, for whoever has to send it once more.
REQUEST = "request"


class CreateRecoveryClusterOperator(RecoveryOperator):
    """Starts the cluster of a run, or adopts the one that an earlier try started, and returns its id.

    It does not wait: as a setup task it must not fail over what happens to the cluster, because the teardown of a
    setup that failed does not run. Nothing it starts depends on Airflow to end: EMR ends a cluster that idles, and the
    sweeper one that outlives its lease. The request is left as the XCom ``request``.

    :param job_flow: the RunJobFlow request (templated); name and tags are added
    :param job_flow_overrides: any fields of RunJobFlow, merged over it (templated)
    :param owner_tag: who answers for the cluster; a tag (templated)
    :param tags: further tags (templated)
    :param job_seconds: the longest the job may take (templated); the lease is two hours longer
    :param success_uri: S3 URI that exists once the run is complete (templated); the task is then skipped, so that
        clearing a task of a finished run costs no cluster
    :param runner: where the rows are recovered, see the setting (templated); in place, the task runs to their end on
        this worker, and is then skipped as if the run had been complete
    :param in_place_mb: the setting of that name (templated)
    :param prefix: S3 URI of the run, whose files decide for ``auto`` (templated)
    :param job: the submission, see ``planning.flink_job.FlinkJob`` (templated)
    """

    template_fields = aws_template_fields(
        *("job_flow", "job_flow_overrides", "owner_tag", "tags", "job_seconds", "success_uri"),
        *("runner", "in_place_mb", "prefix", "job"),
    )
    template_fields_renderers = {"job_flow": "json", "job_flow_overrides": "json"}  # noqa: RUF012 - Airflow's own form
    operator_extra_links = (EmrClusterLink(),)

    def __init__(
        self,
        *,
        job_flow: dict[str, Any],
        job_flow_overrides: dict[str, Any] | None = None,
        owner_tag: str = "airflow",
        tags: dict[str, str] | None = None,
        job_seconds: int | str = DEFAULT_MAX_SECONDS,
        success_uri: str | None = None,
        runner: Runner = "cluster",
        in_place_mb: int | str = 0,
        prefix: str = "",
        job: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**retries_for_launch(kwargs))
        self.runner = runner
        self.in_place_mb = in_place_mb
        self.prefix = prefix
        self.job = job
        self._in_place = InPlace()
        self.job_flow = job_flow
        self.job_flow_overrides = job_flow_overrides
        self.owner_tag = owner_tag
        self.tags = tags
        self.job_seconds = job_seconds
        self.success_uri = success_uri
        self._identity: RunIdentity | None = None
        self._job_flow_id: str | None = None

    def execute(self, context: Context) -> str:
        """Return the id of the run's cluster."""
        self.keep_task_instance(context)
        identity = self._identity = self.identity(context)
        store = task_state_store(context)
        aws = self.aws
        if self.success_uri and aws.run(s3.object_exists(self.success_uri)):
            raise AirflowSkipException(
                f"this run is complete, {self.success_uri} exists: there is nothing for a cluster to do"
            )
        if self._recovered_here(aws):
            raise AirflowSkipException("the rows are recovered on this worker: there is nothing for a cluster to do")
        request = self.request(identity)
        remembered = store.get(STORED_CLUSTER) if store else None
        job_flow_id = start.adopt_cluster(aws, identity, remembered=remembered)
        if job_flow_id:
            self.log.info("cluster %s of an earlier try is active: going on with it", job_flow_id)
        else:
            self.prepare_on_kill()
            job_flow_id = start.run_job_flow(aws, request)
            self.terminate_if_killed(job_flow_id)
            self.log.info("started cluster %s, %s", job_flow_id, identity.cluster_name)
        self._job_flow_id = job_flow_id
        if store:
            store.set(STORED_CLUSTER, job_flow_id)
        context["ti"].xcom_push(key=REQUEST, value=request)
        self.link_cluster(context, job_flow_id)
        return job_flow_id

    def request(self, identity: RunIdentity) -> dict[str, Any]:
        """Return the whole RunJobFlow request."""
        return start.named_request(
            merge_job_flow(self.job_flow, self.job_flow_overrides or {}),
            identity,
            job_seconds=int(self.job_seconds),
            owner=self.owner_tag,
            tags=self.tags or {},
        )

    def _recovered_here(self, aws: Aws) -> bool:
        here = wants_no_cluster(aws, runner=self.runner, most_mb=int(self.in_place_mb), prefix=self.prefix)
        if here:
            self._in_place.run(msgspec.convert(self.job, FlinkJob), aws, self.log.info)
        return here

    def on_kill(self) -> None:
        """End what was started, by its name if its id was not known yet."""
        self._in_place.end()
        if self._identity:
            self.kill_setup(self._identity, self._job_flow_id)


class TerminateRecoveryClusterOperator(RecoveryOperator):
    """Ends every cluster of a run and waits until no instance is left; does nothing when there is none.

    The clusters are found by name as well as by id, so that nothing is left running although the task that started it
    was lost. Termination protection is taken off. How a cluster had ended before does not matter here. Unless told
    otherwise it is tried again, since a worker may be lost and AWS may not answer.

    :param job_flow_id: the cluster, if known (templated)
    :param deferrable: wait in the triggerer and hold no worker slot
    :param timeout: seconds until the wait gives up; EMR takes one to five minutes, more when logs are to be delivered
    :param poll_interval: seconds between two looks
    """

    template_fields = aws_template_fields("job_flow_id")
    operator_extra_links = (EmrClusterLink(),)
    ui_color = "#f3e6e6"

    def __init__(
        self,
        *,
        job_flow_id: str | None = None,
        deferrable: bool = DEFAULT_DEFERRABLE,
        timeout: float = 1800,
        poll_interval: float = POLL_INTERVAL / 2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**retries_for_launch(kwargs))
        self.job_flow_id = job_flow_id
        self.deferrable = deferrable
        self.timeout = timeout
        self.poll_interval = poll_interval

    def execute(self, context: Context) -> list[str]:
        """Return the ids of the clusters that were ended."""
        aws = self.aws
        name = self.identity(context).cluster_name
        ids = aws.run(find.alive_clusters(name, known=self.job_flow_id or None, now=datetime.now(UTC)))
        if not ids:
            self.log.info("no cluster of the name %s is left", name)
            return self._done(context, [])
        self._terminate(aws, ids)
        self.link_cluster(context, ids[0])
        wait = Wait(
            name="gone",
            arguments={"job_flow_ids": ids},
            what="the end of the cluster",
            interval=self.poll_interval,
            timeout=self.timeout,
            started=time.time(),
            access=self.access,
        )
        verdict = wait.poll(aws)
        if not verdict.settled and self.deferrable:
            self.defer_to(wait)
        return self._end(context, verdict if verdict.settled else hold(wait, aws), ids)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> list[str]:
        """Take over from the trigger."""
        return self._end(context, Verdict.from_event(event), event["arguments"]["job_flow_ids"])

    def _terminate(self, aws: Aws, ids: list[str]) -> None:
        """End them all.

        :raises Exception: when all were tried, the error of the last that could not be ended
        """
        done, refused = aws.run(end.terminate_all(ids))
        for text in done:
            self.log.info(text)
        for job_flow_id, error in refused.items():
            self.log.error("cluster %s could not be ended", job_flow_id, exc_info=error)
        if refused:
            raise [*refused.values()][-1]

    def _end(self, context: Context, verdict: Verdict, ids: list[str]) -> list[str]:
        self.settle(verdict, job_flow_id=ids[0])
        return self._done(context, ids)

    def _done(self, context: Context, ids: list[str]) -> list[str]:
        """Fail, with the cluster gone, for a run whose failure nothing else would show."""
        failed = self._hidden_failures(context) if self.is_teardown else []
        if failed:
            raise RunFailedError(
                f"no cluster is left; the run is not green, because {', '.join(failed)} failed and what was to follow"
                " was skipped"
            )
        return ids

    def _hidden_failures(self, context: Context) -> list[str]:
        tasks = [task for task in context["dag"].tasks if not task.is_teardown]
        work = {task.task_id for task in tasks}
        leaves = [task.task_id for task in tasks if not task.downstream_task_ids & work]
        states = task_states(context["ti"].dag_id, context["ti"].run_id)
        return hidden_failures(states, work=self.get_flat_relative_ids(upstream=True), leaves=leaves)
