"""JSON text: parsing that keeps number text, and the two printers of the reference (circe's noSpaces and spaces2).

JSON values are ``None``, ``bool``, ``str``, ``list``, ``dict`` and numbers. Numbers are ``int`` or ``float`` when
Python prints exactly the text that was read, and ``Number`` otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from event_recovery.text import javatext
from event_recovery.text.jsonerrors import MAX_DEPTH, JsonTextError, describe_error
from event_recovery.text.numbers import Number, number_text

__all__ = ["MAX_DEPTH", "JsonTextError", "no_spaces", "no_spaces_utf8", "parse", "parse_utf8", "pretty"]

Json = Any

# Up to fifteen digits every integer prints as it was read; "-0" would lose its sign.
_SAFE_INTEGER_LENGTH = 15


def _integer(text: str) -> int | Number:
    return int(text) if len(text) <= _SAFE_INTEGER_LENGTH and text != "-0" else Number(text)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


_exact_decode = json.JSONDecoder(parse_float=Number, parse_int=_integer, parse_constant=_no_constant).decode


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


_NOT_CANONICAL: Any = object()


def _canonical(data: bytes) -> Json:
    """Parse text that comes back letter for letter: it has only numbers whose Python value keeps their text."""
    try:
        value = orjson.loads(data)
        return value if orjson.dumps(value) == data else _NOT_CANONICAL
    except (ValueError, TypeError):  # not JSON, or nested deeper than orjson prints
        return _NOT_CANONICAL


def parse_exact(text: str, *, explain: bool = True) -> Json:
    """Parse without the short cut for canonical text; see ``parse``."""
    try:
        value = _exact_decode(text)
    except RecursionError:
        raise JsonTextError(f"nesting deeper than {MAX_DEPTH} levels") from None
    except ValueError:
        raise JsonTextError(describe_error(text) if explain else "not JSON") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise JsonTextError(f"nesting deeper than {MAX_DEPTH} levels")
    return value


def _deeper_than(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: Json) -> Iterator[Json]:
    if type(node) is dict:
        return iter(node.values())
    return iter(node if type(node) is list else ())


# Besides what every JSON printer escapes, circe escapes DEL and the C1 controls. Both bytes are numbers, because
# Python finds out that bytes are none by raising an error, which takes longer than to look through a kilobyte.
_DELETE, _BEFORE_C1, _C1_CONTROL = 0x7F, 0xC2, re.compile(rb"\xc2[\x80-\x9f]")  # as UTF-8
_ESCAPES = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _fragment(value: object) -> orjson.Fragment:
    if type(value) is Number:
        return orjson.Fragment(value.text)
    raise TypeError(type(value).__name__)


def no_spaces(value: Json) -> str:
    """Print compact JSON text; lone surrogates stay in the text."""
    data = _printed(value)
    return "".join(_compact(value)) if data is None else data.decode()


def no_spaces_utf8(value: Json) -> bytes:
    """Print compact JSON text, in the bytes that the JVM encodes it in."""
    data = _printed(value)
    return javatext.encode("".join(_compact(value))) if data is None else data


def _printed(value: Json) -> bytes | None:
    """Print with a library, unless it prints otherwise than circe or not at all."""
    try:
        data = orjson.dumps(value, default=_fragment, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:  # lone surrogates, integers beyond 64 bits, nesting beyond orjson's own limit
        return None
    return None if _DELETE in data or (_BEFORE_C1 in data and _C1_CONTROL.search(data)) else data


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT.get(char) or f"\\u{ord(char):04x}"


def _quoted(text: str) -> str:
    return f'"{_ESCAPES.sub(_escape, text)}"'


def _scalar(value: Json) -> str:
    if type(value) is str:
        return _quoted(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    return number_text(value)


def _compact(value: Json) -> Iterator[str]:
    if type(value) is dict:
        separator = "{"
        for key, child in value.items():
            yield f"{separator}{_quoted(key)}:"
            yield from _compact(child)
            separator = ","
        yield "}" if value else "{}"
    elif type(value) is list:
        separator = "["
        for child in value:
            yield separator
            yield from _compact(child)
            separator = ","
        yield "]" if value else "[]"
    else:
        yield _scalar(value)


def pretty(value: Json) -> str:
    """Print with two-space indents in circe's ``spaces2`` layout."""
    return "".join(_spaced(value, ""))


def _spaced(value: Json, indent: str) -> Iterator[str]:
    inner = f"{indent}  "
    if type(value) is dict:
        if not value:
            yield f"{{\n{inner}\n{indent}}}"
            return
        separator = "{\n"
        for key, child in value.items():
            yield f"{separator}{inner}{_quoted(key)} : "
            yield from _spaced(child, inner)
            separator = ",\n"
        yield f"\n{indent}}}"
    elif type(value) is list:
        if not value:
            yield f"[\n{indent}]"
            return
        separator = "[\n"
        for child in value:
            yield f"{separator}{inner}"
            yield from _spaced(child, inner)
            separator = ",\n"
        yield f"\n{indent}]"
    else:
        yield _scalar(value)
