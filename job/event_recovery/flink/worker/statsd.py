"""The counts of one worker, sent to the StatsD agent of its host while it works.

Flink learns of a Python counter when a bundle ends, and its reporter loses what came after its last round. So the
worker sends them itself: after every batch, every second in between, and some more times when it ends, since a
datagram may be lost.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from errno import EADDRINUSE

from event_recovery.contract import METRICS, OUTCOMES, SKIPPED_METRIC, MetricName
from event_recovery.options.agent import Agent

log = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 1.0
_LAST_TIMES, _LAST_PAUSE_SECONDS = 3, 0.05
_numbers = itertools.count()


def datagram(*, container: str, subtask: int, counts: Sequence[int]) -> bytes:
    """Write all metrics of a worker as gauges in one datagram, so that they are always of one moment.

    :param counts: rows recovered, failed and unrecoverable; where rows are selected, also rows skipped
    """
    outcomes, skipped = counts[: len(OUTCOMES)], counts[len(OUTCOMES) :]
    values = dict(zip(METRICS, (*outcomes, sum(outcomes)), strict=True))
    values.update((SKIPPED_METRIC, rows) for rows in skipped)
    lines = (
        f"{MetricName(container=container, subtask=subtask, metric=metric)}:{value}|g"
        for metric, value in values.items()
    )
    return "\n".join(lines).encode()


def container_id() -> str:
    """Return YARN's id of the TaskManager; elsewhere host and process, which is as unique."""
    return os.environ.get("CONTAINER_ID") or f"{socket.gethostname().replace('.', '_')}_{os.getpid()}"


class LiveMetrics:
    """Sends the counts of this worker to an agent until ``close``.

    :raises OSError: when the host is unknown
    """

    def __init__(self, agent: Agent) -> None:
        found = socket.getaddrinfo(agent.host, agent.port, type=socket.SOCK_DGRAM)[0]
        self._address = found[4]
        self._socket = socket.socket(found[0], socket.SOCK_DGRAM)
        self._container = container_id()
        self._subtask, self._claim = _claim_number(self._container)
        self._counts: Sequence[int] = (0, 0, 0)
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="live-metrics", daemon=True)
        self._heart.start()

    def update(self, counts: Sequence[int]) -> None:
        """Send the counts since the worker began.

        :param counts: as ``datagram`` takes them
        """
        self._counts = tuple(counts)
        self._send()

    def close(self) -> None:
        """Send the last counts some more times, and end."""
        self._ended.set()
        self._heart.join()
        for _ in range(_LAST_TIMES):
            self._send()
            time.sleep(_LAST_PAUSE_SECONDS)
        self._socket.close()
        if self._claim is not None:
            self._claim.close()

    def _beat(self) -> None:
        self._send()
        while not self._ended.wait(_HEARTBEAT_SECONDS):
            self._send()

    def _send(self) -> None:
        text = datagram(container=self._container, subtask=self._subtask, counts=self._counts)
        try:
            self._socket.sendto(text, self._address)
        except OSError as error:
            # Metrics must not end a job; the next second tries again.
            log.warning("metrics not sent to %s: %s", self._address, error)


def _claim_number(container: str) -> tuple[int, socket.socket | None]:
    """Return the lowest number that no other worker of this container has, and the socket that holds it while open.

    PyFlink does not tell table functions their subtask. A name in Linux' abstract namespace belongs to one socket at a
    time, and to none once its process has ended, however it ended.
    """
    if sys.platform != "linux":
        return next(_numbers), None
    number = 0
    while (claim := _claim(f"\0event-recovery/{container}/{number}")) is None:
        number += 1
    return number, claim


def _claim(name: str) -> socket.socket | None:
    """Return a socket of this name; None when there is one already."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(name)
    except OSError as error:
        claim.close()
        if error.errno != EADDRINUSE:
            raise
        return None
    return claim
