"""Compressed input that ends too early or is damaged.

Flink fails a job over such a file, however often it tries, and rows before the damage would be lost with it; or it
takes the damage for the end, and nobody knows of the rows behind it. So every such file is read once before the job
begins, and a damaged one is given to the job as a copy of what can be read of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

_GZIP = 16 + zlib.MAX_WBITS
#: Bytes of a piece at most: so few that the processor still has them at hand when they are counted or cut into lines.
PIECE_BYTES: Final = 256 * 1024
_NO_MEMBER = "what follows its last whole part is not gzip"


class GzipDamage(Exception):  # noqa: N818 - about a file, nothing in the program is wrong
    """A file cannot be read further; the text says why."""


def inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack a file of one or more gzip members, in pieces of ``PIECE_BYTES`` at most.

    Zeros may fill up a file behind its last member. Anything else there is damage, because it may be rows: Java just
    ignores it.

    :raises GzipDamage: after all that can be read
    """
    member, begun, members, padded = zlib.decompressobj(_GZIP), False, 0, False
    for chunk in chunks:
        data = chunk
        while data:
            if members and not begun:
                behind = data.lstrip(b"\0")
                padded = padded or len(behind) < len(data)
                if not behind:
                    break
                if padded:
                    raise GzipDamage(_NO_MEMBER)
            begun = True
            try:
                piece = member.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                raise GzipDamage(_NO_MEMBER if members and "header" in str(error) else _reason(error)) from error
            if piece:
                yield piece
            if member.eof:
                data = member.unused_data
                member, begun, members = zlib.decompressobj(_GZIP), False, members + 1
            else:
                data = member.unconsumed_tail
    if begun:
        if piece := member.flush():
            yield piece
        raise GzipDamage("it ends before its data does")
    if not members:
        raise GzipDamage("it is empty")


def _reason(error: zlib.error) -> str:
    return "it is not a gzip file" if "header" in str(error) else f"it is damaged: {error}"
