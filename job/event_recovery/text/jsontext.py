"""JSON text: parsing that keeps number text, and the compact printer of the reference (circe's noSpaces).

JSON values are ``None``, ``bool``, ``str``, ``list``, ``dict`` and numbers. Numbers are ``int`` or ``float`` when
Python prints exactly the text that was read, and ``Number`` otherwise. Almost all text is read and printed by a library
in C; what that would not do as the reference does is left to ``jsonexact``.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson
from msgspec.json import Decoder
from mypy_extensions import i64

from event_recovery._compiled import COMPILED
from event_recovery.text import javatext
from event_recovery.text.jsonerrors import MAX_DEPTH, JsonTextError
from event_recovery.text.jsonexact import Json, compact, parse_exact
from event_recovery.text.numbers import Number

__all__ = ["MAX_DEPTH", "Json", "JsonTextError", "no_spaces", "no_spaces_utf8", "parse", "parse_utf8"]

_NOT_READ: Final[Any] = object()


def parse(text: str, *, explain: bool = True) -> Json:
    """Parse strict RFC 8259 text.

    :param explain: whether the parser's wording is needed; finding it takes a second a megabyte
    :raises JsonTextError: with the reference parser's wording, or when nesting is deeper than ``MAX_DEPTH``
    """
    try:
        value = _quickly(text.encode())
    except UnicodeEncodeError:
        value = _NOT_READ
    return parse_exact(text, explain=explain) if value is _NOT_READ else value


def parse_utf8(data: bytes, *, explain: bool = True) -> Json:
    """Parse the text that bytes hold, as the JVM decodes them; see ``parse``."""
    value = _quickly(data)
    return parse_exact(javatext.decode(data), explain=explain) if value is _NOT_READ else value


def _quickly(data: bytes) -> Json:
    """Parse with a library, if that keeps the text of all numbers."""
    try:
        value = orjson.loads(data)
        # To look at all numbers is quicker than to print the whole once compiled, and slower before.
        if (COMPILED and _keeps_numbers(value, data)) or orjson.dumps(value) == data:
            return value
        value = _with_fractions(data)
        return value if _keeps_numbers(value, data) else _NOT_READ
    except (ValueError, TypeError):  # not JSON, or nested deeper than orjson prints
        return _NOT_READ


# Reads numbers with a fraction or an exponent as their text.
_with_fractions: Final = Decoder(float_hook=Number).decode


def _keeps_numbers(value: Json, data: bytes) -> bool:
    numbers = _numbers(value, 0)
    return numbers == _PLAIN or (numbers == _ZEROS and not _has_minus_zero(data))


# What numbers a document has, as bits: only such as print as they were read; zeros, of which one may have been read
# with a sign; others.
_PLAIN: Final = 0
_ZEROS: Final = 1
_OTHERS: Final = 2

# Beyond 64 bits an integer is read as another kind of number; compiled, those below this are compared most quickly.
_SHORT_INTEGER: Final = 10**18
# Less than orjson prints.
_MOST_LEVELS: Final = 200


def _numbers(node: Json, level: i64) -> i64:
    """Tell what numbers a document has; one that is nested deeply counts as one with others."""
    kind = type(node)
    if kind is str:
        return _PLAIN
    found: i64 = _PLAIN
    if kind is dict or kind is list:
        if level > _MOST_LEVELS:
            return _OTHERS
        if kind is dict:
            members: dict[str, Any] = node
            for child in members.values():
                found |= _numbers(child, level + 1)
        else:
            elements: list[Any] = node
            for child in elements:
                found |= _numbers(child, level + 1)
    elif kind is int:
        number: int = node
        if number == 0:
            return _ZEROS
        if not -_SHORT_INTEGER < number < _SHORT_INTEGER:
            return _OTHERS
    elif kind is float:
        return _OTHERS
    return found


# What may stand before a number, but for the beginning of the text.
_BEFORE_NUMBERS: Final = b":,[ \t\r\n"


def _has_minus_zero(data: bytes) -> bool:
    """Tell whether JSON text has a zero with a sign, or a text with what looks like one."""
    place = data.find(b"-0")
    while place >= 0:
        if place == 0 or data[place - 1] in _BEFORE_NUMBERS:
            return True
        place = data.find(b"-0", place + 1)
    return False


# circe escapes DEL and the C1 controls, which other JSON printers leave. Both bytes are numbers, because Python finds
# out that bytes are none by raising an error, which takes longer than to look through a kilobyte.
_DELETE: Final = 0x7F
_BEFORE_C1: Final = 0xC2
_C1_CONTROL: Final = re.compile(rb"\xc2[\x80-\x9f]")  # as UTF-8


def _fragment(value: object) -> orjson.Fragment:
    if type(value) is Number:
        return orjson.Fragment(value.text)
    raise TypeError(type(value).__name__)


def no_spaces(value: Json) -> str:
    """Print compact JSON text; lone surrogates stay in the text."""
    data = _printed(value)
    return compact(value) if data is None else data.decode()


def no_spaces_utf8(value: Json) -> bytes:
    """Print compact JSON text, in the bytes that the JVM encodes it in."""
    data = _printed(value)
    return javatext.encode(compact(value)) if data is None else data


def _printed(value: Json) -> bytes | None:
    """Print with a library, unless it prints otherwise than circe or not at all."""
    try:
        data = orjson.dumps(value, default=_fragment, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:  # lone surrogates, integers beyond 64 bits, nesting beyond orjson's own limit
        return None
    return None if _DELETE in data or (_BEFORE_C1 in data and _C1_CONTROL.search(data)) else data
