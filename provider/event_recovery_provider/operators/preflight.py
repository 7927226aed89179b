"""Turns settings into a plan, and checks it before any money is spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from event_recovery.contract import RunSummary
from msgspec.structs import replace as replace_fields

from event_recovery_provider._compat import (
    ASKS_PEOPLE,
    AirflowSkipException,
    BaseAwsLink,
    Context,
    aws_template_fields,
    connection_password,
    mask_secret,
)
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.emr import end
from event_recovery_provider.exceptions import PreflightError
from event_recovery_provider.links import RecoveryPrefixLink
from event_recovery_provider.operators.base import RecoveryOperator
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import Plan, make_plan
from event_recovery_provider.planning.settings import Settings, parse
from event_recovery_provider.results import account


class RecoveryPreflightOperator(RecoveryOperator):
    """Checks the settings of a run and everything it needs, and returns the plan that the other tasks follow.

    All problems are reported at once. The task is skipped, and with it the run, when there is nothing to recover or
    when this very run is complete already. A configuration given in place is written to the run's prefix.

    :param settings: see ``planning.settings.Settings`` (templated); the parameters of the DAG run if not given
    :param defaults: settings that hold where ``settings`` has none, for instance what is the same for all runs of a
        site, kept in an Airflow Variable: a dict or JSON text (templated)
    :param skip_when_empty: an input with no rows skips the run instead of failing it
    """

    template_fields = aws_template_fields("settings", "defaults")
    template_fields_renderers = {"settings": "json", "defaults": "json"}  # noqa: RUF012 - Airflow's own form
    operator_extra_links: tuple[BaseAwsLink, ...] = (RecoveryPrefixLink(),)
    ui_color = "#fbf3d9"
    #: Why nobody can approve a run, None where somebody can.
    no_approval: ClassVar[str | None] = None if ASKS_PEOPLE else "Airflow asks nobody before 3.1; leave it out"

    def __init__(
        self,
        *,
        settings: dict[str, Any] | None = None,
        defaults: dict[str, Any] | str | None = None,
        skip_when_empty: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.settings = settings
        self.defaults = defaults
        self.skip_when_empty = skip_when_empty

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render the templates; Airflow, which keeps what they came to, is told which API keys not to show."""
        super().render_template_fields(context, jinja_env)
        _mask([self.settings, self.defaults])

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the plan, see ``planning.plan.Plan``; each field is also an XCom of its own."""
        from event_recovery_provider.checks.outputs import stream_arn

        settings = self.checked_settings(context)
        self.region_name, self.kms_key = self.region_name or settings.region, settings.kms_key
        plan, done = self.prepare(self.aws, settings, self.identity(context))
        self.link_prefix(context, plan.prefix)
        if done:
            self.checked_account(plan)
            raise AirflowSkipException(f"this run is complete: {plan.summary_uri} holds its account")
        return replace_fields(plan, stream=self.aws.run(stream_arn(plan.output))).to_dict()

    def checked_settings(self, context: Context) -> Settings:
        """Return the settings of the run, checked.

        :raises SettingsError: with all that is wrong with them
        """
        own = self.settings if self.settings is not None else dict(context["params"])
        _mask(own)
        return parse(own, defaults=self.defaults)

    def prepare(self, aws: Aws, settings: Settings, identity: RunIdentity) -> tuple[Plan, bool]:
        """Plan a run and check it.

        :return: the plan, and whether the run is complete already
        :raises PreflightError: with every problem that was found
        :raises AirflowSkipException: when there is nothing to recover
        """
        try:
            plan, done = self._checked(aws, settings, identity)
        except Exception:
            self._end_leftovers(aws, identity)
            raise
        if done:
            self._end_leftovers(aws, identity)
        return plan, done

    def checked_account(self, plan: Plan) -> RunSummary:
        """Return the account of a run that is complete.

        :raises RowsMissingError, TooManyFailedRowsError, DamagedInputError: when it is not good enough
        """
        summary = self.balanced_account(plan)
        if plan.fail_on_damaged:
            account.check_damage(summary)
        return summary

    def balanced_account(self, plan: Plan) -> RunSummary:
        """Return the account of a run that is complete, whatever became of its input's files, and draw it in the log.

        :raises RowsMissingError, TooManyFailedRowsError: when it is not good enough
        """
        summary = self.aws.run(account.read_summary(plan.summary_uri))
        for line in account.changes(summary):
            self.log.warning("no longer what was chosen: %s", line)
        for line in account.damage(summary):
            self.log.warning("not read to its end: %s", line)
        account.check_summary(summary, minimum_rows=plan.minimum_rows, max_failed_ratio=plan.max_failed_ratio)
        self.log.info("%s", account.draw(summary))
        return summary

    def _checked(self, aws: Aws, settings: Settings, identity: RunIdentity) -> tuple[Plan, bool]:
        # Loaded here, since no DAG file is to load more than it needs.
        from event_recovery_provider.checks import preflight
        from event_recovery_provider.checks.config import check_documents, check_enrich
        from event_recovery_provider.checks.launch import check_launch
        from event_recovery_provider.checks.rate import check_hours, find_rate
        from event_recovery_provider.planning.apikeys import with_connections

        plan = make_plan(settings, identity)
        report = aws.run(preflight.check_plan(plan, config=settings.config, resolver=settings.resolver))
        problems, warnings = aws.run(check_launch(plan, identity, further=settings.job_arguments))
        report = replace(report, problems=(*report.problems, *problems), warnings=(*report.warnings, *warnings))
        plan, problems, warnings = aws.run(find_rate(plan))
        problems += [] if report.done else check_hours(plan, report.choice.files)
        report = replace(report, problems=(*report.problems, *problems), warnings=(*report.warnings, *warnings))
        resolver, secret = report.resolver, dict[str, str]()
        if plan.resolver in plan.staged:
            try:
                secret[plan.resolver] = with_connections(settings.resolver, connection_password)
                resolver = secret[plan.resolver].encode()
            except ValueError as error:
                report, resolver = replace(report, problems=(*report.problems, f"resolver: {error}")), None
        if report.config is not None:
            faults, doubts = check_documents(report.config, resolver, aws.client_of)
            report = replace(report, problems=(*report.problems, *faults), warnings=(*report.warnings, *doubts))
        further = check_enrich(settings.enrich)
        if settings.approval and self.no_approval:
            further.append(f"approval: {self.no_approval}")
        report = replace(report, problems=(*report.problems, *further))
        self.log.info("%s", preflight.describe(plan, report))
        if report.done:
            return plan, True
        problems = list(report.problems)
        if not report.choice.files and not problems:
            nothing = [f"inputdir: {text}: {why}" for text, why in report.choice.nothing_in.items()]
            if self.skip_when_empty:
                raise AirflowSkipException("\n".join(["there is nothing to recover", *nothing]))
            problems += nothing
        if problems:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise PreflightError(f"the run cannot start, {len(problems)} problems:\n{listed}")
        aws.run(preflight.stage(plan, report.found.manifest, secret=secret))
        return plan, False

    def _end_leftovers(self, aws: Aws, identity: RunIdentity) -> None:
        """End what an earlier try of the run left to the next one: there will be none to go on with it."""
        try:
            self.log.info("%s", aws.run(end.kill_by_name(identity.cluster_name, now=datetime.now(UTC))))
        except (BotoCoreError, ClientError) as error:
            self.log.warning("whether a cluster of the run is left is not known: %s", error)


def _mask(given: Any) -> None:
    from event_recovery_provider.planning.apikeys import secrets_of

    for secret in secrets_of(given):
        mask_secret(secret)
