"""What earlier runs below the same base have recovered, and what this run makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from event_recovery.contract import RunPaths, layout
from event_recovery.inputs.choice import Choice
from event_recovery.inputs.ledger import already_read, runs_to_ask
from event_recovery.inputs.manifest import Manifest, ManifestError
from event_recovery.storage.locations import S3

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.planning.plan import Plan

_MOST_NAMED = 5


def apply_ledger(
    plan: Plan, choice: Choice, wanted: Mapping[str, Any], problems: list[str], warnings: list[str]
) -> Conversation[Choice]:
    """Return what is read, once the files that earlier runs have recovered are treated as ``already_read`` says.

    Only runs that succeeded count: those that wrote their account, and ``_SUCCESS`` after it.

    :param problems: gets one when the run must not start for it
    :param warnings: gets one when the files are read all the same, and one for each list that cannot be read
    :raises ClientError: when the ledger cannot be asked
    """
    if not choice.files:
        return choice
    earlier = yield from _earlier(plan, choice, warnings)
    found = already_read(choice.files, wanted, earlier)
    if not found:
        return choice
    told = f"of {len(choice.files):,} files {len(found):,} were recovered already, by {_runs(found)}"
    if plan.already_read == "skip":
        files = tuple(file for file in choice.files if file.location.uri not in found)
        passed_over = {**choice.passed_over, "recovered already": len(found)}
        nothing = {} if files else {", ".join(plan.inputs): told}
        return replace(choice, files=files, passed_over=passed_over, nothing_in={**choice.nothing_in, **nothing})
    if plan.already_read == "fail":
        problems.append(f"inputdir: {told}; already_read: expected warn or skip to start all the same")
    else:
        warnings.append(f"inputdir: {told}; their events are sent again")
    return choice


def _earlier(plan: Plan, choice: Choice, warnings: list[str]) -> Conversation[list[tuple[str, Manifest]]]:
    entries = yield from s3.all_files(S3(*s3.split_uri(plan.ledger)))
    names = [entry.location.name for entry in entries]
    manifests: list[tuple[str, Manifest]] = []
    for run_id in runs_to_ask(names, choice.files, but=plan.run_id):
        paths = RunPaths(plan.prefix).beside(run_id)
        if not (yield from s3.object_exists(paths.success)):
            continue
        content = yield from s3.read_object(paths.path(layout.INPUTS))
        try:
            manifests += [(run_id, Manifest.from_bytes(content))] if content is not None else []
        except ManifestError as error:
            warnings.append(f"{paths.path(layout.INPUTS)}: {error}; whether the run has read a file is not known")
    return manifests


def _runs(found: Mapping[str, str]) -> str:
    counts = Counter(found.values()).most_common()
    named = [f"{run_id} ({count:,})" for run_id, count in counts[:_MOST_NAMED]]
    more = len(counts) - len(named)
    return ", ".join([*named, *([f"{more} more runs"] if more else [])])
