"""What is wrong with the server just now, on command."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Faults:
    """Faults that hold until changed; everything is off to begin with."""

    capacity: float = 1.0  # part of the shard limits that is left, above 0 and at most 1
    latency_ms: float = 0.0  # added to every answer
    error_rate: float = 0.0  # part of the records of a put that fails with InternalFailure
    random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    def set(
        self, *, capacity: float | None = None, latency_ms: float | None = None, error_rate: float | None = None
    ) -> None:
        """Change the faults that are given; ValueError for a value out of bounds, and nothing is changed."""
        if capacity is not None and not 0 < capacity <= 1:
            raise ValueError(f"capacity is {capacity}: expected a number above 0 and at most 1")
        if latency_ms is not None and not 0 <= latency_ms <= 600_000:
            raise ValueError(f"latency_ms is {latency_ms}: expected a number from 0 to 600000")
        if error_rate is not None and not 0 <= error_rate <= 1:
            raise ValueError(f"error_rate is {error_rate}: expected a number from 0 to 1")
        self.capacity = self.capacity if capacity is None else capacity
        self.latency_ms = self.latency_ms if latency_ms is None else latency_ms
        self.error_rate = self.error_rate if error_rate is None else error_rate

    def record_fails(self) -> bool:
        """Draw whether the next record fails."""
        return self.error_rate > 0 and self.random.random() < self.error_rate
