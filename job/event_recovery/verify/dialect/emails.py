"""E-mail addresses as the validator takes them: by their form and a list of top-level domains."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

_WORD: Final = r"""(?:(?:\\.|[^ \t\n\x0b\f\r\x00-\x1f\x7f()<>@,;:'\\".\[\]]|')+|"(?:\\"|[^"])*")"""
_LOCAL_PART: Final = re.compile(rf"[ \t\n\x0b\f\r]*{_WORD}(?:\.{_WORD})*\n?")
_LABEL: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+([a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)\.?")
_IP: Final = re.compile(r"\[(.*)\]")
_IPV4: Final = re.compile(r"(?:(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])(?:\.|$)){4}")
_BLANKS: Final = " \t\n\x0b\f\r"
_LINE_END: Final = re.compile("[\n\r\x85\u2028\u2029]")
# Before anything is made of its parts; both have tighter limits.
_LONGEST_ADDRESS: Final = 1_000
_LONGEST_LOCAL_PART: Final = 64
_LONGEST_DOMAIN: Final = 253


def is_email(text: str, *, local: bool = False) -> bool:
    """Tell whether a text is an e-mail address.

    :param local: whether a domain without a dot will do
    """
    if text.endswith("."):
        return False
    name, _, domain = text.rpartition("@")
    name, domain = name.lstrip(_BLANKS), domain.rstrip(_BLANKS)
    if len(domain) > _LONGEST_ADDRESS or len(name) > _LONGEST_ADDRESS or _LINE_END.search(name + domain):
        return False
    if len(name.encode("utf-16-be", "surrogatepass")) > 2 * _LONGEST_LOCAL_PART:
        return False
    return _LOCAL_PART.fullmatch(name) is not None and _is_domain(domain, local=local)


def _is_domain(domain: str, *, local: bool) -> bool:
    ip = _IP.fullmatch(domain)
    if ip is not None:
        return _IPV4.fullmatch(ip[1]) is not None and not ip[1].endswith(".")
    ascii_domain = _to_ascii(domain)
    if len(ascii_domain) > _LONGEST_DOMAIN:
        return False
    match = _DOMAIN.fullmatch(ascii_domain)
    if match is not None:
        return match[1].lower() in _top_level_domains()
    return local and re.fullmatch(_LABEL, ascii_domain) is not None


def _to_ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


@cache
def _top_level_domains() -> frozenset[str]:
    return frozenset(
        files("event_recovery.verify.dialect").joinpath("top_level_domains.txt").read_text("ascii").split()
    )
