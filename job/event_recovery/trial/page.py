"""A trial as one page of HTML that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from html import escape
from typing import Final

from event_recovery.explore.frame import document
from event_recovery.explore.page import Told, groups_html
from event_recovery.explore.report import Numbered
from event_recovery.trial.facts import LEFT, Facts, Table, times
from event_recovery.trial.report import ChangedRow

#: How many lines of a table are shown.
_MOST_LINES: Final = 200


def page(facts: Facts) -> bytes:
    """Return the page, in UTF-8."""
    parts = [_lines(facts), *map(_table, facts.tables)]
    if facts.left.groups:
        share = f"{facts.left.total.rows:,} of the {facts.rows:,} rows; the shares below are of these."
        parts += [
            f"<h2>{escape(LEFT)}</h2>",
            f"<p class=soft>{share}</p>",
            groups_html(facts.left, about=partial(_about, facts)),
        ]
    parts += map(_changes, facts.changed)
    if facts.unread:
        rows = (f"<tr><td><code>{escape(uri)}</code><td>{escape(reason)}" for uri, reason in facts.unread)
        parts.append(f"<h2>What could not be read</h2>\n{_wide(rows)}")
    return document(facts.title, parts)


def _about(facts: Facts, one: Numbered) -> Iterator[Told]:
    yield Told("in this trial", facts.left_as[one.key.name])


def _lines(facts: Facts) -> str:
    def line(label: str, sentence: str) -> str:
        style = ' class="stopped"' if label == "stopped" else ""
        return f"<dt>{escape(label)}<dd{style}>{escape(sentence)}"

    return f"<dl>\n{_joined(line(*one) for one in facts.lines)}\n</dl>"


def _table(table: Table) -> str:
    heads = [
        f'<th class="number">{table.counted}',
        '<th class="number">share',
        *(f"<th>{one}" for one in table.headings),
    ]
    if not table.headings:
        heads.append("<th>what")
    more = len(table.rows) - _MOST_LINES
    rest = f"<p>and {more:,} more kinds" if more > 0 else ""
    return f"<h2>{escape(table.title)}</h2>\n{_wide(_rows(table), ''.join(heads))}{rest}"


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows[:_MOST_LINES]:
        words = row.words or (row.example,)
        cells = "".join(f"<td>{escape(word)}" for word in words)
        yield f'<tr><td class="number">{row.count:,}<td class="number">{row.share:.1%}{cells}'
        if row.words and row.example:
            yield f'<tr class="example"><td colspan="2"><td colspan="{len(words)}">e.g. {escape(row.example)}'


def _changes(row: ChangedRow) -> str:
    by = f" by {', '.join(row.flows)}" if row.flows else ""
    rows = (
        f"<tr><td><code>{escape(one.field)}</code>{times(one)}<td><del>{_value(one.before)}</del><td><ins>{_value(one.after)}</ins>"
        f"<td>{'<br>'.join(map(escape, one.steps))}"
        for one in row.changes
    )
    return (
        f"<h2>What the config changes in a row of {escape(row.type + by)}</h2>\n"
        f"{_wide(rows, '<th>field<th>before<th>after<th>step')}"
    )


def _wide(rows: Iterable[str], heads: str = "") -> str:
    """Return a table that scrolls where the page is too narrow for it."""
    return f"<div class=wide><table>\n{f'<tr>{heads}' if heads else ''}\n{_joined(rows)}\n</table></div>"


def _value(text: str | None) -> str:
    return "" if text is None else f"<code>{escape(text)}</code>"


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)
