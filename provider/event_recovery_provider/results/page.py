"""A run as one page of HTML that loads nothing: what became of its rows, when, what is left of them and where."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from typing import Final
from urllib.parse import quote

from event_recovery.contract import OUTCOMES, RunPaths, RunSummary, Tally, layout
from event_recovery.explore.frame import SEARCH, document
from event_recovery.explore.page import Told, groups_html, link
from event_recovery.explore.report import Numbered
from event_recovery.text.words import duration, one_line, size

from event_recovery_provider._compat import BASE_AWS_CONSOLE_LINK, BaseAwsLink
from event_recovery_provider.aws.s3 import split_uri
from event_recovery_provider.metrics.counts import counts_from
from event_recovery_provider.results import curve
from event_recovery_provider.results.chart import Timeline, balance_text
from event_recovery_provider.results.left import Left

#: How many values of a label, and how many files of each kind, are on the page; ``summary.json`` has all.
_MOST_VALUES: Final = 20
_MOST_FILES: Final = 50
#: What the labels of ``summary.json`` tell rows apart by.
_LABELS: Final[Mapping[str, str]] = {
    "error": "error",
    "type": "bad row type",
    "flow": "flow",
    "reason": "reason",
    "fault": "fault of the fast route",
    "would_fail": "what Enrich would refuse",
    "not_checked": "what could not be verified",
}
_STYLE: Final = (
    curve.STYLE + ".bar { width: 40%; min-width: 6rem } .bar i { display: block; height: .7rem; min-width: 1px }\n"
)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The cluster that worked last.

    :param hours: of all its nodes together
    """

    job_flow_id: str
    count: int
    hours: float


@dataclass(frozen=True, slots=True)
class RunShown:
    """All that is shown of a run.

    :param region: that of the bucket, for links to the console
    :param partition: that of AWS, likewise
    :param files: how many files were read, and their bytes as they are stored; None when that is not known
    :param drawn: the counters over time; None when they are not known
    :param left: rows that did not come back
    """

    summary: RunSummary
    paths: RunPaths
    region: str
    partition: str
    files: tuple[int, int] | None = None
    nodes: Nodes | None = None
    drawn: Timeline | None = None
    left: tuple[Left, ...] = ()


def run_page(shown: RunShown) -> bytes:
    """Return the page, in UTF-8."""
    summary = shown.summary
    counts = counts_from(summary)
    state = "good" if summary.balanced else "stopped"
    parts = [
        f'<p class="{state}">{escape(balance_text(counts))}</p>',
        f"<dl>{''.join(f'<dt>{escape(label)}<dd>{escape(text)}' for label, text in _facts(shown))}</dl>",
        _outcomes(summary),
    ]
    if shown.drawn is not None and shown.drawn.times:
        parts.append(curve.curve(shown.drawn, counts))
    else:
        parts.append("<p class=soft>CloudWatch has no metrics of the run to draw over time.</p>")
    groups = any(left.found.groups for left in shown.left)
    parts += [SEARCH] if groups else []
    parts += map(partial(_left, shown), shown.left)
    parts += _labels(summary)
    parts += _files("Files that could not be read to their end", summary.damaged_files)
    parts += _files("Files that are no longer what the run had chosen", summary.changed_files)
    parts.append(_places(shown))
    return document(f"Run {one_line(summary.run_id)}", parts, style=_STYLE, searches=groups)


def _facts(shown: RunShown) -> Iterator[tuple[str, str]]:
    summary = shown.summary
    if shown.files is not None:
        yield "read", f"{shown.files[0]:,} files of {size(shown.files[1])}"
    seconds = (datetime.fromisoformat(summary.finished) - datetime.fromisoformat(summary.started)).total_seconds()
    yield "worked", f"{summary.started} to {summary.finished} ({duration(seconds)})"
    if summary.first_event:
        yield "events", f"collected {summary.first_event} to {summary.last_event}, of the recovered ones"
    yield "restarts", "not known" if summary.restarts is None else f"{summary.restarts:,}"
    if shown.nodes is not None:
        nodes = shown.nodes
        yield "cluster", f"{nodes.job_flow_id}: {nodes.hours:.2f} node hours of {nodes.count} nodes until this page"
    yield "versions", ", ".join(f"{name} {version}" for name, version in summary.versions.items())


def _outcomes(summary: RunSummary) -> str:
    whole = max(summary.submitted, 1)
    rows = "\n".join(
        f'<tr><td><i class="dot {part}"></i>&nbsp;{part}<td class="number">{tally.rows:,}'
        f'<td class="number">{tally.rows / whole:.1%}<td class="number">{size(tally.bytes)}'
        f'<td class="bar"><i class="{part}" style="width: {tally.rows / whole:.1%}"></i>'
        for part, tally in _parts(summary)
        if part in OUTCOMES or tally.rows
    )
    heads = '<tr><th>rows<th class="number">number<th class="number">share<th class="number">size<th>'
    return f"<div class=wide><table>\n{heads}\n{rows}\n</table></div>"


def _parts(summary: RunSummary) -> Iterator[tuple[str, Tally]]:
    for part in (*OUTCOMES, "skipped"):
        yield part, getattr(summary, part)


def _left(shown: RunShown, left: Left) -> str:
    console = _console(shown, left.place)
    place = f"<code>{escape(left.place)}</code>"
    head = f"<h2>{left.outcome.capitalize()} rows, by group</h2>"
    told = f"<p class=soft>{escape(left.read)} They are in {link(place, console) if console else place}</p>"
    # Some tell when the event failed, and rows that were no bad rows when the run read them: no volume over time.
    return f"{head}\n{told}\n{groups_html(left.found, about=partial(_about, shown, left), volume=False)}"


def _about(shown: RunShown, left: Left, one: Numbered) -> Iterator[Told]:
    example = one.group.example
    if example is not None:
        uri = example.source.name
        yield Told("in S3", uri, _console(shown, uri))
    # Names of groups are words and dashes.
    yield Told(
        "all its rows", f"event-recovery explore {shlex.quote(left.place)} --group {one.key.name} --rows rows.jsonl"
    )


def _labels(summary: RunSummary) -> Iterator[str]:
    for part, tally in _parts(summary):
        for label, values in tally.labels.items():
            ordered = sorted(values.items(), key=lambda one: (-one[1], one[0]))
            rows = "\n".join(
                f'<tr><td class="number">{count:,}<td class="number">{count / max(tally.rows, 1):.1%}'
                f"<td>{escape(one_line(value))}"
                for value, count in ordered[:_MOST_VALUES]
            )
            more = len(ordered) - _MOST_VALUES
            rest = f"<p class=soft>and {more:,} more" if more > 0 else ""
            title = escape(one_line(f"{part.capitalize()} rows, by {_LABELS.get(label, label)}"))
            heads = '<tr><th class="number">rows<th class="number">share<th>'
            yield f"<h2>{title}</h2>\n<div class=wide><table>\n{heads}\n{rows}\n</table></div>{rest}"


def _files(title: str, files: Mapping[str, object]) -> Iterator[str]:
    if files:
        rows = "\n".join(
            f"<tr><td><code>{escape(one_line(uri))}</code><td>{escape(one_line(str(why)))}"
            for uri, why in list(files.items())[:_MOST_FILES]
        )
        more = len(files) - _MOST_FILES
        rest = f"<p class=soft>and {more:,} more; summary.json has all" if more > 0 else ""
        yield f"<h2>{title}</h2>\n<div class=wide><table>\n{rows}\n</table></div>{rest}"


def _places(shown: RunShown) -> str:
    """Link what the run wrote."""
    names = (layout.SUMMARY, layout.TRIAL, layout.CONFIG, f"{layout.RECOVERED_INDEX}/", f"{layout.REJECTED_INDEX}/", "")
    return f"<h2>Files of the run</h2>\n<p>{' · '.join(_place_links(shown, names))}</p>"


def _place_links(shown: RunShown, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        uri = shown.paths.path(name)
        console = _console(shown, uri)
        text = escape(name or uri)
        yield link(text, console) if console else text


def _console(shown: RunShown, uri: str) -> str:
    """Return the address of an object, or of a prefix, which ends in a slash, in the S3 console.

    It is empty for a partition whose console is not known.
    """
    domain = BaseAwsLink.get_aws_domain(shown.partition)
    if domain is None:
        return ""
    bucket, key = split_uri(uri)
    kind, slash = ("buckets", "/") if uri.endswith("/") else ("object", "")
    console = BASE_AWS_CONSOLE_LINK.format(aws_domain=domain)
    return f"{console}/s3/{kind}/{bucket}?region={shown.region}&prefix={quote(key)}{slash}"
