"""How many rows failed when, as bars of groups on top of each other, in SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

from event_recovery.explore.report import Explored, Numbered

#: So many groups have a colour of their own.
COLOURED: Final = 8
_WIDTH, _HEIGHT = 1000, 160
_THINNEST: Final = 1.5
#: By the length of what names a span: what makes it a time, and how long it lasts.
_SPANS: Final[Mapping[int, tuple[str, timedelta]]] = {
    15: ("0:00", timedelta(minutes=10)),
    13: (":00:00", timedelta(hours=1)),
    10: ("T00:00:00", timedelta(days=1)),
    7: ("-01T00:00:00", timedelta(days=30)),
    4: ("-01-01T00:00:00", timedelta(days=365)),
    2: ("00-01-01T00:00:00", timedelta(days=36500)),
}


def chart(found: Explored) -> str:
    """Return the chart with its scale; nothing when no row tells its time."""
    length = found.span_length
    stacks = _stacks(found, length)
    times = {span: time for span in stacks if (time := _time(span)) is not None}
    if not times:
        return ""
    lasts = _SPANS[length][1]
    first, last = min(times.values()), max(times.values())
    seconds = (last - first + lasts).total_seconds()
    most = max(sum(count for _, count in stacks[span]) for span in times)
    width = max(lasts.total_seconds() / seconds * _WIDTH - 1, _THINNEST)
    bars = "".join(
        bar
        for span, time in sorted(times.items())
        for bar in _bars(stacks[span], span, (time - first).total_seconds() / seconds * _WIDTH, width, most)
    )
    return (
        f"<figure><figcaption>Rows by the time of their failure: {most:,} at most in {_words(lasts)}</figcaption>\n"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img">{bars}</svg>\n'
        f"<p class=axis><span>{_told(min(times))}</span><span>{_told(max(times))}</span></p></figure>"
    )


def colour_of(one: Numbered) -> int:
    """Return the number of the colour of a group; 0 for all that have none of their own."""
    return one.number if one.number <= COLOURED else 0


def _stacks(found: Explored, length: int) -> dict[str, list[tuple[Numbered | None, int]]]:
    """Return what lies on top of each other in each span: the coloured groups, then all others."""
    stacks: dict[str, list[tuple[Numbered | None, int]]] = {}
    others: dict[str, int] = {}
    for one in found.groups:
        for span, count in one.group.volume.spans(length).items():
            stack = stacks.setdefault(span, [])
            if colour_of(one):
                stack.append((one, count))
            else:
                others[span] = others.get(span, 0) + count
    for span, count in others.items():
        stacks[span].append((None, count))
    return stacks


def _bars(
    stack: Sequence[tuple[Numbered | None, int]], span: str, left: float, width: float, most: int
) -> Iterator[str]:
    bottom = float(_HEIGHT)
    for one, count in stack:
        height = count / most * _HEIGHT
        bottom -= height
        name = "other groups" if one is None else one.key.name
        colour = 0 if one is None else colour_of(one)
        yield (
            f'<rect class="c{colour}" x="{left:.1f}" y="{bottom:.1f}" width="{width:.1f}" height="{height:.1f}">'
            f"<title>{_told(span)}: {count:,} rows of {escape(name)}</title></rect>"
        )


def _time(span: str) -> datetime | None:
    try:
        return datetime.fromisoformat(span + _SPANS[len(span)][0])
    except ValueError:  # the year 0
        return None


def _told(span: str) -> str:
    if len(span) == 2:
        return f"{span}00s"
    return escape((span + _SPANS[len(span)][0])[: max(len(span), 16 if len(span) > 10 else 0)].replace("T", " "))


def _words(lasts: timedelta) -> str:
    if lasts < timedelta(hours=1):
        return "ten minutes"
    names = {1: "a day", 30: "a month", 365: "a year", 36500: "a century"}
    return names.get(lasts.days, "an hour")
