"""Tries a run on a sample of its rows, before a cluster is paid for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from event_recovery_provider._compat import AirflowSkipException, Context, aws_template_fields
from event_recovery_provider.aws import s3
from event_recovery_provider.emr import find
from event_recovery_provider.exceptions import TrialError
from event_recovery_provider.links import RecoveryPrefixLink
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.planning.plan import Plan


def hold_trial(task: RecoveryOperator, plan: Plan, context: Context) -> dict[str, Any]:
    """Try a run on a sample of its rows, show what became of them, and return it as small JSON.

    :raises TrialError: when too few of them would pass
    """
    # Loaded here, since no DAG file is to load more than it needs.
    from event_recovery_provider.checks import trial

    aws = task.aws
    tried = trial.try_run(plan, aws.run(trial.read_documents(plan)), aws)
    aws.run(s3.write_object(tried.page_uri, tried.page, content_type="text/html; charset=utf-8"))
    task.publish_page(context, "trial", tried.page_uri)
    task.log.info("%s\nAll of it is in %s", tried.text, tried.page_uri)
    if tried.shortfall:
        raise TrialError(f"{tried.shortfall}; see {tried.page_uri}")
    return tried.to_xcom()


class RecoveryTrialOperator(RecoveryOperator):
    """Recovers and verifies a sample of the rows of a run, and fails when too few of them would pass Enrich.

    Nothing is sent, and nothing written but the page ``trial.html`` beside the run. The task is skipped, and with it
    what comes before the report, when this very run is complete already. A run that has a cluster goes on as it is.

    :param plan: what the preflight returned (templated)
    """

    template_fields = aws_template_fields("plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow's own form
    operator_extra_links = (RecoveryPrefixLink(),)
    ui_color = "#fbf3d9"

    def __init__(self, *, plan: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.plan = plan

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the numbers of the trial, ``told``, which is what a person is shown, and ``ask``: whether to ask.

        Each is also an XCom of its own.
        """
        plan = msgspec.convert(self.plan, Plan)
        self.kms_key = plan.kms_key
        self.link_prefix(context, plan.prefix)
        if self.aws.run(s3.object_exists(plan.success_uri)):
            raise AirflowSkipException(f"this run is complete: {plan.summary_uri} holds its account")
        name = self.identity(context).cluster_name
        job_flow_id, _ = self.aws.run(find.active_cluster(name, remembered=None, now=datetime.now(UTC)))
        if job_flow_id:
            self.log.info("cluster %s of an earlier try is active: the run goes on as it was tried then", job_flow_id)
            return {"ask": False, "told": ""}
        return {"ask": plan.approval, **hold_trial(self, plan, context)}
