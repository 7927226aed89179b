"""The address of a StatsD agent."""

from __future__ import annotations

from dataclasses import dataclass

from event_recovery.contract.flink import STATSD_PORT


@dataclass(frozen=True, slots=True)
class Agent:
    """Where a StatsD agent listens, by UDP."""

    host: str
    port: int = STATSD_PORT

    @classmethod
    def parse(cls, text: str) -> Agent:
        """Read ``HOST`` or ``HOST:PORT``.

        :raises ValueError: when there is no host, or the port is not one
        """
        host, colon, port = text.rpartition(":") if ":" in text else (text, "", "")
        if not host or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
            raise ValueError(f"expected HOST or HOST:PORT, not {text!r}")
        return cls(host, int(port) if colon else STATSD_PORT)
