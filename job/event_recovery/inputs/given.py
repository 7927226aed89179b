"""What an input points at: a bucket, all below a prefix, a single object, or what fits a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from event_recovery.storage.locations import S3, Local, Location, is_read_by_flink, parse_location

_WILDCARDS = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class GivenInput:
    """An input as it was given.

    :param text: the text of the option or setting
    :param start: what is listed: this file and all below it, or, with a pattern, all whose URI begins so
    :param pattern: what the whole path or key has to match, None when everything at ``start`` is meant
    """

    text: str
    start: Location
    pattern: re.Pattern[str] | None = None

    def takes(self, location: Location) -> bool:
        """Tell whether a file is part of this input, whatever its name says."""
        if _root(location) != _root(self.start):
            return False
        path = _path(location)
        if self.pattern is not None:
            return self.pattern.fullmatch(path) is not None
        root = _path(self.start).rstrip("/")
        return not root or path == root or path.startswith(f"{root}/")

    @property
    def hidden_name(self) -> str | None:
        """The last name that was given, when Flink passes over all that has it; None when it does not."""
        name = self.start.name
        return name if self.pattern is None and name and not is_read_by_flink([name]) else None

    def names_below(self, location: Location) -> tuple[str, ...]:
        """Return the names of a file's path below what was named."""
        root = _path(self.start).rstrip("/")
        # With a pattern the folder that is listed may end in the middle of a name.
        root = root if self.pattern is None else root.rpartition("/")[0]
        below = _path(location).removeprefix(root).strip("/")
        return tuple(below.split("/")) if below else (location.name,)


def parse_input(text: str) -> GivenInput:
    """Read the text of an input.

    ``*`` and ``?`` stand for characters of one name, ``**`` for any number of folders. A pattern that fits a folder
    takes all below it.

    :raises LocationError: for a scheme that is not supported
    """
    location = parse_location(text)
    path = _path(location)
    wildcard = _WILDCARDS.search(path)
    if wildcard is None:
        return GivenInput(text, location)
    literal = path[: wildcard.start()]
    start: Location
    if isinstance(location, S3):
        start = S3(location.bucket, literal)
    else:
        start = Local(location.path.__class__(literal.rpartition("/")[0] or "/"))
    return GivenInput(text, start, re.compile(f"{''.join(_translated(path))}(?:/.*)?", re.DOTALL))


def _root(location: Location) -> str | None:
    """Return the bucket, None for this machine's disk."""
    return location.bucket if isinstance(location, S3) else None


def _path(location: Location) -> str:
    return location.key if isinstance(location, S3) else str(location.path.absolute())


def _translated(pattern: str) -> Iterator[str]:
    """Translate a pattern part by part."""
    parts = pattern.split("/")
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if part == "**":
            yield ".*" if last else "(?:[^/]+/)*"
        else:
            yield re.sub(r"\\\*|\\\?", lambda sign: "[^/]*" if sign[0] == r"\*" else "[^/]", re.escape(part))
            yield "" if last else "/"
