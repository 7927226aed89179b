"""Java's pattern grammar, read into a tree.

The grammar has corners that only its own order of reading explains (a quantifier binds to the last character of a run,
``a{2}{3}`` repeats an empty run, a flag group lasts to the end of the group around it), so the functions here follow
the same steps as Java: alternation, sequence, run of characters, quantifier.
"""

from event_recovery.javaregex.casing import may_hold_letters, same_letter
from event_recovery.javaregex.charset import ANYTHING, chars, negate
from event_recovery.javaregex.classes import read_class, single
from event_recovery.javaregex.escapes import character_class, read_character, read_property
from event_recovery.javaregex.reader import END, Flags, Reader
from event_recovery.javaregex.syntax import (
    Alternation,
    Anchor,
    Around,
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
    Parsed,
    Repeat,
    Sequence,
)
from event_recovery.javaregex.tokens import read_flags, read_group_name, read_quantifier

_DIGITS = frozenset("0123456789")
# Escapes that go on behind their letter and stand for more than a character.
_LONG_NODE_ESCAPES = frozenset("pPk123456789")
_QUANTIFIERS = frozenset("*+?{")

_NOT_LINE_TERMINATOR = negate(chars("\n\r\x85\u2028\u2029"))
_NOT_LINE_FEED = negate(chars("\n"))


def parse(pattern: str) -> Parsed:
    """Parse a Java pattern.

    :raises PatternError: when Java would refuse the pattern
    """
    parser = _Parser(pattern)
    root = parser.alternation()
    parser.expect_end()
    return Parsed(root, parser.group_count, parser.group_names)


class _Parser:
    """One pass over one pattern."""

    def __init__(self, pattern: str) -> None:
        self.reader = Reader(pattern)
        self.group_count = 0
        self.group_names: dict[str, int] = {}
        self._closed_groups: dict[int, Node] = {}

    def expect_end(self) -> None:
        if not self.reader.at_end():
            raise self.reader.error("')' without '('", back=0)

    def alternation(self) -> Node:
        branches = [self._sequence()]
        while self.reader.peek() == "|":
            self.reader.next()
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Alternation(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while True:
            char = self.reader.peek()
            if char in ("|", ")", END):
                break
            if char in ("*", "+", "?"):
                raise self.reader.error(f"the quantifier {char!r} has nothing to repeat", back=0)
            if char == "(":
                group = self._group()
                if group is not None:
                    parts.append(group)
            else:
                parts.append(self._quantified(self._item(char)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _item(self, char: str) -> Node:
        reader = self.reader
        match char:
            case "[":
                return OneOf(read_class(reader))
            case "^":
                reader.next()
                return Assertion(self._line_start())
            case "$":
                reader.next()
                return Assertion(self._line_end())
            case ".":
                reader.next()
                if reader.has(Flags.DOTALL):
                    return OneOf(ANYTHING)
                return OneOf(_NOT_LINE_FEED if reader.has(Flags.UNIX_LINES) else _NOT_LINE_TERMINATOR)
            case _:
                return self._run()

    def _run(self) -> Node:
        """Read a run of characters, or the one escape that is not a character.

        A quantifier takes only the last character, so a longer run stops in front of that.
        """
        reader = self.reader
        text = ""
        before_last = reader.cursor
        while True:
            char = reader.peek()
            if char in _QUANTIFIERS and len(text) > 1:
                reader.cursor = before_last
                text = text[:-1]
            if char == END or char in "*+?{$.^([|)":
                return self._literal(text)
            here = reader.cursor
            if char == "\\":
                node = self._escape(may_be_class=not text)
                if isinstance(node, str):
                    before_last = here
                    text += node
                    continue
                if node is not None:
                    return node
                reader.cursor = here
                return self._literal(text)
            before_last = here
            text += char
            reader.next()

    def _escape(self, *, may_be_class: bool) -> "Node | str | None":
        """Read an escape and return its character, or its node, or None when it is a node but none is allowed here."""
        reader = self.reader
        letter = reader.at(reader.cursor + 1)
        if letter in _LONG_NODE_ESCAPES and not may_be_class:
            return None
        if letter in ("p", "P"):
            reader.next_escaped()
            return OneOf(read_property(reader, letter))
        reader.skip()
        node = self._node_escape(letter)
        if node is not None:
            return node if may_be_class else None
        return read_character(reader, letter)

    def _node_escape(self, letter: str) -> Node | None:  # noqa: C901 - one line for each letter
        reader = self.reader
        predefined = character_class(letter, reader.flags)
        if predefined is not None:
            return OneOf(predefined)
        unicode = reader.has(Flags.UNICODE_CLASSES)
        match letter:
            case "A":
                return Assertion(Anchor.INPUT_START)
            case "z":
                return Assertion(Anchor.INPUT_END)
            case "Z":
                unix = reader.has(Flags.UNIX_LINES)
                return Assertion(Anchor.UNIX_LAST_LINE_END if unix else Anchor.LAST_LINE_END)
            case "G":
                return Assertion(Anchor.LAST_MATCH_END)
            case "b":
                if reader.peek() == "{":
                    raise reader.error("a grapheme boundary \\b{g} cannot be translated")
                return Assertion(Anchor.UNICODE_WORD_EDGE if unicode else Anchor.WORD_EDGE)
            case "B":
                return Assertion(Anchor.NOT_UNICODE_WORD_EDGE if unicode else Anchor.NOT_WORD_EDGE)
            case "R":
                return LineBreak()
            case "X":
                return Grapheme()
            case "k":
                return self._back_reference(self._referenced_name())
            case _ if letter in _DIGITS and letter != "0":
                return self._back_reference(self._referenced_number(letter))
            case _:
                return None

    def _referenced_number(self, first: str) -> int:
        """Read on while the number, with one more digit, is a group opened so far."""
        number = int(first)
        while (digit := self.reader.peek()) in _DIGITS and number * 10 + int(digit) <= self.group_count:
            number = number * 10 + int(self.reader.read())
        return number

    def _referenced_name(self) -> int:
        if self.reader.read() != "<":
            raise self.reader.error("a reference to a named group is written \\k<name>")
        name = read_group_name(self.reader)
        if name not in self.group_names:
            raise self.reader.error(f"no group is called {name!r}")
        return self.group_names[name]

    def _back_reference(self, number: int) -> Node:
        if self.reader.has(Flags.IGNORE_CASE):
            group = self._closed_groups.get(number)
            if number <= self.group_count and (group is None or may_hold_letters(group)):
                raise self.reader.error("a back reference under (?i) to letters cannot be translated exactly")
        return BackReference(number)

    def _literal(self, text: str) -> Node:
        flags = self.reader.flags
        if not flags & Flags.IGNORE_CASE:
            return Literal(text)
        if len(text) > 1 and flags & Flags.UNICODE_CASE:
            # Java compares a run by fold alone, while for one character it first asks whether that has two cases.
            return Sequence(tuple(OneOf(same_letter(ord(char))) for char in text))
        parts = tuple(OneOf(single(ord(char), flags)) for char in text)
        return parts[0] if len(parts) == 1 else Sequence(parts)

    def _line_start(self) -> Anchor:
        if not self.reader.has(Flags.MULTILINE):
            return Anchor.INPUT_START
        return Anchor.UNIX_LINE_START if self.reader.has(Flags.UNIX_LINES) else Anchor.LINE_START

    def _line_end(self) -> Anchor:
        unix = self.reader.has(Flags.UNIX_LINES)
        if self.reader.has(Flags.MULTILINE):
            return Anchor.UNIX_LINE_END if unix else Anchor.LINE_END
        return Anchor.UNIX_LAST_LINE_END if unix else Anchor.LAST_LINE_END

    def _group(self) -> Node | None:
        """Read a group with its quantifier; return None for a group that only sets flags."""
        reader = self.reader
        opening = reader.cursor
        outer_flags = reader.flags
        node: Node
        if reader.next() != "?":
            node = self._capture(None)
        else:
            kind = reader.skip()
            match kind:
                case ":":
                    node = Group(self.alternation())
                case "=":
                    node = LookAround(Around.AHEAD, self.alternation())
                case "!":
                    node = LookAround(Around.NOT_AHEAD, self.alternation())
                case ">":
                    node = Atomic(self.alternation())
                case "<":
                    node = self._named_or_behind()
                case _:
                    reader.unread()
                    read_flags(reader)
                    closing = reader.read()
                    if closing == ")":
                        return None
                    if closing != ":":
                        raise reader.error(f"unknown group or flag (?{closing}")
                    node = Group(self.alternation())
        if reader.read() != ")":
            reader.cursor = opening
            raise reader.error("a group is not closed by ')'", back=0)
        reader.flags = outer_flags
        return self._quantified(node)

    def _capture(self, name: str | None) -> Capture:
        self.group_count += 1
        number = self.group_count
        if name is not None:
            self.group_names[name] = number
        body = self.alternation()
        self._closed_groups[number] = body
        return Capture(number, body)

    def _named_or_behind(self) -> Node:
        kind = self.reader.read()
        if kind in ("=", "!"):
            return LookAround(Around.BEHIND if kind == "=" else Around.NOT_BEHIND, self.alternation())
        self.reader.unread()
        name = read_group_name(self.reader)
        if name in self.group_names:
            raise self.reader.error(f"a second group is called {name!r}")
        return self._capture(name)

    def _quantified(self, node: Node) -> Node:
        """Read a quantifier, if one follows, and apply it."""
        quantifier = read_quantifier(self.reader)
        return node if quantifier is None else Repeat(node, *quantifier)
