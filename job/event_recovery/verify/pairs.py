"""Querystrings as Enrich reads them, which is not as the engine does."""

from __future__ import annotations

import re
from binascii import a2b_qp
from typing import Final

from event_recovery.text.javatext import decode
from event_recovery.text.javauri import URIC, is_right_query, parse_uri
from event_recovery.verify.failures import NotCheckable

#: A parameter and its value; None when it has none, not even an empty one.
Pairs = list[tuple[str, str | None]]

_BASE: Final = "http://localhost/?"
#: What becomes of the signs between pairs and before values while escapes are decoded. What is in no query becomes 0.
_BETWEEN_PAIRS: Final = "\x1e"
_BEFORE_VALUE: Final = "\x1f"
_PERCENT: Final = 0x25
#: Begins the escapes of both signs.
_MAY_BE_A_SIGN: Final = "%1"
_AS_QUOTED: Final = bytes(code if chr(code) in URIC | {"%"} else 0 for code in range(256)).translate(
    bytes.maketrans(b"+&;=%", b" \x1e\x1e\x1f=")
)
_CHARSET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+:_.-]*")


class UnknownCharsetError(ValueError):
    """Java knows no character set of that name."""


def read_pairs(querystring: str | None, charset: str = "utf-8") -> Pairs:
    """Read a querystring, or a form of the same syntax.

    :param charset: a name of Python's
    :raises UriSyntaxError: when it has characters that a URI may not have
    """
    if not querystring:
        return []
    if charset == "utf-8" and querystring.isascii():
        plain = _plain_pairs(querystring)
        if plain is not None:
            return plain
    query, _, fragment = querystring.partition("#")
    if not is_right_query(query) or not is_right_query(fragment):
        query = parse_uri(_BASE + querystring).query or ""
    pairs: Pairs = []
    for piece in query.replace(";", "&").split("&"):
        name, equals, value = piece.partition("=")
        if name:
            pairs.append((_decoded(name, charset), _decoded(value, charset) if equals else None))
    return pairs


def _plain_pairs(query: str) -> Pairs | None:
    """Read a querystring of ASCII; None when it may not be right."""
    # But for their sign, the escapes of a URI are those of quoted-printable, and that is decoded at once.
    data = query.encode().translate(_AS_QUOTED)
    if 0 in data or _MAY_BE_A_SIGN in query:
        return None
    found = a2b_qp(data)
    if len(found) != len(data) - 2 * data.count(b"="):
        return None  # something that looks like an escape is none
    pairs: Pairs = []
    text = decode(found)
    place, size = 0, len(text)
    # To look for each end takes less than to split, since one value may be most of the text.
    while place < size:
        end = text.find(_BETWEEN_PAIRS, place)
        if end < 0:
            end = size
        name, equals, value = text[place:end].partition(_BEFORE_VALUE)
        if name:
            pairs.append((name, value.replace(_BEFORE_VALUE, "=") if equals else None))
        place = end + 1
    return pairs


def _decoded(text: str, charset: str) -> str:
    # The library cuts each character to its low byte.
    data = text.encode("utf-16-le", "surrogatepass")[::2].replace(b"+", b" ")
    if _PERCENT in data:
        data = a2b_qp(data.replace(b"=", b"=3D").replace(b"%", b"="))
    return decode(data) if charset == "utf-8" else data.decode(charset, "replace")


def python_charset(name: str) -> str:
    """Return Python's name of a character set of Java's.

    :raises UnknownCharsetError: when Java has none of that name
    :raises NotCheckable: when it may have one that is not read here
    """
    known = _CHARSETS.get(name.lower())
    if known is not None:
        return known
    if _CHARSET.fullmatch(name) and _MAY_BE_KNOWN.match(name):
        raise NotCheckable(f"the character set {name}")
    raise UnknownCharsetError(name)


#: Without a mark of their order Java takes the bytes of UTF-16 as big-endian.
_CHARSETS: Final = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("us-ascii", "ascii"), "ascii"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1"), "latin-1"),
    **dict.fromkeys(("utf-16", "utf-16be"), "utf-16-be"),
    "utf-16le": "utf-16-le",
}
# Families of which Java has members.
_MAY_BE_KNOWN: Final = re.compile(
    r"(?i)(x-|ibm|cp|ms|windows|iso|l[0-9]|koi|tis|cs|jis|sjis|shift|gb|big5|euc|cesu|utf|[0-9])"
)
