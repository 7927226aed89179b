"""How Java sizes up a part of a pattern: it decides which look-behinds it accepts and how it repeats a group."""

from dataclasses import dataclass, replace
from typing import assert_never

from event_recovery.javaregex.syntax import (
    Alternation,
    Assertion,
    Atomic,
    BackReference,
    Capture,
    Grapheme,
    Greed,
    Group,
    LineBreak,
    Literal,
    LookAround,
    Node,
    OneOf,
    Repeat,
    Sequence,
)
from event_recovery.javaregex.widths import is_single_character, least_width, most_width

_MAX_REPEAT = 0x7FFFFFFF
_INT_RANGE = 2**31


def behind_fault(body: Node, *, beyond_bmp: bool) -> str | None:
    """Say why the content of a look-behind cannot be accepted; None when it can.

    :param beyond_bmp: whether the pattern has characters beyond U+FFFF, for which Java counts in another way
    """
    span = _study((body,), _Span())
    if not span.bounded:
        return "a look-behind has no obvious maximum length"
    # Java's sum may overflow. A negative sum works as "no limit", but only from a certain place in the text on.
    works = span.most >= 0 or (least_width(body) >= _INT_RANGE + span.most and not beyond_bmp)
    if not works or 0 <= span.most < min(most_width(body), _INT_RANGE - 1):
        return "a look-behind with several unlimited repetitions never works in Java"
    return None


@dataclass(frozen=True, slots=True)
class _Span:
    """The longest text so far as a 32-bit sum; ``deterministic`` decides how Java repeats a group."""

    most: int = 0
    bounded: bool = True
    deterministic: bool = True

    def plus(self, width: int) -> "_Span":
        return replace(self, most=_int32(self.most + width))


def rounds_are_final(node: Repeat) -> bool:
    """Tell whether Java never tries a round of the repetition another way once that round is done."""
    if node.greed is Greed.POSSESSIVE or not isinstance(node.body, Capture | Group):
        return True
    return (node.least, node.most) != (0, 1) and _study((node.body,), _Span()).deterministic


def _int32(value: int) -> int:
    return (value + _INT_RANGE) % (2 * _INT_RANGE) - _INT_RANGE


def _study(nodes: tuple[Node, ...], before: _Span) -> _Span:
    """Add up nodes in a row, all that follows them in the look-behind included.

    What follows an alternation Java sums up from zero, and adds what came before afterwards.
    """
    if not nodes:
        return before
    node, rest = nodes[0], nodes[1:]
    match node:
        case Literal(text):
            return _study(rest, before.plus(len(text)))
        case OneOf():
            return _study(rest, before.plus(1))
        case LineBreak():
            return _study(rest, before.plus(2))
        case Grapheme() | BackReference():
            return _study(rest, replace(before, bounded=False))
        case Assertion() | LookAround():
            return _study(rest, before)
        case Sequence(parts):
            return _study(parts + rest, before)
        case Capture(_, body) | Group(body):
            return _study((body, *rest), before)
        case Atomic(body):
            return _study(rest, _study((body,), before))
        case Alternation(branches):
            return _study_branches(branches, rest, before)
        case Repeat():
            return _study_repeat(node, rest, before)
        case _:
            assert_never(node)


def _study_branches(branches: tuple[Node, ...], rest: tuple[Node, ...], before: _Span) -> _Span:
    spans = [_study((branch,), _Span()) for branch in branches]
    after = _study(rest, _Span())
    # Java's maximum starts from -1, so that branches whose sums overflowed count as that.
    most = _int32(before.most + max(-1, *(span.most for span in spans)) + after.most)
    return _Span(most, before.bounded and after.bounded and all(span.bounded for span in spans), deterministic=False)


def _study_repeat(node: Repeat, rest: tuple[Node, ...], before: _Span) -> _Span:
    is_group = isinstance(node.body, Capture | Group) and node.greed is not Greed.POSSESSIVE
    if (node.least, node.most) == (0, 1):
        if is_group:
            return _study_branches((node.body, Literal("")), rest, before)
        return _study(rest, replace(_study((node.body,), before), deterministic=False))
    if node.most is None and node.greed is Greed.GREEDY and is_single_character(node.body):
        return _study(rest, replace(before.plus(_MAX_REPEAT if before.bounded else 0), deterministic=False))
    inner = _study((node.body,), _Span())
    if is_group and not inner.deterministic:
        return replace(before, bounded=False, deterministic=False)
    most = _int32(inner.most * (_MAX_REPEAT if node.most is None else node.most) + before.most)
    bounded = before.bounded and inner.bounded and most >= before.most
    deterministic = before.deterministic and inner.deterministic and node.least == node.most
    return _study(rest, _Span(most, bounded, deterministic))
