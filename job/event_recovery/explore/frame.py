"""The frame of every page that shows rows: one file that loads nothing and runs no script but its own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from typing import Final

from event_recovery.explore.page_style import SCRIPT, STYLE

#: Where the script has its search appear, above the groups.
SEARCH: Final = "<p id=find hidden><input type=search placeholder='Search in groups' aria-label=Search></p>"

# Only this very script runs, whatever else a row may have brought onto the page.
_SCRIPT_POLICY: Final = f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'"
_HEAD: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>"""


def document(title: str, parts: Iterable[str], *, style: str = "", searches: bool = False) -> bytes:
    """Return a page, in UTF-8.

    :param parts: HTML in which all that comes from rows is escaped
    :param style: what it has beside the style of all pages
    :param searches: whether ``SEARCH`` is among the parts; a page without it has no script
    """
    policies = ["default-src 'none'", "style-src 'unsafe-inline'", *([_SCRIPT_POLICY] if searches else [])]
    head = _HEAD.format(policy="; ".join(policies), title=escape(title), style=STYLE + style)
    script = [f"<script>{SCRIPT}</script>"] if searches else []
    return "\n".join([head, *parts, *script]).encode("utf-8", "replace")
