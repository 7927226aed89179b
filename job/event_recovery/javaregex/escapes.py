r"""The escapes after a backslash: single characters, predefined classes and ``\p{...}``."""

import unicodedata

from event_recovery.javaregex import properties
from event_recovery.javaregex.charset import LAST_CODE_POINT, CharSet, negate
from event_recovery.javaregex.properties import property_named
from event_recovery.javaregex.reader import END, Flags, Reader

_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")

_CONTROLS = {"a": "\a", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def character_class(letter: str, flags: Flags) -> CharSet | None:
    r"""Look up a predefined class by the letter of its escape (``d`` for ``\d``); None for any other letter."""
    unicode = bool(flags & Flags.UNICODE_CLASSES)
    match letter.lower():
        case "d":
            positive: CharSet = properties.UNICODE_DIGIT if unicode else properties.DIGIT
        case "w":
            positive = properties.UNICODE_WORD if unicode else properties.WORD
        case "s":
            positive = properties.UNICODE_SPACE if unicode else properties.SPACE
        case "h":
            positive = properties.HORIZONTAL_SPACE
        case "v":
            positive = properties.VERTICAL_SPACE
        case _:
            return None
    return negate(positive) if letter.isupper() else positive


def read_character(reader: Reader, char: str) -> str:
    """Read the rest of an escape that stands for one character.

    :param char: what stands behind the backslash, already read
    """
    if char in _CONTROLS:
        return _CONTROLS[char]
    match char:
        case "0":
            return _octal(reader)
        case "x":
            return _hexadecimal(reader)
        case "u":
            return _utf16(reader)
        case "c":
            if reader.at_end():
                raise reader.error("a control escape needs a character")
            return chr(ord(reader.read()) ^ 64)
        case "N":
            return _named(reader)
        case _:
            if char == END:
                raise reader.error("a backslash at the end escapes nothing")
            if char.isascii() and char.isalnum():
                raise reader.error(f"unknown escape \\{char}")
            return char


def read_property(reader: Reader, letter: str) -> CharSet:
    r"""Read the name after ``\p`` or ``\P`` with its braces.

    :param letter: ``p`` or ``P``, under the cursor
    """
    if reader.next() == "{":
        start = reader.cursor + 1
        while reader.cursor < start or reader.at(reader.cursor) != "}":
            if reader.at_end():
                raise reader.error("a property is not closed by '}'")
            reader.cursor += 1
        name = reader.slice(start, reader.cursor)
    else:
        name = reader.at(reader.cursor)
    reader.cursor += 1
    found = property_named(name, ignore_case=reader.has(Flags.IGNORE_CASE), unicode=reader.has(Flags.UNICODE_CLASSES))
    if found is None:
        raise reader.error(f"unknown character property {name!r}")
    return negate(found) if letter == "P" else found


def _octal(reader: Reader) -> str:
    digits = ""
    while len(digits) < 3 and reader.peek() in _OCTAL:
        if len(digits) == 2 and digits[0] > "3":
            break
        digits += reader.read()
    if not digits:
        raise reader.error("an octal escape needs digits from 0 to 7", back=0)
    return chr(int(digits, 8))


def _hexadecimal(reader: Reader) -> str:
    if reader.peek() == "{":
        reader.read()
        digits = ""
        while reader.peek() in _HEX:
            digits += reader.read()
        if not digits or reader.read() != "}":
            raise reader.error("a hexadecimal escape is written \\x{h...h}")
        if int(digits, 16) > LAST_CODE_POINT:
            raise reader.error("a hexadecimal escape is beyond the last code point")
        return chr(int(digits, 16))
    return chr(_hex_digits(reader, 2))


def _utf16(reader: Reader) -> str:
    unit = _hex_digits(reader, 4)
    if 0xD800 <= unit <= 0xDBFF:
        behind = reader.cursor
        if reader.read() == "\\" and reader.read() == "u":
            low = _hex_digits(reader, 4)
            if 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        reader.cursor = behind
    return chr(unit)


def _hex_digits(reader: Reader, count: int) -> int:
    digits = ""
    for _ in range(count):
        digit = reader.read()
        if digit not in _HEX:
            raise reader.error(f"a hexadecimal escape needs {count} digits")
        digits += digit
    return int(digits, 16)


def _named(reader: Reader) -> str:
    if reader.read() != "{":
        raise reader.error("a character name is written \\N{name}")
    start = reader.cursor
    while reader.at(reader.cursor) != "}":
        if reader.at_end():
            raise reader.error("a character name is not closed by '}'")
        reader.cursor += 1
    name = reader.slice(start, reader.cursor)
    reader.cursor += 1
    try:
        return unicodedata.lookup(name.strip())
    except KeyError:
        raise reader.error(f"unknown character name {name!r}") from None
