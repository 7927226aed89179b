"""Records on disk: one append-only file per shard, nothing per record in memory.

A record's place is its byte offset, and sequence numbers carry that offset, so that no index is needed: memory stays
flat whatever a stream holds. A record is a header (own offset, arrival time, sizes), its partition key and its data.
"""

from __future__ import annotations

import hashlib
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<QQHI")  # own offset, arrival (ms since the epoch), bytes of key, bytes of data
_READ_AHEAD = 1 << 20
_DIGEST_BYTES = 16
_DIGEST_MODULUS = 1 << (8 * _DIGEST_BYTES)


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record; ``offset`` is where it begins in its shard's file, ``arrival_ms`` counts from the epoch."""

    offset: int
    arrival_ms: int
    partition_key: str
    data: bytes


def record_hash(data: bytes) -> int:
    """Return the 128-bit hash of one record's data; a stream's digest is the sum of these."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest(), "big")


def multiset_digest(payloads: Iterable[bytes]) -> str:
    """Return a digest that tells apart collections of payloads by content and multiplicity, not by order."""
    return format_digest(sum(map(record_hash, payloads)))


def format_digest(total: int) -> str:
    """Return a sum of record hashes as 32 hexadecimal digits."""
    return f"{total % _DIGEST_MODULUS:0{2 * _DIGEST_BYTES}x}"


class ShardLog:
    """The append-only file of one shard. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.data_bytes = 0
        self.digest = 0  # sum of the record hashes
        self.end = 0  # bytes written: where the next record begins
        self._seconds: list[int] = []  # one mark per second with arrivals, for reading from a time on
        self._marks: list[int] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def append(self, entries: Sequence[tuple[bytes, bytes]], arrival_ms: int) -> list[int]:
        """Write (key, data) entries and return their offsets; all are readable on return, or OSError and none is."""
        offsets: list[int] = []
        chunks: list[bytes] = []
        at = self.end
        for key, data in entries:
            offsets.append(at)
            chunks += (_HEADER.pack(at, arrival_ms, len(key), len(data)), key, data)
            at += _HEADER.size + len(key) + len(data)
        block = memoryview(b"".join(chunks))
        try:
            while block:
                block = block[os.write(self._file, block) :]
        except OSError:
            os.ftruncate(self._file, self.end)
            os.lseek(self._file, self.end, os.SEEK_SET)
            raise
        if not self._seconds or arrival_ms // 1000 > self._seconds[-1]:
            self._seconds.append(arrival_ms // 1000)
            self._marks.append(self.end)
        self.end = at
        self.records += len(entries)
        for _, data in entries:
            self.data_bytes += len(data)
            self.digest += record_hash(data)
        self.digest %= _DIGEST_MODULUS
        return offsets

    def read(self, offset: int, *, limit: int, max_bytes: int) -> tuple[list[Record], int]:
        """Return up to ``limit`` records from ``offset`` on and the offset after them.

        At least one record comes back when there is one; more only while their data stays within ``max_bytes``.
        """
        found: list[Record] = []
        size = 0
        while offset < self.end and len(found) < limit:
            record, following = self._read_one(offset)
            size += len(record.data)
            if found and size > max_bytes:
                break
            found.append(record)
            offset = following
        return found, offset

    def arrival_of(self, offset: int) -> int | None:
        """Return when the record at ``offset`` arrived (ms since the epoch); None at the end of the log."""
        return None if offset >= self.end else int(self._header(offset)[1])

    def following(self, offset: int) -> int:
        """Return the offset after the record at ``offset``; ValueError when no record begins there."""
        if not 0 <= offset < self.end or offset != (header := self._header(offset))[0]:
            raise ValueError(f"no record begins at byte {offset} of {self.path.name}")
        return offset + _HEADER.size + int(header[2]) + int(header[3])

    def offset_at_time(self, arrival_ms: float) -> int:
        """Return the offset of the first record that arrived at that time (ms since the epoch) or later."""
        mark = bisect_left(self._seconds, arrival_ms // 1000)
        offset = self._marks[mark] if mark < len(self._marks) else self.end
        while (arrival := self.arrival_of(offset)) is not None and arrival < arrival_ms:
            offset = self.following(offset)
        return offset

    def close(self) -> None:
        """Close the file; what is in it stays."""
        os.close(self._file)

    def _header(self, offset: int) -> tuple[int, ...]:
        return _HEADER.unpack(os.pread(self._file, _HEADER.size, offset))

    def _read_one(self, offset: int) -> tuple[Record, int]:
        _, arrival_ms, key_size, data_size = self._header(offset)
        start = offset + _HEADER.size
        body = os.pread(self._file, key_size + data_size, start)
        record = Record(offset, arrival_ms, body[:key_size].decode(), body[key_size:])
        return record, start + len(body)


def read_log(path: Path) -> Iterator[Record]:
    """Read a shard's file from the start, also while a server still appends to it, without holding it in memory."""
    with path.open("rb", buffering=_READ_AHEAD) as log:
        while len(header := log.read(_HEADER.size)) == _HEADER.size:
            offset, arrival_ms, key_size, data_size = _HEADER.unpack(header)
            body = log.read(key_size + data_size)
            if len(body) < key_size + data_size:
                return  # being written just now
            yield Record(offset, arrival_ms, body[:key_size].decode(), body[key_size:])
