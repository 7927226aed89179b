"""The parts of the input: files, cut where they may be cut, as the lines that ``ListedSplits.java`` reads, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus, unquote_plus

from event_recovery.inputs.packed import packing
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import Location, parse_location

#: As large as what Flink takes for a block of S3, so that several tasks share a large file.
SPLIT_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a file. A line belongs to the part that it begins in.

    :param offset: where it begins, in bytes
    :param length: in bytes
    :param size: of the whole file
    """

    location: Location
    offset: int
    length: int
    size: int


def split_lines(files: Iterable[StoredFile], most_bytes: int = SPLIT_BYTES) -> Iterator[bytes]:
    """Yield a line for each part of each file: offset, length, size of the file and its URI, parted by tabs.

    A packed file is one part. The URI is in the form of a URL's query, so that it holds neither tab nor line end.

    :param most_bytes: of a part that is not packed
    """
    for file in files:
        length = file.size if packing(file.location.name) else most_bytes
        uri = quote_plus(file.location.uri, safe="/:")
        for offset in range(0, file.size, max(length, 1)):
            yield f"{offset}\t{min(length, file.size - offset)}\t{file.size}\t{uri}\n".encode()


def read_splits(content: bytes) -> list[Split]:
    """Read what ``split_lines`` wrote.

    :raises ValueError: when it is something else
    """
    splits = []
    for line in content.decode().splitlines():
        offset, length, size, uri = line.split("\t")
        splits.append(Split(parse_location(unquote_plus(uri)), int(offset), int(length), int(size)))
    return splits
