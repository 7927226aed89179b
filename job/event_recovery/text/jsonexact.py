"""JSON text read and printed letter by letter, as the reference does (circe's noSpaces and spaces2), however deep.

``jsontext`` comes here with what a library would read or print otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from event_recovery.text.jsonerrors import MAX_DEPTH, JsonTextError, describe_error
from event_recovery.text.numbers import Number, number_text

Json: TypeAlias = Any

# Up to fifteen digits every integer prints as it was read; "-0" would lose its sign.
_SAFE_INTEGER_LENGTH = 15


def _integer(text: str) -> int | Number:
    return int(text) if len(text) <= _SAFE_INTEGER_LENGTH and text != "-0" else Number(text)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


_exact_decode = json.JSONDecoder(parse_float=Number, parse_int=_integer, parse_constant=_no_constant).decode


def parse_exact(text: str, *, explain: bool = True) -> Json:
    """Parse strict RFC 8259 text; see ``jsontext.parse``.

    :raises JsonTextError: with the reference parser's wording, or when nesting is deeper than ``MAX_DEPTH``
    """
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


# Besides what every JSON printer escapes, circe escapes DEL and the C1 controls.
_ESCAPES = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def compact(value: Json) -> str:
    """Print without blanks; lone surrogates stay in the text."""
    return "".join(_compact(value))


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
