"""``event-recovery diff``: what a config does to a row, field by field, with the steps that did it."""

from __future__ import annotations

from itertools import islice

import click
from rich.markup import escape
from rich.table import Table

from event_recovery.cli.console import UNUSABLE, checked_config, out, stop
from event_recovery.cli.inputs import Wanted, find_files
from event_recovery.cli.options import redact_options, row_options, s3_options
from event_recovery.cli.progress import reading_progress
from event_recovery.cli.reading import read_rows
from event_recovery.engine.explain import Explanation, explain
from event_recovery.engine.recovery import Recovery
from event_recovery.storage.files import Storage
from event_recovery.text.redact import Redaction

_COLOURS = {"recovered": "green", "failed": "red", "unrecoverable": "yellow"}
_SHOWN = 300


@click.command()
@click.argument("config")
@click.option("-n", "--rows", default=1, show_default=True, type=click.IntRange(min=1), help="Rows to show.")
@click.option("--type", "row_type", help="Only rows of this bad row type, e.g. schema_violations.")
@click.option("--changed", is_flag=True, help="Only rows in which a step changed something.")
@click.option("--resolver", help="Iglu resolver config, for a config that names a schema of your own.")
@redact_options
@row_options()
@s3_options
def diff(
    config: str,
    wanted: Wanted,
    rows: int,
    row_type: str | None,
    changed: bool,
    resolver: str | None,
    redaction: Redaction | None,
    storage: Storage,
) -> None:
    """Show rows before and after their recovery.

    CONFIG and INPUT are as for the run command; the first rows that fit are shown, of a --sample those in it.
    """
    recovery = Recovery(checked_config(config, resolver, storage)[0])
    found = find_files(wanted, storage)
    shown = 0
    with reading_progress("looking", wanted, found) as progress:
        explained = (explain(recovery, line) for line in read_rows(wanted, found, storage, progress.read))
        fitting = (
            explanation
            for explanation in explained
            if row_type in (None, explanation.result.type) and (explanation.changes or not changed)
        )
        for number, explanation in enumerate(islice(fitting, rows), 1):
            with progress.hidden():
                show(number, explanation if redaction is None else explanation.redacted(redaction))
            shown = number
    if not shown:
        stop(f"no row of {' '.join(wanted.inputs)} fits", UNUSABLE)


def show(number: int, explanation: Explanation) -> None:
    """Print what became of one row."""
    result = explanation.result
    colour = _COLOURS[result.outcome]
    name = result.type or "not a bad row"
    flows = f" by {', '.join(explanation.flows)}" if explanation.flows else ""
    out.print(f"[bold]row {number}[/]: {name} [bold {colour}]{result.outcome}[/]{escape(flows)}", highlight=False)
    if explanation.failure:
        out.print(f"  {result.error}: {escape(_cut(explanation.failure))}", highlight=False)
    if explanation.changes:
        table = Table(show_lines=True)
        for heading in ("field", "before", "after", "step"):
            table.add_column(heading, overflow="fold")
        for change in explanation.changes:
            table.add_row(
                escape(change.field),
                f"[red]{escape(_value(change.before))}[/]",
                f"[green]{escape(_value(change.after))}[/]",
                escape("\n".join(_cut(step) for step in change.steps)),
            )
        out.print(table)
    elif result.outcome == "recovered":
        out.print("  sent again as it came", highlight=False)


def _value(text: str | None) -> str:
    return "" if text is None else _cut(text)


def _cut(text: str) -> str:
    # No terminal takes half of a surrogate pair, which a row or a step may hold.
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"
