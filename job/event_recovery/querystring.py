"""Querystrings: form-encoding pairs as the collector payload wants them, and reading the ones it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

from event_recovery.javatext import AS_JAVA
from event_recovery.thrift import utf8

Pairs: TypeAlias = "list[dict[str, Any]]"

_SAFE = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_"
# Keeps the values apart while they are encoded together.
_SEPARATOR = b"\0"


def _escapes(codes: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((bytes((code,)), b"%%%02X" % code) for code in codes)


# Escaped whether they occur or not, since looking first costs as much. The percent sign comes before the others,
# because every escape brings one in, and the blank after the plus sign it becomes.
_COMMON = (*_escapes(b'%+":,/{}[]=&?#;@'), (b" ", b"+"))
_ESCAPES = dict(enumerate(_escapes(bytes(range(256)))))
_LEAVE = _SAFE + _SEPARATOR + b"".join(byte for byte, _ in _COMMON)


def encode_pairs(pairs: Pairs) -> bytes:
    """Join ``name=value`` pairs with ``&``: names as they are, values form-encoded, null as empty."""
    try:
        return _joined(pairs, str.encode)
    except UnicodeEncodeError:
        return _joined(pairs, utf8)


def _joined(pairs: Pairs, encode: Callable[[str], bytes]) -> bytes:
    texts = [encode(pair["value"] or "") for pair in pairs]
    values = _escape(_SEPARATOR.join(texts)).split(_SEPARATOR)
    if len(values) != len(pairs):
        values = [_escape(text).replace(_SEPARATOR, b"%00") for text in texts]
    parts = [b""] * (2 * len(pairs))
    parts[::2] = [b"&%b=" % encode(pair["name"]) for pair in pairs]
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
    return unquote_plus(value, errors=AS_JAVA) if "%" in value or "+" in value else value
