"""How much Kinesis takes at once. Partition keys count, and Flink's sink does not count them."""

from __future__ import annotations

from event_recovery.contract import MAX_BATCH

#: A partition key, here a UUID.
KEY_BYTES = 36

_KEYS_BYTES = MAX_BATCH * KEY_BYTES
_LARGEST_REQUEST_BYTES = 10 * 1024 * 1024
_USUAL_REQUEST_BYTES = 5 * 1024 * 1024


def largest_payload(record_kib: int) -> int:
    """The largest payload, in bytes, on a stream whose records have this size at most: it fits any request, too."""
    return min(record_kib * 1024 - KEY_BYTES, _LARGEST_REQUEST_BYTES - _KEYS_BYTES)


def request_payloads(max_payload: int) -> int:
    """How many bytes of payloads a request may hold, where a single one has ``max_payload`` at most."""
    return max(_USUAL_REQUEST_BYTES - _KEYS_BYTES, max_payload)
