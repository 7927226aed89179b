"""A proxy before an HTTP server, such as S3, that is down, slow or closed on command. Bodies are streamed, never held.

Run with ``python -m localaws.s3_faults --port PORT --upstream URL``; steer it with ``S3Faults``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from localaws.processes import LOOPBACK

_COMMANDS = "/_admin/faults"  # no bucket can have this name
_CHUNK = 256 * 1024
_ERRORS = {500: "InternalError", 503: "SlowDown"}
_LONGEST_SECONDS = 3600.0
# They describe one connection, not the message (RFC 9110, section 7.6.1); Expect is answered here.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection", "expect"}
)


class S3Faults:
    """Client of a running proxy. ValueError is the answer to a bad command."""

    def __init__(self, url: str) -> None:
        self.url = url

    def outage(self, seconds: float, status: int = 503) -> None:
        """Answer every request with this status, 500 or 503, for a while; 0 seconds ends an outage."""
        self._tell({"outage_seconds": seconds, "status": status})

    def latency(self, milliseconds: float) -> None:
        """Hold back every request before it is passed on."""
        self._tell({"latency_ms": milliseconds})

    def deny(self, uri: str, *, reads: bool = True) -> None:
        """Answer 403 to every request for what is below an ``s3://`` URI, or only to those that write there."""
        self._tell({"denied": uri, "denied_reads": int(reads)})

    def refused(self) -> int:
        """Return how many requests got the answer of an outage or a closed place so far."""
        with urllib.request.urlopen(self.url + _COMMANDS, timeout=30) as response:
            return int(json.load(response)["refused"])

    def heal(self) -> None:
        """End outage and latency, and open what is closed."""
        self._tell({"outage_seconds": 0, "latency_ms": 0, "denied": ""})

    def _tell(self, command: dict[str, float | str]) -> None:
        request = urllib.request.Request(self.url + _COMMANDS, json.dumps(command).encode(), method="POST")
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None


class FaultProxy:
    """The proxy's handlers and its faults of the moment."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream.rstrip("/")
        self._down_until = 0.0
        self._status = 503
        self._latency_ms = 0.0
        self._denied, self._denied_reads = "", True
        self._refused = 0
        self._session: aiohttp.ClientSession | None = None

    def app(self) -> web.Application:
        """Return the application to serve."""
        app = web.Application(client_max_size=1 << 40)
        app.cleanup_ctx.append(self._client)
        app.router.add_post(_COMMANDS, self._command)
        app.router.add_get(_COMMANDS, self._report)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        return app

    async def _client(self, app: web.Application) -> AsyncIterator[None]:
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),
        )
        yield
        await self._session.close()

    async def _command(self, request: web.Request) -> web.Response:
        command = await request.json()
        seconds, status = command.get("outage_seconds"), command.get("status", self._status)
        latency, denied = command.get("latency_ms", self._latency_ms), command.get("denied", self._denied)
        if status not in _ERRORS:
            return web.Response(status=400, text=f"status is {status!r}: expected 500 or 503")
        for name, value in (("outage_seconds", seconds or 0), ("latency_ms", latency)):
            if not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST_SECONDS * 1000:
                return web.Response(status=400, text=f"{name} is {value!r}: expected a number not below 0")
        if denied and not str(denied).startswith("s3://"):
            return web.Response(status=400, text=f"denied is {denied!r}: expected a URI such as s3://bucket/prefix")
        self._status, self._latency_ms, self._denied = status, latency, str(denied)
        self._denied_reads = bool(command.get("denied_reads", self._denied_reads))
        if seconds is not None:
            self._down_until = time.monotonic() + seconds
        return web.json_response({})

    async def _report(self, request: web.Request) -> web.Response:
        return web.json_response({"refused": self._refused})

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if self._latency_ms:
            await asyncio.sleep(self._latency_ms / 1000)
        if time.monotonic() < self._down_until:
            return self._refusal(self._status, _ERRORS[self._status])
        if self._is_denied(request):
            return self._refusal(403, "AccessDenied")
        assert self._session is not None
        async with self._session.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            headers=_end_to_end(request.headers),
            data=request.content.iter_chunked(_CHUNK) if request.body_exists else None,
            allow_redirects=False,
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_end_to_end(answer.headers))
            await response.prepare(request)
            if request.method != "HEAD":
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    await response.write(chunk)
            return response

    def _is_denied(self, request: web.Request) -> bool:
        writes = request.method not in ("GET", "HEAD")
        return bool(self._denied) and (writes or self._denied_reads) and _asked_for(request).startswith(self._denied)

    def _refusal(self, status: int, code: str) -> web.Response:
        self._refused += 1
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>On command.</Message></Error>"
        return web.Response(status=status, text=body, content_type="application/xml")


def _asked_for(request: web.Request) -> str:
    """Return the URI of the object that a request is for, or that of the prefix that it lists."""
    bucket, _, key = request.path[1:].partition("/")
    return f"s3://{bucket}/{key or request.query.get('prefix', '')}"


def _end_to_end(headers: aiohttp.typedefs.LooseHeaders) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in CIMultiDict(headers).items() if name.lower() not in _HOP_BY_HOP)


async def _serve(upstream: str, port: int) -> None:
    runner = web.AppRunner(FaultProxy(upstream).app(), access_log=None, auto_decompress=False, handle_signals=True)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main(argv: Sequence[str] | None = None) -> None:
    """Parse the command line and serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m localaws.s3_faults", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="URL of the server behind")
    options = parser.parse_args(argv)
    with suppress(web.GracefulExit, KeyboardInterrupt):
        asyncio.run(_serve(options.upstream, options.port))


if __name__ == "__main__":
    main()
