"""What the folders and the name of a file tell of the rows in it, as the S3 Loader and its users name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from event_recovery.contract import TYPE_NAMES

_NAME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})-([0-9]{2})([0-9]{2})([0-9]{2})-")
_DAY_OR_HOUR = re.compile(r"(?<![^/])([0-9]{4})/([0-9]{2})/([0-9]{2})(?:/([0-9]{2}))?(?=/)")
_DAY = re.compile(r"(?<![^/])date=([0-9]{4})-([0-9]{2})-([0-9]{2})(?=/)")
#: How long that lasts which so many numbers name.
_LENGTHS: Final[Mapping[int, timedelta]] = {3: timedelta(days=1), 4: timedelta(hours=1), 6: timedelta(seconds=1)}


def folder_type(path: str) -> str | None:
    """Return the bad row type that the deepest such folder is named for; None when none is.

    A folder is called by the name of the type, or by a name that ends in a dot and the name of the type.
    """
    for folder in reversed(path.split("/")[:-1]):
        name = folder.rpartition(".")[2]
        if name in TYPE_NAMES:
            return name
    return None


def written_by(path: str) -> datetime | None:
    """Return the time at which a file was complete, at the latest; None when neither its name nor a folder tells.

    Names and folders tell a second, an hour or a day: the file was complete when it was over. All are in UTC.
    """
    return min(_ends(path), default=None)


def _ends(path: str) -> Iterator[datetime]:
    told = [_NAME.match(path.rpartition("/")[2]), *_deepest(_DAY_OR_HOUR, path), *_deepest(_DAY, path)]
    for one in told:
        if one is not None:
            yield from _end([int(number) for number in one.groups() if number is not None])


def _deepest(folders: re.Pattern[str], path: str) -> list[re.Match[str]]:
    return list(folders.finditer(path))[-1:]


def _end(numbers: Sequence[int]) -> Iterator[datetime]:
    """Yield the end of the day, hour or second that is named; nothing for numbers that are no time."""
    try:
        year, month, day, hour, minute, second = (*numbers, 0, 0, 0)[:6]
        yield datetime(year, month, day, hour, minute, second, tzinfo=UTC) + _LENGTHS[len(numbers)]
    except (OverflowError, ValueError):
        return
