"""The files of a part: whole, and its count last."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_recovery.contract import JobOptions
from event_recovery.replay.files import PieceFiles, Places, piece_name
from event_recovery.run.locations import RunLocations
from event_recovery.storage.files import Storage, StorageError
from event_recovery.storage.locations import Local, Location

pytestmark = pytest.mark.unit


@pytest.fixture
def places(tmp_path: Path) -> Places:
    options = JobOptions(
        inputs=("i",), output="o/", failed=f"{tmp_path}/failed", unrecoverable=f"{tmp_path}/unrecoverable", config="{}"
    )
    return Places(RunLocations.of(options), Local(tmp_path / "good"))


class Failing(Storage):
    """Fails at the file with this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def write(self, file: Location, content: bytes) -> None:
        if file.name == self.name:
            raise StorageError("disk full")
        super().write(file, content)


def stored(places: Places, storage: Storage, number: int) -> None:
    with PieceFiles() as files:
        files.add("failed", b"row")
        files.add("failed", b"x" * 3_000_000)
        files.add("rejected_index", b"line")
        files.store(piece_name(number), 2, places, storage)


def test_each_kind_that_has_lines_is_a_file(places: Places, tmp_path: Path) -> None:
    stored(places, Storage(), 7)
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {
        "failed/piece-000007.jsonl": b"row\n" + b"x" * 3_000_000 + b"\n",
        "rejected-index/piece-000007.tsv": b"line\n",
        "submitted/piece-000007.txt": b"2\n",
    }
    assert places.finished(Storage()) == {"piece-000007"}
    assert list(places.unfinished(Storage(), {"piece-000007"})) == []


def test_a_part_without_its_count_did_not_come_to_its_end(places: Places, tmp_path: Path) -> None:
    stored(places, Storage(), 1)
    with pytest.raises(StorageError):
        stored(places, Failing("piece-000002.txt"), 2)
    (tmp_path / "submitted/piece-000003.txt").touch()
    finished = places.finished(Storage())
    assert finished == {"piece-000001"}
    left = {file.name for file in places.unfinished(Storage(), finished)}
    assert left == {"piece-000002.jsonl", "piece-000002.tsv"}
