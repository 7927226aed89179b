"""StatsD over UDP into CloudWatch, in the shape the CloudWatch agent gives it.

Names lose their dots, ``metric_type`` and ``host`` become dimensions, everything is collected for an interval and then
forgotten: a gauge that is silent is not sent again. Aggregation below a minute makes high-resolution metrics.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Self

from localaws.hosts.namespaces import entered

log = logging.getLogger(__name__)

Dimensions = tuple[tuple[str, str], ...]
#: How often each value was seen.
Distribution = Counter[float]
#: Takes a namespace and the MetricData of one PutMetricData.
Send = Callable[[str, list[dict[str, Any]]], object]

_TYPES = {"c": "counter", "g": "gauge", "s": "set", "ms": "timing", "h": "histogram"}
_MAX_DIMENSIONS = 30
_MAX_VALUES = 150
_MAX_DATA = 1000
_RECEIVE_BUFFER = 4 << 20  # bytes
#: Where the agent of an instance takes StatsD.
PORT = 8125


@dataclass(frozen=True, slots=True)
class Metric:
    """One value of one line."""

    name: str
    type: str
    value: str
    weight: float
    tags: Dimensions


def parse_line(line: str) -> list[Metric]:
    """Parse ``name:value|type|@rate|#tag:value,tag``, with several values as ``name:1|g:2|g``.

    :raises ValueError: for any other line
    """
    parts = line.strip().split("|")
    tags: list[tuple[str, str]] = []
    for part in parts:
        if part.startswith("#"):
            pairs = (pair.partition(":") for pair in part[1:].split(","))
            tags += [(name.strip(), value.strip() or "<empty>") for name, _, value in pairs if name]
    name, _, values = "|".join(part for part in parts if not part.startswith("#")).partition(":")
    metrics = []
    for text in values.split(":"):
        value, kind, *rest = [*text.split("|"), ""]
        if not name or kind not in _TYPES:
            raise ValueError(f"not a StatsD line: {line!r}")
        if kind != "s" and not math.isfinite(float(value)):
            raise ValueError(f"not a number CloudWatch takes: {line!r}")
        rate = float(rest[0][1:]) if rest[0].startswith("@") else 1.0
        metrics.append(Metric(name.replace(".", "_"), kind, value, 1.0 / rate if rate else 1.0, tuple(tags)))
    return metrics


class Collector:
    """Adds lines up until they are gathered. ``dimensions`` are added to every metric."""

    def __init__(self, dimensions: dict[str, str]) -> None:
        self._dimensions = dimensions
        self._clear()

    def _clear(self) -> None:
        self._counters: dict[tuple[str, Dimensions], float] = defaultdict(float)
        self._gauges: dict[tuple[str, Dimensions], float] = {}
        self._sets: dict[tuple[str, Dimensions], set[str]] = defaultdict(set)
        self._timings: dict[tuple[str, Dimensions], Distribution] = defaultdict(Counter)

    def add(self, metric: Metric) -> None:
        """Add one value."""
        dimensions = {**self._dimensions, "metric_type": _TYPES[metric.type], **dict(metric.tags)}
        key = (metric.name, tuple(sorted(dimensions.items())[:_MAX_DIMENSIONS]))
        match metric.type:
            case "c":
                self._counters[key] += int(float(metric.value) * metric.weight)
            case "g" if metric.value[0] in "+-":  # a signed gauge is a change
                self._gauges[key] = self._gauges.get(key, 0.0) + float(metric.value)
            case "g":
                self._gauges[key] = float(metric.value)
            case "s":
                self._sets[key].add(metric.value)
            case _:
                self._timings[key][float(metric.value)] += metric.weight  # type: ignore[assignment]

    def gather(self) -> Iterator[tuple[str, Dimensions, Distribution]]:
        """Return what was collected, and forget it."""
        singles = {**self._counters, **self._gauges, **{key: float(len(seen)) for key, seen in self._sets.items()}}
        collected = {**{key: Counter([value]) for key, value in singles.items()}, **self._timings}
        self._clear()
        for (name, dimensions), distribution in collected.items():
            yield name, dimensions, distribution


def metric_data(
    name: str, dimensions: Dimensions, distribution: Distribution, *, at: float, resolution: int
) -> Iterator[dict[str, Any]]:
    """Return the MetricData of one metric: a plain value, or as many lists of values as it takes."""
    values = sorted(distribution.items())
    for start in range(0, len(values), _MAX_VALUES):
        part = values[start : start + _MAX_VALUES]
        datum: dict[str, Any] = {
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            "Timestamp": at,
            "StorageResolution": resolution,
        }
        if len(part) == 1 and part[0][1] == 1:
            datum["Value"] = part[0][0]
        else:
            datum["Values"], datum["Counts"] = [value for value, _ in part], [float(count) for _, count in part]
        yield datum


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeOptions:
    """How the agent is configured. Intervals are in seconds; ``host`` None leaves that dimension out."""

    namespace: str = "CWAgent"
    host: str | None = "localhost"
    flush_interval: float = 10.0


class StatsdBridge(asyncio.DatagramProtocol):
    """Receives on the event loop, and sends every interval from a thread."""

    def __init__(self, *, send: Send, options: BridgeOptions) -> None:
        self._send = send
        self._options = options
        self._collector = Collector({"host": options.host} if options.host is not None else {})
        self.lines = 0
        self.bad_lines = 0

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Collect the lines of one packet."""
        for line in data.decode(errors="replace").splitlines():
            try:
                for metric in parse_line(line):
                    self._collector.add(metric)
                self.lines += 1
            except ValueError as error:
                self.bad_lines += 1
                log.debug("%s", error)

    async def run(self) -> None:
        """Flush every interval until cancelled."""
        while True:
            await asyncio.sleep(self._options.flush_interval)
            await self.flush()

    async def flush(self) -> None:
        """Send what was collected. What CloudWatch does not take is lost, as the agent loses it in the end."""
        at, resolution = time.time(), 1 if self._options.flush_interval < 60 else 60
        data = [
            datum
            for name, dimensions, distribution in self._collector.gather()
            for datum in metric_data(name, dimensions, distribution, at=at, resolution=resolution)
        ]
        for start in range(0, len(data), _MAX_DATA):
            try:
                await asyncio.to_thread(self._send, self._options.namespace, data[start : start + _MAX_DATA])
            except Exception as error:
                log.warning("PutMetricData of %d data failed: %s", len(data[start : start + _MAX_DATA]), error)


class Agent:
    """A bridge on a UDP port, sending every interval until it is closed."""

    def __init__(self, bridge: StatsdBridge, transport: asyncio.DatagramTransport) -> None:
        self.bridge = bridge
        self.port: int = transport.get_extra_info("sockname")[1]
        self._transport = transport
        self._flushing = asyncio.create_task(bridge.run())

    @classmethod
    async def start(cls, bridge: StatsdBridge, address: str, port: int = 0, *, pid: int | None = None) -> Self:
        """Let a bridge receive, with room in the kernel for the bursts metrics come in.

        :param port: 0 is any free one
        :param pid: a process in whose network the address is, if that is not this process's own
        """
        with nullcontext() if pid is None else entered(pid):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            sock.bind((address, port))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: bridge, sock=sock)
        return cls(bridge, transport)

    async def close(self) -> None:
        """Send what was collected, and stop."""
        self._transport.close()
        self._flushing.cancel()
        await self.bridge.flush()
        log.info("StatsD lines on %d taken: %d, refused: %d", self.port, self.bridge.lines, self.bridge.bad_lines)
