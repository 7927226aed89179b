"""The counters of a run over time, in SVG: the outcomes on top of each other, and the submitted rows as a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from event_recovery.contract import OUTCOMES

from event_recovery_provider.metrics.counts import Counter, RowCounts
from event_recovery_provider.results.chart import COLOURS, Timeline

#: The colours of the counters as classes, for the curve and for whatever explains it.
STYLE: Final = (
    " ".join(
        f".{counter} {{ fill: {colour}; background: {colour} }}"
        for counter, colour in COLOURS.items()
        if counter != "submitted"
    )
    + "\n.line { fill: none; stroke: var(--text); stroke-width: 2 } .total { stroke-dasharray: 4 4; stroke-width: 1 }\n"
)
_WIDTH, _HEIGHT = 1000, 160
#: A longer run has more points than a picture has columns.
_MOST_POINTS: Final = 500


def curve(drawn: Timeline, account: RowCounts) -> str:
    """Return the picture with its scale.

    :param account: what the job committed; its total is the dashed line to which everything grows
    :raises ValueError: when there is no point to draw
    """
    if not drawn.times:
        raise ValueError("there is nothing to draw: no series has a point")
    chosen = _spread(len(drawn.times))
    times = [drawn.times[at] for at in chosen]
    most = max(account.submitted, drawn.last.submitted, 1)
    places = _places(times)
    bands = "".join(_bands(drawn, chosen, places, most))
    submitted = [drawn.totals["submitted"][at] for at in chosen]
    line = _points(places, [_height(rows, most) for rows in submitted])
    total = f"{_height(account.submitted, most):.1f}"
    return (
        f"<figure><figcaption>Rows over time, up to {most:,}, as the metrics counted them;"
        " the line is of those submitted</figcaption>\n"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img">{bands}'
        f'<polyline class="line total" vector-effect="non-scaling-stroke" points="0,{total} {_WIDTH},{total}"/>'
        f'<polyline class="line" vector-effect="non-scaling-stroke" points="{line}"/></svg>\n'
        f"<p class=axis><span>{_told(times[0])}</span><span>{_told(times[-1])}</span></p></figure>"
    )


def _spread(count: int) -> list[int]:
    """Return which of so many points are drawn, the last one among them."""
    step = -(-count // _MOST_POINTS)
    return [*range((count - 1) % step, count, step)]


def _places(times: Sequence[datetime]) -> list[float]:
    seconds = (times[-1] - times[0]).total_seconds() or 1.0
    return [(time - times[0]).total_seconds() / seconds * _WIDTH for time in times]


def _bands(drawn: Timeline, chosen: Sequence[int], places: Sequence[float], most: int) -> Iterator[str]:
    """Yield an area for each outcome that there is, on top of those before it."""
    parts: tuple[Counter, ...] = (*OUTCOMES, "skipped")
    below = [0] * len(chosen)
    for part in parts:
        rows = [drawn.totals[part][at] for at in chosen]
        if any(rows):
            above = [lower + one for lower, one in zip(below, rows, strict=True)]
            upper = _points(places, [_height(one, most) for one in above])
            lower_edge = _points(reversed(places), [_height(one, most) for one in reversed(below)])
            yield f'<polygon class="{part}" points="{upper} {lower_edge}"/>'
            below = above


def _height(rows: int, most: int) -> float:
    return _HEIGHT - rows / most * _HEIGHT


def _points(places: Sequence[float] | Iterator[float], heights: Sequence[float]) -> str:
    return " ".join(f"{place:.1f},{height:.1f}" for place, height in zip(places, heights, strict=True))


def _told(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"
