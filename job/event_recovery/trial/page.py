"""A trial as one page of HTML that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from event_recovery.trial.facts import Facts, Table, times
from event_recovery.trial.report import ChangedRow

#: How many lines of a table are shown.
_MOST_LINES: Final = 200

_STYLE: Final = """
:root { color-scheme: light dark; --text: #1c2430; --back: #fff; --soft: #5b6675; --line: #d9dee5; --good: #0a6b3d;
  --bad: #a8231b; --code: #f3f5f8 }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --back: #14181f; --soft: #9aa6b5; --line: #323b47;
  --good: #6fd39b; --bad: #ff9186; --code: #1e242d } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 70rem; color: var(--text); background: var(--back);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem }
dt { color: var(--soft) } dd { margin: 0 }
.stopped { color: var(--bad); font-weight: 600 }
table { border-collapse: collapse; width: 100% } th { text-align: left; color: var(--soft); font-weight: 500 }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top;
  overflow-wrap: anywhere }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.number.number { padding-right: 1rem } .example { color: var(--soft); font-size: .9em }
code { background: var(--code); font: .9em ui-monospace, monospace; white-space: pre-wrap }
del, ins { text-decoration: none } del code { color: var(--bad) } ins code { color: var(--good) }
"""

_HEAD: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
"""


def page(facts: Facts) -> bytes:
    """Return the page, in UTF-8."""
    parts = [_HEAD.format(title=escape(facts.title), style=_STYLE), _lines(facts)]
    parts += map(_table, facts.tables)
    parts += map(_changes, facts.changed)
    if facts.unread:
        rows = (f"<tr><td><code>{escape(uri)}</code><td>{escape(reason)}" for uri, reason in facts.unread)
        parts.append(f"<h2>What could not be read</h2>\n<table>\n{_joined(rows)}\n</table>")
    return "\n".join(parts).encode("utf-8", "replace")


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
    return f"<h2>{escape(table.title)}</h2>\n<table>\n<tr>{''.join(heads)}\n{_joined(_rows(table))}\n</table>{rest}"


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
        f"<table>\n<tr><th>field<th>before<th>after<th>step\n{_joined(rows)}\n</table>"
    )


def _value(text: str | None) -> str:
    return "" if text is None else f"<code>{escape(text)}</code>"


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)
