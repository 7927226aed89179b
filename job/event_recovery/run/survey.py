"""The input files: what there is, about how many rows they hold, and which of them cannot be read to their end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import PurePosixPath

from event_recovery.contract import JobOptions
from event_recovery.inputs.choice import Choice, Selection, choose, refusal
from event_recovery.inputs.given import parse_input
from event_recovery.inputs.gzip_input import GzipDamage, inflate
from event_recovery.inputs.manifest import Manifest, ManifestError, Settled, asked, settled
from event_recovery.inputs.packed import packing
from event_recovery.inputs.volume import of_files
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

    :param found: the files
    :param damaged: those that cannot be read to their end
    :param rows: about how many rows there are: counted in compressed files, estimated by samples in the others
    :param bytes: how many they have together, unpacked, line ends included
    """

    found: Settled
    damaged: tuple[Damaged, ...]
    rows: int
    bytes: int

    @property
    def choice(self) -> Choice:
        """The files that are read."""
        return self.found.choice

    @property
    def usual_rows(self) -> int:
        """About how many rows of usual size come to as much: a large one counts for several."""
        return max(self.rows, of_files(self.choice.files).records)

    @property
    def row_bytes(self) -> float:
        """About how many bytes a row has; 0 where there is no row."""
        return self.bytes / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class _Scan:
    """What a compressed file holds, as far as it can be read.

    :param rows: line ends, and one more where the last line has none
    :param bytes: unpacked
    :param damage: why it cannot be read to its end, if so
    """

    file: StoredFile
    rows: int
    bytes: int
    damage: str | None


def asked_by(options: JobOptions) -> dict[str, object]:
    """Return what the options ask for, in the form in which a manifest keeps it."""
    return asked(
        options.inputs,
        arrived_from=options.arrived_from,
        arrived_to=options.arrived_to,
        types=options.types,
        failed_from=options.failed_from,
        failed_to=options.failed_to,
    )


def survey(options: JobOptions, selection: Selection, storage: Storage, *, kept: Location) -> Input:
    """Find the files of the run, and look into each.

    They are chosen among those that lie at the inputs, unless an earlier try of the run has chosen: what came since is
    not read, and what is no longer what it was is not read either.

    :param kept: where the manifest is, once there is one
    :raises InputError: when there is nothing to read in any of them, or files that Flink would misread
    """
    try:
        given = [parse_input(text) for text in options.inputs]
        listings = [(one, [] if one.hidden_name else list(storage.all_files(one.start))) for one in given]
        listed = (file for _, files in listings for file in files)
        earlier = _kept_manifest(kept, storage)
        found = settled(choose(listings, selection), listed, kept=earlier, wanted=asked_by(options))
        return _looked_into(found, storage)
    except ManifestError as error:
        raise InputError(f"{kept.uri}: {error}") from error
    except StorageError as error:
        raise InputError(str(error)) from error


def _kept_manifest(kept: Location, storage: Storage) -> Manifest | None:
    there = any(True for _ in storage.files(kept))
    return Manifest.from_bytes(storage.read(kept)) if there else None


def _looked_into(found: Settled, storage: Storage) -> Input:
    choice = found.choice
    if choice.cannot_unpack:
        raise InputError("\n".join(refusal(file) for file in choice.cannot_unpack))
    if not choice.files:
        lines = [f"{text}: {why}" for text, why in choice.nothing_in.items()]
        raise InputError("\n".join(lines + found.warnings()))
    packed = [file for file in choice.files if packing(file.location.name) == "gzip"]
    plain = [file for file in choice.files if packing(file.location.name) != "gzip"]
    with ThreadPoolExecutor(_THREADS) as threads:
        scanned = list(threads.map(lambda file: _scan(file, storage), packed))
    damaged = tuple(Damaged(scan.file, scan.damage, scan.rows) for scan in scanned if scan.damage is not None)
    packed_rows = sum(scan.rows for scan in scanned)
    if not plain and not packed_rows:
        raise InputError(_nothing(choice.files, damaged))
    plain_bytes = sum(file.size for file in plain)
    return Input(
        found,
        damaged,
        rows=_plain_rows(plain, plain_bytes, storage) + packed_rows,
        bytes=plain_bytes + sum(scan.bytes for scan in scanned),
    )


def repaired(given: Input, directory: Location, storage: Storage) -> Iterator[StoredFile]:
    """Return the files that Flink reads: those that were chosen, or copies in place of damaged ones.

    A row that is cut off stays in its copy, as a line of its own.

    :param directory: where the copies are written
    """
    bad = {scan.file.location.uri for scan in given.damaged}
    yield from (file for file in given.choice.files if file.location.uri not in bad)
    for scan in given.damaged:
        copy = directory.child(copy_name(scan.file.location.uri))
        size = storage.write_pieces(copy, _readable(scan.file, storage))
        yield replace(scan.file, location=copy, size=size)


def copy_name(uri: str) -> str:
    """Return a name for the copy of a damaged file: a hash of its URI, and the file's name, which says no packing."""
    name = PurePosixPath(uri).name
    while packing(name):
        name = name.rpartition(".")[0] or "rows"
    return f"{blake2b(uri.encode(), digest_size=8).hexdigest()}-{name}"


def _readable(file: StoredFile, storage: Storage) -> Iterator[bytes]:
    try:
        yield from inflate(storage.chunks(file.location))
    except GzipDamage:
        return


def _scan(file: StoredFile, storage: Storage) -> _Scan:
    rows, size, last, damage = 0, 0, b"\n", None
    try:
        for piece in inflate(storage.chunks(file.location)):
            rows, size, last = rows + piece.count(b"\n"), size + len(piece), piece[-1:]
    except GzipDamage as error:
        damage = str(error)
    return _Scan(file, rows + (last != b"\n"), size, damage)


def _plain_rows(files: Sequence[StoredFile], size: int, storage: Storage) -> int:
    step = max(len(files) // _SAMPLES, 1)
    return judge_rows(size, [storage.head(file.location, _SAMPLE_BYTES) for file in files[::step]])


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
