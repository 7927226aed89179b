"""What one shard may take in and give out: token buckets one second deep."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ShardLimits:
    """Capacity of one shard; the defaults are those of the service."""

    write_bytes: float = 1 * MIB  # per second, data and partition keys
    write_records: float = 1000  # per second
    read_bytes: float = 2 * MIB  # per second
    read_calls: float = 5  # GetRecords per second

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"limit {name} is {getattr(self, name)}: expected a number above 0")

    def part(self, factor: float) -> ShardLimits:
        """Return the limits of a shard that has only this part of its capacity left."""
        return ShardLimits(**{name: getattr(self, name) * factor for name in self.__slots__})


class TokenBucket:
    """Tokens refill at the rate given with each call, up to one second's worth.

    An amount above one second's worth passes a full bucket and leaves a debt, as a record above 1 MiB does on a shard.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens: float | None = None  # full, whatever the rate
        self._at = clock()

    def has(self, amount: float, rate: float) -> bool:
        """Tell whether ``amount`` may be taken now, at ``rate`` tokens per second."""
        now = self._clock()
        tokens = rate if self._tokens is None else min(rate, self._tokens + (now - self._at) * rate)
        self._tokens, self._at = tokens, now
        return tokens >= min(amount, rate)

    def take(self, amount: float) -> None:
        """Take ``amount`` after ``has``; what a shard has given out already may also leave a debt."""
        assert self._tokens is not None
        self._tokens -= amount


class ShardMeter:
    """The four buckets of one shard."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._write_bytes = TokenBucket(clock)
        self._write_records = TokenBucket(clock)
        self._read_bytes = TokenBucket(clock)
        self._read_calls = TokenBucket(clock)

    def admits_record(self, size: int, limits: ShardLimits) -> bool:
        """Take capacity for one record of ``size`` bytes, or take nothing and refuse."""
        if not (self._write_records.has(1, limits.write_records) and self._write_bytes.has(size, limits.write_bytes)):
            return False
        self._write_records.take(1)
        self._write_bytes.take(size)
        return True

    def admits_read(self, limits: ShardLimits) -> bool:
        """Take one read call, or refuse it; also refused while the bytes of earlier reads are not yet paid off."""
        if not (self._read_bytes.has(1, limits.read_bytes) and self._read_calls.has(1, limits.read_calls)):
            return False
        self._read_calls.take(1)
        return True

    def charge_read(self, size: int) -> None:
        """Charge the bytes of an answer to a read that was admitted."""
        self._read_bytes.take(size)
