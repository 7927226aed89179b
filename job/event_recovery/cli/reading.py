"""Rows of the files that were found, one after the other or a sample of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Final, TypeVar

from event_recovery.cli.advice import with_advice
from event_recovery.cli.console import UNUSABLE, stop, warn
from event_recovery.cli.inputs import Found, Wanted
from event_recovery.cli.unpack import Damage, unpacked
from event_recovery.inputs.rows import RowSelection
from event_recovery.storage.files import Storage, StorageError, StoredFile
from event_recovery.storage.locations import S3, Location

File = TypeVar("File")
#: Told how many bytes, as they are stored, were read since the last call.
Advance = Callable[[int], None]

# Opening a file of S3 takes as long as reading hundreds of rows.
_LEAST_OF_A_FILE: Final = 10


def read_rows(wanted: Wanted, found: Found, storage: Storage, advance: Advance) -> Iterator[bytes]:
    """Yield every line that is chosen and not blank, without its line end; of a sample, as many as are wanted.

    A file that cannot be read to its end is told, and the next one is read; the command ends when one cannot be got
    at all.
    """
    rows = wanted.selection.rows

    def rows_of(file: StoredFile) -> Iterator[bytes]:
        return _chosen(file_rows(file, storage, advance), rows)

    if found.standard_input:
        yield from _chosen(_not_blank(sys.stdin.buffer), rows)
    if wanted.sample is None:
        for file in found.files:
            yield from rows_of(file)
    else:
        yield from sampled(sorted(found.files, key=_place_in_sample), wanted.sample, rows_of)


def file_rows(file: StoredFile, storage: Storage, advance: Advance) -> Iterator[bytes]:
    """Yield the rows of one file as far as it can be read."""
    count = 0
    try:
        pieces = unpacked(file.location.name, _counted(storage.chunks(file.location), advance))
        for line in _not_blank(split_lines(pieces)):
            yield line
            count += 1
    except Damage as damage:
        # The row that is cut off is one of them, as in the job.
        warn(f"{_name(file.location)} cannot be read to its end: {damage}; rows of it that were read: {count:,}")
    except StorageError as error:
        stop(with_advice(error), UNUSABLE)


def split_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut pieces of a file at the ends of its lines.

    :raises Damage: that of the pieces, after the line that it cuts off
    """
    begun: list[bytes] = []
    damage = None
    try:
        for piece in pieces:
            *ended, rest = piece.split(b"\n")
            for line in ended:
                yield b"".join((*begun, line))
                begun.clear()
            begun.append(rest)
    except Damage as error:
        damage = error
    yield b"".join(begun)
    if damage is not None:
        raise damage


def sampled(files: Iterable[File], wanted: int, rows_of: Callable[[File], Iterator[bytes]]) -> Iterator[bytes]:
    """Yield so many rows of files: the first ones of each, about as many of each, and of few no less than ten.

    Where files hold less than their share, the others are read further in another round.
    """
    taken: Counter[File] = Counter()
    left = list(files)
    while left and wanted:
        share = max(-(-wanted // len(left)), _LEAST_OF_A_FILE)
        more: list[File] = []
        for file in left:
            goal = taken[file] + min(share, wanted)
            for row in islice(rows_of(file), taken[file], goal):
                yield row
                taken[file] += 1
                wanted -= 1
            if not wanted:
                return
            if taken[file] == goal:
                more.append(file)
        left = more


def _place_in_sample(file: StoredFile) -> bytes:
    """Return what files are ordered by: for each the same on every run, whatever others there are."""
    return blake2b(file.location.identity.encode(errors="surrogateescape")).digest()


def _not_blank(lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        row = line.rstrip(b"\r\n")
        if row.strip():
            yield row


def _chosen(lines: Iterator[bytes], rows: RowSelection) -> Iterator[bytes]:
    return (line for line in lines if rows.against(line) is None) if rows else lines


def _counted(chunks: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        advance(len(chunk))


def _name(location: Location) -> str:
    return location.uri if isinstance(location, S3) else str(location.path)
