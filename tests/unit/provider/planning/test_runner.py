"""Whether a run needs a cluster, by the files that it has chosen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3
from event_recovery_provider.planning.runner import Runner, runs_in_place

pytestmark = pytest.mark.unit


def file(name: str, megabytes: int) -> StoredFile:
    return StoredFile(S3("b", name), megabytes * 1_000_000, datetime.now(UTC))


@pytest.mark.parametrize(
    ("runner", "files", "here"),
    [
        ("cluster", [file("a", 1)], False),
        ("in_place", [file("a", 10_000)], True),
        ("auto", [file("a", 100), file("b", 100)], True),
        ("auto", [file("a", 100), file("b", 101)], False),
        ("auto", [file("a.gz", 33)], True),
        ("auto", [file("a.gz", 34)], False),
    ],
)
def test_small_runs_need_none(runner: Runner, files: list[StoredFile], here: bool) -> None:
    assert runs_in_place(runner, files, most_mb=200) is here
