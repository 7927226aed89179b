"""How much text a node can match: for look-behinds, empty matches and the bound on backtracking."""

from typing import assert_never

from event_recovery.javaregex.syntax import (
    Alternation,
    Assertion,
    Atomic,
    BackReference,
    Capture,
    Grapheme,
    Group,
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
        case Capture(_, body) | Group(body) | Atomic(body) | LookAround(_, body) | Repeat(body):
            return (body,)
        case _:
            return ()


def least_width(node: Node) -> int:
    """Return a lower bound of the code points a match takes; 0 when it may be empty."""
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
        case Capture(_, body) | Group(body) | Atomic(body):
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


def is_single_character(node: Node) -> bool:
    """Tell whether a node is one character or one class."""
    return isinstance(node, OneOf) or (isinstance(node, Literal) and len(node.text) == 1)


def most_width(node: Node) -> float:
    """Return the true upper bound of the code points a match takes; infinity when there is none."""
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
        case Capture(_, body) | Group(body) | Atomic(body):
            return most_width(body)
        case Repeat(body, _, most):
            width = most_width(body)
            return width * (float("inf") if most is None else most) if width else 0
        case _:
            assert_never(node)
