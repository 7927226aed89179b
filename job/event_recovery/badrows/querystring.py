"""Querystrings as the collector payload of a bad row holds them, read into pairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import unquote_plus

from librt.strings import BytesWriter
from mypy_extensions import i64, u8

from event_recovery._compiled import COMPILED
from event_recovery.text.javatext import AS_JAVA


def read_plain(querystring: str | None) -> list[dict[str, Any]]:
    """Read an intact querystring: split at the first ``=``; ``a`` and ``a=`` have a null value."""
    pairs = []
    for piece in _pieces(querystring):
        name, equals, value = piece.partition("=")
        pairs.append(_pair(name, decode_form(value) if value or (equals and not name) else None))
    return pairs


def read_unclean(querystring: str) -> list[dict[str, Any]]:
    """Read a querystring with characters that should have been escaped; every pair is kept, in order."""
    pairs = []
    for piece in _pieces(querystring):
        name, equals, value = piece.partition("=")
        pairs.append(_pair(name, decode_form(value) if equals else None))
    return pairs


def _pieces(querystring: str | None) -> Iterable[str]:
    return filter(None, (querystring or "").split("&"))


def _pair(name: str, value: str | None) -> dict[str, Any]:
    return {"name": name, "value": value}


def decode_form(value: str) -> str:
    """Decode ``+`` and percent escapes; a malformed escape stays as it is, malformed UTF-8 becomes U+FFFD."""
    if "%" not in value and "+" not in value:
        return value
    if COMPILED and value.isascii():
        return read_escaped(value.encode()).decode("utf-8", AS_JAVA)
    return unquote_plus(value, errors=AS_JAVA)


_HEX_DIGITS: Final = b"0123456789abcdef"
_NO_DIGIT: Final = 16
_DIGITS: Final = bytes(
    _HEX_DIGITS.index(char) if (char := chr(code).lower().encode()) in _HEX_DIGITS else _NO_DIGIT for code in range(256)
)
# Numbers, and each by itself, since that is what compiles to constants.
_BLANK: Final = 0x20
_PERCENT: Final = 0x25
_PLUS: Final = 0x2B


def read_escaped(data: bytes) -> bytes:
    """Decode ASCII text byte by byte, which is the fast way once compiled."""
    out = BytesWriter()
    size: i64 = len(data)
    place: i64 = 0
    while place < size:
        code: u8 = data[place]
        if code == _PERCENT and place + 2 < size:
            high: u8 = _DIGITS[i64(data[place + 1])]
            low: u8 = _DIGITS[i64(data[place + 2])]
            if high != _NO_DIGIT and low != _NO_DIGIT:
                out.append(high * 16 + low)
                place += 3
                continue
        out.append(_BLANK if code == _PLUS else code)
        place += 1
    return out.getvalue()
