"""A compiled Java pattern: finding and replacing, within a time limit."""

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import regex

from event_recovery.javaregex.checks import check, variable_parts, walk
from event_recovery.javaregex.emit import emit
from event_recovery.javaregex.errors import MatchTimeout, PatternError
from event_recovery.javaregex.parser import parse
from event_recovery.javaregex.stepwise import replace_stepwise
from event_recovery.javaregex.syntax import (
    Alternation,
    Anchor,
    Assertion,
    Capture,
    Greed,
    Group,
    Literal,
    Node,
    OneOf,
    Repeat,
    Sequence,
)
from event_recovery.javaregex.template import ReplacementTemplate
from event_recovery.javaregex.utf16 import Pairs, has_pairs, join_pairs, pairs_in, split_pairs
from event_recovery.javaregex.widths import is_single_character, least_width

#: How long one call may take, in seconds, before it raises ``MatchTimeout``.
TIME_LIMIT_S = 2.0

#: A match that needs fewer steps than this ends in a fraction of the limit, so it is not timed.
_FREE_STEPS = 10_000_000

_PLAIN_ANCHORS = (Anchor.INPUT_START, Anchor.INPUT_END, Anchor.LAST_LINE_END)


@dataclass(frozen=True, slots=True)
class JavaPattern:
    """A pattern with the meaning Java gives it; equal, hashed and pickled by its text.

    :param group_count: how many groups there are, without group 0
    :param unsure_groups: groups that may match but not be asked for their text
    """

    text: str
    group_count: int = field(compare=False)
    group_names: dict[str, int] = field(compare=False)
    unsure_groups: frozenset[int] = field(compare=False)
    _literal: str | None = field(compare=False, repr=False)
    _is_whole_line: bool = field(compare=False, repr=False)
    _may_be_empty: bool = field(compare=False, repr=False)
    _pairs: Pairs = field(compare=False, repr=False)
    _unwatched_length: int = field(compare=False, repr=False)
    _for_ascii: "regex.Pattern[str]" = field(compare=False, repr=False)
    _for_any: "regex.Pattern[str]" = field(compare=False, repr=False)
    _quick: "re.Pattern[str] | None" = field(compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return compile_pattern, (self.text,)

    def found_in(self, text: str) -> bool:
        """Tell whether the pattern matches somewhere in the text.

        :raises MatchTimeout: when there is no answer within ``TIME_LIMIT_S``
        """
        if self._literal is not None:
            return self._literal in text
        if self._quick is not None and len(text) <= self._unwatched_length and text.isascii():
            return self._quick.search(text) is not None
        compiled = self._for_ascii if text.isascii() else self._for_any
        if self._pairs is Pairs.UNITS and compiled is self._for_any:
            text = split_pairs(text)
        if len(text) <= self._unwatched_length:
            return compiled.search(text) is not None
        try:
            return compiled.search(text, timeout=TIME_LIMIT_S) is not None
        except TimeoutError:
            raise MatchTimeout(self.text, TIME_LIMIT_S) from None

    def replace_all(self, text: str, template: ReplacementTemplate) -> str:
        """Replace every match, the empty ones included.

        :raises MatchTimeout: when there is no answer within ``TIME_LIMIT_S``
        """
        if self._literal and template.literal is not None:
            return text.replace(self._literal, template.literal)
        if self._is_whole_line and template.literal is not None and _is_ascii_line(text):
            return template.literal
        try:
            if text.isascii():
                return self._replace(self._for_ascii, text, template)
            if self._pairs is Pairs.WHOLE or not has_pairs(text):
                return self._replace(self._for_any, text, template)
            if self._pairs is Pairs.UNITS:
                return join_pairs(self._replace(self._for_any, split_pairs(text), template))
            return join_pairs(replace_stepwise(self._for_any, text, template, self._limit(text), halve_pairs=True))
        except TimeoutError:
            raise MatchTimeout(self.text, TIME_LIMIT_S) from None

    def _replace(self, compiled: "regex.Pattern[str]", text: str, template: ReplacementTemplate) -> str:
        limit = self._limit(text)
        if self._may_be_empty:
            return replace_stepwise(compiled, text, template, limit)
        return (
            compiled.sub(template.expand, text) if limit is None else compiled.sub(template.expand, text, timeout=limit)
        )

    def _limit(self, text: str) -> float | None:
        return None if len(text) <= self._unwatched_length else TIME_LIMIT_S


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> JavaPattern:
    """Compile a Java pattern (no flags but those it sets itself).

    :raises PatternError: when Java refuses the pattern, or it cannot be translated exactly
    """
    try:
        return _translate(text)
    except RecursionError:
        raise PatternError(text, "nested too deeply", 0) from None


def _translate(text: str) -> JavaPattern:
    parsed = parse(text)
    unsure_groups = check(text, parsed)
    for_ascii = emit(parsed.root, group_count=parsed.group_count, ascii_only=True)
    return JavaPattern(
        text=text,
        group_count=parsed.group_count,
        group_names=parsed.group_names,
        unsure_groups=unsure_groups,
        _literal=parsed.root.text if isinstance(parsed.root, Literal) else None,
        _is_whole_line=parsed.root == _whole_line(),
        _may_be_empty=least_width(parsed.root) == 0,
        _pairs=pairs_in(parsed.root),
        _unwatched_length=_unwatched_length(parsed.root),
        _for_ascii=_compile(text, for_ascii),
        _for_any=_compile(text, emit(parsed.root, group_count=parsed.group_count, ascii_only=False)),
        _quick=re.compile(for_ascii, re.DOTALL) if all(map(_is_plain, walk(parsed.root))) else None,
    )


@cache
def _whole_line() -> Node:
    return parse("^.*$").root


def _is_ascii_line(text: str) -> bool:
    return text.isascii() and "\n" not in text and "\r" not in text


def _is_plain(node: Node) -> bool:
    """Tell whether Python's own library reads a node as the other does; for short texts it is several times faster."""
    if isinstance(node, Repeat):
        return is_single_character(node.body) and node.greed is Greed.GREEDY
    return isinstance(node, Literal | OneOf | Sequence | Alternation | Capture | Group) or (
        isinstance(node, Assertion) and node.anchor in _PLAIN_ANCHORS
    )


def _compile(text: str, source: str) -> "regex.Pattern[str]":
    try:
        return regex.compile(source, regex.V1 | regex.DOTALL)
    except (regex.error, OverflowError) as error:
        raise PatternError(text, f"cannot be translated ({error})", 0) from error


def _unwatched_length(root: Node) -> int:
    """Return the longest text, in characters, that is matched without a timer.

    The timer costs more than a short match itself. A pattern with ``n`` variable parts side by side tries at most about
    ``length ** (n + 1)`` combinations; nested ones have no such bound and are always timed.
    """
    parts = variable_parts(root)
    return -1 if parts is None else int(_FREE_STEPS ** (1 / (parts + 1)))
