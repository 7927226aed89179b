"""What the tree allows: look-behinds Java accepts, groups whose text is sure, and how far a match may backtrack.

Two engines that agree on what matches may still differ in which group took what. Where that can happen the group is
called unsure: matching with it is fine, asking for its text (in a back reference or a replacement) is refused.
"""

from collections.abc import Iterator

from event_recovery.javaregex.errors import PatternError
from event_recovery.javaregex.study import behind_fault, rounds_are_final
from event_recovery.javaregex.syntax import (
    Alternation,
    Anchor,
    Assertion,
    Atomic,
    BackReference,
    Capture,
    Grapheme,
    Greed,
    LookAround,
    Node,
    Parsed,
    Repeat,
)
from event_recovery.javaregex.widths import children, is_rigid, least_width

_LAST_BEFORE_SURROGATES = "\ud7ff"

#: The library spells out what a repetition demands at least; at a million characters that takes some 300 MB.
_LONGEST_DEMAND = 100_000


def check(pattern: str, parsed: Parsed) -> frozenset[int]:
    """Refuse what cannot be matched exactly, and return the numbers of the unsure groups.

    :raises PatternError: when Java refuses the pattern, or the translation would not be exact
    """
    for node in walk(parsed.root):
        if isinstance(node, LookAround) and node.around.behind:
            _check_behind(pattern, node.body)
        if isinstance(node, Repeat):
            _check_repeat(pattern, node)
        if isinstance(node, Capture) and BackReference(node.number) in walk(node.body):
            raise PatternError(pattern, f"group {node.number} refers to itself, which cannot be translated exactly", 0)
    unsure = frozenset(_unsure(parsed.root, optional=False, sealed=False, lost=False))
    for node in walk(parsed.root):
        if isinstance(node, BackReference) and node.number in unsure:
            raise PatternError(pattern, f"a reference to group {node.number} cannot be translated exactly", 0)
    if least_width(parsed.root) == 0 and any(node == Assertion(Anchor.LAST_MATCH_END) for node in walk(parsed.root)):
        raise PatternError(pattern, "\\G in a pattern that can match the empty text cannot be translated exactly", 0)
    return unsure


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def _check_repeat(pattern: str, node: Repeat) -> None:
    """Refuse to demand too much, and to count rounds that may be empty.

    Java stops at the first empty round, however many are asked for.
    """
    if least_width(node) > _LONGEST_DEMAND:
        raise PatternError(pattern, f"a repetition demands more than {_LONGEST_DEMAND:,} characters", 0)
    counts = node.least > 1 or (node.most is not None and node.most > 1)
    if counts and least_width(node.body) == 0 and not rounds_are_final(node):
        raise PatternError(pattern, "counted repetition of a part that may be empty cannot be translated exactly", 0)


def _check_behind(pattern: str, body: Node) -> None:
    for node in walk(body):
        if isinstance(node, Grapheme):
            raise PatternError(pattern, "\\X in a look-behind cannot be translated exactly", 0)
        sealed = isinstance(node, Atomic) or (isinstance(node, Repeat) and node.greed is Greed.POSSESSIVE)
        if sealed and not is_rigid(node):
            raise PatternError(pattern, "an atomic part in a look-behind cannot be translated exactly", 0)
    fault = behind_fault(body, beyond_bmp=max(pattern) > _LAST_BEFORE_SURROGATES)
    if fault is not None:
        raise PatternError(pattern, fault, 0)


def _unsure(node: Node, *, optional: bool, sealed: bool, lost: bool) -> Iterator[int]:
    """Yield the unsure groups at and below ``node``.

    :param optional: whether a match can do without this node
    :param sealed: whether it is inside something that is not backtracked into, so that Java does not take back its
        groups when the match fails later
    :param lost: whether its groups cannot be trusted at all
    """
    match node:
        case Capture(number):
            if lost or (sealed and optional):
                yield number
        case Alternation():
            optional = True
        case Repeat(body, least, most, greed):
            optional = optional or least != most
            # Behind an empty round Java goes on to what follows; the library may start another round.
            lost = lost or (most != 1 and least_width(body) == 0)
            if greed is not Greed.POSSESSIVE and isinstance(body, Capture) and rounds_are_final(node):
                # Of a round given up, Java takes back the group itself, but not the groups in it.
                if lost or (sealed and optional):
                    yield body.number
                yield from _unsure(body.body, optional=optional, sealed=True, lost=lost)
                return
            sealed = sealed or rounds_are_final(node)
        case Atomic():
            sealed = True
        case LookAround(around, body):
            sealed = True
            lost = lost or around.negative or (around.behind and not is_rigid(body))
    for child in children(node):
        yield from _unsure(child, optional=optional, sealed=sealed, lost=lost)


def variable_parts(node: Node) -> int | None:
    """Count the parts a failing match may try at several lengths; None when they are nested or compare groups."""
    count = 0
    for part in walk(node):
        if isinstance(part, BackReference):
            return None
        if isinstance(part, Repeat) and part.least != part.most:
            count += 1
            if any(isinstance(inner, Repeat | Alternation) for inner in walk(part.body)):
                return None
    return count
