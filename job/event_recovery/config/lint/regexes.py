"""See when a regex with anchors cannot match a string, because a string is searched together with its quotes."""

from __future__ import annotations

import re

_LEADING_FLAGS = re.compile(r"(?:\(\?[a-zA-Z-]+\))*")
_NUMBER_PATTERN = re.compile(r"\^?(?:-\??|\\-\??)?(?:\\d|\[[0-9-]+\]|[0-9]|\\\.|[.+*?()|]|\{[0-9,]+\})*\$?")
_LITERAL_START = re.compile(r"[\w/#@:, -]+")
_LITERAL_END = re.compile(r"(?<!\\)[a-zA-Z_/#@:, -]+$")
_CLASS = r"\\[dw]|\[(?![\^\[])(?:\\.|[^\]\"\\])*\]"
_CLASS_START = re.compile(rf"(?:{_CLASS})(?![*?]|\{{0?,)")
_CLASS_END = re.compile(rf"({_CLASS})\+?$")
_NON_STRINGS = ("true", "false", "null")


def anchor_warning(regex: str) -> str | None:
    """Tell when ``^`` or ``$`` keeps a regex that is searched for in JSON text from ever being found in a string.

    The text of a string begins and ends with a quote, so ``^abc$`` is never found and ``^"abc"$`` is. Only clear cases
    are told: no alternatives, and a plain character or a class of them next to the anchor.
    """
    flags = _LEADING_FLAGS.match(regex)
    core = regex[flags.end() if flags else 0 :]
    if _has_alternatives(core) or _NUMBER_PATTERN.fullmatch(core):
        return None
    at_start, at_end = _start_excludes_quote(core), _end_excludes_quote(core)
    if not at_start and not at_end:
        return None
    corrected = regex[: len(regex) - len(core)] + _with_quotes(core, at_start=at_start, at_end=at_end)
    return (
        f"the regex {regex} finds no string: it is searched for in JSON text, where a string has its quotes; "
        f"write {corrected}"
    )


def _has_alternatives(core: str) -> bool:
    """Tell whether there is a ``|`` outside all groups, so that an anchor binds only a part of the regex."""
    depth = 0
    for piece in re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|.", core, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "|" and depth == 0:
            return True
    return False


def _start_excludes_quote(core: str) -> bool:
    if not core.startswith("^"):
        return False
    rest = re.sub(r"^\(+(?:\?:)?", "", core[1:])
    if _CLASS_START.match(rest):
        return True
    literal = _LITERAL_START.match(rest)
    if literal is None or rest[1:2] in {"*", "?", "{"}:
        return False
    text = literal[0]
    return not any(word.startswith(text) or text.startswith(word) for word in _NON_STRINGS)


def _end_excludes_quote(core: str) -> bool:
    if not core.endswith("$") or core.endswith("\\$"):
        return False
    text_end = re.sub(r"\)*\$$", "", core)
    if last_class := _CLASS_END.search(text_end):
        # Numbers, true and null are not quoted, so a class that takes their ends can be meant for them.
        return core.startswith("^") or not re.search(r"\\[dw]|[0-9]", last_class[1])
    literal = _LITERAL_END.search(text_end)
    if literal is None:
        return False
    text = literal[0]
    return not any(word.endswith(text) or text.endswith(word) for word in _NON_STRINGS)


def _with_quotes(core: str, *, at_start: bool, at_end: bool) -> str:
    start = '^"' + core[1:] if at_start else core
    return start[:-1] + '"$' if at_end else start
