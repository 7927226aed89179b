"""The rate that a run sends at, and whether it ends in time at it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from botocore.exceptions import ClientError
from event_recovery.contract.effort import cluster_seconds, node_hours
from event_recovery.contract.rate import Rate
from event_recovery.inputs.volume import of_files
from event_recovery.options.stream import StreamError, asked_by, rate_of_share
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import LocationError, Stream, parse_output
from event_recovery.text.words import duration, size

from event_recovery_provider.aws.calls import Call, Conversation, error_code
from event_recovery_provider.planning import room
from event_recovery_provider.planning.plan import Plan


def find_rate(plan: Plan) -> Conversation[tuple[Plan, list[str], list[str]]]:
    """Ask the stream what a share of it is.

    :return: the plan with the rate in numbers, what keeps the run from beginning, and what is not known, a line each
    """
    if plan.stream_share is None:
        return plan, [], []
    try:
        stream = parse_output(plan.output)
    except LocationError:
        return plan, [], []  # told by the check of the command line
    if not isinstance(stream, Stream):
        return plan, [], []
    try:
        answer = yield Call("kinesis", "describe_stream_summary", asked_by(stream))
        rate = rate_of_share(stream, answer, plan.stream_share)
    except ClientError as error:
        # Whether there is such a stream is told by the check of the stream.
        why = f"stream_share: the rate is not known before the job asks for it ({error_code(error)})"
        return plan, [], [f"{why}, nor how long the run takes at it"]
    except StreamError as error:
        return plan, [f"stream_share: {error}"], []
    return msgspec.structs.replace(plan, rate=rate), [], []


def check_hours(plan: Plan, files: Iterable[StoredFile]) -> list[str]:
    """Check that a run may be over before its time is, as far as the sizes of its files tell."""
    rate = plan.rate
    if rate is None:
        return []
    volume = of_files(files)
    seconds = rate.seconds(volume.records, volume.size)
    late = too_late(rate, seconds, job_seconds=plan.job_seconds)
    told = f"about {volume.records:,} records of {size(volume.size)} in all"
    return [] if late is None else [f"max_hours: {told}, {late}"]


def too_late(rate: Rate, seconds: float, *, job_seconds: float) -> str | None:
    """Say that a run is not over in time at its rate; None when it is.

    :param seconds: that it takes to send all
    :param job_seconds: after which the job is ended
    """
    if seconds <= job_seconds:
        return None
    hours = f"{duration(seconds)}, and the job is ended after {duration(job_seconds)}"
    return f"at {rate}, take about {hours}; raise max_hours or the rate, or recover less at once"


def described(plan: Plan, files: Iterable[StoredFile]) -> str:
    """Say at which rate a run sends at most, and what that takes."""
    if plan.rate is None:
        if plan.stream_share is None:
            return ""
        return f"at most a share of {plan.stream_share:g} of the stream"
    volume = of_files(files)
    seconds = cluster_seconds(
        volume.records,
        volume.unpacked,
        subtasks=plan.subtasks,
        sending=plan.rate.seconds(volume.records, volume.size),
    )
    hours = node_hours(seconds, room.count_of(plan.job_flow["Instances"]))
    share = "" if plan.stream_share is None else f" (a share of {plan.stream_share:g} of the stream)"
    takes = f"{duration(seconds)} and {hours:,.1f} node hours"
    return f"at most {plan.rate}{share}: about {takes} if all of about {volume.records:,} rows are recovered"
