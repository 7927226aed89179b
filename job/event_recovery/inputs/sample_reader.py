"""A sample of the rows of files, each with its place, and with bounds on what is read for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from event_recovery.inputs.packed import packing
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample import numbered, sampled, split_lines, spread
from event_recovery.inputs.unpack import Damage, unpacked
from event_recovery.storage.files import StorageError, StoredFile
from event_recovery.storage.locations import Location

#: Reads a file as it is stored, in pieces; raises ``StorageError``.
Chunks = Callable[[Location], Iterable[bytes]]

MIB: Final = 1024 * 1024
#: What is unpacked for a sample at most, unless more is allowed, and of one file, in bytes.
MOST_BYTES: Final = 256 * MIB
MOST_OF_A_FILE: Final = 32 * MIB
#: A longer row is none that any loader writes, but a file of something else.
MOST_OF_A_ROW: Final = 16 * MIB
#: After so many files that cannot be read, the others are left alone.
MOST_UNREAD: Final = 20
# Little is unpacked of a file of which few rows are wanted.
_CHUNK_BYTES: Final = 64 * 1024


class _Enough(Exception):  # noqa: N818 - nothing is wrong
    """No more is read of a file; the text says why."""


class SampledRow(NamedTuple):
    """A row, and where it is.

    :param place: of its file among those that were given, from 1 on
    :param number: of its line in the file, from 1 on
    """

    place: int
    file: StoredFile
    number: int
    line: bytes


@dataclass(frozen=True, slots=True)
class Sampled:
    """What was read.

    :param files: of how many files
    :param rows: rows that were taken
    :param passed_over: rows that are not of the selection
    :param stored_bytes: as the files are stored
    :param unpacked_bytes: the same, unpacked
    :param packing: how many bytes a packed file holds for each stored one, None when none was read
    :param unread: files that could not be read, or not to their end, with the reason
    :param whole: whether there were no more rows than wanted, and all of them were taken that can be read
    :param ended: why no more rows were read although more were wanted and there were more; None when that was not so
    """

    files: int = 0
    rows: int = 0
    passed_over: int = 0
    stored_bytes: int = 0
    unpacked_bytes: int = 0
    packing: float | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    ended: str | None = None


class SampleReader:
    """Reads rows of files, the first of each and about as many of each, spread over the folders they lie in.

    :param rows: which rows are chosen; the others are passed over
    :param wanted: how many rows
    :param most_bytes: how much is unpacked in all
    """

    def __init__(
        self,
        files: Iterable[StoredFile],
        chunks: Chunks,
        *,
        rows: RowSelection,
        wanted: int,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        places = {file: place for place, file in enumerate(files, 1)}
        self._files = [(places[file], file) for file in spread(places)]
        self._chunks = chunks
        self._selection = rows
        #: How many rows are taken at most.
        self.wanted = wanted
        self._most_bytes = most_bytes
        self._tried = 0
        self._bytes: Counter[str] = Counter()
        self._passed_over: dict[str, int] = {}
        self._unread: dict[str, str] = {}
        self._ended: str | None = None

    def __iter__(self) -> Iterator[SampledRow]:
        """Yield the rows; what was read for them is counted as they are taken."""
        for row in sampled(self._files, self.wanted, self._rows_of):
            self._tried += 1
            yield row

    def end(self, reason: str) -> None:
        """Say why no more rows are taken."""
        self._ended = reason

    def read(self) -> Sampled:
        """Return what was read so far."""
        sizes = self._bytes
        return Sampled(
            files=len(self._passed_over),
            rows=self._tried,
            passed_over=sum(self._passed_over.values()),
            stored_bytes=sizes["stored"],
            unpacked_bytes=sizes["unpacked"],
            packing=sizes["from packed"] / sizes["packed"] if sizes["packed"] else None,
            unread=dict(self._unread),
            whole=self._tried < self.wanted and self._ended is None,
            ended=self._ended if self._tried < self.wanted else None,
        )

    def _rows_of(self, placed: tuple[int, StoredFile]) -> Iterator[SampledRow]:
        """Yield the chosen rows of a file; called again, from its first row."""
        place, file = placed
        uri, passed_over = file.location.uri, 0
        if self._bytes["unpacked"] >= self._most_bytes:
            return
        if len(self._unread) >= MOST_UNREAD and uri not in self._passed_over:
            self._ended = f"{MOST_UNREAD} files could not be read"
            return
        if packing(file.location.name) == "other":
            self._unread[uri] = "a sample is unpacked of gzip and bzip2 only"
            return
        try:
            for number, line in numbered(split_lines(self._pieces(file))):
                if self._selection and self._selection.against(line) is not None:
                    passed_over += 1
                else:
                    yield SampledRow(place, file, number, line)
        except (Damage, StorageError) as error:
            self._unread[uri] = str(error)
        except _Enough as enough:
            self._ended = str(enough)
        finally:
            # A file is read again from its beginning when more rows of it are wanted.
            self._passed_over[uri] = max(passed_over, self._passed_over.get(uri, 0))

    def _pieces(self, file: StoredFile) -> Iterator[bytes]:
        """Unpack a file piece by piece, within the bounds."""
        is_packed = packing(file.location.name) is not None
        of_file = begun = 0
        for piece in unpacked(file.location.name, self._stored(file, is_packed=is_packed)):
            self._bytes.update({"unpacked": len(piece), "from packed": len(piece) if is_packed else 0})
            yield piece
            of_file += len(piece)
            begun = len(piece) - piece.rfind(b"\n") - 1 if b"\n" in piece else begun + len(piece)
            if begun > MOST_OF_A_ROW:
                self._unread[file.location.uri] = f"a line of it has more than {MOST_OF_A_ROW // MIB} MiB"
                raise _Enough(f"a sample takes no line of more than {MOST_OF_A_ROW // MIB} MiB")
            if self._bytes["unpacked"] >= self._most_bytes:
                raise _Enough(f"a sample unpacks {self._most_bytes / MIB:g} MiB at most")
            if of_file >= MOST_OF_A_FILE:
                raise _Enough(f"a sample unpacks {MOST_OF_A_FILE // MIB} MiB of a file at most")

    def _stored(self, file: StoredFile, *, is_packed: bool) -> Iterator[bytes]:
        for chunk in self._chunks(file.location):
            for start in range(0, len(chunk), _CHUNK_BYTES):
                part = chunk[start : start + _CHUNK_BYTES]
                self._bytes.update({"stored": len(part), "packed": len(part) if is_packed else 0})
                yield part
