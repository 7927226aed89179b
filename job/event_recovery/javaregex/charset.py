"""Sets of code points, and how the ``regex`` library (version 1 syntax) writes them.

A set is explicit ranges, a Unicode property that ``regex`` knows, or a combination of the two kinds. Combinations of
explicit sets are computed at once, so an everyday class such as ``[^a-z&&[^0-9]]`` becomes one flat list of ranges.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

LAST_CODE_POINT = 0x10FFFF
LAST_ASCII = 0x7F

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Explicit:
    """Sorted, disjoint, non-adjacent inclusive ranges of code points."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Property:
    r"""A property of the ``regex`` library, as written in a pattern: ``\p{Lu}``."""

    source: str


@dataclass(frozen=True, slots=True)
class Complement:
    """Every code point outside ``inner``."""

    inner: "CharSet"


@dataclass(frozen=True, slots=True)
class Union:
    """The code points of either side."""

    left: "CharSet"
    right: "CharSet"


@dataclass(frozen=True, slots=True)
class Intersection:
    """The code points that both sides have."""

    left: "CharSet"
    right: "CharSet"


CharSet = Explicit | Property | Complement | Union | Intersection


def explicit(ranges: Iterable[Range]) -> Explicit:
    """Build the set of the given inclusive ranges, in any order and overlapping at will."""
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return Explicit(tuple(merged))


def chars(text: str) -> Explicit:
    """Build the set of the characters in ``text``."""
    return explicit((ord(char), ord(char)) for char in text)


#: All code points, none, and ASCII.
ANYTHING = Explicit(((0, LAST_CODE_POINT),))
NOTHING = Explicit(())
ASCII = Explicit(((0, LAST_ASCII),))


def _gaps(operand: Explicit) -> Explicit:
    gaps: list[Range] = []
    start = 0
    for low, high in operand.ranges:
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= LAST_CODE_POINT:
        gaps.append((start, LAST_CODE_POINT))
    return Explicit(tuple(gaps))


def _either(left: Explicit, right: Explicit) -> Explicit:
    return explicit((*left.ranges, *right.ranges))


def _both(left: Explicit, right: Explicit) -> Explicit:
    return _gaps(_either(_gaps(left), _gaps(right)))


def negate(operand: CharSet) -> CharSet:
    """Return everything that ``operand`` lacks."""
    match operand:
        case Explicit():
            return _gaps(operand)
        case Complement(inner):
            return inner
        case _:
            return Complement(operand)


def unite(left: CharSet, right: CharSet) -> CharSet:
    """Return everything in either operand."""
    if isinstance(left, Explicit) and isinstance(right, Explicit):
        return _either(left, right)
    if left == NOTHING or right == ANYTHING:
        return right
    if right == NOTHING or left == ANYTHING:
        return left
    return Union(left, right)


def intersect(left: CharSet, right: CharSet) -> CharSet:
    """Return everything in both operands."""
    if isinstance(left, Explicit) and isinstance(right, Explicit):
        return _both(left, right)
    if left == ANYTHING or right == NOTHING:
        return right
    if right == ANYTHING or left == NOTHING:
        return left
    return Intersection(left, right)


def ascii_part(operand: CharSet) -> Explicit:
    """Compute the members of any set below U+0080."""
    match operand:
        case Explicit():
            return _both(operand, ASCII)
        case Property(source):
            return _ascii_members(source)
        case Complement(inner):
            return _both(_gaps(ascii_part(inner)), ASCII)
        case Union(left, right):
            return _either(ascii_part(left), ascii_part(right))
        case Intersection(left, right):
            return _both(ascii_part(left), ascii_part(right))


@lru_cache(maxsize=256)
def _ascii_members(source: str) -> Explicit:
    matches = regex.compile(source, regex.V1).fullmatch
    return chars("".join(filter(matches, map(chr, range(LAST_ASCII + 1)))))


def write(operand: CharSet, *, ascii_only: bool) -> str:
    """Write the set as one item of a ``regex`` pattern compiled with ``V1 | DOTALL``.

    :param ascii_only: whether the pattern meets nothing but ASCII, so that every set shrinks to a short explicit one
    """
    if ascii_only:
        part = ascii_part(operand)
        return _write_explicit(part, explicit((*part.ranges, (LAST_ASCII + 1, LAST_CODE_POINT))))
    if isinstance(operand, Explicit):
        return _write_explicit(operand, operand)
    if isinstance(operand, Property):
        return operand.source
    return _bracketed(operand)


def _write_explicit(part: Explicit, padded: Explicit) -> str:
    """Write the shortest of: one character, ``.``, the set itself, or what it leaves out (``padded`` turned around)."""
    if len(part.ranges) == 1 and part.ranges[0][0] == part.ranges[0][1]:
        return quote(chr(part.ranges[0][0]))
    left_out = _gaps(padded)
    if not left_out.ranges:
        return "."
    if part.ranges and len(part.ranges) <= len(left_out.ranges):
        return f"[{_items(part)}]"
    return f"[^{_items(left_out)}]"


def _bracketed(operand: CharSet) -> str:
    match operand:
        case Explicit(ranges):
            return f"[{_items(operand)}]" if ranges else f"[^{_items(ANYTHING)}]"
        case Property(source):
            return f"[{source}]"
        case Complement(inner):
            return f"[^{_bracketed(inner)}]"
        case Union(left, right):
            return f"[{_bracketed(left)}{_bracketed(right)}]"
        case Intersection(left, right):
            return f"[{_bracketed(left)}&&{_bracketed(right)}]"


def _items(operand: Explicit) -> str:
    return "".join(
        quote(chr(low)) if low == high else f"{quote(chr(low))}-{quote(chr(high))}" for low, high in operand.ranges
    )


def quote(text: str) -> str:
    """Write ``text`` so that every character stands for itself, inside and outside of brackets."""
    return "".join(char if char.isascii() and char.isalnum() else f"\\U{ord(char):08X}" for char in text)
