"""Input files before the job: how many rows, which are damaged, and what can be read of those."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from event_recovery.contract import JobOptions
from event_recovery.inputs.choice import Selection
from event_recovery.inputs.gzip_input import GzipDamage, inflate
from event_recovery.run.survey import Input, InputError, copy_name, judge_rows, repaired, survey
from event_recovery.storage.files import Storage, StoredFile
from event_recovery.storage.locations import Local

pytestmark = pytest.mark.unit

NOISE = Random(1)
LINES = b"".join(b'{"row": %d, "noise": "%s"}\n' % (row, NOISE.randbytes(20).hex().encode()) for row in range(5000))
PACKED = gzip.compress(LINES, mtime=0)


def unpack(packed: bytes, chunk: int = 1000) -> tuple[bytes, str | None]:
    pieces = []
    try:
        for piece in inflate(packed[start : start + chunk] for start in range(0, len(packed), chunk)):
            pieces.append(piece)  # noqa: PERF402 - those before the damage are wanted
    except GzipDamage as damage:
        return b"".join(pieces), str(damage)
    return b"".join(pieces), None


@pytest.mark.parametrize("chunk", [1, 7, 1000, 10_000_000])
@pytest.mark.parametrize(
    ("packed", "unpacked"),
    [
        (gzip.compress(b"a\nb\n"), b"a\nb\n"),
        (gzip.compress(b""), b""),
        (gzip.compress(b"a\n") + gzip.compress(b"") + gzip.compress(b"b"), b"a\nb"),
        (gzip.compress(b"a\n") + bytes(3000), b"a\n"),
        (gzip.compress(bytes(10_000_000)), bytes(10_000_000)),
    ],
    ids=["one", "empty", "three", "padded", "dense"],
)
def test_whole_files_are_unpacked(packed: bytes, unpacked: bytes, chunk: int) -> None:
    assert unpack(packed, chunk) == (unpacked, None)


@pytest.mark.parametrize("end", [12, 500, len(PACKED) // 2, len(PACKED) - 8, len(PACKED) - 1])
def test_what_comes_before_a_cut_is_unpacked(end: int) -> None:
    unpacked, damage = unpack(PACKED[:end])
    assert damage == "it ends before its data does"
    assert LINES.startswith(unpacked)
    assert len(unpacked) >= len(LINES) * (end - 70_000) // len(PACKED)
    assert end < len(PACKED) - 8 or unpacked == LINES


@pytest.mark.parametrize(
    ("packed", "damage"),
    [
        (b"", "it is empty"),
        (b"plain text\n", "it is not a gzip file"),
        (PACKED[:-8] + bytes(8), "it is damaged: Error -3 while decompressing data: incorrect data check"),
        (
            PACKED + b"\x1f\x8b\x09" + PACKED[3:],
            "it is damaged: Error -3 while decompressing data: unknown compression method",
        ),
    ],
    ids=["empty", "text", "checksum", "method"],
)
def test_what_is_no_sound_gzip_file_is_told(packed: bytes, damage: str) -> None:
    assert unpack(packed)[1] == damage


@pytest.mark.parametrize("chunk", [1, 7, 1000, 10_000_000])
@pytest.mark.parametrize(
    "behind",
    [b"\x1f\x8a" + PACKED[2:], b"1\n2\n", b"\0" * 9 + PACKED, b"\0\0rows"],
    ids=["second-magic", "lines", "behind-zeros", "lines-behind-zeros"],
)
def test_what_is_no_member_behind_another_is_damage(behind: bytes, chunk: int) -> None:
    damage = "what follows its last whole part is not gzip"
    assert unpack(gzip.compress(b"a\nb\n") + behind, chunk) == (b"a\nb\n", damage)


def test_rows_before_what_is_no_member_are_read_from_a_copy(tmp_path: Path) -> None:
    given = place(tmp_path / "in", rows_gz=gzip.compress(b"a\nb\n") + b"\x1f\x8a" + PACKED[2:])
    assert [(scan.rows, given.rows) for scan in given.damaged] == [(2, 2)]
    (copy,) = repaired(given, Local(tmp_path / "copies"), Storage())
    assert (content_of(copy), copy.size) == (b"a\nb\n", 4)


def names(files: Iterable[StoredFile]) -> list[str]:
    return [file.location.name for file in files]


def content_of(file: StoredFile) -> bytes:
    assert isinstance(file.location, Local)
    return file.location.path.read_bytes()


def place(directory: Path, **files: bytes) -> Input:
    for name, content in files.items():
        path = directory / name.replace("_gz", ".gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    away = str(directory.parent / "away")
    options = JobOptions(inputs=(str(directory),), output=away, failed=away, unrecoverable=away, config="{}")
    return survey(options, Selection(), Storage(), kept=Local(directory.parent / "inputs"))


def test_rows_are_counted_in_packed_files_and_judged_in_others(tmp_path: Path) -> None:
    given = place(tmp_path / "in", a_gz=gzip.compress(b"1\n2\n3"), b=b"1\n2\n", c=b"", d_gz=gzip.compress(b""))
    assert (given.rows, given.bytes, given.row_bytes, given.damaged) == (5, 9, 1.8, ())
    assert names(repaired(given, Local(tmp_path / "copies"), Storage())) == ["a.gz", "b", "d.gz"]
    assert not (tmp_path / "copies").exists()


def test_a_damaged_file_is_replaced_by_a_copy_of_what_can_be_read(tmp_path: Path) -> None:
    given = place(tmp_path / "in", cut_gz=PACKED[:-100], sound_gz=PACKED, plain=b"1\n")
    (damaged,) = given.damaged
    assert damaged.reason == "it ends before its data does"
    *sound, copy = repaired(given, Local(tmp_path / "copies"), Storage())
    assert names(sound) == ["plain", "sound.gz"]
    content = content_of(copy)
    assert LINES.startswith(content)
    assert content.count(b"\n") > 4900
    assert damaged.rows == content.count(b"\n") + (not content.endswith(b"\n"))


def test_copies_of_files_of_one_name_have_names_of_their_own() -> None:
    names = {copy_name(f"s3://b/{day}/rows.jsonl.gz") for day in (1, 2)}
    assert len(names) == 2
    assert all(name.endswith("-rows.jsonl") for name in names)


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a": b""}, "of 1 files none is to be read: 1 empty"),
        ({"a": b"", "b_gz": gzip.compress(b"")}, "b.gz: the file is empty"),
        ({"a_gz": gzip.compress(b""), "b_gz": gzip.compress(b"")}, "all 2 files are empty"),
        ({"b_gz": PACKED[:5]}, "no row can be read: .*b.gz: it ends before its data does"),
    ],
)
def test_input_without_a_row_is_refused(tmp_path: Path, files: dict[str, bytes], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        place(tmp_path / "in", **files)


@pytest.mark.parametrize(
    ("size", "heads", "rows"),
    [
        (1000, [b"123456789\n" * 3 + b"12345"], 100),
        (1000, [b"1234", b"123456\n"], 182),
        (10, [b"no line end"], 1),
        (0, [], 0),
    ],
)
def test_rows_are_judged_by_samples(size: int, heads: list[bytes], rows: int) -> None:
    assert judge_rows(size, heads) == rows
