"""The lines of a part of the input, cut as Flink cuts them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from event_recovery.inputs.packed import packing
from event_recovery.inputs.unpack import unpacked
from event_recovery.run.splits import Split
from event_recovery.storage.files import StorageError
from event_recovery.storage.locations import Location

#: Reads a file as it is stored, from a byte on; raises ``StorageError``.
Chunks = Callable[[Location, int], Iterable[bytes]]

#: Seconds without a byte after which a file cannot be read.
PATIENCE: Final = 100.0
_PAUSE: Final = 1.0


def lines_of(split: Split, chunks: Chunks) -> Iterator[bytes]:
    """Yield the lines that begin in a part, without their ends, LF or CR LF; an empty line is one, too.

    :raises StorageError: when the file cannot be read
    :raises Damage: when it cannot be unpacked to its end
    """
    if packing(split.location.name):
        placed = _placed(unpacked(split.location.name, chunks(split.location, 0)), 0)
        end: float = math.inf
    else:
        # The byte before tells whether a line begins with the part.
        begin = max(split.offset - 1, 0)
        placed = _placed(chunks(split.location, begin), begin)
        end = split.offset + split.length
    for begins, line in placed:
        if begins >= end:
            return
        if begins >= split.offset:
            yield line[:-1] if line.endswith(b"\r") else line


def patient(chunks: Chunks, size: int, *, sleep: Callable[[float], None] = time.sleep) -> Chunks:
    """Return what reads on, from the byte that it had come to, when a file of that size breaks off.

    It gives up when no byte came for ``PATIENCE`` seconds.
    """

    def read(location: Location, start: int) -> Iterator[bytes]:
        came = time.monotonic()
        while start < size:
            try:
                for chunk in chunks(location, start):
                    start += len(chunk)
                    yield chunk
                    came = time.monotonic()
            except StorageError:
                if time.monotonic() - came > PATIENCE:
                    raise
                sleep(_PAUSE)
            else:
                return

    return read


def _placed(pieces: Iterable[bytes], position: int) -> Iterator[tuple[int, bytes]]:
    """Cut pieces at LF, and yield each line with the place at which it begins.

    :param position: of the first byte
    """
    begun: list[bytes] = []
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for line in ended:
            whole = b"".join((*begun, line)) if begun else line
            begun.clear()
            yield position, whole
            position += len(whole) + 1
        if rest:
            begun.append(rest)
    if begun:
        yield position, b"".join(begun)
