"""Querystrings: form-encoding pairs as the collector payload wants them, and reading the ones it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

Pairs: TypeAlias = "list[dict[str, Any]]"

_SAFE = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_"
# A byte that UTF-8 never uses keeps the values apart while they are encoded together.
_SEPARATOR = b"\xff"
_LEAVE = _SAFE + _SEPARATOR
_ASCII = bytes(range(128))


def _escape_of(code: int) -> tuple[bytes, bytes]:
    return bytes((code,)), b"%%%02X" % code


# The percent sign comes first, because every escape brings one in; the blank comes after the plus sign it becomes.
_ASCII_ESCAPES = (
    *(_escape_of(code) for code in (*b"%+", *(set(_ASCII) - set(_SAFE + b"%+ ")))),
    (b" ", b"+"),
)
_HIGH_ESCAPES = dict(_escape_of(code) for code in range(128, 256))


def encode_pairs(pairs: Pairs) -> bytes:
    """Join ``name=value`` pairs with ``&``: names as they are, values form-encoded, null as empty."""
    if not pairs:
        return b""
    try:
        names = [pair["name"].encode() for pair in pairs]
        values = [(pair["value"] or "").encode() for pair in pairs]
    except UnicodeEncodeError:
        names = [pair["name"].encode("utf-8", "replace") for pair in pairs]
        values = [(pair["value"] or "").encode("utf-8", "replace") for pair in pairs]
    encoded = _escape(_SEPARATOR.join(values)).split(_SEPARATOR)
    return b"&".join([name + b"=" + value for name, value in zip(names, encoded, strict=True)])


def _escape(data: bytes) -> bytes:
    """Escape all values at once, with one pass in C for each distinct unsafe byte."""
    unsafe = data.translate(None, _LEAVE)
    for byte, escape in _ASCII_ESCAPES:
        if byte in unsafe:
            data = data.replace(byte, escape)
    if not unsafe.isascii():
        for code in set(unsafe.translate(None, _ASCII)):
            byte = bytes((code,))
            data = data.replace(byte, _HIGH_ESCAPES[byte])
    return data


def read_plain(querystring: str | None) -> Pairs:
    """Read an intact querystring: split at the first ``=``; ``a`` and ``a=`` have a null value."""
    pairs = []
    for piece in _pieces(querystring):
        name, equals, value = piece.partition("=")
        pairs.append(_pair(name, decode_form(value) if value or (equals and not name) else None))
    return pairs


def read_unclean(querystring: str) -> Pairs:
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
    return unquote_plus(value)
