"""Pairs as a form-encoded querystring, the way the reference puts them into a collector payload.

There are two ways to the same bytes. Compiled, values are copied byte by byte. Plain Python would need many times as
long for that, so there each kind of unsafe byte costs one pass over all values instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from librt.base64 import b64decode
from librt.strings import BytesWriter, read_i16_be, write_i16_be
from mypy_extensions import i64, u8

from event_recovery._compiled import COMPILED
from event_recovery.badrows.structs import Pair
from event_recovery.text.javatext import encode

_SAFE: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_"


def encode_pairs(pairs: list[Pair]) -> bytes:
    """Join ``name=value`` pairs with ``&``: names as they are, values form-encoded, null as empty."""
    return written(pairs) if COMPILED else joined(pairs)


# What a byte of a value begins with: itself, the plus sign of a blank, or the percent sign of an escape.
_BEGINS: Final = bytes(code if code in _SAFE else b"+"[0] if code == b" "[0] else b"%"[0] for code in range(256))
_HEX: Final = b"".join(b"%02X" % code for code in range(256))
# Numbers, and each by itself, since that is what compiles to constants.
_PERCENT: Final = 0x25
_AND: Final = 0x26
_EQUALS: Final = 0x3D
# Values that are longer than this are often base64, which C tells and escapes more quickly: in these two ways, of
# which each is the quicker one for lengths of its own.
_LONG: Final = 64
_LONGER: Final = 256
_LONGEST: Final = 1_500


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
            data = encode(value)
            if len(data) <= _LONG or not _write_base64(out, data):
                _write_bytes(out, data)
    return out.getvalue()


def _write_bytes(out: BytesWriter, data: bytes) -> None:
    begins = _BEGINS
    size: i64 = len(data)
    place: i64 = 0
    # One branch a byte, and none for how long a run is: those of a document in JSON are short, and hard to foretell.
    while place < size:
        code = i64(data[place])
        byte: u8 = begins[code]
        out.append(byte)
        if byte == _PERCENT:
            write_i16_be(out, read_i16_be(_HEX, 2 * code))
        place += 1


def _write_base64(out: BytesWriter, data: bytes) -> bool:
    """Write a text that is base64, of either alphabet, padded or not; of some that is, it does not know."""
    letters = data.rstrip(b"=")
    if len(data) < _LONGEST and letters.isalnum():  # as base64 of ASCII almost always is
        out.write(letters)
        out.write(b"%3D" * (len(data) - len(letters)))
        return True
    if len(data) <= _LONGER or not _is_base64(data):
        return False
    for byte, escape in _OF_BASE64:
        data = data.replace(byte, escape)
    out.write(data)
    return True


def _is_base64(data: bytes) -> bool:
    if _BEGINS[data[0]] != data[0]:
        return False  # a document, most likely
    data = data.replace(b"-", b"+").replace(b"_", b"/")
    data += b"=" * (-len(data) % 4)
    padding = 0 if not data.endswith(b"=") else 2 if data.endswith(b"==") else 1
    try:
        # What is not base64 is skipped, and then there is less than in so many letters.
        return len(b64decode(data)) == len(data) // 4 * 3 - padding
    except (ValueError, RuntimeError):
        return False


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
