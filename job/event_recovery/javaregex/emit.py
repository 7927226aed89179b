"""Write a parsed pattern in the syntax of the ``regex`` library (flags ``V1 | DOTALL``, nothing else).

Nothing is left to the library's own idea of lines, words or letter case: line ends, word boundaries and classes are
written out as sets. Each pattern is written twice: for any text, and for text known to be ASCII, where every set is
short and a word boundary is the library's own.
"""

from typing import assert_never

from event_recovery.javaregex.charset import (
    CharSet,
    Property,
    chars,
    explicit,
    intersect,
    quote,
    unite,
    write,
)
from event_recovery.javaregex.properties import LETTER_OR_DIGIT, UNICODE_WORD, VERTICAL_SPACE
from event_recovery.javaregex.study import rounds_are_final
from event_recovery.javaregex.syntax import (
    Alternation,
    Anchor,
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
from event_recovery.javaregex.widths import is_rigid, is_single_character

_NEVER = "(?!)"
_NOT_LF_TERMINATORS = chars("\r\x85\u2028\u2029")
_NOT_CR_TERMINATORS = chars("\n\x85\u2028\u2029")

_FIXED_ANCHORS = {
    Anchor.INPUT_START: "\\A",
    Anchor.INPUT_END: "\\Z",
    Anchor.UNIX_LINE_START: "(?!\\Z)(?:\\A|(?<=\\n))",
    Anchor.UNIX_LINE_END: "(?=\\Z|\\n)",
    Anchor.UNIX_LAST_LINE_END: "(?=\\n?\\Z)",
    Anchor.LAST_MATCH_END: "\\G",
}

_BMP = explicit([(0, 0xFFFF)])
_MARK = Property(r"\p{Mn}")


def emit(root: Node, *, group_count: int, ascii_only: bool) -> str:
    """Write the whole pattern; group numbers stay what they are in Java."""
    return _Emitter(group_count, ascii_only=ascii_only).node(root)


class _Emitter:
    """The writer for one of the two kinds of text."""

    def __init__(self, group_count: int, *, ascii_only: bool) -> None:
        self._group_count = group_count
        self._ascii_only = ascii_only

    def node(self, node: Node) -> str:  # noqa: C901 - one line for each kind of node
        match node:
            case Literal(text):
                return self._literal(text)
            case OneOf(charset):
                return self._set(charset)
            case LineBreak():
                return f"(?:\\r\\n|{self._set(VERTICAL_SPACE)})"
            case Grapheme():
                return "(?>\\r\\n|.)" if self._ascii_only else "\\X"
            case Assertion(anchor):
                return self._anchor(anchor)
            case BackReference(number):
                return f"(?:\\g<{number}>)" if 0 < number <= self._group_count else _NEVER
            case Sequence(parts):
                return "".join(self._operand(part, alternation_only=True) for part in parts)
            case Alternation(branches):
                return "|".join(map(self.node, branches))
            case Capture(_, body):
                return f"({self.node(body)})"
            case Group(body):
                return f"(?:{self.node(body)})"
            case Atomic(body):
                return f"(?>{self.node(body)})"
            case LookAround(around, body):
                return f"{around.value}{self.node(body)})"
            case Repeat():
                return self._repeat(node)
            case _:
                assert_never(node)

    def _operand(self, node: Node, *, alternation_only: bool = False) -> str:
        """Write a node so that it holds together beside others or, by default, under a quantifier."""
        source = self.node(node)
        if isinstance(node, Capture | Group | Atomic | OneOf) or is_single_character(node):
            return source
        if alternation_only and not isinstance(node, Alternation):
            return source
        return f"(?:{source})"

    def _repeat(self, node: Repeat) -> str:
        match (node.least, node.most):
            case (0, 1):
                counts = "?"
            case (0, None):
                counts = "*"
            case (1, None):
                counts = "+"
            case (least, None):
                counts = f"{{{least},}}"
            case (least, most):
                counts = f"{{{least},{most}}}" if least != most else f"{{{least}}}"
        body = self._operand(node.body)
        if rounds_are_final(node) and not is_rigid(node.body):
            body = f"(?>{body})"
        return f"{body}{counts}{node.greed.value}"

    def _literal(self, text: str) -> str:
        return _NEVER if self._ascii_only and not text.isascii() else quote(text)

    def _set(self, charset: CharSet) -> str:
        return write(charset, ascii_only=self._ascii_only)

    def _anchor(self, anchor: Anchor) -> str:
        if anchor in _FIXED_ANCHORS:
            return _FIXED_ANCHORS[anchor]
        not_lf = self._set(_NOT_LF_TERMINATORS)
        match anchor:
            case Anchor.LINE_START:
                return f"(?!\\Z)(?:\\A|(?<={self._set(_NOT_CR_TERMINATORS)})|(?<=\\r)(?!\\n))"
            case Anchor.LINE_END:
                return f"(?=\\Z|{not_lf}|(?<!\\r)\\n)"
            case Anchor.LAST_LINE_END:
                return f"(?=\\Z|\\r\\n\\Z|{not_lf}\\Z|(?<!\\r)\\n\\Z)"
            case Anchor.WORD_EDGE | Anchor.UNICODE_WORD_EDGE:
                return "\\b" if self._ascii_only else _word_edge(unicode=anchor is Anchor.UNICODE_WORD_EDGE)
            case _:
                if self._ascii_only:
                    return "\\B"
                return f"(?!{_word_edge(unicode=anchor is Anchor.NOT_UNICODE_WORD_EDGE)})"


def _word_edge(*, unicode: bool) -> str:
    r"""Write ``\b``: a change between word characters, and marks that follow a letter or digit, and the rest.

    Java looks for the letter below a mark by UTF-16 units, so marks and letters beyond U+FFFF are not found.
    """
    word = UNICODE_WORD if unicode else unite(LETTER_OR_DIGIT, chars("_"))
    letter = _write(intersect(LETTER_OR_DIGIT, _BMP))
    mark = _write(intersect(_MARK, _BMP))
    before = f"(?<={_write(word)}|{letter}{mark}+)"
    after = f"(?={_write(word)}|{_write(_MARK)}(?<={letter}{mark}*.))"
    not_before, not_after = before.replace("(?<=", "(?<!", 1), after.replace("(?=", "(?!", 1)
    return f"(?:{before}{not_after}|{not_before}{after})"


def _write(charset: CharSet) -> str:
    return write(charset, ascii_only=False)
