"""Files read by several processes give what one gives."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from event_recovery.explore import as_json, explored, workers
from event_recovery.explore.reading import explore_files, sources
from event_recovery.inputs.rows import RowSelection
from event_recovery.storage.files import Storage, StorageError, StoredFile
from event_recovery.storage.locations import Local
from generator.known_rows import known_rows

pytestmark = pytest.mark.integration

ROWS = RowSelection()


@pytest.fixture
def files(tmp_path: Path) -> list[StoredFile]:
    lines = [line for _, line in known_rows(600, seed=4, products=0)]
    for number in range(12):
        part = b"\n".join(lines[number * 50 : (number + 1) * 50])
        (tmp_path / f"part-{number:02}.gz").write_bytes(gzip.compress(part))
    (tmp_path / "part-99.gz").write_bytes(gzip.compress(lines[0])[:40])
    return list(Storage().files(Local(tmp_path)))


def test_processes_give_what_one_gives(files: list[StoredFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_ALONE", 0)
    read: list[int] = []
    found = sources(files)
    parts = workers.explore_in_processes(found, Storage(), ROWS, read.append, cores=2, holds=True)
    alone = explore_files(found, Storage(), ROWS, lambda size: None, holds=True)
    held = {key: list(group.held) for key, group in alone.groups.largest_first()}
    assert {key: list(group.held) for key, group in parts.groups.largest_first()} == held
    assert all(held.values())
    assert as_json(explored(parts.groups)) == as_json(explored(alone.groups))
    assert parts.unread == alone.unread
    assert list(parts.unread) == [str(files[-1].location.path)]  # type: ignore[union-attr]
    assert parts.groups.rows == 600
    assert sum(read) == sum(file.size for file in files)


def test_a_file_that_is_gone_ends_all(files: list[StoredFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_ALONE", 0)
    Path(str(files[3].location.path)).unlink()  # type: ignore[union-attr]
    with pytest.raises(StorageError, match=r"cannot read .*part-03\.gz"):
        workers.explore_in_processes(sources(files), Storage(), ROWS, lambda size: None, cores=2)
