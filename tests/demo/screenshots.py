"""``python -m demo.screenshots``: run the demo, and keep pictures for the README: the graph of the run, its balance.

Takes Chromium from the PATH (Debian's ``chromium``) and steers it through its DevTools protocol, of which four commands
are enough.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
from localaws.processes import LOOPBACK, ManagedProcess, wait_until
from rich.console import Console

from demo.show import Demo, DemoError
from demo.site import REPOSITORY
from demo.watch import DAG, TASKS

IMAGES = REPOSITORY / "docs/images"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT = 1600, 560
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
_SETTLE_SECONDS = 3.0

# The graph gets the place of the details, and fills it.
_PRESSED = ("Collapse Details Panel", "Fit View")

# What Airflow's UI remembers in the browser: the graph is shown, in this direction, with its task groups open.
_REMEMBERED = """
for (const [key, value] of Object.entries({
  "default_dag_view": "graph",
  [`direction-${dag}`]: "RIGHT",
  [`${dag}/open-groups`]: ["recovery"],
  [`${dag}/all-groups`]: ["recovery"],
})) localStorage.setItem(key, JSON.stringify(value));
"""


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._sent = 0

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a DevTools command and return its result; DemoError when the browser refuses it."""
        self._sent += 1
        await self._socket.send_json({"id": self._sent, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=_READY_SECONDS)
            if answer.get("id") == self._sent:
                if "error" in answer:
                    raise DemoError(f"the browser refuses {method}: {answer['error']}")
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
        raise DemoError(f"the page never showed {what}; it shows: {await self.evaluate('document.body.innerText')}")


async def take_graph(port: int, url: str, run_id: str) -> bytes:
    """Open the graph of a run and return a picture of it, a PNG."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f"http://{LOOPBACK}:{port}/json/new?about:blank") as answer:
            target = await answer.json()
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            await page.command(
                "Emulation.setDeviceMetricsOverride", width=_WIDTH, height=_HEIGHT, deviceScaleFactor=1, mobile=False
            )
            await page.command("Page.navigate", url=url)
            await page.until("document.readyState === 'complete' && location.protocol === 'http:'", "Airflow")
            await page.evaluate(f"const dag = {DAG!r}; {_REMEMBERED}")
            await page.command("Page.navigate", url=f"{url}/dags/{DAG}/runs/{run_id}")
            shown = f"document.querySelectorAll('.react-flow__node').length >= {len(TASKS)}"
            await page.until(shown, f"the {len(TASKS)} tasks of the graph")
            for label in _PRESSED:
                await page.evaluate(f"document.querySelector(`button[aria-label='{label}']`).click()")
                await asyncio.sleep(_SETTLE_SECONDS)
            picture = await page.command("Page.captureScreenshot", format="png")
            return base64.b64decode(picture["data"])


def picture_of_graph(url: str, run_id: str) -> bytes:
    """Start a browser, take the picture, end the browser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise DemoError(f"none of {', '.join(_BROWSERS)} is on the PATH; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="demo-browser-", ignore_cleanup_errors=True) as profile:
        argv = [browser, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with ManagedProcess.start(argv, name="browser", log=Path(profile) / "browser.log") as process:
            port = Path(profile) / "DevToolsActivePort"
            wait_until(lambda: port.exists() and bool(port.read_text()), _READY_SECONDS, "the browser", process=process)
            return asyncio.run(take_graph(int(port.read_text().split()[0]), url, run_id))


def main() -> int:
    """Run the demo and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m demo.screenshots", description="Renew the pictures of the README.")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="where the demo's files go")
    output = parser.parse_args().output.resolve()
    console = Console(soft_wrap=True)
    demo = Demo(console, output, rows=12_000)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo.started() as (airflow, site):
        run_id = demo.run(airflow, site)
        (IMAGES / "run-graph.png").write_bytes(picture_of_graph(airflow.url, run_id))
    shutil.copy(output / "balance.png", IMAGES / "balance.png")
    for picture in sorted(IMAGES.glob("*.png")):
        console.print(f"{picture.relative_to(REPOSITORY)} {picture.stat().st_size // 1024} KB", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
