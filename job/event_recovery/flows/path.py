"""Paths of conditions and steps: how a text is cut into segments, and what each segment means.

A path is what the tokenizer finds; everything between its matches is skipped, so no path is invalid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from event_recovery.javaregex import JavaPattern, PatternError, compile_pattern
from event_recovery.text.jsontext import Json, no_spaces

#: One segment of a path as it is written.
TOKEN: Final = re.compile(
    r"([a-zA-Z0-9_-]+\.?)|(\[([0-9]+)\]\.?)|(\[\?\(@\.[a-zA-Z0-9.-]+=~([^\n\r\u0085\u2028\u2029]+)(?!\b)\]\.?)",
)
_FILTER: Final = re.compile(r"\[\?\(@\.([a-zA-Z0-9.]+)=~([^\n\r\u0085\u2028\u2029]+)\)\]")
_INDEX: Final = re.compile(r"\[([0-9]+)\]")
_MAX_INDEX: Final = 2**31 - 1
# The walk recurses once or more for every segment.
_MAX_SEGMENTS: Final = 100


class PathError(ValueError):
    """A path cannot mean what its author wants."""


class FieldKind:
    """What a field holds besides plain JSON, as its name tells: bits, since a later field can be of several kinds."""

    NONE: Final = 0
    PAIRS: Final = 1
    TEXT: Final = 2
    BASE64: Final = 4


#: What the fields hold that have these names.
FIELD_KINDS: Final = {
    "parameters": FieldKind.PAIRS,
    "querystring": FieldKind.PAIRS,
    "co": FieldKind.TEXT,
    "ue_pr": FieldKind.TEXT,
    "contexts": FieldKind.TEXT,
    "derived_contexts": FieldKind.TEXT,
    "cx": FieldKind.BASE64,
    "ue_px": FieldKind.BASE64,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field name."""

    name: str
    #: What the field holds; the name's case does not matter.
    kind: int = field(init=False)
    #: What the name says of later segments; its case matters.
    context: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FIELD_KINDS.get(self.name.lower(), FieldKind.NONE))
        object.__setattr__(self, "context", FIELD_KINDS.get(self.name, FieldKind.NONE))


@dataclass(frozen=True, slots=True)
class Index:
    """A position in an array."""

    position: int


class Search:
    """A regex that is looked for in compact JSON text.

    What was said of short texts is remembered: names and schemas are few, and come with every row.
    """

    __slots__ = ("_known", "pattern")

    def __init__(self, pattern: JavaPattern) -> None:
        self.pattern = pattern
        self._known: dict[str | None, bool] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Search) and self.pattern == other.pattern

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __reduce__(self) -> tuple[Any, ...]:
        return Search, (self.pattern,)

    def finds(self, value: Json) -> bool:
        """Tell whether the regex is found in a value (a string is searched with its quotes and escapes).

        :raises MatchTimeout: when the regex gives no answer in time
        """
        if value is not None and (type(value) is not str or len(value) > _MOST_KNOWN):
            return self.pattern.found_in(str(value) if type(value) is int else no_spaces(value))
        known = self._known.get(value)
        if known is None:
            known = self.pattern.found_in(no_spaces(value))
            if len(self._known) < _MOST_KNOWN:
                self._known[value] = known
        return known


# How many texts are remembered, and of how many characters.
_MOST_KNOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Elements whose value at ``path``, printed compactly, has a match of the regex."""

    path: tuple[str, ...]
    search: Search
    context: int

    def takes(self, element: Json) -> bool:
        """Tell whether an element is one of them; a value that is not there is looked for as null.

        :raises MatchTimeout: when the regex gives no answer in time
        """
        value = element
        for key in self.path:
            value = value.get(key) if type(value) is dict else None
        return self.search.finds(value)


Segment: TypeAlias = Field | Index | Filter


def tokenize(path: str) -> tuple[str, ...]:
    """Cut a path into the texts of its segments."""
    return tuple(match[0].removesuffix(".") for match in TOKEN.finditer(path))


def compile_path(path: str) -> tuple[Segment, ...]:
    """Compile a path.

    :raises PathError: when a filter's regex is refused, two filters would merge into one, or it has too many segments
    """
    texts = tokenize(path)
    if len(texts) > _MAX_SEGMENTS:
        raise PathError(f"a path has at most {_MAX_SEGMENTS} segments, got {len(texts)}")
    return tuple(map(_segment, texts))


def _segment(text: str) -> Segment:
    filter_match = _FILTER.fullmatch(text)
    if filter_match:
        return _filter(filter_match[1], filter_match[2])
    index_match = _INDEX.fullmatch(text)
    if index_match and int(index_match[1]) <= _MAX_INDEX:
        return Index(int(index_match[1]))
    return Field(text)


def _filter(inner: str, regex: str) -> Filter:
    if ")]" in regex and "[?(@." in regex:
        raise PathError(f"two filters in one path merge into a single one with the regex {regex!r}; use one filter")
    try:
        pattern = compile_pattern(regex)
    except PatternError as error:
        raise PathError(f"the filter's regex is refused: {error}") from None
    names = inner.rstrip(".").split(".")
    context = FIELD_KINDS.get(regex, FieldKind.NONE) if "name" in names else FieldKind.NONE
    return Filter(tuple(names), Search(pattern), context)


def path_text(path: tuple[Segment, ...]) -> str:
    """Write a compiled path as a person would."""
    return ".".join(("$", *map(_segment_text, path)))


def _segment_text(segment: Segment) -> str:
    if isinstance(segment, Field):
        return segment.name
    if isinstance(segment, Index):
        return f"[{segment.position}]"
    return f"[?(@.{'.'.join(segment.path)}=~{segment.search.pattern.text})]"
