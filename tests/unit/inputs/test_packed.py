"""Packed is what Flink takes for packed."""

from __future__ import annotations

import pytest
from event_recovery.inputs.packed import Packing, packing

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rows.gz", "gzip"),
        ("rows.gzip", "gzip"),
        ("rows-gz", "gzip"),
        ("gz", "gzip"),
        ("rows.bz2", "bzip2"),
        ("rows.deflate", "other"),
        ("rows.GZ", None),
        ("rows.gz.1", None),
        ("rows", None),
    ],
)
def test_the_end_of_the_whole_name_decides(name: str, expected: Packing | None) -> None:
    assert packing(name) == expected
