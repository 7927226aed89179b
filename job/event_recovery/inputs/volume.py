"""About how much a run reads and sends, where no row was tried: enough to tell an hour from a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from event_recovery.inputs.packed import packing
from event_recovery.storage.files import StoredFile

#: Bytes of a usual bad row, and of what is sent of it. Rows of a shop have 6,300 and 4,400 (tests/generator), those of
#: requests with one event less.
_ROW_BYTES: Final = 5_000
_SENT_BYTES: Final = 2_500
#: How often a packed file unpacks to its size; rows of a shop have 6.6.
_UNPACKED: Final = 6


@dataclass(frozen=True, slots=True)
class Volume:
    """What a run sends if all of its rows are recovered: records, and bytes of their data.

    :param unpacked: bytes of the rows that it reads for that
    """

    records: int
    size: int
    unpacked: int


def of_rows(rows: int) -> Volume:
    """Return about what so many rows come to."""
    return Volume(rows, rows * _SENT_BYTES, rows * _ROW_BYTES)


def of_files(files: Iterable[StoredFile]) -> Volume:
    """Return about what the rows of files come to, by the sizes of the files alone."""
    return of_rows(round(unpacked_bytes(files) / _ROW_BYTES))


def unpacked_bytes(files: Iterable[StoredFile]) -> int:
    """Return about how many bytes files have once they are unpacked, by their sizes alone."""
    return sum(file.size * (_UNPACKED if packing(file.location.name) else 1) for file in files)
