"""The checks before any money is spent. Every problem is found in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import event_recovery
from botocore.exceptions import ClientError
from event_recovery.contract import visible

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Call, Conversation, error_code
from event_recovery_provider.checks import bundle
from event_recovery_provider.planning.plan import Plan

_DENIED = ("AccessDenied", "AccessDeniedException", "403", "Forbidden")


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """What the checks found.

    :param objects: number of objects in the input
    :param bytes: size of the input
    :param done: whether this very run is complete already
    :param problems: what keeps the run from being started
    :param warnings: checks that could not be made because a permission is missing that the run itself does not need
    """

    objects: int
    bytes: int
    done: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def check_plan(plan: Plan, *, config: str) -> Conversation[PreflightReport]:
    """Check input, artefacts, bundle, stream and configuration.

    :param config: the recovery configuration as JSON, or the S3 URI of a file that holds it
    """
    problems = input_problems(plan.inputs, prefix=plan.prefix)
    warnings: list[str] = []
    done = yield from s3.object_exists(plan.success_uri)
    objects = size = 0
    for uri in plan.inputs:
        try:
            listed = yield from s3.list_objects(uri)
        except ClientError as error:
            problems.append(f"input {uri}: {_why(error)}")
            continue
        depth = len(s3.split_uri(uri)[1].rstrip("/"))
        rows = [(key, count) for key, _, count in listed if visible(key[depth:].split("/")) and not key.endswith("/")]
        objects += len(rows)
        size += sum(count for _, count in rows)
    for uri in plan.required:
        try:
            if not (yield from s3.object_exists(uri)):
                problems.append(f"{uri}: no such object")
        except ClientError as error:
            problems.append(f"{uri}: {_why(error)}")
    try:
        problems += yield from bundle.check_bundle(plan.bundle, version=plan.version)
    except ClientError as error:
        problems.append(f"bundle {plan.bundle}: {_why(error)}")
    problems += yield from _check_config(config)
    fault, doubt = yield from _check_stream(plan.output)
    problems += fault
    warnings += doubt
    return PreflightReport(objects, size, done, tuple(problems), tuple(warnings))


def stage(plan: Plan) -> Conversation[None]:
    """Write what the job reads from the run's own prefix: the configurations that were given in place."""
    for uri, text in plan.staged.items():
        yield from s3.write_object(uri, text.encode(), content_type="application/json")


def describe(plan: Plan, report: PreflightReport) -> str:
    """Say what the run is about to do, for the log and for whoever approves it."""
    return "\n".join(
        [
            f"run      {plan.run_id}",
            f"reads    {', '.join(plan.inputs)} ({report.objects:,} objects, {report.bytes / 1e9:,.3f} GB)",
            f"writes   {plan.output} in {plan.region}, and {plan.prefix}",
            f"cluster  {plan.job_flow['ReleaseLabel']}, {_nodes(plan.job_flow['Instances'])}",
            f"limits   {plan.job_seconds / 3600:g} hours, a checkpoint every {plan.checkpoint_interval} s",
            *(f"warning  {warning}" for warning in report.warnings),
        ]
    )


def _check_config(config: str) -> Conversation[list[str]]:
    text: str | bytes = config
    if config.startswith("s3://"):
        try:
            body = yield from s3.read_object(config)
        except ClientError as error:
            return [f"config {config}: {_why(error)}"]
        if body is None:
            return []  # a missing object is reported with the other artefacts
        text = body
    try:
        event_recovery.Recovery.from_config(text)  # the one use of the engine, loaded here and by no DAG file
    except event_recovery.ConfigError as error:
        return [f"config: {error}"]
    return []


def _check_stream(output: str) -> Conversation[tuple[list[str], list[str]]]:
    """Check that the stream takes records; an output that is a directory is the job's own business."""
    if "/" in output and not output.startswith("arn:"):
        return [], []
    key = "StreamARN" if output.startswith("arn:") else "StreamName"
    try:
        answer = yield Call("kinesis", "describe_stream_summary", {key: output})
    except ClientError as error:
        if error_code(error) in _DENIED:
            return [], [f"stream {output} was not checked: {_why(error)}"]
        return [f"output {output}: {_why(error)}"], []
    status = answer["StreamDescriptionSummary"]["StreamStatus"]
    return ([], []) if status in ("ACTIVE", "UPDATING") else ([f"output {output}: the stream is {status}"], [])


def input_problems(inputs: Sequence[str], *, prefix: str) -> list[str]:
    """Find the inputs of which the job would read nothing, or rows twice, or what the run itself writes.

    :param prefix: S3 URI below which the run writes
    """
    folders = sorted(f"{uri.rstrip('/')}/" for uri in inputs)
    problems = []
    for folder in folders:
        if not visible([folder.split("/")[-2]]):
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
