"""Groups as one page of HTML that loads nothing: volume over time, the groups as a tree, and an example of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from html import escape
from itertools import islice
from typing import Final, NamedTuple

from event_recovery.explore.chart import chart, colour_of
from event_recovery.explore.frame import SEARCH, document
from event_recovery.explore.marked import example_html
from event_recovery.explore.report import Explored, Numbered
from event_recovery.explore.told import NO_TYPE, facts, headline, mend_in_short
from event_recovery.text.words import one_line

#: So many groups are on the page.
MOST_GROUPS: Final = 200


class Told(NamedTuple):
    """What is told of a group beside what is known of it.

    :param link: address that the text leads to; none when empty
    """

    label: str
    text: str
    link: str = ""


#: Tells what a page knows of a group beside what was counted.
About = Callable[[Numbered], Iterable[Told]]


def page(found: Explored, *, notes: Iterable[str] = (), about: About | None = None) -> bytes:
    """Return the page, in UTF-8.

    :param notes: sentences on how the rows were read
    :param about: what else is told of each group
    """
    told = [f"<p class=soft>{escape(one_line(note))}</p>" for note in (headline(found), *notes)]
    return document("What failed", [*told, groups_html(found, about=about, search=True)], searches=True)


def groups_html(found: Explored, *, about: About | None = None, volume: bool = True, search: bool = False) -> str:
    """Return the groups as a part of a page: what must be said of them, their volume over time, and the tree of them.

    :param about: what else is told of each
    :param volume: whether the volume is shown, in the colours of the groups
    :param search: whether the search of the page is to appear here
    """
    drawn = partial(_group, about=about, coloured=volume)
    shown = _by(found.groups[:MOST_GROUPS], _type).items()
    branches = (_branch(name, groups, found.total.rows, drawn) for name, groups in shown)
    drawing = [chart(found)] if volume else []
    return "\n".join([*_notes(found), *drawing, *([SEARCH] if search else []), *branches])


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


def _branch(type_name: str, groups: Sequence[Numbered], rows: int, drawn: Callable[[Numbered], str]) -> str:
    places = _by(groups, _place)
    inner = (
        "\n".join(map(drawn, of))
        if len(places) == 1 or not place
        else _details("place", place, of, rows, map(drawn, of))
        for place, of in places.items()
    )
    return _details("type", type_name, groups, rows, inner)


def _details(kind: str, name: str, groups: Sequence[Numbered], rows: int, inner: Iterable[str]) -> str:
    count = sum(one.group.rows for one in groups)
    held = "\n".join(inner)
    return (
        f"<details open class={kind}><summary><b>{escape(one_line(name))}</b>"
        f"<span class=number>{count:,}</span><span class=number>{count / rows:.1%}</span></summary>\n{held}\n</details>"
    )


def _group(one: Numbered, *, about: About | None, coloured: bool) -> str:
    wrong = escape(one_line(one.key.title))
    state = {True: "good", False: "none", None: "soft"}[one.mend.recoverable]
    # Where the example is, the example itself says.
    known = [Told(label, text) for label, text in facts(one) if label != "for example"]
    lines = "".join(map(_told, [*known, *(about(one) if about is not None else ())]))
    example = "" if one.group.example is None else example_html(one.group.example)
    dot = f'<i class="dot c{colour_of(one)}"></i>' if coloured else ""
    return (
        f'<details class=group id="{escape(one.key.name)}"><summary>{dot}'
        f"<span class=title>{wrong}<br><code>{escape(one.key.name)}</code></span>"
        f"<span class={state}>{escape(mend_in_short(one))}</span>"
        f"<span class=number>{one.group.rows:,}</span><span class=number>{one.share:.1%}</span></summary>\n"
        f"<dl>{lines}</dl>\n{example}</details>"
    )


def link(html: str, address: str) -> str:
    """Return a link that leads out of the page, which may stand in a frame of another."""
    return f'<a href="{escape(address)}" target="_blank" rel="noreferrer">{html}</a>'


def _told(one: Told) -> str:
    text = escape(one.text)
    return f"<dt>{escape(one.label)}<dd>" + (link(text, one.link) if one.link else text)
