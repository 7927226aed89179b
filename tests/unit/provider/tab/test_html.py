"""What the browser lets a page of a run do, and what the frame around it shows."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from event_recovery.explore import Groups, explored
from event_recovery.explore.page import page as explore_page
from event_recovery.explore.page_style import SCRIPT
from event_recovery_provider.pages import Page
from event_recovery_provider.tab.html import FRAME_POLICY, frame, message, page_policy
from support.engine.evil import EVIL

pytestmark = pytest.mark.unit

TRIAL = Page("trial", "trial", -1, "s3://lake/runs/x/trial.html", None, None)
HASH = b64encode(sha256(b"run()").digest()).decode()


def test_the_script_that_explores_page_names_runs_and_no_other() -> None:
    policy = page_policy(explore_page(explored(Groups())))
    assert (
        f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'; sandbox allow-scripts;" in policy
    )
    assert policy.count("sha256") == 1


@pytest.mark.parametrize(
    "page",
    [
        b"<p>no policy",
        b"<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'unsafe-inline' * 'nonce-x' data:\">",
        b"<p>" * 1000 + f'<meta http-equiv="Content-Security-Policy" content="script-src \'sha256-{HASH}\'">'.encode(),
        b'<meta http-equiv="Content-Security-Policy" content="script-src \'sha256-x\'; sandbox allow-same-origin">',
    ],
)
def test_a_page_gets_nothing_else_by_what_it_says(page: bytes) -> None:
    policy = page_policy(page)
    assert "script-src 'none'; sandbox;" in policy
    assert "allow-same-origin" not in policy


def test_the_frames_own_style_is_the_one_that_its_policy_allows() -> None:
    for document in (frame([TRIAL], TRIAL), message("nothing")):
        (style,) = re.findall(r"<style>(.*?)</style>", document.decode(), re.DOTALL)
        assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in FRAME_POLICY
        assert "<script" not in document.decode()
        assert "style=" not in document.decode()


def test_what_tasks_and_errors_say_is_text() -> None:
    evil = Page("trial", EVIL, 3, f"s3://lake/{EVIL}/trial.html", None, None)
    shown = frame([TRIAL, evil], evil, up="../../../", notes=[EVIL]) + message(EVIL, EVIL)
    assert b"<img" not in shown
    assert b"<script" not in shown


def test_tabs_of_one_kind_are_told_apart_by_their_tasks() -> None:
    second = Page("trial", "second.trial", 2, TRIAL.uri, None, None)
    shown = frame([TRIAL, second], second).decode()
    assert '<a href="trial/-1/trial/">Trial: trial</a>' in shown
    assert '<a href="second.trial/2/trial/" aria-current="page">Trial: second.trial 2</a>' in shown
    assert '<a href="trial/-1/trial/" aria-current="page">Trial</a>' in frame([TRIAL], TRIAL).decode()
