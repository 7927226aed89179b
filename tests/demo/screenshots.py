"""``python -m demo.screenshots``: run the demo, and keep pictures for the pages: its approval, its graph, its balance.

A person approves the run in Airflow's UI, or rather Chromium does.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from rich.console import Console

from demo.browser import Page, browse
from demo.show import Demo
from demo.site import REPOSITORY
from demo.watch import DAG, TASKS

IMAGES = REPOSITORY / "docs/images"
_GRAPH = {"width": 1600, "height": 560}
_QUESTION = {"width": 1400, "height": 1000}
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


def picture_of_graph(url: str, run_id: str) -> bytes:
    """Open the graph of a run and return a picture of it, a PNG."""

    async def visit(page: Page) -> bytes:
        await page.open(url)
        await page.evaluate(f"const dag = {DAG!r}; {_REMEMBERED}")
        await page.command("Page.navigate", url=f"{url}/dags/{DAG}/runs/{run_id}")
        shown = f"document.querySelectorAll('.react-flow__node').length >= {len(TASKS)}"
        await page.until(shown, f"the {len(TASKS)} tasks of the graph")
        for label in _PRESSED:
            await page.evaluate(f"document.querySelector(`button[aria-label='{label}']`).click()")
            await asyncio.sleep(_SETTLE_SECONDS)
        return await page.picture()

    return browse(visit, **_GRAPH)


def approve(url: str, dag_id: str, run_id: str) -> bytes:
    """Approve a run in the UI as a person does, and return a picture of the question, a PNG."""
    button = "[...document.querySelectorAll('button')].find(one => one.textContent.trim() === 'Approve')"

    async def visit(page: Page) -> bytes:
        await page.open(url)
        await page.command("Page.navigate", url=f"{url}/dags/{dag_id}/runs/{run_id}/tasks/approve/required_actions")
        await page.until(f"Boolean({button})", "a button to approve")
        await asyncio.sleep(_SETTLE_SECONDS)
        picture = await page.picture()
        await page.evaluate(f"{button}.click()")
        await page.until(f"!({button}) || ({button}).disabled", "that the run is approved")
        return picture

    return browse(visit, **_QUESTION)


def main() -> int:
    """Run the demo and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m demo.screenshots", description="Renew the pictures of the pages.")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="where the demo's files go")
    output = parser.parse_args().output.resolve()
    console = Console(soft_wrap=True)
    demo = Demo(console, output, rows=12_000)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo.started() as (airflow, site):

        def answer(run_id: str) -> None:
            (IMAGES / "approval.png").write_bytes(approve(airflow.url, DAG, run_id))

        run_id = demo.run(airflow, site, answer=answer)
        (IMAGES / "run-graph.png").write_bytes(picture_of_graph(airflow.url, run_id))
    shutil.copy(output / "balance.png", IMAGES / "balance.png")
    for picture in sorted(IMAGES.glob("*.png")):
        console.print(f"{picture.relative_to(REPOSITORY)} {picture.stat().st_size // 1024} KB", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
