"""What is told of a trial without values of its rows."""

from __future__ import annotations

from dataclasses import replace

from event_recovery.explore.redacted import redacted
from event_recovery.text.redact import Redaction
from event_recovery.trial.facts import NOT_CHECKED_TITLE, Facts, Row, Table
from event_recovery.trial.report import AlikeChanges, ChangedRow


def redacted_facts(facts: Facts, redaction: Redaction) -> Facts:
    """Return the same facts, with the types and lengths of values in their places; messages, which quote, are left out.

    What is kept is the values of the fields that the redaction keeps, and what Enrich says of them.
    """
    return replace(
        facts,
        tables=tuple(_table(table, redaction) for table in facts.tables),
        left=redacted(facts.left, redaction),
        changed=tuple(_changed(row, redaction) for row in facts.changed),
    )


def _table(table: Table, redaction: Redaction) -> Table:
    if table.title == NOT_CHECKED_TITLE:
        return table  # it tells of schemas and registries

    def shown(row: Row) -> Row:
        kept = "path" in table.headings and redaction.keeps(row.words[table.headings.index("path")])
        return row if kept else replace(row, example="")

    return replace(table, rows=tuple(map(shown, table.rows)))


def _changed(row: ChangedRow, redaction: Redaction) -> ChangedRow:
    def change(one: AlikeChanges) -> AlikeChanges:
        return replace(one, before=redaction.json(one.field, one.before), after=redaction.json(one.field, one.after))

    return replace(row, changes=tuple(map(change, row.changes)))
