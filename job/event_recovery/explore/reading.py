"""The rows of files with their places, and the groups of whole files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from event_recovery.explore.groups import Groups, Source
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample import numbered, split_lines
from event_recovery.inputs.unpack import Damage, unpacked
from event_recovery.storage.files import Storage, StoredFile
from event_recovery.storage.locations import Local, Location

#: Told how many bytes, as they are stored, were read since the last call.
Advance = Callable[[int], None]


class SourceFile(NamedTuple):
    """A file, and its place among all files."""

    source: Source
    file: StoredFile


class PlacedRow(NamedTuple):
    """A row, and where it is."""

    source: Source
    number: int
    line: bytes


@dataclass(slots=True)
class Part:
    """What was read of some files.

    :param unread: files that could not be read to their end, with the reason and how many rows of them were read
    """

    groups: Groups = field(default_factory=Groups)
    unread: dict[str, str] = field(default_factory=dict)

    def merge(self, other: Part) -> None:
        """Add what was read of other files, which must not be used any more."""
        self.groups.merge(other.groups)
        self.unread |= other.unread


def sources(files: Iterable[StoredFile]) -> list[SourceFile]:
    """Number files and name them as a person would."""
    return [SourceFile(Source(number, name_of(file.location)), file) for number, file in enumerate(files, 1)]


def name_of(location: Location) -> str:
    """Return what a person calls a place."""
    return str(location.path) if isinstance(location, Local) else location.uri


def placed_rows(
    of: SourceFile, storage: Storage, rows: RowSelection, advance: Advance, unread: dict[str, str]
) -> Iterator[PlacedRow]:
    """Yield the rows of a file that are chosen, as far as it can be read.

    :param unread: what cannot be read is entered here
    :raises StorageError: when the file cannot be got at all
    """
    source, file = of
    count = 0
    try:
        pieces = unpacked(file.location.name, _counted(storage.chunks(file.location), advance))
        for number, line in numbered(split_lines(pieces)):
            count += 1
            if not rows or rows.against(line) is None:
                yield PlacedRow(source, number, line)
    except Damage as damage:
        unread[source.name] = f"{damage}; rows of it that were read: {count:,}"


def explore_files(
    files: Iterable[SourceFile], storage: Storage, rows: RowSelection, advance: Advance, *, holds: bool = False
) -> Part:
    """Group the rows of files, one file after the other.

    :param rows: which rows are chosen
    :param holds: whether some rows of each group are kept
    :raises StorageError: when a file cannot be got at all
    """
    part = Part(Groups(holds=holds))
    for one in files:
        for source, number, line in placed_rows(one, storage, rows, advance, part.unread):
            part.groups.add(line, source, number)
    return part


def _counted(chunks: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        advance(len(chunk))
