"""The checks before any money is spent. Every problem is found in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from botocore.exceptions import ClientError
from event_recovery.storage.locations import is_read_by_flink

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Conversation, error_code
from event_recovery_provider.checks import bundle
from event_recovery_provider.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """What the checks found.

    :param objects: number of objects in the input
    :param size: bytes of the input
    :param done: whether this very run is complete already
    :param problems: what keeps the run from being started
    :param warnings: what is suspicious, and checks that could not be made because a permission is missing that the run
        itself does not need
    :param config: the recovery config, None when it could not be read
    :param resolver: the Iglu resolver config, likewise
    """

    objects: int
    size: int
    done: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    config: bytes | None = None
    resolver: bytes | None = None


def check_plan(plan: Plan, *, config: str, resolver: str) -> Conversation[PreflightReport]:
    """Check input and bundle, and read the config and the resolver, for ``checks.config`` to judge.

    :param config: the recovery config as JSON, or the S3 URI of a file that holds it
    :param resolver: the Iglu resolver config, likewise
    """
    problems = input_problems(plan.inputs, prefix=plan.prefix)
    done = yield from s3.object_exists(plan.success_uri)
    objects = size = 0
    for uri in plan.inputs:
        try:
            listed = yield from s3.list_objects(uri)
        except ClientError as error:
            problems.append(f"input {uri}: {_why(error)}")
            continue
        depth = len(s3.split_uri(uri)[1].rstrip("/"))
        rows = [
            (key, count)
            for key, _, count in listed
            if is_read_by_flink(key[depth:].split("/")) and not key.endswith("/")
        ]
        objects += len(rows)
        size += sum(count for _, count in rows)
    documents: list[bytes | None] = []
    for text in (config, resolver):
        document, fault = yield from _read_document(text)
        documents.append(document)
        problems += fault
    try:
        problems += yield from bundle.check_bundle(plan.bundle, version=plan.version)
    except ClientError as error:
        problems.append(f"bundle {plan.bundle}: {_why(error)}")
    return PreflightReport(objects, size, done, tuple(problems), (), *documents)


def stage(plan: Plan) -> Conversation[None]:
    """Write what the job reads from the run's own prefix: the configurations that were given in place."""
    for uri, text in plan.staged.items():
        yield from s3.write_object(uri, text.encode(), content_type="application/json")


def describe(plan: Plan, report: PreflightReport) -> str:
    """Say what the run is about to do, for the log and for whoever approves it."""
    return "\n".join(
        [
            f"run      {plan.run_id}",
            f"reads    {', '.join(plan.inputs)} ({report.objects:,} objects, {report.size / 1e9:,.3f} GB)",
            f"writes   {plan.output} in {plan.region}, and {plan.prefix}",
            f"cluster  {plan.job_flow['ReleaseLabel']}, {_nodes(plan.job_flow['Instances'])}",
            f"limits   {plan.job_seconds / 3600:g} hours, a checkpoint every {plan.checkpoint_interval} s",
            *(f"warning  {warning}" for warning in report.warnings),
        ]
    )


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


def input_problems(inputs: Sequence[str], *, prefix: str) -> list[str]:
    """Find the inputs of which the job would read nothing, or rows twice, or what the run itself writes.

    :param prefix: S3 URI below which the run writes
    """
    folders = sorted(f"{uri.rstrip('/')}/" for uri in inputs)
    problems = []
    for folder in folders:
        if not is_read_by_flink([folder.split("/")[-2]]):
            problems.append(f"inputdir: {folder}: Flink passes over names that begin with . or _")
        if f"{prefix}/".startswith(folder):
            problems.append(f"inputdir: {folder}: holds {prefix}, where the run writes")
    for one, other in combinations(folders, 2):
        if other.startswith(one):
            problems.append(f"inputdir: {one} and {other}: rows would be read twice")
    return problems


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
