"""A whole recovery in one task, on a cluster that ends itself."""

from __future__ import annotations

import time
from typing import Any

from event_recovery.contract import RunPaths, RunSummary
from event_recovery.inputs.manifest import Manifest
from msgspec.structs import replace

from event_recovery_provider._compat import Context, aws_template_fields, task_state_store
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.config import DEFAULT_DEFERRABLE, LOG_WAIT, METRICS_PERIOD, POLL_INTERVAL
from event_recovery_provider.emr import end, queries, start
from event_recovery_provider.exceptions import FAILURES, LaunchError, RecoveryError, RelaunchError
from event_recovery_provider.links import EmrClusterLink, RecoveryPrefixLink
from event_recovery_provider.operators.cluster import STORED_CLUSTER
from event_recovery_provider.operators.in_place import InPlace, wants_no_cluster
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.operators.report import fail_on_damage, make_page, read_metrics, redaction_of
from event_recovery_provider.operators.trial import hold_trial
from event_recovery_provider.planning import flink_job
from event_recovery_provider.planning.identity import AROUND_THE_JOB_SECONDS, RunIdentity
from event_recovery_provider.planning.job_flow import merge_job_flow
from event_recovery_provider.planning.plan import Plan, make_plan
from event_recovery_provider.policies import retries_for_launch
from event_recovery_provider.results import account
from event_recovery_provider.waits import checkpoints
from event_recovery_provider.waits.verdict import Verdict
from event_recovery_provider.waits.wait import Kill, Wait, hold


class RunRecoveryOperator(RecoveryPreflightOperator):
    """Checks, tries a sample of the rows, starts a cluster that holds the job as its steps, and waits for the job.

    The numbers that it returns are also the extra of its outlet assets.

    The cluster ends with its last step, whatever becomes of Airflow. A try that follows another goes on with its
    cluster if that is active, and from its newest checkpoint if it is not; a job that failed of its own is not tried
    again.

    :param settings: see ``planning.settings.Settings`` (templated); the parameters of the DAG run if not given
    :param defaults: settings that hold where ``settings`` has none: a dict or JSON text (templated)
    :param skip_when_empty: an input with no rows skips the task instead of failing it
    :param deferrable: wait in the triggerer and hold no worker slot
    :param poll_interval: seconds between two looks
    :param log_wait_seconds: how long to wait, after a failure, for EMR to deliver the logs
    """

    template_fields = aws_template_fields("settings", "defaults")
    operator_extra_links = (EmrClusterLink(), RecoveryPrefixLink())
    ui_color = "#dcebf7"
    no_approval = "a single task cannot wait for a person; take the DAG event_recovery"

    def __init__(
        self,
        *,
        deferrable: bool = DEFAULT_DEFERRABLE,
        poll_interval: float = POLL_INTERVAL,
        log_wait_seconds: float = LOG_WAIT,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": False, **retries_for_launch(kwargs)})
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.log_wait_seconds = log_wait_seconds
        self._in_place = InPlace()
        self._identity: RunIdentity | None = None
        self._job_flow_id: str | None = None
        self._done: tuple[Plan, Manifest | None, RunSummary | None] | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the numbers of the run, as ``RecoveryReportOperator`` does."""
        settings = self.checked_settings(context)
        self.region_name, self.kms_key = self.region_name or settings.region, settings.kms_key
        self.keep_task_instance(context)
        identity = self._identity = self.identity(context)
        aws = self.aws
        plan, done = self.prepare(aws, settings, identity)
        plan = self._known(plan)
        self.link_prefix(context, plan.prefix)
        if done:
            return self._report(plan, context, job_flow_id="")
        self.prepare_on_kill()
        store = task_state_store(context)
        job_flow_id = start.adopt_cluster(aws, identity, remembered=store.get(STORED_CLUSTER) if store else None)
        if job_flow_id:
            self.log.info("cluster %s of an earlier try is active: going on with it", job_flow_id)
        else:
            hold_trial(self, plan, context)
            if wants_no_cluster(aws, runner=plan.runner, most_mb=plan.in_place_mb, prefix=plan.prefix):
                self._in_place.run(plan.job, aws, self.log.info)
                return self._report(plan, context, job_flow_id="")
            job_flow_id = start.run_job_flow(aws, self._request(aws, plan, identity))
            self.terminate_if_killed(job_flow_id)
            # A lost answer may have left two, and each would run the whole job.
            job_flow_id = start.adopt_cluster(aws, identity, remembered=None) or job_flow_id
            self.log.info("started cluster %s, %s", job_flow_id, identity.cluster_name)
        self._job_flow_id = job_flow_id
        if store:
            store.set(STORED_CLUSTER, job_flow_id)
        self.link_cluster(context, job_flow_id)
        wait = self._wait(aws, plan, identity, job_flow_id)
        verdict = wait.poll(aws)
        if not verdict.settled and self.deferrable:
            self.log.info("waiting for %s: %s", wait.what, verdict.message)
            self.defer_to(wait)
        return self._end(verdict if verdict.settled else hold(wait, aws), plan, context, **wait.arguments)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Take over from the trigger."""
        settings = self.checked_settings(context)
        self.region_name, self.kms_key = self.region_name or settings.region, settings.kms_key
        plan = self._known(make_plan(settings, self.identity(context)))
        return self._end(Verdict.from_event(event), plan, context, **event["arguments"])

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Tell OpenLineage what the run read and wrote, as far as it came."""
        if self._done is None:
            return None
        from event_recovery_provider.results import lineage

        plan, manifest, summary = self._done
        files = None if manifest is None else manifest.files
        told = lineage.of_run(RunPaths(plan.prefix), plan.inputs, stream=plan.stream, files=files, summary=summary)
        return lineage.facets(told)

    def on_kill(self) -> None:
        """End the cluster, by its name if its id was not known yet, or the run on this worker."""
        self._in_place.end()
        if self._identity:
            self.kill_setup(self._identity, self._job_flow_id)

    def _known(self, plan: Plan) -> Plan:
        """Return a plan with the ARN of its stream, and keep it for OpenLineage."""
        from event_recovery_provider.checks.outputs import stream_arn

        plan = replace(plan, stream=self.aws.run(stream_arn(plan.output)))
        self._done = (plan, None, None)
        return plan

    def _request(self, aws: Aws, plan: Plan, identity: RunIdentity) -> dict[str, Any]:
        """Return a RunJobFlow request for a cluster that runs the job and ends with it."""
        found = aws.run(checkpoints.newest_checkpoints(plan.checkpoint_dir))
        checkpoint = found[-1].path if found else None
        if checkpoint:
            self.log.info("going on from checkpoint %s", checkpoint)
        steps = flink_job.steps(plan.job, name=identity.step_name, resume_from=checkpoint)
        own = {"Instances": {"KeepJobFlowAliveWhenNoSteps": False}, "Steps": steps}
        return start.named_request(
            merge_job_flow(plan.job_flow, own), identity, job_seconds=plan.job_seconds, owner=plan.owner, tags=plan.tags
        )

    def _wait(self, aws: Aws, plan: Plan, identity: RunIdentity, job_flow_id: str) -> Wait:
        listed = aws.run(queries.list_steps(job_flow_id))
        step_id = next((step.id for step in listed if step.name == identity.step_name), None)
        if step_id is None:
            raise LaunchError(
                f"cluster {job_flow_id} has no step {identity.step_name}, only {[step.name for step in listed]}"
            )
        return Wait(
            name="job",
            arguments={"job_flow_id": job_flow_id, "step_id": step_id},
            what="the end of the job",
            interval=self.poll_interval,
            timeout=plan.job_seconds + AROUND_THE_JOB_SECONDS,
            started=time.time(),
            access=self.access,
            kill=Kill("terminate_cluster", job_flow_id, step_id),
        )

    def _end(self, verdict: Verdict, plan: Plan, context: Context, *, job_flow_id: str, step_id: str) -> dict[str, Any]:
        if verdict.outcome == "success":
            self.log.info("%s", verdict.message)
            return self._report(plan, context, job_flow_id=job_flow_id)
        error: RecoveryError = FAILURES[verdict.failure](verdict.message, code=verdict.code)
        if error.retriable:
            error = RelaunchError(verdict.message, code=verdict.code)
        self.log.info("%s", self.aws.run(end.terminate(job_flow_id)))
        raise self.with_evidence(error, job_flow_id=job_flow_id, step_id=step_id)

    def _report(self, plan: Plan, context: Context, *, job_flow_id: str) -> dict[str, Any]:
        paths = RunPaths(plan.prefix)
        manifest = self.aws.run(account.read_manifest(paths))
        self._done = (plan, manifest, None)
        summary = self.balanced_account(plan)
        self._done = (plan, manifest, summary)
        watched = read_metrics(self, summary, job_flow_id=job_flow_id, period=METRICS_PERIOD) if job_flow_id else None
        shown = make_page(
            self,
            summary,
            plan.prefix,
            context,
            manifest=manifest,
            drawn=watched and watched[1],
            job_flow_id=job_flow_id,
            redaction=redaction_of(plan.redact, plan.keep),
        )
        numbers = {**account.to_xcom(summary), **account.where_from(paths, manifest), **shown}
        for outlet in self.outlets or ():
            context["outlet_events"][outlet].extra = numbers
        if plan.fail_on_damaged:
            fail_on_damage(summary, numbers, context)
        return numbers
