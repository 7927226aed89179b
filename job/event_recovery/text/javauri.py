"""Uniform resource identifiers as ``java.net.URI`` parses them, with its words for what is wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

_ALPHA: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_DIGIT: Final = frozenset("0123456789")
_ALPHANUM: Final = _ALPHA | _DIGIT
_SCHEME: Final = _ALPHANUM | set("+-.")
_UNRESERVED: Final = _ALPHANUM | set("-_.!~*'()")
#: What may stand in a query, escapes and what is not ASCII aside.
URIC: Final = _UNRESERVED | set(";/?:@&=+$,[]")
_PATH: Final = _UNRESERVED | set(":@&=+$,;/")
_USER_INFO: Final = _UNRESERVED | set(";:&=+$,")
_REGISTRY: Final = _UNRESERVED | set("$,;:@&=+")
_SERVER: Final = _USER_INFO | set(".:@[]%")
_SCOPE: Final = _ALPHANUM | set("_.")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_HIGHEST_PORT: Final = 2**31 - 1
#: Not allowed though not ASCII: space characters, and the controls up to U+009F.
_WIDE_SPACES: Final = "\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_REFUSED: Final = re.compile(f"[\x80-\xa0{_WIDE_SPACES}]")
_IPV4: Final = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_OTHERS: Final = f"[^\x00-\xa0{_WIDE_SPACES}]"
_RIGHT: Final = {
    what: re.compile(rf"(?:[{re.escape(''.join(sorted(allowed)))}]++|%[0-9a-fA-F]{{2}}|{_OTHERS}++)*+")
    for what, allowed in (("path", _PATH), ("query", URIC), ("fragment", URIC))
}


_LABEL: Final = "[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
_PLAIN_HOST: Final = re.compile(rf"(?:{_LABEL}\.)*+(?<![^.])[A-Za-z][A-Za-z0-9]*+(?:-++[A-Za-z0-9]++)*+")
_NOT_IN_PLAIN: Final = re.escape("".join(char for char in map(chr, range(0xA1)) if char not in _PATH | {"%"}))
_IN_PLAIN: Final = f"[^{_NOT_IN_PLAIN}{_WIDE_SPACES}]*+"
#: What most URLs look like, whose parts can be taken as they stand: with a name as the host and no port.
_PLAIN: Final = re.compile(rf"(https?)://([A-Za-z0-9.-]++)((?:/{_IN_PLAIN})?)(?:\?({_IN_PLAIN}))?(?:#({_IN_PLAIN}))?")
_WRONG_ESCAPE: Final = re.compile("%(?![0-9a-fA-F]{2})")


class UriSyntaxError(ValueError):
    """A text is no URI; the message is Java's."""

    def __init__(self, reason: str, position: int, text: str) -> None:
        super().__init__(f"{reason} at index {position}: {text}")


class JavaUri(NamedTuple):
    """The parts of a URI as they were written; ``None`` for one that is not there. A registry authority has no host."""

    scheme: str | None = None
    host: str | None = None
    path: str | None = None
    query: str | None = None
    fragment: str | None = None


def parse_uri(text: str) -> JavaUri:
    """Parse a URI.

    :raises UriSyntaxError: with Java's words
    """
    plain = _PLAIN.fullmatch(text)
    if plain is None or ("%" in text and _WRONG_ESCAPE.search(text)):
        return _Parser(text).parse()
    scheme, host, path, query, fragment = plain.groups()
    if not _is_plain_host(host):
        return _Parser(text).parse()
    return JavaUri(scheme, host, path, query, fragment)


# The pages of a site have the same host.
@lru_cache(maxsize=1024)
def _is_plain_host(host: str) -> bool:
    return _PLAIN_HOST.fullmatch(host) is not None


def is_right_query(text: str) -> bool:
    """Tell whether a text may stand as the query of a URI, or as its fragment."""
    return _RIGHT["query"].fullmatch(text) is not None


class _Parser:
    """One pass over a text, by the same steps as Java's, since they decide which fault is named."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)

    def fail(self, reason: str, position: int) -> UriSyntaxError:
        # Java counts in halves of surrogate pairs.
        pairs = sum(char > "\uffff" for char in self.text[:position])
        return UriSyntaxError(reason, position + pairs, self.text)

    def parse(self) -> JavaUri:
        scheme = host = path = query = fragment = None
        position = self.stop_at(0, "/?#:")
        if self.at(position) == ":":
            if position == 0:
                raise self.fail("Expected scheme name", 0)
            if self.text[0] not in _ALPHA:
                raise self.fail("Illegal character in scheme name", 0)
            self.check(1, position, _SCHEME, "scheme name", escapes=False)
            scheme = self.text[:position]
            position += 1
            if self.at(position) == "/":
                host, path, query, position = self.hierarchical(position)
            else:
                end = self.stop_at(position, "#")
                if end <= position:
                    raise self.fail("Expected scheme-specific part", position)
                self.check(position, end, URIC, "opaque part")
                position = end
        else:
            host, path, query, position = self.hierarchical(0)
        if self.at(position) == "#":
            self.check_part(position + 1, self.size, "fragment")
            fragment = self.text[position + 1 :]
        return JavaUri(scheme, host, path, query, fragment)

    def hierarchical(self, position: int) -> tuple[str | None, str, str | None, int]:
        host = query = None
        if self.text.startswith("//", position):
            position += 2
            end = self.stop_at(position, "/?#")
            if end > position:
                host = self.authority(position, end)
                position = end
            elif end >= self.size:
                raise self.fail("Expected authority", position)
        end = self.stop_at(position, "?#")
        self.check_part(position, end, "path")
        path, position = self.text[position:end], end
        if self.at(position) == "?":
            end = self.stop_at(position, "#")
            self.check_part(position + 1, end, "query")
            query, position = self.text[position + 1 : end], end
        return host, path, query, position

    def authority(self, start: int, end: int) -> str | None:
        is_server = self.scan(start, end, _SERVER) == end
        is_registry = self.scan(start, end, _REGISTRY) == end
        if not is_server:
            if not is_registry:
                raise self.fail("Illegal character in authority", start)
            return None
        try:
            return self.server(start, end)
        except UriSyntaxError:
            if not is_registry:
                raise
            return None

    def server(self, start: int, end: int) -> str:
        position = start
        at = self.text.find("@", position, end)
        if at >= 0:
            self.check(position, at, _USER_INFO, "user info")
            position = at + 1
        if self.at(position) == "[":
            host_end = self.bracketed(position + 1, end)
        elif (address := _IPV4.match(self.text, position, end)) and self.is_address(address, end):
            host_end = address.end()
        else:
            host_end = self.hostname(position, end)
        host = self.text[position:host_end]
        self.port(host_end, end)
        return host

    def is_address(self, match: re.Match[str], end: int) -> bool:
        fits = all(int(part) <= 255 for part in match[0].split("."))
        return fits and (match.end() == end or self.text[match.end()] == ":")

    def bracketed(self, start: int, end: int) -> int:
        close = self.text.find("]", start, end)
        if close <= start:
            raise self.fail("Expected closing bracket for IPv6 address", end if close < 0 else close)
        address, percent, _ = self.text[start:close].partition("%")
        if percent:
            scope = start + len(address) + 1
            if scope == close:
                raise self.fail("Expected scope id", scope)
            self.check(scope, close, _SCOPE, "scope id", escapes=False)
        try:
            IPv6Address(address)
        except AddressValueError:
            raise self.fail("Malformed IPv6 address", start) from None
        return close + 1

    def hostname(self, start: int, end: int) -> int:
        position, label = start, -1
        while position < end:
            after = self.scan(position, end, _ALPHANUM, escapes=False)
            if after <= position:
                break
            label = position
            position = self.scan(after, end, _ALPHANUM | {"-"}, escapes=False)
            if self.text[position - 1] == "-":
                raise self.fail("Illegal character in hostname", position - 1)
            if position >= end or self.text[position] != ".":
                break
            position += 1
        if position < end and self.text[position] != ":":
            raise self.fail("Illegal character in hostname", position)
        if label < 0:
            raise self.fail("Expected hostname", start)
        if label > start and self.text[label] not in _ALPHA:
            raise self.fail("Illegal character in hostname", label)
        return position

    def port(self, position: int, end: int) -> None:
        if position < end and self.text[position] == ":":
            position += 1
            if position < end:
                self.check(position, end, _DIGIT, "port number", escapes=False)
                if int(self.text[position:end][:20]) > _HIGHEST_PORT:
                    raise self.fail("Malformed port number", position)
                position = end
        if position < end:
            raise self.fail("Expected port number", position)

    def at(self, position: int) -> str:
        return self.text[position] if position < self.size else ""

    def stop_at(self, position: int, stops: str) -> int:
        found = (self.text.find(stop, position) for stop in stops)
        return min((place for place in found if place >= 0), default=self.size)

    def check_part(self, start: int, end: int, what: str) -> None:
        """Check a part that may be long: what is right of it is passed over at once."""
        right = _RIGHT[what].match(self.text, start, end)
        self.check(right.end() if right else start, end, _PATH if what == "path" else URIC, what)

    def check(self, start: int, end: int, allowed: frozenset[str], what: str, *, escapes: bool = True) -> None:
        position = self.scan(start, end, allowed, escapes=escapes)
        if position < end:
            raise self.fail(f"Illegal character in {what}", position)

    def scan(self, position: int, end: int, allowed: frozenset[str], *, escapes: bool = True) -> int:
        """Return where something stands that is not allowed. An escape may stand for any character."""
        while position < end:
            char = self.text[position]
            if char in allowed:
                position += 1
            elif escapes and char == "%":
                if position + 3 > end or not _HEX.issuperset(self.text[position + 1 : position + 3]):
                    raise self.fail("Malformed escape pair", position)
                position += 3
            elif escapes and char > "\x80" and not _REFUSED.match(char):
                position += 1
            else:
                break
        return position
