"""A run's summary as people read it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from event_recovery.contract import OUTCOMES, RunSummary

_STYLES = {"recovered": "green", "failed": "yellow", "unrecoverable": "red", "skipped": "dim"}


def show(summary: RunSummary, console: Console) -> None:
    """Print all that a summary holds: rows by outcome, below each by error, type and flow, and what else is known."""
    table = Table(title=f"run {summary.run_id}: {summary.submitted:,} rows", title_justify="left")
    table.add_column("outcome")
    for heading in ("rows", "share", "size"):
        table.add_column(heading, justify="right")
    for outcome in (*OUTCOMES, "skipped") if summary.skipped.rows else OUTCOMES:
        tally = getattr(summary, outcome)
        share = f"{tally.rows / summary.submitted:.1%}" if summary.submitted else "-"
        table.add_row(outcome, f"{tally.rows:,}", share, decimal(tally.bytes), style=f"bold {_STYLES[outcome]}")
        for label, counts in tally.labels.items():
            for name, count in counts.items():
                if name != "-":
                    table.add_row(f"  {label}: {name}", f"{count:,}", "", "")
    console.print(table)
    if summary.first_event:
        console.print(f"recovered events are from {summary.first_event} to {summary.last_event}", highlight=False)
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items())
    console.print(f"from {summary.started} to {summary.finished}, by {versions}", markup=False, highlight=False)
    for warning in _warnings(summary):
        console.print(warning, style="yellow", markup=False, highlight=False)
    if summary.restarts is None:
        console.print("restarts: not known, because Flink could not be asked", highlight=False)
    elif summary.restarts:
        console.print(f"restarts: {summary.restarts}; the stream may hold some events twice", highlight=False)
    if not summary.balanced:
        console.print("NOT BALANCED: rows are missing or counted twice", style="bold red")


def _warnings(summary: RunSummary) -> Iterator[str]:
    for uri, damage in summary.damaged_files.items():
        yield f"not read to its end: {uri}: {damage}"
    for uri, change in summary.changed_files.items():
        yield f"no longer what was chosen: {uri}: {change}"
    if summary.unknown_types:
        yield summary.unknown_types
