"""Groups as one page of HTML that loads nothing: volume over time, the groups as a tree, and an example of each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from itertools import islice
from typing import Final

from event_recovery.explore.chart import chart, colour_of
from event_recovery.explore.marked import example_html
from event_recovery.explore.page_style import SCRIPT, STYLE
from event_recovery.explore.report import Explored, Numbered
from event_recovery.explore.told import NO_TYPE, facts, headline, mend_in_short
from event_recovery.text.words import one_line

#: So many groups are on the page.
MOST_GROUPS: Final = 200

# Only this very script runs, whatever else a row may have brought onto the page.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'"
)
_HEAD: Final = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>What failed</title>
<style>{STYLE}</style>
"""


def page(found: Explored) -> bytes:
    """Return the page, in UTF-8."""
    shown = found.groups[:MOST_GROUPS]
    parts = [_HEAD, "<h1>What failed</h1>", f"<p class=soft>{escape(headline(found))}</p>", *_notes(found)]
    parts += [
        chart(found),
        "<p id=find hidden><input type=search placeholder='Search in groups' aria-label=Search></p>",
    ]
    parts += (_branch(type_name, groups, found.total.rows) for type_name, groups in _by(shown, _type).items())
    parts.append(f"<script>{SCRIPT}</script>")
    return "\n".join(parts).encode("utf-8", "replace")


def _notes(found: Explored) -> Iterator[str]:
    if found.sample is not None:
        yield f"<p class=soft>A sample of {found.total.rows:,} rows: these are no counts of all rows.</p>"
    more = len(found.groups) - MOST_GROUPS
    if more > 0:
        yield f"<p class=soft>The {MOST_GROUPS} largest groups; {more:,} smaller ones are not on this page.</p>"
    if found.other.rows:
        yield f"<p class=soft>{found.other.rows:,} rows are of more groups than can be told apart.</p>"
    for name, reason in islice(found.unread.items(), 20):
        yield f"<p class=none>{escape(one_line(name))} cannot be read to its end: {escape(one_line(reason))}</p>"


def _by(groups: Iterable[Numbered], branch_of: Callable[[Numbered], str]) -> dict[str, list[Numbered]]:
    """Part groups by the branch that they are on, the branch with the largest group first."""
    branches: dict[str, list[Numbered]] = {}
    for one in groups:
        branches.setdefault(branch_of(one), []).append(one)
    return branches


def _type(one: Numbered) -> str:
    return one.key.type or NO_TYPE


def _place(one: Numbered) -> str:
    """Return what the groups of a type are parted by: a schema, else what found the failure."""
    cause = one.key.causes[0]
    return cause.schema.removeprefix("iglu:") or cause.by


def _branch(type_name: str, groups: Sequence[Numbered], rows: int) -> str:
    places = _by(groups, _place)
    inner = "\n".join(
        "\n".join(_group(one) for one in of) if len(places) == 1 or not place else _details("place", place, of, rows)
        for place, of in places.items()
    )
    return _details("type", type_name, groups, rows, inner)


def _details(kind: str, name: str, groups: Sequence[Numbered], rows: int, inner: str | None = None) -> str:
    count = sum(one.group.rows for one in groups)
    held = inner if inner is not None else "\n".join(map(_group, groups))
    return (
        f"<details open class={kind}><summary><b>{escape(one_line(name))}</b>"
        f"<span class=number>{count:,}</span><span class=number>{count / rows:.1%}</span></summary>\n{held}\n</details>"
    )


def _group(one: Numbered) -> str:
    wrong = escape(one_line(one.key.title))
    state = {True: "good", False: "none", None: "soft"}[one.mend.recoverable]
    # Where the example is, the example itself says.
    told = ((label, text) for label, text in facts(one) if label != "for example")
    lines = "".join(f"<dt>{escape(label)}<dd>{escape(text)}" for label, text in told)
    example = "" if one.group.example is None else example_html(one.group.example)
    return (
        f'<details class=group id="{escape(one.key.name)}"><summary><i class="dot c{colour_of(one)}"></i>'
        f"<span class=title>{wrong}<br><code>{escape(one.key.name)}</code></span>"
        f"<span class={state}>{escape(mend_in_short(one))}</span>"
        f"<span class=number>{one.group.rows:,}</span><span class=number>{one.share:.1%}</span></summary>\n"
        f"<dl>{lines}</dl>\n{example}</details>"
    )
