"""The page of groups in a browser: what a row brings does not run, and what is its own does."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_recovery.explore import Groups, Source, explored
from event_recovery.explore.page import page
from playwright.sync_api import expect
from support.browser import BROWSER, open_page
from support.engine.evil import EVIL, evil_rows

pytestmark = pytest.mark.integration


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on the PATH")
def test_scripts_of_rows_do_not_run_and_the_search_appears(tmp_path: Path) -> None:
    groups = Groups()
    for number, line in enumerate(evil_rows(), 1):
        groups.add(line, Source(0, EVIL), number)
    path = tmp_path / "page.html"
    path.write_bytes(page(explored(groups)))
    with open_page() as browser:
        browser.goto(path.as_uri())
        expect(browser.locator("p#find > input")).to_be_visible()
        assert browser.locator("img").count() == 0
        assert browser.locator("script").count() == 1
