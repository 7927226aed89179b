"""The list of what Flink reads."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote_plus

import pytest
from event_recovery.run.splits import SPLIT_BYTES, split_lines
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3

pytestmark = pytest.mark.unit


def split(key: str, size: int) -> list[tuple[int, int, int, str]]:
    lines = [line.decode() for line in split_lines([StoredFile(S3("b", key), size, datetime.now(UTC))])]
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    fields = [line.removesuffix("\n").split("\t") for line in lines]
    return [(int(offset), int(length), int(whole), unquote_plus(uri)) for offset, length, whole, uri in fields]


def test_a_large_file_is_cut_and_a_packed_one_is_not() -> None:
    size = 2 * SPLIT_BYTES + 5
    parts = split("rows", size)
    assert [part[:3] for part in parts] == [
        (0, SPLIT_BYTES, size),
        (SPLIT_BYTES, SPLIT_BYTES, size),
        (2 * SPLIT_BYTES, 5, size),
    ]
    assert split("rows.gz", size) == [(0, size, size, "s3://b/rows.gz")]
    assert (split("rows", 0), split("rows.gz", 0)) == ([], [])


@pytest.mark.parametrize("key", ["a b+c", "tab\tand\nline", "ü%41#?&=", "\u2028"])
def test_any_key_comes_back(key: str) -> None:
    assert split(key, 1) == [(0, 1, 1, f"s3://b/{key}")]
