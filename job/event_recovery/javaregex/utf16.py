"""Where Java's texts of UTF-16 units differ from Python's texts of code points.

Java steps on by one unit behind an empty match. So ``x*`` finds an empty match in the middle of an emoji, and replacing
it tears the surrogate pair apart.
"""

from enum import Enum

import regex

from event_recovery.javaregex.charset import LAST_CODE_POINT, NOTHING, Explicit, explicit, intersect
from event_recovery.javaregex.checks import walk
from event_recovery.javaregex.syntax import Anchor, Assertion, Grapheme, Literal, Node, OneOf
from event_recovery.javaregex.widths import least_width

# What a class must stay clear of to be read by units.
_WIDE = explicit([(0xD800, 0xDFFF), (0x10000, LAST_CODE_POINT)])
_PAIRED = regex.compile(r"[\U00010000-\U0010FFFF]")
_WORD_EDGES = (
    Anchor.WORD_EDGE,
    Anchor.NOT_WORD_EDGE,
    Anchor.UNICODE_WORD_EDGE,
    Anchor.NOT_UNICODE_WORD_EDGE,
)


class Pairs(Enum):
    """How a pattern treats the surrogate pairs of a text."""

    WHOLE = "no difference to code points"
    UNITS = "every half is a character of its own"
    HALVED_WHEN_EMPTY = "pairs are whole, but an empty match in front of one is followed by a try in its middle"


def pairs_in(root: Node) -> Pairs:
    """Tell how a pattern treats surrogate pairs."""
    if least_width(root) > 0:
        return Pairs.WHOLE
    return Pairs.HALVED_WHEN_EMPTY if any(map(_reads_code_points, walk(root))) else Pairs.UNITS


def _reads_code_points(node: Node) -> bool:
    match node:
        case Literal(text):
            return bool(_PAIRED.search(text))
        case OneOf(charset):
            return not isinstance(charset, Explicit) or intersect(charset, _WIDE) != NOTHING
        case Assertion(anchor):
            return anchor in _WORD_EDGES
        case _:
            return isinstance(node, Grapheme)


def has_pairs(text: str) -> bool:
    """Tell whether the text has a character beyond U+FFFF."""
    return max(text, default="") > "\uffff"


def split_pairs(text: str) -> str:
    """Write each character beyond U+FFFF as two surrogates."""
    return _PAIRED.sub(lambda match: _halves(match[0]), text)


def join_pairs(text: str) -> str:
    """Make one character of each two surrogates that belong together."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def match_in_pair(
    compiled: "regex.Pattern[str]", text: str, index: int, timeout: float | None
) -> "regex.Match[str] | None":
    """Match in the middle of the pair ``text[index]``; from the pair on, positions in the match are too high by one."""
    split = text[:index] + _halves(text[index]) + text[index + 1 :]
    return compiled.match(split, index + 1, timeout=timeout)


def _halves(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(chr(int.from_bytes(units[start : start + 2], "big")) for start in (0, 2))
