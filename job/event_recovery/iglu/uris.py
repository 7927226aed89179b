"""Iglu URIs: the envelope of a bad row, the keys of a recovery config, and how the two match."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

#: The vendor of every bad row's schema.
BAD_ROWS_VENDOR: Final = "com.snowplowanalytics.snowplow.badrows"

_URI: Final = re.compile(r"iglu:([a-zA-Z0-9-_.]+)/([a-zA-Z0-9-_]+)/([a-zA-Z0-9-_]+)/([0-9]*(?:-[0-9]*){2})")
_PATTERN: Final = re.compile(
    r"iglu:([a-zA-Z0-9-_.]+)/([a-zA-Z0-9-_]+)/([a-zA-Z0-9-_]+)/([0-9]+|\*)-([0-9]+|\*)-([0-9]+|\*)"
)
_PART: Final = re.compile(r"0|[1-9][0-9]*")


class SchemaUriError(ValueError):
    """A text is not a full Iglu URI.

    :param code: the client's parse error code
    """

    def __init__(self, uri: str, code: str) -> None:
        self.uri, self.code = uri, code
        reason = "Invalid Iglu URI" if code == "INVALID_IGLUURI" else "Invalid schema version"
        super().__init__(f"{reason}: {uri}, code: {code}")


class SchemaKey(NamedTuple):
    """A full Iglu URI, split."""

    vendor: str
    name: str
    format: str
    version: str

    @property
    def uri(self) -> str:
        """The URI again, as text."""
        return f"iglu:{self.vendor}/{self.name}/{self.format}/{self.version}"


# The same few URIs come with every row.
@lru_cache(maxsize=4096)
def parse_uri(uri: str) -> SchemaKey:
    """Split a full Iglu URI (model, revision and addition without leading zeros, model not 0).

    :raises SchemaUriError: with code ``INVALID_IGLUURI`` or ``INVALID_SCHEMAVER``
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise SchemaUriError(uri, "INVALID_IGLUURI")
    if not is_version(match[4]):
        raise SchemaUriError(uri, "INVALID_SCHEMAVER")
    return SchemaKey(match[1], match[2], match[3], match[4])


def is_version(text: str) -> bool:
    """Tell whether a text is a full schema version: model, revision and addition without leading zeros, model not 0."""
    parts = text.split("-")
    return len(parts) == 3 and all(map(_PART.fullmatch, parts)) and parts[0] != "0"


def is_criterion(text: str) -> bool:
    """Tell whether a text is a full Iglu URI whose version parts may be ``*``."""
    return _PATTERN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def key_matches(pattern: str, uri: str) -> bool:
    """Match a config key against an envelope URI: equal text, with ``*`` standing for any version part."""
    left, right = _PATTERN.fullmatch(pattern), _PATTERN.fullmatch(uri)
    if left is None or right is None or left.groups()[:3] != right.groups()[:3]:
        return False
    return all(a == b or "*" in (a, b) for a, b in zip(left.groups()[3:], right.groups()[3:], strict=True))
