"""``python -m demo.screenshots``: run the demo, and keep pictures for the pages: tab, approval, graph, report.

A person approves the run in Airflow's UI, or rather Chromium does.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import FrameLocator, Page
from rich.console import Console
from support.browser import open_page

from demo.show import Demo
from demo.site import REPOSITORY
from demo.watch import DAG, TASKS

IMAGES = REPOSITORY / "docs/images"
_SETTLE_MS = 3000

# The graph gets the place of the details, and fills it.
_PRESSED = ("Collapse Details Panel", "Fit View")

# What Airflow's UI remembers in the browser: the graph is shown, in this direction, with its task groups open.
_REMEMBERED = """dag => {
for (const [key, value] of Object.entries({
  "default_dag_view": "graph",
  [`direction-${dag}`]: "RIGHT",
  [`${dag}/open-groups`]: ["recovery"],
  [`${dag}/all-groups`]: ["recovery"],
})) localStorage.setItem(key, JSON.stringify(value));
}"""


def picture_of_graph(url: str, run_id: str) -> bytes:
    """Open the graph of a run and return a picture of it, a PNG."""
    with open_page(width=1600, height=560) as page:
        page.goto(url)
        page.evaluate(_REMEMBERED, DAG)
        page.goto(f"{url}/dags/{DAG}/runs/{run_id}")
        page.locator(".react-flow__node").nth(len(TASKS) - 1).wait_for()
        for label in _PRESSED:
            page.get_by_role("button", name=label, exact=True).click()
            page.wait_for_timeout(_SETTLE_MS)
        return page.screenshot()


def show_tab(page: Page, url: str, dag_id: str, run_id: str) -> FrameLocator:
    """Open the run's tab *Recovery* as a person does, and return the page in it."""
    page.goto(f"{url}/dags/{dag_id}/runs/{run_id}")
    page.get_by_role("link", name="Recovery", exact=True).click()
    shown = page.frame_locator("iframe[title=Recovery]").frame_locator("iframe")
    shown.locator("h1").wait_for()
    return shown


def picture_of_tab(url: str, run_id: str) -> bytes:
    """Open the tab of a run and return a picture of it, a PNG."""
    with open_page() as page:
        show_tab(page, url, DAG, run_id)
        return page.screenshot()


def approve(url: str, dag_id: str, run_id: str) -> bytes:
    """Approve a run in the UI as a person does, and return a picture of the question, a PNG."""
    with open_page() as page:
        page.goto(f"{url}/dags/{dag_id}/runs/{run_id}/tasks/approve/required_actions")
        button = page.get_by_role("button", name="Approve", exact=True)
        button.wait_for()
        page.wait_for_timeout(_SETTLE_MS)
        picture = page.screenshot()
        with page.expect_response(lambda response: response.request.method == "PATCH") as answered:
            button.click()
        assert answered.value.ok, answered.value.text()
        return picture


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
            (IMAGES / "tab.png").write_bytes(picture_of_tab(airflow.url, run_id))
            (IMAGES / "approval.png").write_bytes(approve(airflow.url, DAG, run_id))

        run_id = demo.run(airflow, site, answer=answer)
        (IMAGES / "run-graph.png").write_bytes(picture_of_graph(airflow.url, run_id))
        (IMAGES / "report.png").write_bytes(picture_of_tab(airflow.url, run_id))
    for picture in sorted(IMAGES.glob("*.png")):
        console.print(f"{picture.relative_to(REPOSITORY)} {picture.stat().st_size // 1024} KB", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
