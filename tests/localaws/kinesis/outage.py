"""Times during which the service is not there."""

from __future__ import annotations

import asyncio
import time
from typing import Literal, get_args

from aiohttp import web

from localaws.kinesis.errors import KinesisError
from localaws.processes import LOOPBACK

OutageMode = Literal["refused", "reset", "500", "503"]
OUTAGE_MODES: tuple[OutageMode, ...] = get_args(OutageMode)
_LONGEST = 3600.0


class Outage:
    """The API's listening socket and whether requests are answered.

    refused: nothing listens, and connections from before are reset. reset: connections are accepted and reset.
    500 and 503: every request gets that status.
    """

    def __init__(self, *, runner: web.AppRunner, port: int) -> None:
        """Control the API port of a server."""
        self._runner = runner
        self._port = port
        self._site: web.TCPSite | None = None
        self._mode: OutageMode = "503"
        self._until = 0.0
        self._reopening: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Open the API port."""
        self._site = web.TCPSite(self._runner, LOOPBACK, self._port)
        await self._site.start()

    async def begin(self, seconds: float, mode: str) -> None:
        """Start an outage of ``seconds`` from now, in place of the one under way; ValueError for bad values."""
        if mode not in OUTAGE_MODES:
            raise ValueError(f"mode is {mode!r}: expected one of {', '.join(OUTAGE_MODES)}")
        if not 0 <= seconds <= _LONGEST:
            raise ValueError(f"seconds is {seconds}: expected a number from 0 to {_LONGEST:g}")
        await self.cancel()
        self._mode, self._until = mode, time.monotonic() + seconds
        if mode == "refused" and self._site is not None:
            await self._site.stop()
            self._site = None
        self._reopening = asyncio.create_task(self._reopen(seconds))

    async def cancel(self) -> None:
        """End the outage under way, if any."""
        self._until = 0.0
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
            if self._site is None:
                await self.listen()

    @property
    def drops_connections(self) -> bool:
        """Tell whether a request must end in a reset connection."""
        return self._under_way and self._mode in ("refused", "reset")

    def check(self) -> None:
        """Raise the error answer of an outage under way."""
        if not self._under_way:
            return
        if self._mode == "500":
            raise KinesisError("InternalFailure", "Internal service failure.", status=500)
        raise KinesisError("ServiceUnavailable", "The service is not available.", status=503)

    @property
    def _under_way(self) -> bool:
        return time.monotonic() < self._until

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._site is None:
            await self.listen()
