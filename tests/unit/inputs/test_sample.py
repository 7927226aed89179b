"""Rows of files: unpacked as Flink does it, cut into lines, as a whole or as a sample."""

from __future__ import annotations

import bz2
import gzip
import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest
from event_recovery.inputs.sample import sampled, split_lines
from event_recovery.inputs.unpack import Damage, unpacked

pytestmark = pytest.mark.unit

ROWS = [os.urandom(200).hex().encode() for _ in range(500)]
TEXT = b"\n".join(ROWS) + b"\n"


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("rows", TEXT),
        ("rows.GZ", TEXT),
        ("rows.gz", gzip.compress(TEXT)),
        ("rows.gzip", gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:])),
        ("rows.bz2", bz2.compress(TEXT)),
    ],
)
def test_files_are_unpacked_whatever_the_pieces(name: str, stored: bytes, size: int) -> None:
    assert [line for line in split_lines(unpacked(name, chunks(stored, size))) if line] == ROWS


def test_what_unpacks_to_much_comes_in_pieces() -> None:
    pieces = [len(piece) for piece in unpacked("a.bz2", [bz2.compress(b"\n" * 50_000_000)])]
    assert sum(pieces) == 50_000_000
    assert max(pieces) <= 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("name", "stored", "reason", "read"),
    [
        ("a.gz", gzip.compress(TEXT)[:-2000], "it ends before its data does", None),
        ("a.gz", TEXT, "it is not a gzip file", 0),
        ("a.bz2", TEXT, "it is not a bzip2 file", 0),
        ("a.bz2", bz2.compress(TEXT)[:-2000], "it ends before its data does", None),
        ("a.bz2", bz2.compress(TEXT) * 2, "behind its first bzip2 stream there is more", 500),
        ("a.bz2", bz2.compress(TEXT) + b"x", "behind its first bzip2 stream there is more", 500),
    ],
)
@pytest.mark.parametrize("size", [100, 1 << 20])
def test_damage_is_told_after_all_that_can_be_read(
    name: str, stored: bytes, reason: str, read: int | None, size: int
) -> None:
    lines: list[bytes] = []
    with pytest.raises(Damage, match=reason):
        lines.extend(filter(None, split_lines(unpacked(name, chunks(stored, size)))))
    assert b"\n".join(lines) == TEXT[: len(b"\n".join(lines))]
    if read is not None:
        assert len(lines) == read


class Shelf:
    """Files as numbers of rows; it counts how many rows are taken out of each."""

    def __init__(self, **sizes: int) -> None:
        self.sizes, self.read = sizes, Counter[str]()

    def rows_of(self, name: str) -> Iterator[bytes]:
        for number in range(self.sizes[name]):
            self.read[name] += 1
            yield f"{name}{number}".encode()

    def sample(self, wanted: int) -> list[str]:
        return [row.decode() for row in sampled(self.sizes, wanted, self.rows_of)]


@pytest.mark.parametrize("wanted", [1, 9, 10, 11, 40, 99, 100, 131, 132, 500])
def test_a_sample_has_as_many_rows_as_are_wanted_or_are_there_and_each_once(wanted: int) -> None:
    rows = Shelf(a=100, b=1, c=0, d=31).sample(wanted)
    assert len(rows) == len(set(rows)) == min(wanted, 132)


def test_a_sample_has_about_as_many_rows_of_each_file() -> None:
    shelf = Shelf(a=10_000, b=10_000, c=10_000, d=5)
    taken = Counter(row[0] for row in shelf.sample(1000))
    assert taken == {"a": 332, "b": 332, "c": 331, "d": 5}


def test_a_sample_reads_little_of_big_files_and_opens_few_of_many() -> None:
    shelf = Shelf(**{f"f{number}-": 100_000 for number in range(5000)})
    assert len(list(islice(shelf.sample(1000), 2000))) == 1000
    assert len(shelf.read) == 100
    assert sum(shelf.read.values()) == 1000
