"""How much text a node can match: for look-behinds, empty matches and the bound on backtracking."""

from dataclasses import dataclass
from typing import assert_never

from event_recovery.javaregex.syntax import (
    Alternation,
    Assertion,
    Atomic,
    BackReference,
    Capture,
    Grapheme,
    Greed,
    LineBreak,
    Literal,
    LookAround,
    Node,
    OneOf,
    Repeat,
    Sequence,
)


def children(node: Node) -> tuple[Node, ...]:
    """List the nodes directly below a node."""
    match node:
        case Sequence(parts):
            return parts
        case Alternation(branches):
            return branches
        case Capture(_, body) | Atomic(body) | LookAround(_, body) | Repeat(body):
            return (body,)
        case _:
            return ()


def least_width(node: Node) -> int:
    """Give a lower bound of the code points a match takes; 0 when it may be empty."""
    match node:
        case Literal(text):
            return len(text)
        case OneOf() | LineBreak() | Grapheme():
            return 1
        case Assertion() | BackReference() | LookAround():
            return 0
        case Sequence(parts):
            return sum(map(least_width, parts))
        case Alternation(branches):
            return min(map(least_width, branches))
        case Capture(_, body) | Atomic(body):
            return least_width(body)
        case Repeat(body, least):
            return least * least_width(body)
        case _:
            assert_never(node)


def is_rigid(node: Node) -> bool:
    """Tell whether a node can match in one way only, whichever end one starts from."""
    match node:
        case Alternation() | BackReference() | LineBreak() | Grapheme():
            return False
        case Repeat(body, least, most):
            return least == most and is_rigid(body)
        case _:
            return all(map(is_rigid, children(node)))


@dataclass(frozen=True, slots=True)
class Span:
    """The longest text of a look-behind, the way Java adds it up; ``deterministic`` decides how it repeats groups."""

    most: int
    bounded: bool = True
    deterministic: bool = True


_MAX_REPEAT = 0x7FFFFFFF


def _int32(value: int) -> int:
    return (value + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def java_span(node: Node) -> Span:
    """Add up the longest text as Java does for a look-behind, overflow of its 32-bit sum included."""
    return _extend(Span(0), node)


def _extend(before: Span, node: Node) -> Span:
    match node:
        case Literal(text):
            return _longer(before, len(text.encode("utf-16-be", "surrogatepass")) // 2)
        case OneOf():
            return _longer(before, 1)
        case LineBreak():
            return _longer(before, 2)
        case Grapheme() | BackReference():
            return Span(before.most, bounded=False, deterministic=before.deterministic)
        case Assertion() | LookAround():
            return before
        case Sequence(parts):
            for part in parts:
                before = _extend(before, part)
            return before
        case Alternation(branches):
            spans = [java_span(branch) for branch in branches]
            most = _int32(before.most + max(span.most for span in spans))
            return Span(most, before.bounded and all(span.bounded for span in spans), deterministic=False)
        case Capture(_, body) | Atomic(body):
            return _extend(before, body)
        case Repeat():
            return _extend_repeat(before, node)
        case _:
            assert_never(node)


def _longer(before: Span, width: int) -> Span:
    return Span(_int32(before.most + width), before.bounded, before.deterministic)


def _extend_repeat(before: Span, node: Repeat) -> Span:
    single = is_single_character(node.body)
    if (node.least, node.most) == (0, 1):
        inner = _extend(before, node.body)
        return Span(inner.most, inner.bounded, deterministic=False)
    if single and node.most is None and node.greed is Greed.GREEDY:
        most = _int32(before.most + _MAX_REPEAT) if before.bounded else before.most
        return Span(most, before.bounded, deterministic=False)
    inner = java_span(node.body)
    is_group = isinstance(node.body, Capture | Sequence | Alternation | Repeat)
    if is_group and node.greed is not Greed.POSSESSIVE and not inner.deterministic:
        return Span(before.most, bounded=False, deterministic=False)
    most = _int32(inner.most * (_MAX_REPEAT if node.most is None else node.most) + before.most)
    deterministic = before.deterministic and inner.deterministic and node.least == node.most
    return Span(most, before.bounded and inner.bounded and most >= before.most, deterministic)


def is_single_character(node: Node) -> bool:
    """Tell whether a node is one character or one class."""
    return isinstance(node, OneOf) or (isinstance(node, Literal) and len(node.text) == 1)


def most_width(node: Node) -> float:
    """Give the true upper bound of the code points a match takes; infinity when there is none."""
    match node:
        case Literal(text):
            return len(text)
        case OneOf():
            return 1
        case LineBreak():
            return 2
        case Grapheme() | BackReference():
            return float("inf")
        case Assertion() | LookAround():
            return 0
        case Sequence(parts):
            return sum(map(most_width, parts))
        case Alternation(branches):
            return max(map(most_width, branches))
        case Capture(_, body) | Atomic(body):
            return most_width(body)
        case Repeat(body, _, most):
            width = most_width(body)
            return width * (float("inf") if most is None else most) if width else 0
        case _:
            assert_never(node)
