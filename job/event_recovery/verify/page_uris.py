"""Page and referrer URLs: whether Enrich can read them, and their parts."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from event_recovery.text.javauri import JavaUri, UriSyntaxError, parse_uri
from event_recovery.verify.pairs import read_pairs

_PARTS: Final = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_ESCAPE: Final = re.compile("%(?![0-9a-fA-F]{2})")
#: What may stand in each part beside letters, digits and escapes.
_IN_PATH: Final = "%/-_.!~*'()@&=+$,;"
_IN_QUERY: Final = _IN_PATH + ":?[]"


class UnreadableUriError(ValueError):
    """A text is no URL, not even a mended one; the message is Enrich's."""


def read_page_uri(text: str) -> tuple[JavaUri, str]:
    """Read a URL as Java does, and if that fails as the more lenient library does; return it with the text it becomes.

    :raises UnreadableUriError: when both fail
    """
    try:
        blanks_escaped = text.replace(" ", "%20")
        return parse_uri(blanks_escaped), blanks_escaped
    except UriSyntaxError as error:
        try:
            mended = _mended(text)
            return parse_uri(mended), mended
        except UriSyntaxError as second:
            raise UnreadableUriError(
                f"Provided URI [{text}] could not be parsed, neither by Java parsing (error: [{error}]) "
                f"nor by Scala parsing (error: [{second}])."
            ) from second


def _mended(text: str) -> str:
    """Escape what the lenient library escapes: everything but the authority."""
    match = _PARTS.fullmatch(text)
    scheme, authority, path, query, fragment = match.groups() if match else (None, None, text, None, None)
    allowed = _IN_PATH if scheme is None else _IN_PATH + ":"
    pieces = ["" if scheme is None else f"{scheme}:", "" if authority is None else f"//{authority}"]
    pieces.append(_escaped(path, allowed))
    pieces.append("" if query is None else f"?{_escaped(query, _IN_QUERY)}")
    pieces.append("" if fragment is None else f"#{_escaped(fragment, _IN_QUERY)}")
    return "".join(pieces)


def _escaped(text: str, allowed: str) -> str:
    return quote(_ESCAPE.sub("%25", text), safe=allowed, errors="replace")


def uri_fields(uri: JavaUri, prefix: str) -> dict[str, str]:
    """Return the fields that the parts of a URL fill, each name behind a prefix."""
    parts = (
        ("urlscheme", uri.scheme),
        ("urlhost", uri.host),
        ("urlpath", uri.path),
        ("urlquery", uri.query),
        ("urlfragment", uri.fragment),
    )
    return {f"{prefix}_{name}": value for name, value in parts if value}


def cross_domain(uri: JavaUri) -> str | None:
    """Return the value of ``_sp``, which another page has put into a URL."""
    if not uri.query or "_sp" not in uri.query:
        return None
    try:
        return dict(read_pairs(uri.query)).get("_sp")
    except UriSyntaxError:
        return None
