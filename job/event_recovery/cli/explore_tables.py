"""Groups of bad rows for a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.markup import escape
from rich.table import Table

from event_recovery.explore.counts import Frequencies
from event_recovery.explore.mends import MEANING
from event_recovery.explore.names import sentence
from event_recovery.explore.report import Explored, Numbered
from event_recovery.text.shorten import shorten
from event_recovery.text.words import one_line, size

_SHOWN: Final = 40
_TITLE: Final = 160
_VALUES: Final = 5
_TO_THE_MINUTE: Final = 16


def groups_table(found: Explored) -> Table:
    """Lay out the groups, the largest first."""
    total = found.total
    table = Table(title="What failed", caption=_caption(found), width=100)
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
            f"[bold]{escape(one.key.name)}[/]\n[dim]{_plain(one.key.title)}[/]",
            f"{group.rows:,}",
            f"{one.share:.1%}",
            f"{_minute(group.first_seen)}\n{_minute(group.last_seen)}",
            _mend(one),
        )
    more = len(found.groups) - _SHOWN
    if more > 0:
        rest = sum(one.group.rows for one in found.groups[_SHOWN:])
        table.add_row(
            "", f"and {more:,} more groups, which --json has", f"{rest:,}", f"{rest / total.rows:.1%}", "", ""
        )
    if found.other.rows:
        rows = found.other.rows
        table.add_row("", "rows of more groups than can be told apart", f"{rows:,}", f"{rows / total.rows:.1%}", "", "")
    return table


def _caption(found: Explored) -> str:
    total = found.total
    files = f" of {found.files:,} file{'s' if found.files != 1 else ''}" if found.files else ""
    return f"{total.rows:,} rows{files} in {len(found.groups):,} groups: {total.events:,} events, {size(total.bytes)}"


def group_table(one: Numbered) -> Table:
    """Lay out all that is known of a group."""
    table = Table(title=f"{one.number}. {one.key.name}", show_header=False, width=100)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for label, text in _facts(one):
        table.add_row(label, text)
    return table


def _facts(one: Numbered) -> Iterator[tuple[str, str]]:
    group = one.group
    yield "type", escape(one.key.type or "not a bad row")
    yield "what is wrong", "\n".join(_plain(sentence(cause), 300) for cause in one.key.causes)
    yield "rows", f"{group.rows:,} ({one.share:.1%} of all), {group.events:,} events, {size(group.bytes)}"
    yield "seen", f"{_minute(group.first_seen)} to {_minute(group.last_seen)}" if group.first_seen else "no time told"
    for label, values in (
        ("app ids", group.app_ids),
        ("platforms", group.platforms),
        ("trackers", group.trackers),
        ("values", group.values),
    ):
        if values.total:
            yield label, _frequent(values)
    if one.bot_share is not None:
        yield "bots", f"{one.bot_share:.1%} of the {group.with_user_agent:,} rows with a user agent"
    yield "mend", _meaning(one)
    if group.example is not None:
        yield "for example", f"line {group.example.line:,} of {_plain(group.example.source.name, 300)}"


def _frequent(values: Frequencies) -> str:
    told = values.most_common(_VALUES)
    rest = values.total - sum(count for _, count in told)
    shown = [f"{_plain(value, 60)} ({count:,})" for value, count in told]
    return ", ".join([*shown, f"others ({rest:,})"] if rest else shown)


def _mend(one: Numbered) -> str:
    if one.mend.recoverable is None:
        return "[yellow]not tried[/]"
    return f"[green]{', '.join(one.mend.kinds)}[/]" if one.mend.recoverable else "[red]none[/]"


def _meaning(one: Numbered) -> str:
    if one.mend.recoverable is None:
        return "not tried, as no row of it is short enough to be kept"
    if not one.mend.recoverable:
        return f"none: {_plain(one.mend.why)}"
    return "; ".join(MEANING[kind] for kind in one.mend.kinds)


def _minute(time: str | None) -> str:
    return "" if time is None else time[:_TO_THE_MINUTE].replace("T", " ")


def _plain(text: str, length: int = _TITLE) -> str:
    """Return a text of a row that a terminal takes, and that is no markup."""
    return escape(shorten(one_line(text), length))
