r"""A cursor over the characters of a pattern, with ``\Q...\E`` taken apart and the white space of ``(?x)`` skipped."""

from enum import IntFlag, auto

from event_recovery.javaregex.errors import PatternError

#: What is read past the last character. Pattern characters are non-empty, so it never equals one.
END = ""

_COMMENT_SPACE = frozenset(" \t\n\x0b\f\r")
_LINE_TERMINATORS = frozenset("\n\r\x85\u2028\u2029")


class Flags(IntFlag):
    """The switches of ``(?...)``."""

    NONE = 0
    IGNORE_CASE = auto()
    MULTILINE = auto()
    DOTALL = auto()
    UNIX_LINES = auto()
    UNICODE_CASE = auto()
    COMMENTS = auto()
    UNICODE_CLASSES = auto()


class Reader:
    """The characters still to be parsed and the flags in force at the cursor."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.flags = Flags.NONE
        self.cursor = 0
        self._chars, self._origins = _unquote(pattern)

    def has(self, flag: Flags) -> bool:
        """Tell whether a flag is on at the cursor."""
        return bool(self.flags & flag)

    def at_end(self) -> bool:
        """Tell whether the cursor is behind the last character."""
        return self.cursor >= len(self._chars)

    def at(self, index: int) -> str:
        """Return the character at an absolute index, or ``END``."""
        return self._chars[index] if 0 <= index < len(self._chars) else END

    def slice(self, start: int, end: int) -> str:
        """Return the characters from ``start`` to ``end``, the latter excluded."""
        return "".join(self._chars[start:end])

    def peek(self) -> str:
        """Return the next character; skip white space and comments under ``(?x)``."""
        if self.has(Flags.COMMENTS):
            self._skip_comments()
        return self.at(self.cursor)

    def next(self) -> str:
        """Step over one character and return the one behind it; skip as ``peek`` does."""
        self.cursor += 1
        return self.peek()

    def next_escaped(self) -> str:
        """Step over one character and return the one behind it, be it white space or not."""
        self.cursor += 1
        return self.at(self.cursor)

    def read(self) -> str:
        """Return the next character and step over it; skip as ``peek`` does."""
        char = self.peek()
        self.cursor += 1
        return char

    def skip(self) -> str:
        """Return the character after the next, be it white space or not, and step over both."""
        char = self.at(self.cursor + 1)
        self.cursor += 2
        return char

    def unread(self) -> None:
        """Step back by one character."""
        self.cursor -= 1

    def error(self, reason: str, *, back: int = 1) -> PatternError:
        """Build the error for the character ``back`` places before the cursor."""
        index = max(self.cursor - back, 0)
        position = self._origins[index] if index < len(self._origins) else len(self.pattern)
        return PatternError(self.pattern, reason, position)

    def _skip_comments(self) -> None:
        terminators = "\n" if self.has(Flags.UNIX_LINES) else _LINE_TERMINATORS
        while not self.at_end():
            char = self.at(self.cursor)
            if char == "#":
                while not self.at_end() and self.at(self.cursor) not in terminators:
                    self.cursor += 1
            elif char in _COMMENT_SPACE:
                self.cursor += 1
            else:
                return


def _unquote(pattern: str) -> tuple[list[str], list[int]]:
    r"""Write every ``\Q...\E`` as single escapes, and return the characters and the place each came from.

    A quoted letter or non-ASCII character stays bare (an escaped letter would mean something else). All else is
    escaped, which keeps the white space and ``#`` of a quotation safe from ``(?x)``.
    """
    out: list[str] = []
    origins: list[int] = []

    def put(text: str, origin: int) -> None:
        out.extend(text)
        origins.extend([origin] * len(text))

    index, quoting, quote_begins = 0, False, False
    while index < len(pattern):
        char, following = pattern[index], pattern[index + 1 : index + 2]
        if not quoting:
            if char == "\\" and following == "Q":
                quoting = quote_begins = True
                index += 2
            else:
                put(pattern[index : index + 2] if char == "\\" else char, index)
                index += 2 if char == "\\" else 1
            continue
        if char == "\\" and following == "E":
            quoting = False
            index += 2
            continue
        if char.isascii() and char.isdigit() and quote_begins:
            # A digit right behind the quotation mark must not continue an octal escape or a back reference.
            put(f"\\x3{char}", index)
        elif char.isascii() and not char.isalnum():
            put(f"\\{char}", index)
        else:
            put(char, index)
        quote_begins = False
        index += 1
    return out, origins
