"""Querystrings as the collector payload of a bad row holds them, read into pairs."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_plus

from librt.strings import BytesWriter
from mypy_extensions import i64, u8

from event_recovery._compiled import COMPILED
from event_recovery.badrows.structs import Pair
from event_recovery.text import javatext


def read_pairs(querystring: str, *, intact: bool) -> list[Pair]:
    """Read a querystring; every pair is kept, in order.

    :param intact: whether it has no characters that should have been escaped; then the value of ``a=`` is null, as that
        of ``a`` is, and otherwise it is empty
    """
    pairs = []
    begin, size = 0, len(querystring)
    # Only names and values are cut out, since Python copies a text that is not ASCII a character at a time.
    while begin < size:
        end = querystring.find("&", begin)
        if end < 0:
            end = size
        equals = querystring.find("=", begin, end)
        if equals >= 0:
            value = querystring[equals + 1 : end]
            null = intact and not value and equals > begin
            pairs.append(Pair(querystring[begin:equals], None if null else decode_form(value)))
        elif end > begin:
            pairs.append(Pair(querystring[begin:end]))
        begin = end + 1
    return pairs


def decode_form(value: str) -> str:
    """Decode ``+`` and percent escapes; a malformed escape stays as it is, malformed UTF-8 becomes U+FFFD."""
    if "%" not in value and "+" not in value:
        return value
    if COMPILED:
        return javatext.decode(read_escaped(value.encode()))
    return unquote_plus(value, errors=javatext.AS_JAVA)


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
    """Decode byte by byte, which is the fast way once compiled."""
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
