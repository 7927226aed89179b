"""Rows of a group that are kept to try a mend on: a fair draw of bounded size, the same in any order of reading."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Final
from zlib import crc32

#: So many rows of a group are kept, of so many bytes together, none longer than that.
MOST_HELD: Final = 50
_MOST_BYTES: Final = 256 * 1024
_LONGEST: Final = 128 * 1024


class Held:
    """The rows of a group whose hashes are the smallest.

    The hash draws them without favour, so that parts of the rows can be counted apart and merged in any order.
    """

    __slots__ = ("_bytes", "_heap")

    def __init__(self) -> None:
        # Negative, since the largest hash has to leave first.
        self._heap: list[tuple[int, bytes]] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the rows, the smallest hash first."""
        return (line for _, line in sorted(self._heap, reverse=True))

    def add(self, line: bytes) -> None:
        """Keep a row, or not."""
        if len(line) > _LONGEST:
            return
        heap, place = self._heap, -crc32(line)
        full = len(heap) >= MOST_HELD or self._bytes + len(line) > _MOST_BYTES
        if full and heap and place < heap[0][0]:
            return
        heappush(heap, (place, line))
        self._bytes += len(line)
        while len(heap) > MOST_HELD or self._bytes > _MOST_BYTES:
            self._bytes -= len(heappop(heap)[1])

    def merge(self, other: Held) -> None:
        """Draw from the rows of both."""
        for _, line in other._heap:
            self.add(line)
