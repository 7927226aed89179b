"""Pairs as a form-encoded querystring, the way the reference puts them into a collector payload.

There are two ways to the same bytes. Compiled, values are copied byte by byte. Plain Python would need many times as
long for that, so there each kind of unsafe byte costs one pass over all values instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from librt.base64 import b64decode
from librt.strings import BytesWriter
from mypy_extensions import i64, u8

from event_recovery._compiled import COMPILED
from event_recovery.badrows.structs import Pair
from event_recovery.text.javatext import encode

_SAFE: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_"


def encode_pairs(pairs: list[Pair]) -> bytes:
    """Join ``name=value`` pairs with ``&``: names as they are, values form-encoded, null as empty."""
    return written(pairs) if COMPILED else joined(pairs)


_IS_SAFE: Final = bytes(code in _SAFE for code in range(256))
_HEX: Final = b"0123456789ABCDEF"
# Numbers, and each by itself, since that is what compiles to constants.
_BLANK: Final = 0x20
_PERCENT: Final = 0x25
_AND: Final = 0x26
_PLUS: Final = 0x2B
_EQUALS: Final = 0x3D
# Values that are longer than this are mostly base64, which C escapes more quickly.
_LONG: Final = 256
# Runs of safe bytes that are longer than this are copied at once.
_SHORT: Final = 8


def written(pairs: list[Pair]) -> bytes:
    """Encode byte by byte."""
    out = BytesWriter()
    for pair in pairs:
        if len(out):
            out.append(_AND)
        out.write(encode(pair.name))
        out.append(_EQUALS)
        value: str | None = pair.value
        if value:
            _write_value(out, encode(value))
    return out.getvalue()


def _write_value(out: BytesWriter, data: bytes) -> None:
    is_safe = _IS_SAFE
    size: i64 = len(data)
    start: i64 = 0
    if size > _LONG and _is_base64(data):
        for byte, escape in _OF_BASE64:
            data = data.replace(byte, escape)
        out.write(data)
        return
    while start < size:
        end: i64 = start
        while end < size and is_safe[i64(data[end])] == 1:
            end += 1
        if end - start > _SHORT:
            out.write(data[start:end])
        else:
            while start < end:
                out.append(data[start])
                start += 1
        if end < size:
            _write_unsafe(out, data[end])
        start = end + 1


def _is_base64(data: bytes) -> bool:
    """Tell whether a text is base64 of either alphabet, padded or not; of some that is, it does not know."""
    if not _IS_SAFE[data[0]]:
        return False  # a document, most likely
    data = data.replace(b"-", b"+").replace(b"_", b"/")
    data += b"=" * (-len(data) % 4)
    padding = 0 if not data.endswith(b"=") else 2 if data.endswith(b"==") else 1
    try:
        # What is not base64 is skipped, and then there is less than in so many letters.
        return len(b64decode(data)) == len(data) // 4 * 3 - padding
    except (ValueError, RuntimeError):
        return False


def _write_unsafe(out: BytesWriter, code: u8) -> None:
    if code == _BLANK:
        out.append(_PLUS)
    else:
        out.append(_PERCENT)
        out.append(_HEX[i64(code >> 4)])
        out.append(_HEX[i64(code & 15)])


# Keeps the values apart while they are encoded together.
_SEPARATOR: Final = b"\0"


def _escapes(codes: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((bytes((code,)), b"%%%02X" % code) for code in codes)


# Escaped whether they occur or not, since looking first costs as much. The percent sign comes before the others,
# because every escape brings one in, and the blank after the plus sign it becomes.
_COMMON: Final = (*_escapes(b'%+":,/{}[]=&?#;@'), (b" ", b"+"))
_OF_BASE64: Final = _escapes(b"+/=")
_ESCAPES: Final = dict(enumerate(_escapes(bytes(range(256)))))
_LEAVE: Final = _SAFE + _SEPARATOR + b"".join(byte for byte, _ in _COMMON)


def joined(pairs: list[Pair]) -> bytes:
    """Encode all values together, byte value by byte value."""
    try:
        return _joined(pairs, str.encode)
    except UnicodeEncodeError:
        return _joined(pairs, encode)


def _joined(pairs: list[Pair], encode: Callable[[str], bytes]) -> bytes:
    texts = [encode(pair.value or "") for pair in pairs]
    values = _escape(_SEPARATOR.join(texts)).split(_SEPARATOR)
    if len(values) != len(pairs):
        values = [_escape(text).replace(_SEPARATOR, b"%00") for text in texts]
    parts = [b""] * (2 * len(pairs))
    parts[::2] = [b"&%b=" % encode(pair.name) for pair in pairs]
    parts[1::2] = values
    return b"".join(parts)[1:]


def _escape(data: bytes) -> bytes:
    """Escape all values at once, with one pass in C for each unsafe byte."""
    rare = data.translate(None, _LEAVE)
    for byte, escape in _COMMON:
        data = data.replace(byte, escape)
    if rare:
        for code in set(rare):
            byte, escape = _ESCAPES[code]
            data = data.replace(byte, escape)
    return data
