"""The groups of a sample: within its bounds, and honest about whether all rows were read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from event_recovery.explore.sampling import explore_sample
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample_reader import SampleReader
from event_recovery.storage.files import StorageError, StoredFile
from event_recovery.storage.locations import S3, Location
from support.engine.rows import SCHEMA, bad_row, line_of

pytestmark = pytest.mark.unit

ROW = line_of(bad_row(SCHEMA))
OTHER = line_of(bad_row("size_violation"))


def sample(*bodies: bytes | StorageError, wanted: int) -> SampleReader:
    files = [StoredFile(S3("b", str(number)), 1, datetime(2026, 11, 28, tzinfo=UTC)) for number in range(len(bodies))]

    def chunks(location: Location) -> Iterator[bytes]:
        body = bodies[int(location.name)]
        if isinstance(body, StorageError):
            raise body
        yield body

    return SampleReader(files, chunks, rows=RowSelection(), wanted=wanted)


def test_all_rows_of_few_are_read_and_are_no_sample() -> None:
    found = explore_sample(sample(b"\n".join([ROW, OTHER, ROW]), OTHER, wanted=100), seconds=60)
    assert {one.key.type: one.group.rows for one in found.groups} == {SCHEMA: 2, "size_violation": 2}
    assert (found.sample, found.files, found.unread) == (None, 2, {})
    example = found.groups[0].group.example
    assert example is not None
    assert (example.source.name, example.line, example.row) == ("s3://b/0", 1, ROW)


@pytest.mark.parametrize("wanted", [1, 4, 9])
def test_no_more_rows_are_read_than_wanted(wanted: int) -> None:
    found = explore_sample(sample(b"\n".join([ROW] * 50), wanted=wanted), seconds=60)
    assert (found.total.rows, found.sample) == (wanted, wanted)


def test_reading_ends_when_the_time_is_over() -> None:
    reader, ticks = sample(b"\n".join([ROW] * 50), wanted=100), itertools.count(step=10)
    found = explore_sample(reader, seconds=95, clock=lambda: next(ticks))
    assert (found.total.rows, found.sample) == (10, 100)
    assert reader.read().ended == "95 seconds are over"


def test_files_that_cannot_be_read_are_told() -> None:
    found = explore_sample(sample(StorageError("denied"), ROW, wanted=100), seconds=60)
    assert (found.total.rows, found.unread) == (1, {"s3://b/0": "denied"})
