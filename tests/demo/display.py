"""How the demo looks in the terminal; pure: from what is known to what rich prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

from event_recovery.contract import OUTCOMES, Outcome, RunSummary
from event_recovery_provider.metrics.counts import Counter, RowCounts
from event_recovery_provider.results.chart import Timeline, balance_text
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from demo.watch import TASKS, Look, TaskLook

COLOURS: dict[Outcome, str] = {"recovered": "green", "failed": "yellow", "unrecoverable": "magenta"}
# Told apart without colours too; the last is for rows that are read and not yet out.
_CELLS = {"green": "█", "yellow": "▓", "magenta": "▒", "dim": "░"}
_DOES = {
    "preflight": "check settings, config, rows, stream and bundle",
    "trial": "try the config on a sample of the rows",
    "approve": "ask a person, which a demo does without",
    "recovery.create": "ask EMR for a cluster",
    "recovery.ready": "wait until the cluster takes work",
    "recovery.submit": "add the Flink job as a step",
    "recovery.checkpoint": "wait for the first checkpoint",
    "recovery.balance": "wait until every row is accounted for",
    "recovery.terminate": "end the cluster, whatever happened",
    "report": "check and publish the account of the run",
}
_MARKS = {
    "success": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "upstream_failed": ("-", "red"),
    "skipped": ("-", "dim"),
    "running": ("▶", "bold cyan"),
    "deferred": ("…", "cyan"),
    "none": ("·", "dim"),
}
_BAR = 48


def progress(look: Look, *, total: int, seconds: float) -> RenderableType:
    """Draw a run under way."""
    table = Table(box=None, padding=(0, 1), show_header=False)
    for name in TASKS:
        table.add_row(*_task_row(name, look.tasks.get(name, TaskLook())))
    status = Text.assemble(
        ("  cluster  ", "dim"), look.cluster, ("   elapsed  ", "dim"), str(timedelta(seconds=int(seconds)))
    )
    return Group(table, status, rows_bar(look.counts, total=total))


def _task_row(name: str, task: TaskLook) -> tuple[Text, Text, Text, Text]:
    mark, style = _MARKS.get(task.state, ("·", ""))
    took = f"{task.seconds:4.0f} s" if task.seconds else ""
    state = "waits in the triggerer" if task.state == "deferred" else "" if task.state == "none" else task.state
    return Text(f"  {mark} {name}", style), Text(_DOES[name], "dim"), Text(took), Text(state, style)


def rows_bar(counts: RowCounts, *, total: int) -> Text:
    """Draw how many of the rows came out, and how."""
    bar = Text("  rows     ", "dim")
    cells = cells_of([getattr(counts, outcome) for outcome in OUTCOMES], total=total, width=_BAR)
    for outcome, width in zip(OUTCOMES, cells, strict=True):
        bar.append(_CELLS[COLOURS[outcome]] * width, COLOURS[outcome])
    bar.append("·" * (_BAR - sum(cells)), "dim")
    done = sum(getattr(counts, outcome) for outcome in OUTCOMES)
    return bar.append(f" {done:,} of {total:,}")


def cells_of(parts: Iterable[int], *, total: int, width: int) -> list[int]:
    """Share ``width`` cells among the parts of a total, so that the sum is never more than one cell off."""
    edges = [0]
    for part in parts:
        edges.append(edges[-1] + part)
    cells = [min(round(width * edge / total), width) if total else 0 for edge in edges]
    return [after - before for before, after in pairwise(cells)]


def account(summary: RunSummary) -> Table:
    """Lay out the account of a run: the outcomes, and below each what is known of its rows."""
    table = Table(title=f"run {summary.run_id}", caption=_caption(summary), box=SIMPLE_HEAD)
    for heading in ("outcome", "of it"):
        table.add_column(heading)
    for heading in ("rows", "share", "bytes"):
        table.add_column(heading, justify="right")
    for outcome in OUTCOMES:
        tally = getattr(summary, outcome)
        share = f"{tally.rows / max(summary.submitted, 1):.1%}"
        table.add_row(f"[bold {COLOURS[outcome]}]{outcome}[/]", "", f"{tally.rows:,}", share, f"{tally.bytes:,}")
        for label, values in tally.labels.items():
            for name, rows in sorted(values.items(), key=lambda one: (-one[1], one[0])):
                of_it = Text(f"{label} {'none' if name == '-' else name}", no_wrap=True)
                table.add_row("", of_it, f"{rows:,}", "", "", style="dim")
        table.add_section()
    table.add_row("[bold]submitted[/]", "", f"{summary.submitted:,}", "100.0%", "")
    return table


def _caption(summary: RunSummary) -> str:
    verdict = "balanced" if summary.balanced else "NOT BALANCED"
    return f"{verdict}; {summary.restarts} restarts; {summary.started} to {summary.finished}"


def chart(line: Timeline, *, width: int = 64, height: int = 12) -> Text:
    """Draw the counters over time: the outcomes on top of each other, and what is read but not yet out above them."""
    text = Text(f"  {balance_text(line.last)}\n")
    top = max(line.totals["submitted"], default=0)
    columns = [_column(line, column / (width - 1), top=top, height=height) for column in range(width)]
    for row in reversed(range(height)):
        value = f"{top * (row + 1) // height:,}" if row in (height - 1, height // 2 - 1) else ""
        text.append(f"{value:>9} │", "dim")
        for cells in columns:
            style = cells[row] if row < len(cells) else None
            text.append(_CELLS[style] if style else " ", style)
        text.append("\n")
    seconds = (line.times[-1] - line.times[0]).total_seconds()
    text.append(f"{'0':>9} └{'─' * width}\n", "dim")
    text.append(f"{'':>11}{line.times[0]:%H:%M:%S} UTC{f'+{seconds:.0f} s':>{width - 12}}\n", "dim")
    text.append(" " * 11)
    for outcome, colour in COLOURS.items():
        text.append(f"{_CELLS[colour]} ", colour).append(f"{outcome}   ")
    return text.append(f"{_CELLS['dim']} ", "dim").append("read, not yet out")


def _column(line: Timeline, share: float, *, top: int, height: int) -> list[str]:
    """The styles of one column's cells, from the bottom up."""
    span = line.times[-1] - line.times[0]
    at = max(number for number, time in enumerate(line.times) if time <= line.times[0] + span * share)
    counters: tuple[Counter, ...] = OUTCOMES
    outs = [line.totals[counter][at] for counter in counters]
    in_flight = max(line.totals["submitted"][at] - sum(outs), 0)
    cells = cells_of([*outs, in_flight], total=top, width=height)
    return [style for style, count in zip((*COLOURS.values(), "dim"), cells, strict=True) for _ in range(count)]
