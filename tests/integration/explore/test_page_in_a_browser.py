"""The page of groups in a browser: what a row brings does not run, and what is its own does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from event_recovery.explore import Groups, Source, explored
from event_recovery.explore.page import page
from support.engine.evil import EVIL, evil_rows

pytestmark = pytest.mark.integration

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on the PATH")
def test_scripts_of_rows_do_not_run_and_the_search_appears(tmp_path: Path) -> None:
    groups = Groups()
    for number, line in enumerate(evil_rows(), 1):
        groups.add(line, Source(0, EVIL), number)
    path = tmp_path / "page.html"
    path.write_bytes(page(explored(groups)))
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=2000",
        f"--user-data-dir={tmp_path}/u",
    )
    command = [str(BROWSER), *flags, "--dump-dom", path.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    assert "<img" not in dom
    assert len(re.findall("<script", dom)) == 1
    assert '<p id="find"><input' in dom
