"""The rows of files, one a line, and samples of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Final, TypeVar

from event_recovery.inputs.unpack import Damage
from event_recovery.storage.files import StoredFile

File = TypeVar("File")
Row = TypeVar("Row")

# Opening a file of S3 takes as long as reading hundreds of rows.
_LEAST_OF_A_FILE: Final = 10


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


def sampled(files: Iterable[File], wanted: int, rows_of: Callable[[File], Iterator[Row]]) -> Iterator[Row]:
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


def spread(files: Iterable[StoredFile]) -> list[StoredFile]:
    """Order files for a sample: one of each folder, then another of each, in an order that is the same on every run.

    Loaders part rows by type or by time, so a folder is what rows have in common.
    """
    folders: dict[str, list[StoredFile]] = {}
    for file in sorted(files, key=_place):
        folders.setdefault(file.location.parent.uri, []).append(file)
    ranked = ((rank, place, file) for place, of in enumerate(folders.values()) for rank, file in enumerate(of))
    return [file for _, _, file in sorted(ranked, key=lambda one: one[:2])]


def _place(file: StoredFile) -> bytes:
    """Return what files are ordered by: for each the same on every run, whatever others there are."""
    return blake2b(file.location.identity.encode(errors="surrogateescape")).digest()


def not_blank(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the rows among lines, without their line ends."""
    for line in lines:
        row = line.rstrip(b"\r\n")
        if row.strip():
            yield row


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the rows among lines as ``not_blank`` does, each with the number of its line, from 1 on."""
    for number, line in enumerate(lines, 1):
        row = line.rstrip(b"\r\n")
        if row.strip():
            yield number, row
