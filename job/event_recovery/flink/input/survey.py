"""The input files: what there is, about how many rows they hold, and which of them cannot be read to their end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePosixPath

from event_recovery.flink.input.gzip_input import SUFFIXES, GzipDamage, inflate
from event_recovery.inputs.choice import Choice, Selection, choose, refusal
from event_recovery.inputs.given import parse_input
from event_recovery.storage.files import Storage, StorageError, StoredFile
from event_recovery.storage.locations import Location

# Unpacking does not hold Python's lock, and reading from S3 waits: so there are more threads than processors.
_THREADS = 2 * (os.cpu_count() or 1) + 2
_SAMPLES = 16
_SAMPLE_BYTES = 256 * 1024


class InputError(Exception):
    """Input that a run cannot begin with; the text names it."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that can be read in part."""

    file: StoredFile
    reason: str
    #: Line ends in what can be read.
    rows: int


@dataclass(frozen=True, slots=True)
class Input:
    """What a run reads.

    :param choice: the files, and what Flink is given to read them
    :param damaged: those of them that cannot be read to their end
    :param rows: about how many rows there are: counted in compressed files, estimated by samples in the others
    """

    choice: Choice
    damaged: tuple[Damaged, ...]
    rows: int


def survey(texts: Iterable[str], selection: Selection, storage: Storage) -> Input:
    """List the inputs, choose among their files, and look into each.

    :raises InputError: when there is nothing to read in any of them, or files that Flink would misread
    """
    try:
        choice = choose([(given, storage.all_files(given.start)) for given in map(parse_input, texts)], selection)
        if choice.cannot_unpack:
            raise InputError("\n".join(refusal(file) for file in choice.cannot_unpack))
        if not choice.files:
            raise InputError("\n".join(f"{text}: {why}" for text, why in choice.nothing_in.items()))
        packed = [file for file in choice.files if file.location.uri.endswith(SUFFIXES)]
        plain = [file for file in choice.files if not file.location.uri.endswith(SUFFIXES)]
        with ThreadPoolExecutor(_THREADS) as threads:
            scanned = list(threads.map(lambda file: _scan(file, storage), packed))
        rows = _plain_rows(plain, storage)
    except StorageError as error:
        raise InputError(str(error)) from error
    damaged = tuple(scan for scan in scanned if isinstance(scan, Damaged))
    packed_rows = sum(scan.rows if isinstance(scan, Damaged) else scan for scan in scanned)
    if not plain and not packed_rows:
        raise InputError(_nothing(choice.files, damaged))
    return Input(choice, damaged, rows + packed_rows)


def repaired(given: Input, directory: Location, storage: Storage) -> Iterator[str]:
    """Return the URIs that Flink reads in place of the input: the same, or copies in place of damaged files.

    A row that is cut off stays in its copy, as a line of its own.

    :param directory: where the copies are written
    """
    if not given.damaged:
        yield from given.choice.roots
        return
    bad = {scan.file.location.uri for scan in given.damaged}
    yield from (file.location.uri for file in given.choice.files if file.location.uri not in bad)
    for scan in given.damaged:
        copy = directory.child(copy_name(scan.file.location.uri))
        storage.write_pieces(copy, _readable(scan.file, storage))
        yield copy.uri


def copy_name(uri: str) -> str:
    """Return a name for the copy of a damaged file: that of the file, and a hash of its URI."""
    name = PurePosixPath(uri).name
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return f"{blake2b(uri.encode(), digest_size=8).hexdigest()}-{name}"


def _readable(file: StoredFile, storage: Storage) -> Iterator[bytes]:
    try:
        yield from inflate(storage.chunks(file.location))
    except GzipDamage:
        return


def _scan(file: StoredFile, storage: Storage) -> int | Damaged:
    """Count the rows of a compressed file: its line ends, and one more where the last line has none."""
    rows, last = 0, b"\n"
    try:
        for piece in inflate(storage.chunks(file.location)):
            rows, last = rows + piece.count(b"\n"), piece[-1:]
    except GzipDamage as damage:
        return Damaged(file, str(damage), rows + (last != b"\n"))
    return rows + (last != b"\n")


def _plain_rows(files: Sequence[StoredFile], storage: Storage) -> int:
    step = max(len(files) // _SAMPLES, 1)
    heads = [storage.head(file.location, _SAMPLE_BYTES) for file in files[::step]]
    return judge_rows(sum(file.size for file in files), heads)


def judge_rows(size: int, heads: Iterable[bytes]) -> int:
    """Estimate the number of lines in files.

    :param size: bytes of all files together
    :param heads: the beginnings of some of them
    """
    sampled = lines = 0
    for head in heads:
        lines += head.count(b"\n") or 1
        sampled += head.rfind(b"\n") + 1 or len(head)
    return round(size * lines / sampled) if sampled else 0


def _nothing(files: Sequence[StoredFile], damaged: Sequence[Damaged]) -> str:
    if damaged:
        return f"no row can be read: {damaged[0].file.location.uri}: {damaged[0].reason}"
    return f"{files[0].location.uri}: the file is empty" if len(files) == 1 else f"all {len(files)} files are empty"
