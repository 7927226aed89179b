"""Debian's Chromium, from the PATH, driven by Playwright, which brings browsers of its own that are not used."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Page, sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
#: For a page of Airflow on a busy machine.
_PATIENCE_MS: Final = 60_000

#: The browser of this machine; None when there is none.
BROWSER: Final = next(filter(None, map(shutil.which, _NAMES)), None)


class BrowserError(Exception):
    """There is no browser on the PATH."""


@contextmanager
def open_page(*, width: int = 1400, height: int = 1000) -> Iterator[Page]:
    """Start a browser with an empty page of this size in pixels, and end it.

    :raises BrowserError: when none is on the PATH
    """
    if BROWSER is None:
        raise BrowserError(f"none of {', '.join(_NAMES)} is on the PATH; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, which is who runs it in a container.
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(_PATIENCE_MS)
            yield page
        finally:
            browser.close()
