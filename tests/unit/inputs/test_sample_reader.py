"""A sample of rows: spread over folders, within bounds, and what it says of files that it cannot read."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from event_recovery.inputs import sample_reader
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample import spread
from event_recovery.inputs.sample_reader import MIB, MOST_OF_A_FILE, MOST_OF_A_ROW, MOST_UNREAD, SampleReader
from event_recovery.storage.files import StorageError, StoredFile
from event_recovery.storage.locations import S3, Location
from support.engine.rows import uri

pytestmark = pytest.mark.unit

ARRIVED = datetime(2026, 11, 28, tzinfo=UTC)


def row(name: str, size: int = 0) -> bytes:
    return json.dumps({"schema": uri(name), "data": {}, "noise": os.urandom(size // 2).hex()}).encode()


def lines_of(sample: SampleReader) -> list[bytes]:
    return [one.line for one in sample]


class Bucket:
    """Objects in memory; it counts how often each is opened, and how many bytes are taken out of all."""

    def __init__(self, objects: Mapping[str, bytes | StorageError]) -> None:
        self.objects, self.opened, self.taken = objects, list[str](), 0

    @property
    def files(self) -> list[StoredFile]:
        sizes = {key: len(body) if isinstance(body, bytes) else 1 for key, body in self.objects.items()}
        return [StoredFile(S3("b", key), size, ARRIVED) for key, size in sizes.items()]

    def chunks(self, location: Location) -> Iterator[bytes]:
        assert isinstance(location, S3)
        self.opened.append(location.key)
        body = self.objects[location.key]
        if not isinstance(body, bytes):
            raise body
        for start in range(0, len(body), MIB):
            self.taken += len(body[start : start + MIB])
            yield body[start : start + MIB]

    def sample(self, wanted: int, rows: RowSelection | None = None, most_bytes: int = 64 * MIB) -> SampleReader:
        return SampleReader(self.files, self.chunks, rows=rows or RowSelection(), wanted=wanted, most_bytes=most_bytes)


def test_a_sample_takes_a_file_of_each_folder_before_a_second_of_any() -> None:
    keys = [f"bad/many/{number}" for number in range(500)] + ["bad/few/a", "bad/few/b", "bad/one/a"]
    ordered = [file.location.parent.uri for file in spread(Bucket(dict.fromkeys(keys, b"x")).files)]
    assert set(ordered[:3]) == {"s3://b/bad/many", "s3://b/bad/few", "s3://b/bad/one"}
    assert set(ordered[3:5]) == {"s3://b/bad/many", "s3://b/bad/few"}
    assert set(ordered[5:]) == {"s3://b/bad/many"}


def test_rare_types_are_in_a_small_sample_of_many_files() -> None:
    objects = {f"schema_violations/{number}.gz": gzip.compress(row("schema_violations") * 1) for number in range(300)}
    objects["adapter_failures/1.gz"] = gzip.compress(b"\n".join([row("adapter_failures")] * 5))
    lines = lines_of(Bucket(objects).sample(20))
    assert sum(b"adapter_failures" in line for line in lines) == 5


def test_a_row_comes_with_its_place() -> None:
    line = row("schema_violations")
    bucket = Bucket({"b/rows.jsonl": b"\n".join([line, b"", b" \r", line]), "a/rows.jsonl": line})
    places = [(one.place, one.file.location.uri, one.number) for one in bucket.sample(100)]
    assert sorted(places) == [
        (1, "s3://b/b/rows.jsonl", 1),
        (1, "s3://b/b/rows.jsonl", 4),
        (2, "s3://b/a/rows.jsonl", 1),
    ]


def test_what_was_read_is_told() -> None:
    line = row("schema_violations", 1000)
    bucket = Bucket({"a/rows.gz": gzip.compress(b"\n".join([line] * 50) + b"\n"), "b/rows.jsonl": line + b"\n\n"})
    sample = bucket.sample(30)
    assert lines_of(sample) == [line] * 30
    told = sample.read()
    assert (told.files, told.rows, told.passed_over, told.ended, told.unread) == (2, 30, 0, None, {})
    packed = len(bucket.objects["a/rows.gz"])  # type: ignore[arg-type]
    assert told.packing is not None
    assert told.packing * packed == pytest.approx(50 * (len(line) + 1))


def test_rows_that_the_run_is_not_to_recover_are_passed_over_and_counted_once() -> None:
    lines = [row("size_violation"), row("schema_violations")] * 40
    sample = Bucket({"a": b"\n".join(lines), "b": b"\n".join(lines[:6])}).sample(
        30, RowSelection(types=frozenset({"schema_violations"}))
    )
    assert {b"schema_violations" in one.line for one in sample} == {True}
    told = sample.read()
    assert (told.rows, told.passed_over) == (30, 30)


def test_few_bytes_are_taken_of_a_big_file_of_which_few_rows_are_wanted() -> None:
    bucket = Bucket({"a": b"\n".join([row("schema_violations", 5000)] * 10_000)})
    assert len(list(bucket.sample(100))) == 100
    assert bucket.taken <= MIB


def test_no_more_is_unpacked_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no row is chosen, all would be read."""
    other = RowSelection(types=frozenset({"adapter_failures"}))
    body = b"\n".join([row("schema_violations", 5000)] * 1000)
    bucket = Bucket({f"{number}/rows.gz": gzip.compress(body, 1) for number in range(10)})
    sample = bucket.sample(100, other, most_bytes=12 * MIB)
    assert lines_of(sample) == []
    told = sample.read()
    assert told.ended == "a sample unpacks 12 MiB at most"
    assert told.unpacked_bytes < (12 + 4) * MIB, "and no more than a piece beyond"
    assert len(bucket.opened) == 3
    monkeypatch.setattr(sample_reader, "MOST_OF_A_FILE", MIB)
    sample = bucket.sample(100, other)
    assert lines_of(sample) == []
    assert len(bucket.opened) == 3 + 10
    assert sample.read().unpacked_bytes < 10 * 5 * MIB
    assert MOST_OF_A_FILE < 64 * MIB


def test_a_line_without_an_end_is_not_kept_in_memory() -> None:
    bucket = Bucket({"a": b"x" * (MOST_OF_A_ROW + 3 * MIB), "b": row("schema_violations")})
    sample = bucket.sample(100)
    assert lines_of(sample) == [bucket.objects["b"]]
    assert sample.read().unread == {"s3://b/a": "a line of it has more than 16 MiB"}


def test_files_that_cannot_be_read_are_told_and_the_others_are_read() -> None:
    line = row("schema_violations")
    bucket = Bucket(
        {
            "denied": StorageError("s3://b/denied: AccessDenied"),
            "not.gz": line,
            "later.deflate": line,
            "cut.gz": gzip.compress(b"\n".join([line] * 1000))[:-20],
            "good": line,
        }
    )
    sample = bucket.sample(2000)
    assert sum(one.line == line for one in sample) > 500
    assert sample.read().unread == {
        "s3://b/denied": "s3://b/denied: AccessDenied",
        "s3://b/not.gz": "it is not a gzip file",
        "s3://b/later.deflate": "a sample is unpacked of gzip and bzip2 only",
        "s3://b/cut.gz": "it ends before its data does",
    }


def test_a_bucket_that_answers_nothing_is_not_asked_for_each_of_its_files() -> None:
    bucket = Bucket({str(number): StorageError("denied") for number in range(1000)})
    sample = bucket.sample(1000)
    assert lines_of(sample) == []
    assert len(bucket.opened) == MOST_UNREAD
    assert sample.read().ended == "20 files could not be read"
