"""Whether the stream takes records, in the job's words."""

from __future__ import annotations

import logging

from botocore.exceptions import BotoCoreError, ClientError
from event_recovery.options.stream import StreamError, asked_by, largest_record_kib, refused_stream
from event_recovery.storage.locations import LocationError, Stream, parse_output

from event_recovery_provider.aws.calls import Call, Conversation, error_code

log = logging.getLogger(__name__)

#: Error codes after which nothing is known: the job has another role than Airflow.
_DENIED = ("AccessDenied", "AccessDeniedException", "403", "Forbidden")


def check_stream(output: str, *, region: str) -> Conversation[tuple[list[str], list[str]]]:
    """Check that the stream takes records; an output that is a directory is the job's own business.

    :return: what keeps the job from beginning, and what could not be checked, a line each
    """
    try:
        stream = parse_output(output)
    except LocationError:
        return [], []  # told by the check of the command line
    if not isinstance(stream, Stream):
        return [], []
    try:
        answer = yield Call("kinesis", "describe_stream_summary", asked_by(stream))
        largest_record_kib(stream, answer)
    except ClientError as error:
        code = error_code(error)
        if code in _DENIED:
            return [], [f"output: stream {stream.name} was not checked: {error}"]
        return [f"output: {refused_stream(stream, region, code=code, error=error)}"], []
    except StreamError as error:
        return [f"output: {error}"], []
    return [], []


def stream_arn(output: str) -> Conversation[str]:
    """Return the ARN of a stream; empty for a directory, and where it cannot be asked for, which is logged."""
    try:
        stream = parse_output(output)
        if not isinstance(stream, Stream):
            return ""
        if stream.arn is not None:
            return stream.arn
        answer = yield Call("kinesis", "describe_stream_summary", asked_by(stream))
    except (BotoCoreError, ClientError, LocationError) as error:
        log.info("lineage goes without the stream %r: %s", output, error)
        return ""
    return str(answer["StreamDescriptionSummary"]["StreamARN"])
