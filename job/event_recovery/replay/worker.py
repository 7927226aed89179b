"""What one process does: parts of the input in, records and files out."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from typing import Any, Final

from event_recovery.contract import OUTCOMES
from event_recovery.inputs.unpack import Damage
from event_recovery.replay.counts import SharedCounts
from event_recovery.replay.files import PieceFiles, Places, piece_name
from event_recovery.replay.lines import lines_of, patient
from event_recovery.replay.pace import Pace
from event_recovery.replay.sender import Sender
from event_recovery.run.rows import SKIPPED_CODE, RowWriter
from event_recovery.run.splits import Split
from event_recovery.run.stream import StreamOutput, request_payloads
from event_recovery.storage.clients import aws_client
from event_recovery.storage.files import Storage

#: Rows after which the counts are told.
_TOLD_ROWS: Final = 100
#: What the line of a row is of, by the code of its outcome; that of the index is another.
_KINDS: Final = (*OUTCOMES, "skipped")
_INDEXES: Final = ("recovered_index", "rejected_index", "rejected_index", "skipped_index")


class UnreadableError(Exception):
    """A file of the input that cannot be read to its end, and could when the run was checked."""


@dataclass(frozen=True, slots=True)
class Work:
    """What each process is given once.

    :param output: the stream; None when the payloads go to a directory, which ``places`` has
    :param records: how many a request to the stream holds at most
    """

    writer: RowWriter
    places: Places
    storage: Storage
    counts: SharedCounts
    output: StreamOutput | None
    endpoint_urls: Mapping[str, str]
    records: int
    pace: Pace | None


#: In a process of the pool: what all its parts share.
_shared: dict[str, Any] = {}


def begin(work: Work) -> None:
    """Get ready, in a process that ends when the one that began it is gone."""
    # Ctrl-C reaches all processes of a terminal: it is the first one that decides what becomes of the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    client = None if work.output is None else kinesis_client(work.output.region, work.endpoint_urls.get("kinesis"))
    _shared.update(work=work, row=work.counts.claim(), client=client)


def recover(number: int, split: Split) -> None:
    """Recover a part of the input; when this returns, its records are taken and all of its files are there.

    :param number: its place in the list of all parts
    :raises SendError: when the stream takes no more
    :raises StorageError: when a file cannot be read or written
    :raises UnreadableError: when a file cannot be unpacked
    """
    work: Work = _shared["work"]
    chunks = patient(_counted(work, _shared["row"]), split.size)
    told = _Told(work.counts, _shared["row"])
    lines = 0
    with PieceFiles() as files, _sender(work, _shared["client"]) as sender:
        with _readable(split):
            for line in lines_of(split, chunks):
                lines += 1
                code, body, index_line = work.writer.write(line)
                if sender is not None and code == 0:
                    sender.add(body)
                elif code != SKIPPED_CODE:
                    files.add(_KINDS[code], body)
                files.add(_INDEXES[code], index_line)
                told.add(code)
        if sender is not None:
            sender.flush()
        told.tell()
        files.store(piece_name(number), lines, work.places, work.storage)


def kinesis_client(region: str, endpoint_url: str | None) -> Any:
    """Return a client of boto3 that sends once, since what is sent again is decided record by record."""
    once = {"total_max_attempts": 1}
    return aws_client("kinesis", region, endpoint_url=endpoint_url, retries=once, connect_timeout=10, read_timeout=30)


class _Told:
    """Counts rows, and tells them now and then."""

    def __init__(self, counts: SharedCounts, row: int) -> None:
        self._counts, self._row = counts, row
        self._rows = [0] * len(_KINDS)
        self._since = 0

    def add(self, code: int) -> None:
        self._rows[code] += 1
        self._since += 1
        if self._since == _TOLD_ROWS:
            self.tell()

    def tell(self) -> None:
        self._counts.add(self._row, self._rows, 0)
        self._rows, self._since = [0] * len(_KINDS), 0


def _counted(work: Work, row: int) -> Any:
    def chunks(location: Any, start: int) -> Iterator[bytes]:
        for chunk in work.storage.chunks(location, start):
            work.counts.add(row, (0,) * len(_KINDS), len(chunk))
            yield chunk

    return chunks


@contextmanager
def _readable(split: Split) -> Iterator[None]:
    try:
        yield
    except Damage as damage:
        raise UnreadableError(f"{split.location.uri}: {damage}") from damage


def _sender(work: Work, client: Any) -> AbstractContextManager[Sender | None]:
    if work.output is None:
        return nullcontext()
    most = request_payloads(work.output.max_payload)
    return Sender(client, work.output.stream, records=work.records, size=most, pace=work.pace)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
