"""Rows of the files that were found, one after the other or a sample of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

from event_recovery.cli.advice import with_advice
from event_recovery.cli.console import UNUSABLE, out, stop, warn
from event_recovery.cli.inputs import Found, Wanted
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample import not_blank, sampled, split_lines, spread
from event_recovery.inputs.unpack import Damage, unpacked
from event_recovery.storage.files import Storage, StorageError, StoredFile
from event_recovery.storage.locations import S3, Location

#: Told how many bytes, as they are stored, were read since the last call.
Advance = Callable[[int], None]


def read_rows(wanted: Wanted, found: Found, storage: Storage, advance: Advance) -> Iterator[bytes]:
    """Yield every line that is chosen and not blank, without its line end; of a sample, as many as are wanted.

    A file that cannot be read to its end is told, and the next one is read; the command ends when one cannot be got
    at all.
    """
    rows = wanted.selection.rows

    def rows_of(file: StoredFile) -> Iterator[bytes]:
        return _chosen(file_rows(file, storage, advance), rows)

    if found.standard_input:
        yield from _chosen(not_blank(sys.stdin.buffer), rows)
    if wanted.sample is None:
        for file in found.files:
            yield from rows_of(file)
    else:
        yield from sampled(spread(found.files), wanted.sample, rows_of)


def file_rows(file: StoredFile, storage: Storage, advance: Advance) -> Iterator[bytes]:
    """Yield the rows of one file as far as it can be read."""
    count = 0
    try:
        pieces = unpacked(file.location.name, _counted(storage.chunks(file.location), advance))
        for line in not_blank(split_lines(pieces)):
            yield line
            count += 1
    except Damage as damage:
        # The row that is cut off is one of them, as in the job.
        warn(f"{_name(file.location)} cannot be read to its end: {damage}; rows of it that were read: {count:,}")
    except StorageError as error:
        stop(with_advice(error), UNUSABLE)


def no_rows(wanted: Wanted) -> str:
    """Say that there is none of the rows that were asked for."""
    return f"there are no rows{_told(wanted)} in {' '.join(wanted.inputs)}"


def tell_choice(wanted: Wanted, found: Found, rows: int) -> None:
    """Say that not all rows were read, when that is so.

    :param rows: how many were
    """
    if wanted.sample is not None:
        out.print(_about_sample(rows, wanted.sample, found), highlight=False)
    if wanted.selection.rows:
        out.print(f"only rows{_told(wanted)}, and those that cannot be judged", highlight=False)


def _told(wanted: Wanted) -> str:
    return f" {wanted.selection.rows}" if wanted.selection.rows else ""


def _about_sample(rows: int, sample: int, found: Found) -> str:
    files = f"{len(found.files):,} file{'s' if len(found.files) != 1 else ''}"
    if rows < sample:
        return f"{files} held no more than these {rows:,} rows, so the sample is all that can be read of them"
    return f"a sample of {rows:,} rows out of {files}: these are no counts of all rows, and shares may differ"


def _chosen(lines: Iterator[bytes], rows: RowSelection) -> Iterator[bytes]:
    return (line for line in lines if rows.against(line) is None) if rows else lines


def _counted(chunks: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        advance(len(chunk))


def _name(location: Location) -> str:
    return location.uri if isinstance(location, S3) else str(location.path)
