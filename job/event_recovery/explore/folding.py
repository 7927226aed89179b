"""Texts of failures with what varies from row to row taken out, so that alike failures have the same text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: A text that names something in a group has no more characters than this.
LONGEST: Final = 200
# What is folded is read no further: a message may quote a whole payload.
_READ: Final = 1000
# A shorter value may stand in a message by chance.
_SHORTEST_VALUE: Final = 3

_INDEX: Final = re.compile(r"\[[0-9]+\]")
#: What stays as it is although it has digits, and what varies. The first that fits counts.
_VARIABLE: Final = re.compile(
    r"""
    (?P<kept>iglu:[\w./-]+(?:\*[\w*-]*)?|<[a-z]+>)
    |(?P<text>"[^"]*"|(?<!\w)'[^']*'(?!\w))
    |(?P<url>\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s"'<>\])]*)
    |(?P<email>[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+)
    |(?P<id>(?<!\w)[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?!\w))
    |(?P<time>(?<!\w)[0-9]{4}-[0-9]{2}-[0-9]{2}
        (?:[T\ ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?(?:Z|[+-][0-9:]{4,6})?)?)
    |(?P<address>(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.]))
    |(?P<hex>(?<!\w)(?=[a-f]*[0-9])[0-9a-f]{6,64}(?!\w))
    |(?P<number>(?<!\w)[0-9]+(?:[.,][0-9]+)*)
    """,
    re.VERBOSE,
)


def fold_path(path: str) -> str:
    """Return a path with ``[]`` for any element of an array."""
    return cut(_INDEX.sub("[]", path[:_READ])) if "[" in path else cut(path)


def fold_text(text: str, value: str | None = None) -> str:
    """Return a message with what varies from row to row replaced by its kind, such as ``<number>``.

    :param value: what the message is about, which it may quote
    """
    text = text[:_READ]
    if value is not None and len(value) >= _SHORTEST_VALUE:
        text = text.replace(value, "<value>")
    return _folded(text)


# Most rows of a bucket say the same few things.
@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return cut(" ".join(_VARIABLE.sub(_kind, text).split()))


def _kind(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "kept" else f"<{match.lastgroup}>"


def cut(text: str, length: int = LONGEST) -> str:
    """Return a text that any page, terminal and file takes, of no more characters than this."""
    if len(text) <= length and text.isascii():
        return text
    # A row may hold half of a surrogate pair, which UTF-8 has not.
    return (text if len(text) <= length else f"{text[: length - 1]}…").encode("utf-8", "replace").decode()
