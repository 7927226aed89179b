"""The Kinesis API over HTTP/1.1, on loopback.

Two ports serve the same paths: ``POST /`` is the API, ``/_admin/...`` the commands of ``KinesisAdmin``. The second port
stays open while an outage closes the first.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from localaws.kinesis.admin import KinesisAdmin, admin_routes
from localaws.kinesis.api import KinesisApi
from localaws.kinesis.errors import KinesisError
from localaws.kinesis.limits import MIB, ShardLimits
from localaws.kinesis.outage import Outage
from localaws.kinesis.wire import codec_for
from localaws.processes import LOOPBACK, free_port

_BODY_BYTES = 16 * MIB  # 10 MiB of data in base64, with room for keys
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER for no time at all


async def serve(api: KinesisApi, *, port: int, admin_port: int, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Answer requests until ``stop`` is set; ``ready`` is called once both ports listen."""
    app = web.Application(client_max_size=_BODY_BYTES)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    outage = Outage(runner=runner, port=port)

    async def answer(request: web.Request) -> web.Response:
        return await _answer(request, api, outage)

    app.router.add_post("/", answer)
    app.add_routes(admin_routes(api, outage))
    await runner.setup()
    try:
        await outage.listen()
        await web.TCPSite(runner, LOOPBACK, admin_port).start()
        ready()
        await stop.wait()
    finally:
        await outage.cancel()
        await runner.cleanup()
        api.control.close()


async def _answer(request: web.Request, api: KinesisApi, outage: Outage) -> web.Response:
    codec = codec_for(request.content_type)
    status: int = 200
    answer: object
    try:
        body = await request.read()
        if outage.drops_connections:
            _reset(request)
        outage.check()
        answer = api.call(request.headers.get("X-Amz-Target", "").rpartition(".")[2], codec.decode(body))
    except KinesisError as error:
        status, answer = error.status, {"__type": error.code, "message": error.message}
    if api.faults.latency_ms:  # after the action took effect, as when a network is slow
        await asyncio.sleep(api.faults.latency_ms / 1000)
    return web.Response(
        body=b"" if answer is None else codec.encode(answer),
        status=status,
        headers={"Content-Type": codec.content_type, "x-amzn-RequestId": str(uuid.uuid4())},
    )


def _reset(request: web.Request) -> None:
    """Cut the connection so that the client sees a reset, not an answer."""
    if request.transport is not None:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        request.transport.abort()


class KinesisServer:
    """A server in a thread of this process; for load use ``KinesisProcess``, which does not share the interpreter.

    Attributes: ``endpoint_url`` for clients, ``admin`` for faults, counts and records.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        limits: ShardLimits | None = ShardLimits(),  # noqa: B008 - immutable
        region: str = "us-east-1",
        create_seconds: float = 0.0,
    ) -> None:
        """Listen on ``port`` (0: a free one); ``limits`` of None means no shard limits."""
        self._port = port or free_port()
        self._admin_port = free_port()
        self.endpoint_url = f"http://{LOOPBACK}:{self._port}"
        self.admin = KinesisAdmin(f"http://{LOOPBACK}:{self._admin_port}")
        self._limits, self._region, self._create_seconds = limits, region, create_seconds
        self._folder = tempfile.TemporaryDirectory(prefix="kinesis-")
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="kinesis", daemon=True)

    def start(self) -> Self:
        """Return when the server listens.

        :raises BaseException: what kept it from listening
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Stop listening and remove all records."""
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as failure:
            self._failure = failure
            raise
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        api = KinesisApi(
            folder=Path(self._folder.name),
            region=self._region,
            limits=self._limits,
            create_seconds=self._create_seconds,
        )
        await serve(api, port=self._port, admin_port=self._admin_port, stop=self._stop, ready=self._ready.set)
