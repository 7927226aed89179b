"""The checks before any money is spent. Every problem is found in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from event_recovery.inputs.choice import Choice, Selection, choose, described, refusal
from event_recovery.inputs.given import GivenInput, parse_input
from event_recovery.inputs.ledger import entry_name
from event_recovery.inputs.manifest import Manifest, ManifestError, Settled, asked, settled
from event_recovery.inputs.outputs import read_as_input
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, parse_location

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Conversation, error_code
from event_recovery_provider.checks import bundle, rate, room
from event_recovery_provider.checks.ledger import apply_ledger
from event_recovery_provider.checks.units import interval_warnings
from event_recovery_provider.planning.plan import Plan
from event_recovery_provider.planning.runner import runs_in_place


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """What the checks found.

    :param found: the files
    :param done: whether this very run is complete already
    :param problems: what keeps the run from being started
    :param warnings: what is suspicious, and checks that could not be made because a permission is missing that the run
        itself does not need
    :param config: the recovery config, None when it could not be read
    :param resolver: the Iglu resolver config, likewise
    """

    found: Settled
    done: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    config: bytes | None = None
    resolver: bytes | None = None

    @property
    def choice(self) -> Choice:
        """The files that are read."""
        return self.found.choice


def check_plan(plan: Plan, *, config: str, resolver: str) -> Conversation[PreflightReport]:
    """Check input and bundle, and read the config and the resolver, for ``checks.config`` to judge.

    :param config: the recovery config as JSON, or the S3 URI of a file that holds it
    :param resolver: the Iglu resolver config, likewise
    """
    problems: list[str] = []
    warnings = interval_warnings(plan.checkpoint_interval)
    done = yield from s3.object_exists(plan.success_uri)
    found = yield from _found(plan, problems, warnings)
    if found.choice.files:
        warnings += [f"inputdir: {text}: {why}" for text, why in found.choice.nothing_in.items()]
    warnings += [f"inputdir: {told}" for told in found.warnings()]
    documents: list[bytes | None] = []
    for text in (config, resolver):
        document, fault = yield from _read_document(text)
        documents.append(document)
        problems += fault
    if plan.runner != "in_place":
        try:
            problems += yield from bundle.check_bundle(plan.bundle, version=plan.version)
        except ClientError as error:
            problems.append(f"bundle {plan.bundle}: {_why(error)}")
    return PreflightReport(found, done, tuple(problems), tuple(warnings), *documents)


def stage(plan: Plan, manifest: Manifest, *, secret: Mapping[str, str]) -> Conversation[None]:
    """Write what the job reads from the run's prefix: the list of its files, and the configurations given in place.

    :param secret: what is written in place of text of the plan, which must not hold it: text by S3 URI
    """
    yield from s3.write_object(plan.inputs_uri, manifest.to_bytes(), content_type="application/gzip")
    if manifest.files:
        entry = f"{plan.ledger}/{entry_name(manifest.files, plan.run_id)}"
        yield from s3.write_object(entry, b"", content_type="text/plain")
    for uri, text in {**plan.staged, **secret}.items():
        yield from s3.write_object(uri, text.encode(), content_type="application/json")


def describe(plan: Plan, report: PreflightReport) -> str:
    """Say what the run is about to do, for the log and for whoever approves it."""
    choice = report.choice
    return "\n".join(
        [
            f"run      {plan.run_id}",
            f"reads    {', '.join(plan.inputs)} ({len(choice.files):,} files, {choice.size / 1e9:,.3f} GB)",
            *(f"skips    {told}" for told in [described(choice.passed_over)] if told),
            *(f"rows     {told}" for told in [str(Selection.asked_by(plan).rows)] if told),
            *(f"sends    {told}" for told in [rate.described(plan, choice.files)] if told),
            f"writes   {plan.output} in {plan.region}, and {plan.prefix}",
            *_where(plan, choice.files),
            f"limits   {plan.job_seconds / 3600:g} hours, a checkpoint every {plan.checkpoint_interval} s",
            *(f"warning  {warning}" for warning in report.warnings),
        ]
    )


def _where(plan: Plan, files: Iterable[StoredFile]) -> list[str]:
    if runs_in_place(plan.runner, files, most_mb=plan.in_place_mb):
        return ["cluster  none: the rows are recovered on this worker"]
    cluster = f"cluster  {plan.job_flow['ReleaseLabel']}, {_nodes(plan.job_flow['Instances'])}"
    return [cluster, f"memory   {room.described(plan)}"]


def _read_document(text: str) -> Conversation[tuple[bytes | None, list[str]]]:
    """Return a document that a setting holds or points at, or what keeps it from being read."""
    if not text.startswith("s3://"):
        return text.encode(), []
    if not s3.split_uri(text)[1]:
        return None, [f"{text} names no object, expected s3://bucket/key"]
    try:
        body = yield from s3.read_object(text)
    except ClientError as error:
        return None, [f"{text}: {_why(error)}"]
    return body, [] if body is not None else [f"{text}: no such object"]


def _found(plan: Plan, problems: list[str], warnings: list[str]) -> Conversation[Settled]:
    """List the inputs and settle on their files as the job will, adding what keeps it from reading them."""
    inputs = [parse_input(uri) for uri in plan.inputs]
    problems += [f"inputdir: {told}" for told in read_as_input([("base", parse_location(plan.prefix))], inputs)]
    listings: list[tuple[GivenInput, list[StoredFile]]] = []
    for given in inputs:
        if not isinstance(given.start, S3):
            problems.append(f"inputdir: {given.text}: expected a path in the bucket or an s3:// URI")
            continue
        try:
            listings.append((given, (yield from s3.all_files(given.start))))
        except ClientError as error:
            problems.append(f"inputdir: {given.text}: {_why(error)}")
    choice = choose(listings, Selection.asked_by(plan))
    problems += [f"inputdir: {refusal(file)}" for file in choice.cannot_unpack]
    listed = [file for _, files in listings for file in files]
    try:
        kept = yield from s3.read_object(plan.inputs_uri)
        if kept is None:
            choice = yield from apply_ledger(plan, choice, _wanted(plan), problems, warnings)
        earlier = None if kept is None else Manifest.from_bytes(kept)
        return settled(choice, listed, kept=earlier, wanted=_wanted(plan))
    except ClientError as error:
        problems.append(f"{plan.inputs_uri}: {_why(error)}")
    except ManifestError as error:
        problems.append(f"inputdir: {plan.inputs_uri}: {error}")
    return settled(choice, listed, kept=None, wanted=_wanted(plan))


def _wanted(plan: Plan) -> dict[str, Any]:
    return asked(
        plan.inputs,
        arrived_from=plan.arrived_from,
        arrived_to=plan.arrived_to,
        types=tuple(plan.types),
        failed_from=plan.failed_from,
        failed_to=plan.failed_to,
    )


def _why(error: ClientError) -> str:
    return f"{error_code(error)}, {error.response.get('Error', {}).get('Message', error)}"


def _nodes(instances: dict[str, Any]) -> str:
    groups = [
        f"{group['InstanceCount']} {group['InstanceType']}{' Spot' if group.get('Market') == 'SPOT' else ''}"
        for group in instances.get("InstanceGroups", ())
    ]
    fleets = [
        f"{fleet.get('TargetOnDemandCapacity', 0) + fleet.get('TargetSpotCapacity', 0)} of "
        + "/".join(kind["InstanceType"] for kind in fleet.get("InstanceTypeConfigs", ()))
        + (" Spot" if fleet.get("TargetSpotCapacity") else "")
        for fleet in instances.get("InstanceFleets", ())
    ]
    return ", ".join(groups or fleets)
