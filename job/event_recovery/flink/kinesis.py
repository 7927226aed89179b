"""The stream, and how much it takes at once. Partition keys count, and Flink's sink does not count them."""

from __future__ import annotations

from dataclasses import dataclass

from event_recovery.contract import MAX_BATCH
from event_recovery.storage.locations import Stream

#: A partition key, here a UUID.
KEY_BYTES = 36

_KEYS_BYTES = MAX_BATCH * KEY_BYTES
_LARGEST_REQUEST_BYTES = 10 * 1024 * 1024
_USUAL_REQUEST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StreamOutput:
    """The stream that recovered events go to, as the checks found it.

    :param region: where it is
    :param max_payload: largest payload, in bytes, that a record of it holds
    """

    stream: Stream
    region: str
    max_payload: int


def largest_payload(record_kib: int) -> int:
    """Return the largest payload, in bytes, on a stream with records of this size at most: it fits any request, too."""
    return min(record_kib * 1024 - KEY_BYTES, _LARGEST_REQUEST_BYTES - _KEYS_BYTES)


def request_payloads(max_payload: int) -> int:
    """Return how many bytes of payloads a request may hold, where a single one has ``max_payload`` at most."""
    return max(_USUAL_REQUEST_BYTES - _KEYS_BYTES, max_payload)
