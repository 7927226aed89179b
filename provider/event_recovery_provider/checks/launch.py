"""What EMR and the job would refuse when a run is started: its requests and its command line, before they are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.checks.command import check_command
from event_recovery_provider.checks.outputs import check_stream
from event_recovery_provider.checks.release import check_label, check_types
from event_recovery_provider.checks.requests import check_requests
from event_recovery_provider.checks.room import check_room
from event_recovery_provider.planning import flink_job
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import Plan

#: What keeps a run from being started, and what is suspicious or could not be checked, a line each.
Findings = tuple[list[str], list[str]]


def of_the_command(plan: Plan, identity: RunIdentity, further: Sequence[str]) -> Findings:
    """Check the job's command line."""
    return check_command(plan.job.arguments[: len(plan.job.arguments) - len(further)], further)


def of_the_requests(plan: Plan, identity: RunIdentity, further: Sequence[str]) -> Findings:
    """Check the cluster and the steps, as long as they get when the job goes on from a checkpoint."""
    longest = flink_job.longest_checkpoint(plan.checkpoint_dir)
    steps = flink_job.steps(plan.job, name=identity.step_name, resume_from=longest)
    return check_requests({**plan.job_flow, "Name": identity.cluster_name}, steps)


def of_the_release(plan: Plan, identity: RunIdentity, further: Sequence[str]) -> Findings:
    """Check the release label."""
    return check_label(plan.job_flow.get("ReleaseLabel"))


#: The checks that need no answer from AWS; each takes the plan, whose run it is, and ``job_arguments``.
CHECKS: Final[tuple[Callable[[Plan, RunIdentity, Sequence[str]], Findings], ...]] = (
    of_the_command,
    of_the_requests,
    of_the_release,
)


def check_launch(plan: Plan, identity: RunIdentity, *, further: Sequence[str]) -> Conversation[Findings]:
    """Make all checks, and ask AWS for the stream and for the instance types.

    :param further: ``job_arguments``, with which the job's command line ends
    """
    found = [check(plan, identity, further) for check in (CHECKS[:1] if plan.runner == "in_place" else CHECKS)]
    # Where the request itself cannot be, there may be no release and no instance type to ask for.
    sound = plan.runner != "in_place" and not any(problems for problems, _ in found[1:])
    found.append((yield from check_stream(plan.output, region=plan.region)))
    if sound:
        found.append(check_room(plan))
        found.append((yield from check_types(plan.job_flow["ReleaseLabel"], plan.job_flow["Instances"])))
    return [line for problems, _ in found for line in problems], [line for _, warnings in found for line in warnings]
