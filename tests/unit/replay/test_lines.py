"""Lines belong to the part that they begin in, wherever a file is cut."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from event_recovery.inputs.unpack import Damage
from event_recovery.replay.lines import lines_of, patient
from event_recovery.run.splits import Split, read_splits, split_lines
from event_recovery.storage.files import StorageError, StoredFile
from event_recovery.storage.locations import Local, Location
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

PLACE = Local(Path("/in/rows"))


def chunks_of(content: bytes, size: int = 3):
    def chunks(_: Location, start: int) -> Iterator[bytes]:
        return (content[at : at + size] for at in range(start, len(content), size))

    return chunks


def parts(size: int, length: int) -> list[Split]:
    file = StoredFile(PLACE, size, None)  # type: ignore[arg-type]
    return read_splits(b"".join(split_lines([file], length)))


@given(st.text(alphabet="ab\r\n", max_size=40).map(str.encode), st.integers(1, 12), st.integers(1, 7))
def test_each_line_is_in_one_part(content: bytes, length: int, size: int) -> None:
    found = [line for part in parts(len(content), length) for line in lines_of(part, chunks_of(content, size))]
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    assert found == [line.removesuffix(b"\r") for line in lines]


def test_a_part_is_read_no_further_than_its_last_line() -> None:
    content, read = b"123456789\n" * 10, 0

    def chunks(location: Location, start: int) -> Iterator[bytes]:
        nonlocal read
        for chunk in chunks_of(content)(location, start):
            read += len(chunk)
            yield chunk

    assert list(lines_of(Split(PLACE, 20, 20, 100), chunks)) == [b"123456789"] * 2
    assert read <= 21 + 10 + 3


def test_a_packed_file_is_one_part() -> None:
    content = gzip.compress(b"a\r\nb")
    split = Split(Local(Path("/in/rows.gz")), 0, len(content), len(content))
    assert list(lines_of(split, chunks_of(content))) == [b"a", b"b"]
    with pytest.raises(Damage):
        list(lines_of(split, chunks_of(content[:-9])))


def test_a_file_that_breaks_off_is_read_on_where_it_did() -> None:
    content, breaks = bytes(range(100)), [35, 35, 60]

    def chunks(_: Location, start: int) -> Iterator[bytes]:
        for at in range(start, 100, 5):
            if breaks and at >= breaks[0]:
                breaks.pop(0)
                raise StorageError("reset")
            yield content[at : at + 5]

    slept: list[float] = []
    assert b"".join(patient(chunks, 100, sleep=slept.append)(PLACE, 10)) == content[10:]
    assert len(slept) == 3


def test_a_file_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 30))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))

    def chunks(_: Location, start: int) -> Iterator[bytes]:
        raise StorageError("gone")
        yield b""

    slept: list[float] = []
    with pytest.raises(StorageError, match="gone"):
        list(patient(chunks, 100, sleep=slept.append)(PLACE, 0))
    assert len(slept) == 3
