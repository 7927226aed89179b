"""What ``explore`` and ``suggest`` share: rows with their places, read into groups."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from event_recovery.cli.advice import with_advice
from event_recovery.cli.console import UNUSABLE, stop, warn
from event_recovery.cli.inputs import Found, Wanted
from event_recovery.cli.progress import reading_progress
from event_recovery.cli.reading import no_rows
from event_recovery.explore.groups import Groups, Source
from event_recovery.explore.reading import Advance, Part, PlacedRow, SourceFile, placed_rows, sources
from event_recovery.explore.workers import explore_in_processes
from event_recovery.inputs.sample import numbered, sampled, spread
from event_recovery.storage.files import Storage, StorageError, StoredFile
from event_recovery.storage.locations import Local


def check_unread(option: str, written: str | None, found: Found) -> None:
    """Check that no file that is read would be overwritten."""
    if written is not None and Local(Path(written)).identity in {file.location.identity for file in found.files}:
        stop(f"{option}: {written} is one of the inputs, name another file", UNUSABLE)


@contextmanager
def storage_errors() -> Iterator[None]:
    """End the command when a file cannot be got at all."""
    try:
        yield
    except StorageError as error:
        stop(with_advice(error), UNUSABLE)
    except BrokenProcessPool:
        stop("a process that reads the files was ended from outside, which the kernel does when memory ends", UNUSABLE)


def read_groups(wanted: Wanted, found: Found, storage: Storage, *, holds: bool = False) -> Part:
    """Group the rows that are chosen; files that cannot be read to their end are told.

    The command ends when there is no row.

    :param holds: whether some rows of each group are kept
    """
    part = _read(wanted, found, storage, holds=holds)
    if not part.groups.rows:
        stop(no_rows(wanted), UNUSABLE)
    for name, reason in part.unread.items():
        warn(f"{name} cannot be read to its end: {reason}")
    return part


def _read(wanted: Wanted, found: Found, storage: Storage, *, holds: bool) -> Part:
    with storage_errors(), reading_progress("exploring", wanted, found) as progress:
        if wanted.sample is None and not found.standard_input:
            return explore_in_processes(
                sources(found.files), storage, wanted.selection.rows, progress.read, holds=holds
            )
        part = Part(Groups(holds=holds))
        for source, number, line in placed(wanted, found, storage, progress.read, part.unread):
            part.groups.add(line, source, number)
        return part


def placed(
    wanted: Wanted, found: Found, storage: Storage, advance: Advance, unread: dict[str, str]
) -> Iterator[PlacedRow]:
    """Yield the rows that are chosen, with their places, as ``read_rows`` does for other commands."""
    rows = wanted.selection.rows

    def rows_of(one: SourceFile) -> Iterator[PlacedRow]:
        return placed_rows(one, storage, rows, advance, unread)

    if found.standard_input:
        source = Source(0, "standard input")
        for number, line in numbered(sys.stdin.buffer):
            if not rows or rows.against(line) is None:
                yield PlacedRow(source, number, line)
    if wanted.sample is None:
        for one in sources(found.files):
            yield from rows_of(one)
    else:
        yield from sampled(_spread(found), wanted.sample, rows_of)


def _spread(found: Found) -> list[SourceFile]:
    """Order files for a sample, each under the number that it has without one."""
    by_file: dict[StoredFile, SourceFile] = {one.file: one for one in sources(found.files)}
    return [by_file[file] for file in spread(found.files)]
