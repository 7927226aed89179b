"""Groups of bad rows for a terminal of 100 columns."""

from __future__ import annotations

from typing import Final

from rich.markup import escape
from rich.table import Table

from event_recovery.explore.report import Explored, Numbered
from event_recovery.explore.told import facts, headline, mend_in_short, minute
from event_recovery.text.shorten import shorten
from event_recovery.text.words import one_line

_WIDTH: Final = 100
_SHOWN: Final = 40
_TITLE: Final = 160
_COLOURS: Final = {None: "yellow", True: "green", False: "red"}


def groups_table(found: Explored) -> Table:
    """Lay out the groups, the largest first."""
    rows = found.total.rows
    table = Table(title="What failed", caption=headline(found), width=_WIDTH)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("group, what is wrong", overflow="fold", ratio=1)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("seen", no_wrap=True)
    table.add_column("mend", overflow="fold", max_width=12)
    for one in found.groups[:_SHOWN]:
        group = one.group
        table.add_row(
            str(one.number),
            f"[bold]{escape(one.key.name)}[/]\n[dim]{escape(shorten(one_line(one.key.title), _TITLE))}[/]",
            f"{group.rows:,}",
            f"{one.share:.1%}",
            f"{minute(group.first_seen)}\n{minute(group.last_seen)}",
            f"[{_COLOURS[one.mend.recoverable]}]{mend_in_short(one)}[/]",
        )
    more = len(found.groups) - _SHOWN
    if more > 0:
        rest = sum(one.group.rows for one in found.groups[_SHOWN:])
        table.add_row("", f"and {more:,} more groups, which --json has", f"{rest:,}", f"{rest / rows:.1%}")
    if found.other.rows:
        rest = found.other.rows
        table.add_row("", "of more groups than can be told apart", f"{rest:,}", f"{rest / rows:.1%}")
    return table


def group_table(one: Numbered) -> Table:
    """Lay out all that is known of a group."""
    table = Table(title=f"{one.number}. {one.key.name}", show_header=False, width=_WIDTH)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for label, text in facts(one):
        table.add_row(label, escape(text))
    return table
