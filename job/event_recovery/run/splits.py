"""What Flink is given to read: files, cut where they may be cut, as the lines that ``ListedSplits.java`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote_plus

from event_recovery.inputs.packed import packing
from event_recovery.storage.files import StoredFile

#: As large as what Flink takes for a block of S3, so that several tasks share a large file.
SPLIT_BYTES: Final = 32 * 1024 * 1024


def split_lines(files: Iterable[StoredFile]) -> Iterator[bytes]:
    """Yield a line for each part of each file: offset, length, size of the file and its URI, parted by tabs.

    A packed file is one part. The URI is in the form of a URL's query, so that it holds neither tab nor line end.
    """
    for file in files:
        length = file.size if packing(file.location.name) else SPLIT_BYTES
        uri = quote_plus(file.location.uri, safe="/:")
        for offset in range(0, file.size, max(length, 1)):
            yield f"{offset}\t{min(length, file.size - offset)}\t{file.size}\t{uri}\n".encode()
