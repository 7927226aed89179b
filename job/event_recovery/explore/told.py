"""What is told of a group, in words: the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from event_recovery.explore.counts import Frequencies
from event_recovery.explore.mends import MEANING
from event_recovery.explore.names import sentence
from event_recovery.explore.report import Explored, Numbered
from event_recovery.text.shorten import shorten
from event_recovery.text.words import one_line, size

_VALUES: Final = 5
_OF_A_VALUE: Final = 60
_TO_THE_MINUTE: Final = 16
#: What stands for the type of rows that have none.
NO_TYPE: Final = "not a bad row"


def headline(found: Explored) -> str:
    """Say in one line what was read."""
    total = found.total
    files = f" of {found.files:,} file{'s' if found.files != 1 else ''}" if found.files else ""
    return f"{total.rows:,} rows{files} in {len(found.groups):,} groups: {total.events:,} events, {size(total.bytes)}"


def facts(one: Numbered) -> Iterator[tuple[str, str]]:
    """Yield all that is known of a group, each with a label."""
    group = one.group
    yield "type", one.key.type or NO_TYPE
    yield "what is wrong", "; ".join(one_line(sentence(cause)) for cause in one.key.causes)
    yield "rows", f"{group.rows:,} ({one.share:.1%} of all), {group.events:,} events, {size(group.bytes)}"
    yield "seen", f"{minute(group.first_seen)} to {minute(group.last_seen)}" if group.first_seen else "no time told"
    for label, values in (
        ("app ids", group.app_ids),
        ("platforms", group.platforms),
        ("trackers", group.trackers),
        ("values", group.values),
    ):
        if values.total:
            yield label, frequent(values)
    if one.bot_share is not None:
        yield "bots", f"{one.bot_share:.1%} of the {group.with_user_agent:,} rows with a user agent"
    yield "mend", _meaning(one)
    if group.example is not None:
        yield "for example", f"line {group.example.line:,} of {one_line(group.example.source.name)}"


def mend_in_short(one: Numbered) -> str:
    """Say in a word or two what it takes to mend a group."""
    if one.mend.recoverable is None:
        return "not tried"
    return ", ".join(one.mend.kinds) if one.mend.recoverable else "none"


def _meaning(one: Numbered) -> str:
    if one.mend.recoverable is None:
        return "not tried, as no row of it is short enough to be kept"
    if not one.mend.recoverable:
        return f"none: {one_line(one.mend.why)}"
    return "; ".join(MEANING[kind] for kind in one.mend.kinds)


def frequent(values: Frequencies) -> str:
    """Write the most frequent values, each with its count."""
    told = values.most_common(_VALUES)
    rest = values.total - sum(count for _, count in told)
    shown = [f"{shorten(one_line(value), _OF_A_VALUE)} ({count:,})" for value, count in told]
    return ", ".join([*shown, f"others ({rest:,})"] if rest else shown)


def minute(time: str | None) -> str:
    """Write a time to the minute; nothing for none."""
    return "" if time is None else time[:_TO_THE_MINUTE].replace("T", " ")
