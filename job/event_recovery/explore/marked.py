"""The example of a group as HTML, with what is wrong in it marked."""

from __future__ import annotations

from html import escape
from itertools import islice
from secrets import token_hex
from typing import Any, Final

import orjson

from event_recovery.explore.breaches import Breach, breaches_of, messages_of
from event_recovery.explore.groups import Example
from event_recovery.explore.row import read_row
from event_recovery.text import javatext
from event_recovery.text.jsonexact import pretty
from event_recovery.text.shorten import shorten

_MOST_SHOWN: Final = 6000
_MOST_BREACHES: Final = 3
#: How much is shown around what is marked.
_LINES: Final = 25
_LONGEST_LINE: Final = 300
_NEWLINE: Final = "\n"


def example_html(example: Example) -> str:
    """Return an example: where it is, the failing parts, the messages, and the row."""
    parts = [f"<p>Line {example.line:,} of <code>{escape(example.source.name)}</code></p>"]
    if example.row is None:
        return f"{parts[0]}<p>The row is too long to be shown.</p>"
    row = read_row(example.row)
    parts += map(_breach, islice(breaches_of(row), _MOST_BREACHES))
    messages = messages_of(row.failure)
    if row.failure is not None:
        parts.append(f"<h4>What is said of it</h4><pre>{_text(messages or row.failure)}</pre>")
    text = _cut(javatext.decode(example.row))
    parts.append(f"<details><summary>The whole row</summary><pre>{escape(text)}</pre></details>")
    return "\n".join(parts)


def _breach(breach: Breach) -> str:
    if breach.entity is None:
        field = f"{escape(breach.field)}: " if breach.field else ""
        return f"<h4>The failing part</h4><pre>{field}<mark>{escape(breach.value or '')}</mark></pre>"
    return f"<h4>The failing part</h4><pre>{marked(breach)}</pre>"


def marked(breach: Breach) -> str:
    """Return the entity of a breach as JSON, with the value, or what is missing, marked."""
    # What stands for the value must not be found elsewhere in the entity.
    token = token_hex(8)
    data, held = _with_token(breach.entity.get("data"), breach.place, token, missing=bool(breach.missing))
    text = _text({**breach.entity, "data": data}, length=None)
    if breach.missing:
        return _around(text, f"&quot;{token}&quot;: null", f"{escape(breach.missing)} is missing")
    return _around(text, f"&quot;{token}&quot;", _text(held))


def _around(text: str, token: str, shown: str) -> str:
    """Put what is marked in place of its token, and cut off what is too far from it to be read."""
    before, found, after = text.partition(token)
    if not found:
        return _cut(text)
    lines_before, lines_after = before.split("\n"), after.split("\n")
    near = (
        _NEWLINE.join(shorten(line, _LONGEST_LINE) for line in lines)
        for lines in (lines_before[-_LINES:], lines_after[:_LINES])
    )
    return f"<mark>{shown}</mark>".join(near)


def _with_token(value: Any, place: tuple[str | int, ...], token: str, *, missing: bool) -> tuple[Any, Any]:
    """Return a value with a token at a place, and what was there; only what leads there is copied."""
    if not place:
        return ({**value, token: None} if missing else token), value
    step, *rest = place
    inner, held = _with_token(value[step], tuple(rest), token, missing=missing)
    copied = value.copy()
    copied[step] = inner
    return copied, held


def _text(value: Any, length: int | None = _MOST_SHOWN) -> str:
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError:
        # Numbers that only the engine's own parser reads.
        text = pretty(value)
    return escape(text if length is None else _cut(text, length))


def _cut(text: str, length: int = _MOST_SHOWN) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"
