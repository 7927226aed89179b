"""A trial as text for a log, 100 columns wide, and as Markdown for whoever approves the run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from event_recovery.text.shorten import shorten
from event_recovery.trial.facts import NOTHING, Facts, Row, Table, left_table, times
from event_recovery.trial.report import ChangedRow

WIDTH: Final = 100
#: How many lines of a table, and how many changed rows, are shown.
_LOGGED, _APPROVED = 15, 6
_APPROVED_CHANGES: Final = 3
_CELL: Final = 100


def log_text(facts: Facts) -> str:
    """Return the facts as text with no line of more than 100 columns."""
    lines = [facts.title]
    for label, sentence in facts.lines:
        lines += _wrapped(f"  {label:<10} ", sentence)
    for table in _tables(facts):
        lines += [f"{table.title}:", *_table_text(table)]
    for row in facts.changed:
        lines += _wrapped("", f"What the config changes in a row of {_headline(row)}:")
        lines += _changes_text(row)
    for uri, reason in facts.unread:
        lines += _wrapped("  not read   ", f"{uri}: {reason}")
    return "\n".join(lines)


def markdown(facts: Facts, *, page: str) -> str:
    """Return the facts as Markdown, short enough for a database.

    :param page: where all of it is
    """
    lines = [f"- **{label}** {sentence}" for label, sentence in facts.lines]
    for table in _tables(facts):
        lines += ["", f"**{table.title}**", "", *_table_markdown(table)]
    for row in facts.changed[:_APPROVED_CHANGES]:
        lines += ["", f"**What the config changes** in a row of {_code(_headline(row))}", ""]
        lines += ["| field | before | after |", "| --- | --- | --- |"]
        for change in row.changes[:_APPROVED]:
            before, after = _code(change.before or ""), _code(change.after or "")
            lines.append(f"| {_code(change.field)}{times(change)} | {before} | {after} |")
    if facts.unread:
        lines += ["", f"**Not read**: {len(facts.unread)} files, for one {_code(': '.join(facts.unread[0]))}"]
    return "\n".join([*lines, "", f"All of it: {_code(page, length=300)}"])


def _tables(facts: Facts) -> Iterator[Table]:
    yield from facts.tables
    if facts.left.groups:
        yield left_table(facts)


def _table_text(table: Table) -> Iterator[str]:
    for row in table.rows[:_LOGGED]:
        lead = f"  {row.count:>9,} {row.share:>6.1%}  "
        yield from _wrapped(lead, "  ".join(row.words) or row.example)
        if row.words and row.example:
            yield from _wrapped(f"{' ' * len(lead)}e.g. ", row.example)
    if len(table.rows) > _LOGGED:
        yield f"  and {len(table.rows) - _LOGGED:,} more kinds"


def _changes_text(row: ChangedRow) -> Iterator[str]:
    for change in row.changes:
        yield from _wrapped("  ", f"{change.field}{times(change)}")
        if change.before is not None:
            yield from _wrapped("    - ", change.before)
        if change.after is not None:
            yield from _wrapped("    + ", change.after)
        for step in change.steps:
            yield from _wrapped("    by ", step)


def _table_markdown(table: Table) -> Iterator[str]:
    headings = (table.counted, "share", *table.headings, "example")
    yield f"| {' | '.join(headings)} |"
    yield f"|{' --- |' * len(headings)}"
    for row in table.rows[:_APPROVED]:
        yield f"| {' | '.join(_cells(row))} |"
    if len(table.rows) > _APPROVED:
        yield f"\nand {len(table.rows) - _APPROVED:,} more kinds"


def _cells(row: Row) -> Iterator[str]:
    yield f"{row.count:,}"
    yield f"{row.share:.1%}"
    yield from (word if word == NOTHING else _code(word) for word in (*row.words, row.example))


def _headline(row: ChangedRow) -> str:
    return f"{row.type} by {', '.join(row.flows)}" if row.flows else row.type


def _wrapped(lead: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False)


def _code(text: str, *, length: int = _CELL) -> str:
    """Show text of a row as it is: nothing in it is Markdown or HTML, nor the end of a table's cell."""
    shown = shorten(text, length).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if shown else ""
