"""A StatsD agent that keeps the last value of each of the job's metrics, and who sent it."""

from __future__ import annotations

import socket
import threading
from collections import Counter, defaultdict

from event_recovery.contract import MetricName
from localaws.processes import LOOPBACK

_MAX_DATAGRAM = 65536


class Listener(threading.Thread):
    """Listens on ``port`` of the loopback interface from its making to the end of the process."""

    def __init__(self) -> None:
        super().__init__(name="statsd", daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]
        self._last: dict[MetricName, int] = {}
        self._senders: dict[MetricName, set[int]] = defaultdict(set)
        self.start()

    def run(self) -> None:
        """Take every datagram."""
        while True:
            text, (_, sender) = self._socket.recvfrom(_MAX_DATAGRAM)
            for line in text.decode(errors="replace").splitlines():
                name, _, value = line.partition(":")
                metric = MetricName.parse(name.replace(".", "_"))  # as the CloudWatch agent does
                if metric is not None:
                    self._last[metric] = int(value.removesuffix("|g"))
                    self._senders[metric].add(sender)

    def forget(self) -> None:
        """Begin anew, for the next run."""
        self._last.clear()
        self._senders.clear()

    def totals(self) -> dict[str, int]:
        """The last values, added up over containers and subtasks."""
        sums = Counter[str]()
        for name, value in dict(self._last).items():
            sums[name.metric] += value
        return dict(sums)

    def shared(self) -> list[str]:
        """Metrics under more than one name or from more than one sender, where the job has one worker."""
        sources: Counter[str] = Counter()
        for name, senders in dict(self._senders).items():
            sources[name.metric] += len(senders)
        return [metric for metric, count in sources.items() if count > 1]
