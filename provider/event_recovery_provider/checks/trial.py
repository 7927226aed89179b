"""Whether a run is worth its cluster: its config, tried on a sample of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from event_recovery.contract import RunPaths, layout
from event_recovery.inputs.choice import Selection
from event_recovery.inputs.manifest import Manifest

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.aws.clients import Aws
from event_recovery_provider.checks.config import masked_resolver
from event_recovery_provider.checks.rate import too_late
from event_recovery_provider.exceptions import TrialError
from event_recovery_provider.planning import room
from event_recovery_provider.planning.plan import Plan

if TYPE_CHECKING:
    from event_recovery.trial.estimate import Estimate
    from event_recovery.trial.facts import Facts
    from event_recovery.trial.report import TrialReport

#: How many reasons of Enrich's are in an XCom, which stands in Airflow's database.
_MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class Documents:
    """What a trial reads of a run's prefix."""

    inputs: bytes
    config: bytes
    resolver: bytes


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial, and what is told of it.

    :param facts: what is on the page
    :param bare: the same without any value of a row, for the log and Airflow's database, which many can read
    :param page_uri: where the page of it is
    :param shortfall: why the run is not worth its cluster, None when it is
    """

    report: TrialReport
    estimate: Estimate
    facts: Facts
    bare: Facts
    page_uri: str
    shortfall: str | None

    @property
    def page(self) -> bytes:
        """The trial as HTML."""
        from event_recovery.trial.page import page

        return page(self.facts)

    @property
    def text(self) -> str:
        """The trial for the log."""
        from event_recovery.trial.told import log_text

        return log_text(self.bare)

    def to_xcom(self) -> dict[str, Any]:
        """Return the numbers as small JSON, and under ``told`` what a person is shown, as Markdown."""
        from event_recovery.contract import OUTCOMES
        from event_recovery.text.words import one_line
        from event_recovery.trial.told import markdown

        report, estimate = self.report, self.estimate
        reasons = [
            {**{name: one_line(value) for name, value in group._asdict().items()}, "events": counted.events}
            for group, counted in report.verdicts.sorted_groups()[:_MOST_REASONS]
        ]
        return {
            "rows": report.rows,
            **{outcome: report.count(outcome) for outcome in OUTCOMES},
            "would_pass": report.passing,
            "would_fail": report.failing,
            "not_checked": report.not_checked,
            "pass_ratio": report.pass_ratio,
            "reasons": reasons,
            "files": estimate.files,
            "bytes": estimate.stored_bytes,
            "estimated_rows": estimate.rows,
            "estimated_seconds": estimate.seconds,
            "estimated_node_hours": estimate.node_hours,
            "page": self.page_uri,
            "told": markdown(self.bare, page=self.page_uri),
        }


def read_documents(plan: Plan) -> Conversation[Documents]:
    """Read what the preflight has written or found.

    :raises TrialError: when some of it is not there any more
    """
    found: list[bytes] = []
    for uri in (plan.inputs_uri, plan.config, plan.resolver):
        body = yield from s3.read_object(uri)
        if body is None:
            raise TrialError(f"{uri} is gone since the preflight; clear the preflight")
        found.append(body)
    return Documents(*found)


def try_run(plan: Plan, documents: Documents, aws: Aws) -> Tried:
    """Recover and verify a sample of a run's rows."""
    # Loaded here, since no DAG file is to load the engine.
    from event_recovery import Limits, Recovery
    from event_recovery.inputs.sample_reader import SampleReader
    from event_recovery.storage.files import Storage
    from event_recovery.text.redact import ALL, Redaction
    from event_recovery.trial.estimate import estimate
    from event_recovery.trial.facts import facts, shortfall_of
    from event_recovery.trial.redacted import redacted_facts
    from event_recovery.trial.trial import try_out
    from event_recovery.verify import Verifier

    files = Manifest.from_bytes(documents.inputs).files
    rows = Selection.asked_by(plan).rows
    sample = SampleReader(files, Storage(client=aws.client("s3")).chunks, rows=rows, wanted=plan.trial_rows)
    verifier = Verifier(masked_resolver(documents.resolver, aws.client_of), enrich=plan.enrich)
    recovery = Recovery.from_config(
        documents.config,
        limits=Limits(resends=plan.max_resends or None),
        clean=plan.querystrings == "clean",
        mark=plan.run_id if plan.mark else None,
    )
    report = try_out(recovery, verifier, sample, enrich=plan.enrich)
    whole = estimate(
        report,
        files,
        nodes=room.count_of(plan.job_flow["Instances"]),
        subtasks=plan.subtasks,
        rate=plan.rate,
    )
    shortfall = shortfall_of(report, plan.minimum_pass_ratio) or _shortfall_of_time(plan, whole)
    told = facts(report, whole, run_id=plan.run_id, shortfall=shortfall)
    shown = redacted_facts(told, Redaction.keeping(plan.keep)) if plan.redact else told
    bare = redacted_facts(told, ALL)
    return Tried(report, whole, shown, bare, RunPaths(plan.prefix).path(layout.TRIAL), shortfall)


def _shortfall_of_time(plan: Plan, whole: Estimate) -> str | None:
    """Say that a run is not over in time at the rate that it sends at; None when it is, or is not known."""
    if plan.rate is None or whole.rate_seconds is None or whole.sent_rows is None:
        return None
    late = too_late(plan.rate, whole.rate_seconds, job_seconds=plan.job_seconds)
    return None if late is None else f"about {whole.sent_rows:,} records, {late}"
