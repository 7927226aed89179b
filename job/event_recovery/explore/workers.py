"""Files read in as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, Final

from event_recovery.explore.reading import Advance, Part, SourceFile, explore_files
from event_recovery.inputs.rows import RowSelection
from event_recovery.storage.files import Storage

#: What a process is given at once, in stored bytes and files: a file for each turn would cost more than its rows.
_BYTES_OF_A_TURN: Final = 16 * 1024 * 1024
_FILES_OF_A_TURN: Final = 500
#: Less than this is read sooner than a process begins.
_ALONE: Final = 8 * 1024 * 1024
_LOOK_SECONDS: Final = 0.2

#: In a process of the pool: what all its turns share.
_shared: dict[str, Any] = {}


def explore_in_processes(
    files: Sequence[SourceFile],
    storage: Storage,
    rows: RowSelection,
    advance: Advance,
    *,
    cores: int | None = None,
    holds: bool = False,
) -> Part:
    """Group the rows of files, in several processes when there is enough to read.

    :param cores: how many processes at most; those that this process may use when None
    :param holds: whether some rows of each group are kept
    :raises StorageError: when a file cannot be got at all
    """
    cores, size = cores or len(os.sched_getaffinity(0)), sum(one.file.size for one in files)
    turns = list(_turns(files, min(_BYTES_OF_A_TURN, size // (4 * cores))))
    workers = min(cores, len(turns))
    if workers < 2 or size < _ALONE:
        return explore_files(files, storage, rows, advance, holds=holds)
    # A forked process would hold the locks of the progress bar's thread, whoever has them at that moment.
    context = multiprocessing.get_context("spawn")
    read = context.Value("q", 0)
    whole, told = Part(), 0
    pool = ProcessPoolExecutor(workers, context, _begin, (storage, rows, read, holds))
    try:
        left, running = iter(turns), set[Future[Part]]()
        while True:
            # No more results wait than there are workers, so that memory does not grow with the number of files.
            while len(running) < 2 * workers and (turn := next(left, None)) is not None:
                running.add(pool.submit(_turn, turn))
            if not running:
                return whole
            done, running = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                whole.merge(future.result())
            advance(read.value - told)
            told = read.value
    finally:
        pool.shutdown(cancel_futures=True)


def _turns(files: Iterable[SourceFile], most_bytes: int) -> Iterator[list[SourceFile]]:
    turn: list[SourceFile] = []
    size = 0
    for one in files:
        turn.append(one)
        size += one.file.size
        if size >= most_bytes or len(turn) >= _FILES_OF_A_TURN:
            yield turn
            turn, size = [], 0
    if turn:
        yield turn


def _begin(storage: Storage, rows: RowSelection, read: Any, holds: bool) -> None:
    _shared.update(storage=storage, rows=rows, read=read, holds=holds)


def _turn(files: list[SourceFile]) -> Part:
    return explore_files(files, _shared["storage"], _shared["rows"], _advance, holds=_shared["holds"])


def _advance(size: int) -> None:
    read = _shared["read"]
    with read.get_lock():
        read.value += size
