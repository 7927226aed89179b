"""Packed files, read as Flink reads them."""

from __future__ import annotations

from bz2 import BZ2Decompressor
from collections.abc import Iterable, Iterator

from event_recovery.inputs.gzip_input import PIECE_BYTES, GzipDamage, inflate
from event_recovery.inputs.packed import packing


class Damage(Exception):  # noqa: N818 - about a file, nothing in the program is wrong
    """A file cannot be read further; the text says why."""


def unpacked(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack a file by the end of its name, in pieces of ``PIECE_BYTES`` at most.

    :param chunks: the file as it is stored
    :raises Damage: after all that can be read
    """
    if packing(name) == "gzip":
        try:
            yield from inflate(chunks)
        except GzipDamage as damage:
            raise Damage(str(damage)) from damage
    elif packing(name) == "bzip2":
        yield from _bunzip(chunks)
    else:
        yield from chunks


def _bunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack the first stream of a file. Flink ends there and tells nobody, so more of them count as damage."""
    stream, begun = BZ2Decompressor(), False
    for chunk in chunks:
        data = chunk
        while not stream.eof and (data or not stream.needs_input):
            try:
                piece = stream.decompress(data, PIECE_BYTES)
            except OSError as error:
                raise Damage("it is damaged" if begun else "it is not a bzip2 file") from error
            data = b""
            if piece:
                begun = True
                yield piece
        if stream.eof and (data or stream.unused_data):
            raise Damage("behind its first bzip2 stream there is more, which Flink does not read")
    if not stream.eof:
        raise Damage("it ends before its data does")
