"""Why a text is not JSON, in the words of the reference's parser, because those words surface in bad rows."""

from __future__ import annotations

import re

#: Deeper values are refused: printing and walking are recursive, and no event nests anywhere near this.
MAX_DEPTH = 400

_CONTEXT = 6
_SIMPLE_ESCAPES = '"/\\bfnrt'
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
_HEX = frozenset("0123456789abcdefABCDEF")


class JsonTextError(ValueError):
    """A text is not JSON; the message is the parser's."""


class _Exhausted(Exception):  # noqa: N818 - control flow, not an error that leaves this module
    pass


def describe_error(text: str) -> str:
    """Return the message for a text that a strict parser has refused."""
    try:
        _Scanner(text).document()
    except _Exhausted:
        return "exhausted input"
    except JsonTextError as error:
        return str(error)
    return "not JSON"


class _Scanner:
    """A validating scan that stops at the same character, with the same words, as the reference's parser."""

    def __init__(self, text: str) -> None:
        self.text = text

    def at(self, position: int) -> str:
        if position >= len(self.text):
            raise _Exhausted
        return self.text[position]

    def fail(self, position: int, message: str, shown: int = _CONTEXT) -> JsonTextError:
        line = self.text.count("\n", 0, position) + 1
        column = position - self.text.rfind("\n", 0, position)
        got = self.text[position : position + shown]
        if position + shown < len(self.text):
            got += "..."
        return JsonTextError(f"{message} got '{got}' (line {line}, column {column})")

    def document(self) -> None:
        position = self.value(self.blanks(0))
        position = self.blanks(position, at_end=True)
        if position < len(self.text):
            raise self.fail(position, "expected whitespace or eof")

    def blanks(self, position: int, *, at_end: bool = False) -> int:
        while True:
            if at_end and position >= len(self.text):
                return position
            if self.at(position) not in " \t\r\n":
                return position
            position += 1

    def value(self, position: int) -> int:
        """Scan one value with an explicit stack, so that nesting cannot overflow ours."""
        open_brackets: list[str] = []
        while True:
            position, opened = self.item(position, open_brackets)
            if opened:
                continue
            while open_brackets:
                position = self.blanks(position)
                closer = "]" if open_brackets[-1] == "[" else "}"
                char = self.at(position)
                if char == closer:
                    open_brackets.pop()
                    position += 1
                    continue
                if char != ",":
                    raise self.fail(position, f"expected {closer} or ,")
                position = self.blanks(position + 1)
                if closer == "}":
                    position = self.key(position)
                break
            else:
                return position

    def item(self, position: int, open_brackets: list[str]) -> tuple[int, bool]:
        """Scan a scalar, or open a container; return the next position and whether a nested value comes next there."""
        char = self.at(position)
        if char not in "[{":
            return self.scalar(position, char), False
        position = self.blanks(position + 1)
        if self.at(position) == ("]" if char == "[" else "}"):
            return position + 1, False
        open_brackets.append(char)
        return (self.key(position) if char == "{" else position), True

    def key(self, position: int) -> int:
        if self.at(position) != '"':
            raise self.fail(position, 'expected "')
        position = self.blanks(self.string(position + 1))
        if self.at(position) != ":":
            raise self.fail(position, "expected :")
        return self.blanks(position + 1)

    def scalar(self, position: int, char: str) -> int:
        if char == '"':
            return self.string(position + 1)
        if char == "-" or "0" <= char <= "9":
            return self.number(position)
        for word in ("true", "false", "null"):
            if char == word[0]:
                return self.word(position, word)
        raise self.fail(position, "expected json value")

    def word(self, position: int, word: str) -> int:
        for offset, letter in enumerate(word):
            if self.at(position + offset) != letter:
                raise self.fail(position, f"expected {word}")
        return position + len(word)

    def number(self, start: int) -> int:
        position = start + 1 if self.at(start) == "-" else start
        position = position + 1 if self.at(position) == "0" else self.digits(start, position)
        if self.peek(position) == ".":
            position = self.digits(start, position + 1)
        if self.peek(position) in ("e", "E"):
            position += 1
            if self.at(position) in "+-":
                position += 1
            position = self.digits(start, position)
        return position

    def peek(self, position: int) -> str:
        return self.text[position : position + 1]

    def digits(self, start: int, position: int) -> int:
        if not "0" <= self.at(position) <= "9":
            raise self.fail(start, "expected digit")
        while "0" <= self.peek(position) <= "9":
            position += 1
        return position

    def string(self, position: int) -> int:
        while True:
            plain = _PLAIN.match(self.text, position)
            position = plain.end() if plain else position
            char = self.at(position)
            if char == '"':
                return position + 1
            if char < " ":
                raise self.fail(position, f"control char ({ord(char)}) in string", 1)
            position = self.escape(position)

    def escape(self, position: int) -> int:
        char = self.at(position + 1)
        if char == "u":
            self.at(position + 5)
            if not _HEX.issuperset(self.text[position + 2 : position + 6]):
                raise self.fail(position + 2, "expected valid unicode escape")
            return position + 6
        if char not in _SIMPLE_ESCAPES:
            raise self.fail(position, f"illegal escape sequence (\\{char})", 1)
        return position + 2
