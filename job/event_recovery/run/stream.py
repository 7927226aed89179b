"""The stream, and how much it takes at once. Partition keys count, and Flink's sink does not count them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from event_recovery.contract import MAX_BATCH
from event_recovery.contract.rate import KEY_BYTES, Rate
from event_recovery.storage.locations import Stream

#: At a rate, records are sent this often: a second's worth at once would leave live traffic none of that second.
_RATE_MILLIS = 100
#: A record of a usual event, in bytes, and a small one.
_USUAL_RECORD_BYTES, _SMALL_RECORD_BYTES = 2_000, 500
_MOST_AT_ONCE = 50

_KEYS_BYTES = MAX_BATCH * KEY_BYTES
_LARGEST_REQUEST_BYTES = 10 * 1024 * 1024
_USUAL_REQUEST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StreamOutput:
    """The stream that recovered events go to, as the checks found it.

    :param region: where it is
    :param max_payload: largest payload, in bytes, that a record of it holds
    :param rate: at which the job sends at most, None for no limit
    """

    stream: Stream
    region: str
    max_payload: int
    rate: Rate | None = None


def largest_payload(record_kib: int) -> int:
    """Return the largest payload, in bytes, on a stream with records of this size at most: it fits any request, too."""
    return min(record_kib * 1024 - KEY_BYTES, _LARGEST_REQUEST_BYTES - _KEYS_BYTES)


def request_payloads(max_payload: int) -> int:
    """Return how many bytes of payloads a request may hold, where a single one has ``max_payload`` at most."""
    return max(_USUAL_REQUEST_BYTES - _KEYS_BYTES, max_payload)


@dataclass(frozen=True, slots=True)
class Requests:
    """How the sink sends; None for what is left to Flink.

    :param records: of one request at most
    :param buffered: records that wait for one before the job slows down
    :param at_once: requests under way at most
    :param millis: how long a record waits for others at most
    """

    records: int
    buffered: int
    at_once: int | None = None
    millis: int | None = None


def requests_at(rate: Rate, *, most: Requests) -> Requests:
    """Return how the sink sends at a rate.

    What waits or is under way is no more than a second and a half of it, because it is sent at once when the stream
    takes records again, and large enough for a stream that takes a second to answer.

    :param most: what a request and the buffer hold at most, whatever the rate
    """
    usual = _records(rate, _USUAL_RECORD_BYTES)
    buffered = max(2, min(most.buffered, round(usual / 2)))
    records = max(1, min(most.records, buffered - 1, round(usual / 4)))
    at_once = math.ceil(_records(rate, _SMALL_RECORD_BYTES) / records)
    return Requests(records, buffered, min(at_once, _MOST_AT_ONCE), _RATE_MILLIS)


def _records(rate: Rate, record_bytes: int) -> float:
    """Return how many records of that size a second has."""
    by_size = math.inf if rate.size is None else rate.size / (record_bytes + KEY_BYTES)
    return min(by_size, math.inf if rate.records is None else rate.records)
