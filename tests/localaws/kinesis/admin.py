"""Commands to a running server that no client of the real service has: faults, limits, counts, records."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from localaws.kinesis.api import KinesisApi
from localaws.kinesis.errors import KinesisError
from localaws.kinesis.limits import ShardLimits
from localaws.kinesis.outage import Outage, OutageMode
from localaws.kinesis.storage import Record, read_log


@dataclass(frozen=True, slots=True)
class StreamStatistics:
    """What a stream holds; ``digest`` is ``multiset_digest`` of the data of all its records."""

    records: int
    bytes: int  # of data
    digest: str
    shards: dict[str, int]  # records by shard id
    files: list[str]  # one log per shard, oldest shard first


class KinesisAdmin:
    """Client of the admin paths of a server on this machine. ValueError is the answer to a bad command."""

    def __init__(self, url: str) -> None:
        self.url = url

    def throttle(self, capacity: float) -> None:
        """Leave this part of the shard limits, above 0 and at most 1."""
        self._call("POST", "faults", {"capacity": capacity})

    def latency(self, milliseconds: float) -> None:
        """Hold back every answer; what was asked takes effect at once."""
        self._call("POST", "faults", {"latency_ms": milliseconds})

    def error_rate(self, rate: float) -> None:
        """Fail this part of all records put, 0 to 1, each on its own, with InternalFailure."""
        self._call("POST", "faults", {"error_rate": rate})

    def outage(self, seconds: float, mode: OutageMode = "refused") -> None:
        """Take the API away for a while, from now; 0 seconds ends an outage."""
        self._call("POST", "outage", {"seconds": seconds, "mode": mode})

    def heal(self) -> None:
        """End every fault and outage; limits stay."""
        self._call("POST", "faults", {"capacity": 1, "latency_ms": 0, "error_rate": 0})
        self._call("POST", "outage", {"seconds": 0, "mode": "503"})

    def set_limits(self, limits: ShardLimits | None) -> None:
        """Give every shard these limits, or none."""
        self._call("POST", "limits", None if limits is None else asdict(limits))

    def delete_stream(self, stream: str) -> None:
        """Delete a stream while clients use it."""
        self._call("DELETE", f"streams/{stream}")

    def statistics(self, stream: str) -> StreamStatistics:
        """Return counts and digest; cheap whatever the stream holds. LookupError for no such stream."""
        return StreamStatistics(**self._call("GET", f"streams/{stream}"))

    def records(self, stream: str) -> Iterator[Record]:
        """Read all records from the server's files, shard by shard, one in memory at a time."""
        for path in self.statistics(stream).files:
            yield from read_log(Path(path))

    def is_ready(self) -> bool:
        """Tell whether the server answers."""
        try:
            self._call("GET", "health")
        except OSError:
            return False
        return True

    def _call(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(f"{self.url}/_admin/{path}", json.dumps(body).encode(), method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                message = error.read().decode()
            raise (LookupError if error.code == 404 else ValueError)(message) from None


def admin_routes(api: KinesisApi, outage: Outage) -> Iterable[web.AbstractRouteDef]:
    """Return the routes that ``KinesisAdmin`` calls."""

    async def health(request: web.Request) -> object:
        return {"status": "ready"}

    async def faults(request: web.Request) -> object:
        wanted = await request.json()
        try:
            api.faults.set(**wanted)
        except TypeError as error:
            raise ValueError(f"faults are capacity, latency_ms and error_rate, numbers: {error}") from error
        if api.faults.capacity != 1 and api.records.limits is None:
            api.faults.capacity = 1
            raise ValueError("capacity is a part of the shard limits, and they are off: set limits first")
        return {}

    async def limits(request: web.Request) -> object:
        wanted = await request.json()
        try:
            api.records.limits = None if wanted is None else ShardLimits(**wanted)
        except TypeError as error:
            raise ValueError(f"limits are {', '.join(ShardLimits.__slots__)}, numbers: {error}") from error
        return {}

    async def begin_outage(request: web.Request) -> object:
        wanted = await request.json()
        if not isinstance(wanted.get("seconds"), (int, float)) or set(wanted) != {"seconds", "mode"}:
            raise ValueError("an outage has seconds, a number, and mode")
        await outage.begin(wanted["seconds"], wanted["mode"])
        return {}

    async def statistics(request: web.Request) -> object:
        return api.control.find({"StreamName": request.match_info["stream"]}).statistics()

    async def delete(request: web.Request) -> object:
        api.control.delete_stream({"StreamName": request.match_info["stream"]})
        return {}

    return [
        web.get("/_admin/health", _as_json(health)),
        web.post("/_admin/faults", _as_json(faults)),
        web.post("/_admin/limits", _as_json(limits)),
        web.post("/_admin/outage", _as_json(begin_outage)),
        web.get("/_admin/streams/{stream}", _as_json(statistics)),
        web.delete("/_admin/streams/{stream}", _as_json(delete)),
    ]


def _as_json(
    command: Callable[[web.Request], Awaitable[object]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await command(request))
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        except KinesisError as error:
            return web.Response(status=404, text=error.message)

    return answer
