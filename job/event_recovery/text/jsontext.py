"""JSON text: parsing that keeps number text, and the compact printer of the reference (circe's noSpaces).

JSON values are ``None``, ``bool``, ``str``, ``list``, ``dict`` and numbers. Numbers are ``int`` or ``float`` when
Python prints exactly the text that was read, and ``Number`` otherwise. Almost all text is read and printed by a library
in C; what that would not do as the reference does is left to ``jsonexact``.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import orjson

from event_recovery.text import javatext
from event_recovery.text.jsonerrors import MAX_DEPTH, JsonTextError
from event_recovery.text.jsonexact import compact, parse_exact
from event_recovery.text.numbers import Number

__all__ = ["MAX_DEPTH", "Json", "JsonTextError", "no_spaces", "no_spaces_utf8", "parse", "parse_utf8"]

Json: TypeAlias = Any

_NOT_CANONICAL: Final[Any] = object()


def parse(text: str, *, explain: bool = True) -> Json:
    """Parse strict RFC 8259 text.

    :param explain: whether the parser's wording is needed; finding it takes a second a megabyte
    :raises JsonTextError: with the reference parser's wording, or when nesting is deeper than ``MAX_DEPTH``
    """
    try:
        value = _canonical(text.encode())
    except UnicodeEncodeError:
        value = _NOT_CANONICAL
    return parse_exact(text, explain=explain) if value is _NOT_CANONICAL else value


def parse_utf8(data: bytes, *, explain: bool = True) -> Json:
    """Parse the text that bytes hold, as the JVM decodes them; see ``parse``."""
    value = _canonical(data)
    return parse_exact(javatext.decode(data), explain=explain) if value is _NOT_CANONICAL else value


def _canonical(data: bytes) -> Json:
    """Parse text that comes back letter for letter: it has only numbers whose Python value keeps their text."""
    try:
        value = orjson.loads(data)
        return value if orjson.dumps(value) == data else _NOT_CANONICAL
    except (ValueError, TypeError):  # not JSON, or nested deeper than orjson prints
        return _NOT_CANONICAL


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
