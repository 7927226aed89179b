"""Fast route placeholder."""

from __future__ import annotations

from event_recovery.config import RecoveryConfig


class FastRoute:
    def __init__(self, config: RecoveryConfig) -> None: ...
    def recover(self, line: bytes):
        return None
