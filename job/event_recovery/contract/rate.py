"""The rate at which a run sends its events: what may be asked for, what it comes to, and how long a run takes at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A megabyte, in bytes. A shard's own is 1,048,576; by the smaller one a share of a shard is never more than that.
MEGABYTE: Final = 1_000_000
#: What Kinesis takes in a second on one shard, partition keys included. Source: its quotas.
SHARD_BYTES: Final = MEGABYTE
SHARD_RECORDS: Final = 1_000
#: A partition key of a record, here a UUID; Kinesis counts it with the data.
KEY_BYTES: Final = 36
#: The least rate in MB a second: a second of it holds a usual record.
LEAST_MB: Final = 0.01


@dataclass(frozen=True, slots=True)
class Rate:
    """What the whole job sends in a second at most; of two limits the one that is reached first counts.

    :param records: None for any number
    :param size: bytes of data and partition keys, None for any number
    """

    records: float | None = None
    size: float | None = None

    @classmethod
    def asked(cls, *, records: float | None, megabytes: float | None) -> Rate | None:
        """Return the rate that is asked for in numbers, None when none is."""
        if records is None and megabytes is None:
            return None
        return cls(records, None if megabytes is None else megabytes * MEGABYTE)

    @classmethod
    def of_shards(cls, shards: int, *, share: float) -> Rate:
        """Return a share of what that many shards take."""
        return cls(share * shards * SHARD_RECORDS, share * shards * SHARD_BYTES)

    def seconds(self, records: float, size: float) -> float:
        """Return how long it takes to send so many records with so many bytes of data in all."""
        by_records = 0.0 if self.records is None else records / self.records
        by_size = 0.0 if self.size is None else (size + records * KEY_BYTES) / self.size
        return max(by_records, by_size)

    def __str__(self) -> str:
        parts = [] if self.records is None else [f"{self.records:,.10g} record{'s' * (self.records != 1)}"]
        parts += [] if self.size is None else [f"{self.size / MEGABYTE:,.10g} MB"]
        return f"{' and '.join(parts)} a second"


def rate_faults(
    *, records: float | None, megabytes: float | None, share: float | None, to_stream: bool
) -> dict[str, str]:
    """Return what is wrong with a rate that is asked for, by the name of the option.

    :param to_stream: whether events go to a stream, and not to a directory
    """
    given = {"max_records_per_second": records, "max_mb_per_second": megabytes, "stream_share": share}
    asked = {name: value for name, value in given.items() if value is not None}
    faults = {}
    if records is not None and records < 1:
        faults["max_records_per_second"] = f"expected a whole number of at least 1, not {records:g}"
    if megabytes is not None and not LEAST_MB <= megabytes < float("inf"):
        faults["max_mb_per_second"] = f"expected a number of at least {LEAST_MB:g}, not {megabytes:g}"
    if share is not None and not 0 < share <= 1:
        faults["stream_share"] = f"expected a share above 0, 1 at most, not {share:g}"
    elif share is not None and len(asked) > 1:
        others = " and ".join(name for name in asked if name != "stream_share")
        faults["stream_share"] = f"{share:g} is a rate, and {others} another: give one of them"
    if not to_stream:
        faults |= dict.fromkeys(asked, "only what is sent to a stream has a rate, and output is a directory")
    return faults
