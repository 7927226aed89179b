"""Whether a stream takes records, judged by what Kinesis says of it; who asked Kinesis does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from event_recovery.contract.rate import Rate
from event_recovery.storage.locations import Stream

#: KiB of the largest record, of a stream for which Kinesis names none.
DEFAULT_RECORD_KIB: Final = 1024
_USABLE = ("ACTIVE", "UPDATING")
_ON_DEMAND = "ON_DEMAND"
_MISSING = "ResourceNotFoundException"


class StreamError(ValueError):
    """A stream that the job cannot write to; the text names it."""


def asked_by(stream: Stream) -> dict[str, str]:
    """Return the arguments of ``DescribeStreamSummary``."""
    return {"StreamName": stream.name} if stream.arn is None else {"StreamARN": stream.arn}


def largest_record_kib(stream: Stream, answer: Mapping[str, Any]) -> int:
    """Return the size of the largest record that a stream takes, in KiB.

    :param answer: to ``DescribeStreamSummary``
    :raises StreamError: when the stream takes none now
    """
    summary = answer["StreamDescriptionSummary"]
    status = summary["StreamStatus"]
    if status not in _USABLE:
        raise StreamError(f"stream {stream.name} is {status}, expected ACTIVE")
    return int(summary.get("MaxRecordSizeInKiB", DEFAULT_RECORD_KIB))


def rate_of_share(stream: Stream, answer: Mapping[str, Any], share: float) -> Rate:
    """Return the rate that a share of a stream is.

    :param answer: to ``DescribeStreamSummary``
    :raises StreamError: when the stream has no fixed capacity
    """
    summary = answer["StreamDescriptionSummary"]
    if summary.get("StreamModeDetails", {}).get("StreamMode") == _ON_DEMAND:
        raise StreamError(
            f"stream {stream.name} is in on-demand mode, and what it takes follows what is sent to it: a share of that "
            "is no rate; give max_records_per_second or max_mb_per_second instead"
        )
    return Rate.of_shards(int(summary["OpenShardCount"]), share=share)


def refused_stream(stream: Stream, region: str, *, code: str, error: object) -> StreamError:
    """Return what it means that Kinesis gave an error instead of an answer.

    :param code: AWS's code for the error; empty for one that is not of AWS
    """
    if code == _MISSING:
        return StreamError(f"there is no stream {stream.name} in {region}")
    return StreamError(f"stream {stream.name}: {error}")
