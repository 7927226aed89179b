"""The run as a picture: its counters over time, ever growing, and adding up to the rows that were submitted."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from event_recovery.contract import OUTCOMES

from event_recovery_provider.metrics.counts import COUNTERS, Counter, RowCounts, Series, with_skipped

COLOURS: Final[dict[Counter, str]] = {
    "recovered": "#3a9d6e",
    "failed": "#e08e2f",
    "unrecoverable": "#8f6bb3",
    "skipped": "#b9c2ca",
    "submitted": "#22303c",
}
_SIZE = (9.6, 5.0)  # inches
_DOTS_PER_INCH = 125
_EXPANSION = 0.06


@dataclass(frozen=True, slots=True)
class Timeline:
    """The counters of a run over time.

    :param totals: for each counter, as many values as there are ``times``
    """

    times: tuple[datetime, ...]
    totals: dict[Counter, tuple[int, ...]]

    @property
    def last(self) -> RowCounts:
        """Where the counters ended; zeros when there is no point."""
        return RowCounts(**{counter: values[-1] if values else 0 for counter, values in self.totals.items()})


def timeline(series: Iterable[Series]) -> Timeline:
    """Sum the series counter by counter, at every time at which any of them has a point.

    A series that has no point at a time counts with the greatest value it had before, so that no total ever falls: not
    when a container is late, and not when one is lost.
    """
    points = sorted(
        (time, one.counter, number, value) for number, one in enumerate(series) for time, value in one.points
    )
    reached: dict[tuple[Counter, int], int] = {}
    totals: dict[datetime, dict[Counter, int]] = {}
    for time, counter, number, value in points:
        reached[counter, number] = max(round(value), reached.get((counter, number), 0))
        sums = dict.fromkeys(COUNTERS, 0)
        for (of, _), amount in reached.items():
            sums[of] += amount
        totals[time] = with_skipped(sums)
    return Timeline(tuple(totals), {counter: tuple(sums[counter] for sums in totals.values()) for counter in COUNTERS})


def is_available() -> bool:
    """Tell whether matplotlib is installed, which comes with the extra ``chart``."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(drawn: Timeline, *, title: str, account: RowCounts | None = None) -> bytes:
    """Draw a run as a PNG: the outcomes on top of each other, and the submitted rows as a line, which they meet.

    Skipped rows are on top of the outcomes, when there are any.

    :param account: what the job committed; its total is the line to which everything grows
    :raises ValueError: when there is no point to draw
    :raises ImportError: when matplotlib is not installed
    """
    if not drawn.times:
        raise ValueError("there is nothing to draw: no series has a point")
    # Only here: the provider works without it, and importing it takes a second.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    counts = account or drawn.last
    figure = Figure(figsize=_SIZE, dpi=_DOTS_PER_INCH, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    times = [float(date2num(time)) for time in drawn.times]
    parts: tuple[Counter, ...] = (*OUTCOMES, "skipped") if counts.skipped else OUTCOMES
    axes.stackplot(
        times,
        [drawn.totals[part] for part in parts],
        labels=[_label(part, counts) for part in parts],
        colors=[COLOURS[part] for part in parts],
        alpha=0.85,
    )
    axes.plot(
        times, drawn.totals["submitted"], color=COLOURS["submitted"], linewidth=2, label=_label("submitted", counts)
    )
    axes.axhline(counts.submitted, color=COLOURS["submitted"], linewidth=1, linestyle=(0, (4, 4)), alpha=0.6)
    axes.set_ylim(0, max(counts.submitted, drawn.last.submitted, 1) * (1 + _EXPANSION))
    axes.set_xlim(times[0], times[-1] if times[-1] > times[0] else times[0] + 1 / 86_400)
    locator = AutoDateLocator(tz=UTC)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylabel("rows")
    axes.set_xlabel("time (UTC)")
    axes.grid(visible=True, axis="y", alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(parts) + 1, frameon=False)
    axes.set_title(f"{title}\n{balance_text(counts)}", loc="left", fontsize=10)
    picture = BytesIO()
    canvas.print_png(picture, metadata={"Title": title})
    return picture.getvalue()


def balance_text(counts: RowCounts) -> str:
    """Say in a line whether the counters meet."""
    accounted = counts.submitted - counts.missing
    verdict = "balanced" if counts.missing == 0 else f"{counts.missing:,} NOT accounted for"
    return f"{counts.submitted:,} rows submitted, {accounted:,} accounted for: {verdict}"


def _label(counter: Counter, counts: RowCounts) -> str:
    value: int = getattr(counts, counter)
    share = f" ({value / counts.submitted:.1%})" if counts.submitted and counter != "submitted" else ""
    return f"{counter} {value:,}{share}"
