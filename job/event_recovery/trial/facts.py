"""What is told of a trial, in words: the same for the log, for whoever approves the run, and on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from event_recovery.contract import OUTCOMES, told_unknown
from event_recovery.contract.rate import Rate
from event_recovery.explore.report import Explored
from event_recovery.text.words import duration, one_line, size
from event_recovery.trial.estimate import Estimate
from event_recovery.trial.report import AlikeChanges, ChangedRow, TrialReport
from event_recovery.verify.tally import Tally
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, VerdictOutcome

#: What is told of rows that a run would not bring back, as a headline.
LEFT: Final = "Rows that would not come back, by what failed"
#: What heads the table of what could not be looked at, which holds no value of a row.
NOT_CHECKED_TITLE: Final = "What could not be checked"
#: Stands in a table for what a group has not.
NOTHING: Final = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: how many, their share of all, what they are, and what is said of one of them."""

    count: int
    share: float
    words: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Groups with their counts, the largest first.

    :param counted: what is counted
    :param headings: of the words of each row
    """

    title: str
    counted: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is told.

    :param rows: how many were tried
    :param lines: each a label and a sentence
    :param left: the groups of rows that a run would not bring back
    :param left_as: how many rows of each of them end how, by its name
    :param unread: files that could not be read, or not to their end, with the reason
    """

    title: str
    rows: int
    lines: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    left: Explored
    left_as: Mapping[str, str]
    changed: tuple[ChangedRow, ...]
    unread: tuple[tuple[str, str], ...]


def facts(report: TrialReport, estimate: Estimate, *, run_id: str, shortfall: str | None) -> Facts:
    """Put a trial into words.

    :param shortfall: why the run is not to go on, None when it may
    """
    return Facts(
        title=f"Trial of run {run_id}",
        rows=report.rows,
        lines=tuple(_lines(report, estimate, shortfall)),
        tables=tuple(table for table in _tables(report) if table.rows),
        left=report.left,
        left_as={name: _counted(ended) for name, ended in report.left_as.items()},
        changed=report.changed,
        unread=tuple((one_line(uri), one_line(reason)) for uri, reason in report.sampled.unread.items()),
    )


def shortfall_of(report: TrialReport, minimum: float) -> str | None:
    """Say why a run is not worth its cluster; None when it is, or when there was no row that was to be tried.

    :param minimum: the least share of rows that must pass, 0 to 1
    """
    if report.pass_ratio >= minimum:
        return None
    if not report.rows:
        unread = next(iter(report.sampled.unread.items()), None)
        return None if unread is None else one_line(f"no row could be tried: {unread[0]}: {unread[1]}")
    passing = report.passing + report.not_checked
    return (
        f"{passing:,} of {report.rows:,} rows ({report.pass_ratio:.1%}) would be recovered and taken by Enrich, "
        f"fewer than the share of {minimum:g} that minimum_pass_ratio asks for"
    )


def _lines(report: TrialReport, estimate: Estimate, shortfall: str | None) -> Iterator[tuple[str, str]]:
    sampled, rows = report.sampled, report.rows
    if shortfall:
        yield "stopped", shortfall
    if rows:
        passed_over = f", {sampled.passed_over:,} others passed over" if sampled.passed_over else ""
        yield "tried", f"{rows:,} rows of {sampled.files:,} files, the first ones of each{passed_over}"
    if sampled.ended:
        yield "ended", f"before as many rows as wanted: {sampled.ended}"
    if rows:
        counts = {outcome: report.count(outcome) for outcome in OUTCOMES}
        told = ", ".join(f"{count:,} {outcome} ({count / rows:.1%})" for outcome, count in counts.items())
        yield "rows", told
        verdicts = f"{report.passing:,} of the recovered rows, refuse {report.failing:,}"
        yield f"Enrich {report.enrich}", f"would take {verdicts}; {report.not_checked:,} not checked"
    unknown = told_unknown(report.failed_by_type())
    if unknown:
        yield "unknown", unknown
    yield from _whole_run(estimate)


def _whole_run(estimate: Estimate) -> Iterator[tuple[str, str]]:
    read = f"{estimate.files:,} files of {size(estimate.stored_bytes)}"
    if (
        estimate.rows is None
        or estimate.unpacked_bytes is None
        or estimate.sent_rows is None
        or estimate.sent_bytes is None
        or estimate.seconds is None
        or estimate.rate_seconds is None
    ):
        yield "the run", f"reads {read}; what it takes is not known, as no row was tried"
        return
    yield "the run", f"reads {read} ({size(estimate.unpacked_bytes)} unpacked), about {estimate.rows:,} rows"
    sent = f"about {estimate.sent_rows:,} records of {size(estimate.sent_bytes)}"
    takes = f"{duration(estimate.rate_seconds)} at least"
    if estimate.rate is None:
        yield "sends", f"{sent}: {takes} for one shard, which takes {Rate.of_shards(1, share=1)}"
    else:
        yield "sends", f"{sent}: {takes}, at {estimate.rate} at most"
    cost = f"{estimate.nodes} nodes, {estimate.node_hours:.1f} node hours"
    yield "takes", f"about {duration(estimate.seconds)} if the stream keeps up; {cost}"


def _tables(report: TrialReport) -> Iterator[Table]:
    rows = max(report.rows, 1)
    yield Table(
        "What became of the rows",
        "rows",
        ("outcome", "bad row type", "error", "flow"),
        tuple(
            Row(
                one.rows,
                one.rows / rows,
                (one.outcome, one.type or "no bad row", one.error or NOTHING, one_line(one.flow or NOTHING)),
                one.example or "",
            )
            for one in report.groups
        ),
    )
    yield Table(
        f"What Enrich {report.enrich} would refuse",
        "events",
        ("bad row type", "schema", "keyword", "path"),
        tuple(_event_rows(report.verdicts, FAILS)),
    )
    yield Table(NOT_CHECKED_TITLE, "events", (), tuple(_event_rows(report.verdicts, NOT_CHECKED)))


def left_table(facts: Facts) -> Table:
    """Return the groups of rows that a run would not bring back, for where there is no room for the page's tree."""
    rows = (
        Row(
            one.group.rows,
            one.group.rows / facts.rows,
            (one.key.name, one_line(one.key.title), facts.left_as[one.key.name]),
        )
        for one in facts.left.groups
    )
    return Table(LEFT, "rows", ("group", "what is wrong", "in this trial"), tuple(rows))


def _counted(ended: Mapping[str, int]) -> str:
    return ", ".join(f"{rows:,} {how}" for how, rows in sorted(ended.items()))


def _event_rows(verdicts: Tally, outcome: VerdictOutcome) -> Iterator[Row]:
    for group, counted in verdicts.sorted_groups():
        if group.outcome == outcome:
            words = (group.bad_row_type, group.schema, group.keyword, group.path) if outcome == FAILS else ()
            shown = tuple(one_line(word) or NOTHING for word in words)
            example = counted.example if words or not group.schema else f"{group.schema}: {counted.example}"
            yield Row(counted.events, counted.events / verdicts.events, shown, one_line(example))


def times(change: AlikeChanges) -> str:
    """Say how often a change was made, behind its field; nothing for once."""
    return f" ({change.times:,} times)" if change.times > 1 else ""
