"""Suggestions in words: as JSON, and as Markdown that stands beside the config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from event_recovery.explore.report import Explored, frequencies
from event_recovery.explore.told import frequent, minute
from event_recovery.suggest.suggestions import Suggestion, Suggestions
from event_recovery.suggest.trying import Tried
from event_recovery.text.words import one_line

_HEADINGS: Final = {
    "mended": "Mended by the config",
    "decide": "To be decided",
    "nothing": "Nothing can be done",
}
_ABOUT: Final = {
    "mended": "Each flow was tried on rows of its group, and then the whole config on all of them.",
    "decide": "No flow was written for these: each needs an answer that the rows do not hold.",
    "nothing": "",
}


def percent(share: float) -> str:
    """Write a share; no more than it is, so that 100% is all."""
    return f"{int(share * 1000) / 10:.1f}%" if share < 1 else "100%"


def in_short(one: Suggestion) -> str:
    """Say in a word or two what the rows of a group make of the config."""
    if one.verdict != "mended":
        return "decide" if one.verdict == "decide" else "none"
    tried = one.tried
    return "not checked" if tried.unchecked and not tried.passing else percent(tried.share)


def does(one: Suggestion) -> str:
    """Say in one line what is suggested for a group, or why nothing is."""
    if one.mends:
        return "; ".join(mend.does for mend in one.mends)
    values = one.of.group.values
    shown = f"its values: {frequent(values)}" if one.questions and values.total else ""
    return one_line("; ".join(filter(None, (one.why, *one.questions[:1], shown))))


def headline(suggestions: Suggestions) -> str:
    """Say in one line what the config does."""
    total = suggestions.found.total.rows
    if not suggestions.flows:
        return f"no flow: none of {total:,} rows can be mended without a decision"
    unchecked = suggestions.unchecked_share
    more = f", {percent(unchecked)} recovered and not checked" if unchecked else ""
    count = len(suggestions.flows)
    flows = f"{count:,} flow{'s' if count != 1 else ''}"
    return f"{flows}: about {percent(suggestions.share)} of {total:,} rows would pass{more}"


def as_json(suggestions: Suggestions) -> dict[str, Any]:
    """Return all of it as JSON values."""
    found = suggestions.found
    return {
        "rows": found.total.rows,
        "files": found.files,
        "sample": found.sample,
        "unread": dict(found.unread),
        "portable": suggestions.portable,
        "share": suggestions.share,
        "unchecked_share": suggestions.unchecked_share,
        "groups": [_group(one, suggestions) for one in suggestions.groups],
        "config": suggestions.config,
    }


def _group(one: Suggestion, suggestions: Suggestions) -> dict[str, Any]:
    return {
        "number": one.of.number,
        "name": one.of.key.name,
        "title": one.of.key.title,
        "type": one.of.key.type or None,
        "rows": one.of.group.rows,
        "verdict": one.verdict,
        "mends": [
            {"does": mend.does, "check": mend.check or None, "flows": suggestions.names(mend)} for mend in one.mends
        ],
        "tried": _tried(one.tried),
        "alone": _tried(one.alone),
        "questions": [*one.questions],
        "places": [*one.places],
        "why_not": one.why or None,
        "values": frequencies(one.of.group.values),
    }


def _tried(tried: Tried) -> dict[str, Any]:
    return {
        "rows": tried.rows,
        "passes": tried.passing,
        "not_checked": tried.unchecked,
        "fails": tried.failing,
        "reasons": [{"reason": reason, "rows": rows} for reason, rows in tried.reasons],
    }


def as_markdown(suggestions: Suggestions, name: str) -> str:
    """Return what to check before the config is used, and what it leaves open.

    :param name: of the config's file
    """
    begins = [f"# {name}", "", f"{headline(suggestions)}. {_read(suggestions.found)}"]
    return "\n".join([*begins, *_parts(suggestions), ""])


def _read(found: Explored) -> str:
    files = f"{found.files:,} file{'s' if found.files != 1 else ''}"
    sample = ", a sample" if found.sample is not None else ""
    return f"Made of {found.total.rows:,} rows of {files}{sample}, in {len(found.groups):,} groups."


def _parts(suggestions: Suggestions) -> Iterator[str]:
    for verdict, heading in _HEADINGS.items():
        groups = [one for one in suggestions.groups if one.verdict == verdict]
        if not groups:
            continue
        yield from ("", f"## {heading}")
        if _ABOUT[verdict]:
            yield from ("", _ABOUT[verdict])
        for one in groups:
            yield from ("", f"### {one.of.key.name}", "")
            yield from (f"* {label}: {text}" for label, text in _lines(one, suggestions))


def _lines(one: Suggestion, suggestions: Suggestions) -> Iterator[tuple[str, str]]:
    group = one.of.group
    yield "what is wrong", _code(one.of.key.title)
    seen = f", {minute(group.first_seen)} to {minute(group.last_seen)}" if group.first_seen else ""
    yield "rows", f"{group.rows:,} ({percent(one.of.share)} of all){seen}"
    for mend in one.mends:
        names = ", ".join(f"`{name}`" for name in suggestions.names(mend))
        yield "mend", _plain(mend.does) + (f": {names}" if names else "")
        if mend.check:
            yield "check", _plain(mend.check)
    if one.mends:
        yield "tried", _result(one.tried)
        yield from (("left", f"{_code(reason)} ({rows:,} rows)") for reason, rows in one.tried.reasons)
        if one.alone.passing > one.tried.passing:
            yield "disturbed", f"alone its flows mend {one.alone.passing:,}: other flows take part in these rows"
    if group.values.total:
        yield "values", _code(frequent(group.values))
    for question in one.questions:
        yield "question", _plain(question)
    yield from (("at", _code(place)) for place in one.places)
    if one.why:
        yield "why", _plain(one.why)


def _result(tried: Tried) -> str:
    told = f"{tried.passing:,} of {tried.rows:,} rows pass"
    return f"{told}, {tried.unchecked:,} could not be checked to the end" if tried.unchecked else told


def _code(text: str) -> str:
    # What a row says must not end the code that it stands in.
    plain = one_line(text).replace("`", "'")
    return f"`{plain}`"


def _plain(text: str) -> str:
    # Nor must it become markup.
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace("`", "'")
