"""Chromium, steered through its DevTools protocol, of which four commands are enough.

It is taken from the PATH (Debian's ``chromium``).
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from localaws.processes import LOOPBACK, ManagedProcess, wait_until

T = TypeVar("T")

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--hide-scrollbars",
    f"--remote-debugging-address={LOOPBACK}",
    "--remote-debugging-port=0",
)
_READY_SECONDS = 60.0


class BrowserError(Exception):
    """There is no browser, or the page is not as expected; the text says why."""


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._sent = 0

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a DevTools command and return its result; BrowserError when the browser refuses it."""
        self._sent += 1
        await self._socket.send_json({"id": self._sent, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=_READY_SECONDS)
            if answer.get("id") == self._sent:
                if "error" in answer:
                    raise BrowserError(f"the browser refuses {method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    async def evaluate(self, script: str) -> Any:
        """Run a script in the page and return its value."""
        answer = await self.command("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, condition: str, what: str) -> None:
        """Wait until a script gives true."""
        for _ in range(int(_READY_SECONDS)):
            if await self.evaluate(condition):
                return
            await asyncio.sleep(1)
        raise BrowserError(f"the page never showed {what}; it shows: {await self.evaluate('document.body.innerText')}")

    async def picture(self) -> bytes:
        """Return what the page shows, a PNG."""
        answer = await self.command("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    async def open(self, url: str) -> None:
        """Go to an address and wait until it is there."""
        await self.command("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.protocol === 'http:'", url)


def browse(visit: Callable[[Page], Awaitable[T]], *, width: int, height: int) -> T:
    """Start a browser, let it visit pages in a window of this size, and end it."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise BrowserError(f"none of {', '.join(_BROWSERS)} is on the PATH; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="demo-browser-", ignore_cleanup_errors=True) as profile:
        argv = [browser, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with ManagedProcess.start(argv, name="browser", log=Path(profile) / "browser.log") as process:
            port = Path(profile) / "DevToolsActivePort"
            wait_until(lambda: port.exists() and bool(port.read_text()), _READY_SECONDS, "the browser", process=process)
            return asyncio.run(_visit(int(port.read_text().split()[0]), visit, width=width, height=height))


async def _visit(port: int, visit: Callable[[Page], Awaitable[T]], *, width: int, height: int) -> T:
    async with aiohttp.ClientSession() as session:
        async with session.put(f"http://{LOOPBACK}:{port}/json/new?about:blank") as answer:
            target = await answer.json()
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            await page.command(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
            )
            return await visit(page)
