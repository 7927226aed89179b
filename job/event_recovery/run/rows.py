"""What the job writes for one row: a decision on plain data, made once per row inside the Python worker."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple, Protocol

from event_recovery.contract import OUTCOMES, Outcome
from event_recovery.engine.result import Result
from event_recovery.inputs.rows import RowSelection, Skip

#: How an outcome is written in the column that the sinks are chosen by.
CODES: dict[Outcome, int] = {outcome: code for code, outcome in enumerate(OUTCOMES)}
#: The code of a row that is skipped.
SKIPPED_CODE = len(OUTCOMES)

_HASH_BYTES = 16


class Recoverer(Protocol):
    """The engine: never raises, whatever the line holds; pickles, to reach the workers."""

    def recover(self, line: bytes, /) -> Result:
        """Recover one row."""
        ...


class OutputRow(NamedTuple):
    """One row on its way out: which sinks take it, what is written, and its line in the index."""

    code: int
    body: bytes
    index_line: bytes


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Turns the engine's results into what the sinks take.

    :param as_text: whether payloads are written as base64, to be one a line; a stream takes them as they are
    :param selection: which rows are recovered; None for all, which costs nothing
    """

    recoverer: Recoverer
    as_text: bool
    selection: RowSelection | None = None

    def write(self, line: bytes) -> OutputRow:
        """Recover one line, given without its line end, or skip it."""
        if self.selection is not None and (skip := self.selection.against(line)) is not None:
            return OutputRow(SKIPPED_CODE, b"", skipped_index_line(skip, len(line)))
        result = self.recoverer.recover(line)
        payload = result.payload
        if payload is None:
            body = (result.bad_row or "").encode("utf-8", "replace")
            return OutputRow(CODES[result.outcome], body, rejected_index_line(result, len(body)))
        body = base64.b64encode(payload) if self.as_text else payload
        return OutputRow(CODES["recovered"], body, recovered_index_line(result, payload))


def recovered_index_line(result: Result, payload: bytes) -> bytes:
    """Return a payload's line: event ids, hash of the payload, its size in bytes, collector timestamp.

    Columns are separated by tabs, ids by commas; the timestamp is in milliseconds since the epoch, and ``-`` stands for
    none. When the fast route had a fault, or something could not be verified, a fifth column names the fault and a
    sixth what was not verified.
    """
    digest = blake2b(payload, digest_size=_HASH_BYTES).hexdigest()
    ids = ",".join(result.event_ids) or "-"
    timestamp = result.timestamp  # is worked out each time it is asked for
    told = "-" if timestamp is None else timestamp
    return f"{ids}\t{digest}\t{len(payload)}\t{told}{_remarks(result)}".encode("utf-8", "replace")


def rejected_index_line(result: Result, size: int) -> bytes:
    """Return the line of a row that was not recovered: outcome, error class, row type, flow, bytes written.

    Columns are separated by tabs; type and flow are ``-`` where there is none. When the fast route had a fault, or
    Enrich would refuse the payload, a sixth column names the fault and a seventh the reason.
    """
    flow = "-" if result.flow is None else " ".join(result.flow.split())
    line = f"{result.outcome}\t{result.error}\t{result.type or '-'}\t{flow}\t{size}{_remarks(result)}"
    return line.encode("utf-8", "replace")


def skipped_index_line(skip: Skip, size: int) -> bytes:
    """Return the line of a row that was skipped: reason, row type or ``-``, bytes read; parted by tabs."""
    return f"{skip.reason}\t{skip.type or '-'}\t{size}".encode()


def _remarks(result: Result) -> str:
    if result.verdict is not None:
        return f"\t{result.fault or '-'}\t{result.verdict}"
    return "" if result.fault is None else f"\t{result.fault}"
