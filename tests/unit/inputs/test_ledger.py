"""Earlier runs tell which files they have read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from event_recovery.inputs.ledger import already_read, entry_name, runs_to_ask
from event_recovery.inputs.manifest import Manifest, asked
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def file(name: str, *, hours: float = 0, etag: str = "e") -> StoredFile:
    return StoredFile(S3("b", name), 10, NOON + timedelta(hours=hours), etag)


@pytest.mark.parametrize(
    ("hours", "asks"),
    [
        ((0, 1), True),
        ((1, 1), True),
        ((0.5, 0.5), True),
        ((-5, 5), True),
        ((-2, 0), True),
        ((1, 3), True),
        ((-2, -0.001), False),
        ((1.001, 3), False),
    ],
)
def test_runs_are_asked_whose_files_arrived_when_ours_did(hours: tuple[float, float], asks: bool) -> None:
    ours = [file("a"), file("b", hours=1)]
    entry = entry_name([file("x", hours=hour) for hour in hours], "manual__2026-11-28_x")
    assert list(runs_to_ask([entry], ours, but="own")) == (["manual__2026-11-28_x"] if asks else [])


def test_each_run_is_asked_once_and_the_own_one_not_at_all() -> None:
    ours = [file("a")]
    entries = [
        entry_name(ours, "own"),
        entry_name(ours, "one"),
        entry_name([*ours, file("b", hours=1)], "one"),
        "other",
    ]
    assert list(runs_to_ask(entries, ours, but="own")) == ["one"]
    assert list(runs_to_ask(entries, [], but="own")) == []


def test_a_file_counts_as_read_when_it_is_the_same() -> None:
    ours = [file("same"), file("other content", etag="new"), file("again", hours=2), file("new")]
    theirs = [file("same"), file("other content"), file("again"), file("gone")]
    assert already_read(ours, {}, [("one", Manifest({}, tuple(theirs)))]) == {"s3://b/same": "one"}


@pytest.mark.parametrize(
    ("theirs", "ours", "read"),
    [
        ({}, {}, True),
        ({}, {"types": ("a",)}, True),
        ({"types": ("a",)}, {}, False),
        ({"types": ("a",)}, {"types": ("a",)}, True),
        ({"types": ("a",)}, {"types": ("b",)}, False),
        ({"failed_to": "2026-11-28T00:00:00Z"}, {}, False),
        ({"arrived_from": "2026-11-28T00:00:00Z"}, {}, True),
    ],
)
def test_a_run_that_chose_among_rows_counts_for_the_same_choice(
    theirs: dict[str, object], ours: dict[str, object], read: bool
) -> None:
    earlier = [("one", Manifest(asked(["s3://b"], **theirs), (file("a"),)))]
    assert bool(already_read([file("a")], asked(["s3://c"], **ours), earlier)) is read
