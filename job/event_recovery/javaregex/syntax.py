"""The parts of a parsed pattern. Flags are already resolved: every node says exactly what it matches."""

from dataclasses import dataclass
from enum import Enum

from event_recovery.javaregex.charset import CharSet


class Greed(Enum):
    """How a repetition takes its text; the value is the suffix of the quantifier."""

    GREEDY = ""
    LAZY = "?"
    POSSESSIVE = "+"


class Around(Enum):
    """The look-arounds; the value opens the group."""

    AHEAD = "(?="
    NOT_AHEAD = "(?!"
    BEHIND = "(?<="
    NOT_BEHIND = "(?<!"

    @property
    def negative(self) -> bool:
        """Whether the look-around wants its content not to match."""
        return self in (Around.NOT_AHEAD, Around.NOT_BEHIND)

    @property
    def behind(self) -> bool:
        """Whether the look-around reads the text before it."""
        return self in (Around.BEHIND, Around.NOT_BEHIND)


class Anchor(Enum):
    """The assertions without content; ``UNIX`` ones know only the line feed as a line terminator."""

    INPUT_START = "start of input"
    INPUT_END = "end of input"
    LINE_START = "start of a line"
    UNIX_LINE_START = "start of a line ended by a line feed"
    LINE_END = "end of a line"
    UNIX_LINE_END = "end of a line ended by a line feed"
    LAST_LINE_END = "end of input or its last line terminator"
    UNIX_LAST_LINE_END = "end of input or its last line feed"
    LAST_MATCH_END = "end of the previous match"
    WORD_EDGE = "word boundary"
    NOT_WORD_EDGE = "no word boundary"
    UNICODE_WORD_EDGE = "Unicode word boundary"
    NOT_UNICODE_WORD_EDGE = "no Unicode word boundary"


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters that stand for themselves; may be empty."""

    text: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """One code point out of a set."""

    charset: CharSet


@dataclass(frozen=True, slots=True)
class LineBreak:
    r"""A line break sequence, ``\R``."""


@dataclass(frozen=True, slots=True)
class Grapheme:
    r"""An extended grapheme cluster, ``\X``."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """An anchor."""

    anchor: Anchor


@dataclass(frozen=True, slots=True)
class BackReference:
    """The text of an earlier group; never matches while the group has none."""

    number: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """The first branch that works."""

    branches: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """A capturing group."""

    number: int
    body: "Node"


@dataclass(frozen=True, slots=True)
class Group:
    """A group that only holds together."""

    body: "Node"


@dataclass(frozen=True, slots=True)
class Atomic:
    """A group that gives nothing back."""

    body: "Node"


@dataclass(frozen=True, slots=True)
class LookAround:
    """A condition on the text ahead or behind."""

    around: Around
    body: "Node"


@dataclass(frozen=True, slots=True)
class Repeat:
    """``body`` from ``least`` to ``most`` times (None: no limit)."""

    body: "Node"
    least: int
    most: int | None
    greed: Greed


Node = (
    Literal
    | OneOf
    | LineBreak
    | Grapheme
    | Assertion
    | BackReference
    | Sequence
    | Alternation
    | Capture
    | Group
    | Atomic
    | LookAround
    | Repeat
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A whole pattern: its tree, and its capturing groups (without group 0) by count and by name."""

    root: Node
    group_count: int
    group_names: dict[str, int]
