"""What becomes files of one part of the input: whole ones, under names that derive from the part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Final

from event_recovery.run.locations import RunLocations
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Local, Location

#: What is kept in memory of a part for each kind of file, in bytes; the rest waits on the disk.
_IN_MEMORY: Final = 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024
_PREFIX: Final = "piece-"


def piece_name(number: int) -> str:
    """Return what the files of a part are called, by its place in the list of all."""
    return f"{_PREFIX}{number:06}"


def is_of_a_piece(file: Location) -> bool:
    """Tell whether a file is of such a part, and not one that Flink wrote."""
    return file.name.startswith(_PREFIX)


class Places:
    """Where the rows of a part go.

    :param output: the directory of the payloads; None when a stream takes them
    """

    def __init__(self, locations: RunLocations, output: Local | None) -> None:
        self._places: dict[str, tuple[Location, str]] = {
            "failed": (locations.failed, ".jsonl"),
            "unrecoverable": (locations.unrecoverable, ".jsonl"),
            "recovered_index": (locations.recovered_index, ".tsv"),
            "rejected_index": (locations.rejected_index, ".tsv"),
            "skipped_index": (locations.skipped_index, ".tsv"),
        }
        if output is not None:
            self._places["recovered"] = (output, ".base64")
        self._submitted = locations.submitted

    def of(self, piece: str) -> Mapping[str, Location]:
        """Return the files of a part but for that of its count, by kind."""
        return {kind: place.child(f"{piece}{suffix}") for kind, (place, suffix) in self._places.items()}

    def count_of(self, piece: str) -> Location:
        """Return the file that holds the number of its lines, and is there once all others are."""
        return self._submitted.child(f"{piece}.txt")

    def finished(self, storage: Storage) -> set[str]:
        """Return the names of the parts whose files are all there.

        :raises StorageError: when they cannot be listed
        """
        return {file.location.name.removesuffix(".txt") for file in storage.files(self._submitted) if file.size}

    def unfinished(self, storage: Storage, finished: set[str]) -> Iterator[Location]:
        """Yield the files that were written of parts that did not come to their end.

        :raises StorageError: when they cannot be listed
        """
        for place, suffix in self._places.values():
            for file in storage.files(place):
                if is_of_a_piece(file.location) and file.location.name.removesuffix(suffix) not in finished:
                    yield file.location


class PieceFiles:
    """The lines of one part, until they are written. Use as a context manager; what was not stored is gone."""

    def __init__(self) -> None:
        self._closing = ExitStack()
        self._spools: dict[str, SpooledTemporaryFile[bytes]] = {}

    def __enter__(self) -> PieceFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def add(self, kind: str, line: bytes) -> None:
        """Keep a line, given without its end."""
        spool = self._spools.get(kind)
        if spool is None:
            spool = self._spools[kind] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with all others
            self._closing.callback(spool.close)
        spool.write(line)
        spool.write(b"\n")

    def store(self, piece: str, lines: int, places: Places, storage: Storage) -> None:
        """Write a file for each kind that has lines, and the number of lines that were read last.

        :raises StorageError: when one cannot be written; then there is no count
        """
        for kind, place in places.of(piece).items():
            if (spool := self._spools.get(kind)) is not None:
                spool.seek(0)
                storage.write_pieces(place, _chunks(spool))
        storage.write(places.count_of(piece), b"%d\n" % lines)


def _chunks(spool: SpooledTemporaryFile[bytes]) -> Iterable[bytes]:
    return iter(partial(spool.read, _CHUNK_BYTES), b"")
