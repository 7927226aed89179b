"""The frame around the pages of a run, and what the browser lets each of them do."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from typing import Final
from urllib.parse import quote

from event_recovery_provider.pages import Page, PageKind

_STYLE: Final = """
:root { color-scheme: light dark; --text: #1c2430; --back: #fff; --soft: #5b6675; --line: #d9dee5; --here: #0b6fb3 }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --back: #14181f; --soft: #9aa6b5; --line: #323b47;
  --here: #4ea3e0 } }
html, body { height: 100%; margin: 0 }
body { display: flex; flex-direction: column; color: var(--text); background: var(--back);
  font: 14px/1.5 system-ui, sans-serif }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; padding: .5rem 1rem 0;
  border-bottom: 1px solid var(--line) }
a { padding-bottom: .4rem; color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent }
a:hover { color: var(--text) } [aria-current] { color: var(--text); border-color: var(--here) }
code { margin-left: auto; color: var(--soft); font: .85em ui-monospace, monospace; overflow-wrap: anywhere }
iframe { flex: 1; width: 100%; border: 0 } p { margin: .5rem 1rem; max-width: 60rem } .soft { color: var(--soft) }
"""
_TITLES: Final[dict[PageKind, str]] = {"explore": "What failed", "trial": "Trial", "report": "Report"}
_ALWAYS: Final = "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
# The policy that a page of ours brings stands before the first byte of any row.
_OWN_POLICY: Final = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_SCRIPT: Final = re.compile(rb"'sha256-[A-Za-z0-9+/]{43}='")
_HEAD_BYTES: Final = 2000

#: Of a document of our own: no script at all, and no frame but one of this server.
FRAME_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    f"frame-src 'self'; {_ALWAYS}"
)


def page_policy(page: bytes) -> str:
    """Return the policy of a page from S3: an origin of its own, nothing loaded, and no script that it does not name.

    What a page says of itself can so take rights from it, and give it none but to run the scripts of its maker.
    """
    own = _OWN_POLICY.search(page[:_HEAD_BYTES])
    scripts = b" ".join(_SCRIPT.findall(own[1])).decode() if own else ""
    allowed = f"script-src {scripts}; sandbox allow-scripts" if scripts else "script-src 'none'; sandbox"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; {allowed}; {_ALWAYS}"


def frame(pages: Sequence[Page], shown: Page, *, up: str = "", notes: Sequence[str] = ()) -> bytes:
    """Return the document with a tab for each page and, in a frame, the one that is shown.

    :param up: the way from the address of the document to that of its run
    :param notes: what is wrong with other pages
    """
    alone = len({one.kind for one in pages}) == len(pages)
    tabs = "\n".join(_tab(one, up, alone=alone, here=one == shown) for one in pages)
    told = "\n".join(f'<p class="soft">{escape(note)}</p>' for note in notes)
    return _document(
        f"<nav>\n{tabs}\n<code>{escape(shown.uri)}</code></nav>\n{told}\n"
        f'<iframe sandbox="allow-scripts" title="{_TITLES[shown.kind]}" src="{escape(up + _way(shown))}page"></iframe>'
    )


def message(*lines: str) -> bytes:
    """Return a document that says something in place of a page."""
    first, *others = (escape(line) for line in lines)
    return _document("\n".join([f"<p>{first}</p>", *(f'<p class="soft">{line}</p>' for line in others)]))


def _tab(page: Page, up: str, *, alone: bool, here: bool) -> str:
    place = "" if alone else f": {page.task_id}" + (f" {page.map_index}" if page.map_index >= 0 else "")
    current = ' aria-current="page"' if here else ""
    return f'<a href="{escape(up + _way(page))}"{current}>{_TITLES[page.kind]}{escape(place)}</a>'


def _way(page: Page) -> str:
    return f"{quote(page.task_id, safe='')}/{page.map_index}/{page.kind}/"


def _document(body: str) -> bytes:
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Recovery</title>\n<style>{_STYLE}</style>\n{body}\n"
    ).encode()
