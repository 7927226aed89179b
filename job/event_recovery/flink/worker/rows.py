"""What the job writes for one row: a decision on plain data, made once per row inside the Python worker."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple, Protocol

from event_recovery.badrows.row import Unreadable, read_row
from event_recovery.contract import OUTCOMES, Outcome
from event_recovery.engine.recovery import Result, not_read, not_recovered
from event_recovery.errors import RowFailure
from event_recovery.text import javatext

CODES: dict[Outcome, int] = {outcome: code for code, outcome in enumerate(OUTCOMES)}
"""How an outcome is written in the column that the sinks are chosen by."""

_HASH_BYTES = 16
# Begins with plain letters, which a search finds many times faster than a choice of beginnings.
_EVENT_ID = re.compile(rb'eid(?:=|" ?: ?")([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})')

# Every recovery error ends with its count; no other bad row of the recovery does.
_RECOVERIES = re.compile(r'"recoveries":([0-9]+)\}\}\Z')
_ERROR = re.compile(r'"failure":\{"error":("(?:[^"\\]|\\.)*")')
# Headers of two of the payload's fields: type and id.
_IP_ADDRESS, _TIMESTAMP = b"\x0b\x00\x64", b"\x0a\x00\xc8"


class Recoverer(Protocol):
    """The engine: never raises, whatever the line holds; pickles, to reach the workers."""

    def recover(self, line: bytes, /) -> Result:
        """Recover one row."""
        ...


class PayloadTooLarge(RowFailure):
    """A recovered event that the stream would refuse."""

    def __init__(self, *, size: int, limit: int) -> None:
        super().__init__(
            f"The recovered event has {size} bytes, more than the {limit} bytes a record of the stream holds."
        )


class TooManyAttempts(RowFailure):
    """A row that failed as often as it may."""

    unrecoverable = True

    def __init__(self, *, attempts: int, error: str) -> None:
        super().__init__(f"Given up after {attempts} attempts, the last of which ended so: {error}")


class OutputRow(NamedTuple):
    """One row on its way out: which sinks take it, what is written, and its line in the index."""

    code: int
    body: bytes
    index_line: bytes


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Turns the engine's results into what the sinks take.

    `max_payload` is the largest payload in bytes that a record of the stream holds. It is None when the output is no
    stream; payloads are then written as base64, to be one a line.

    `max_attempts` is how often a row is tried over all runs, None for ever: a row that fails for the last time is
    unrecoverable, so that the failed rows can be the input of the next run.
    """

    recoverer: Recoverer
    max_payload: int | None
    max_attempts: int | None = None

    def write(self, line: bytes) -> OutputRow:
        """Recover one line, given without its line end."""
        result = self.recoverer.recover(line)
        payload = result.payload
        if payload is not None and self.max_payload is not None and len(payload) > self.max_payload:
            result = _too_large(line, size=len(payload), limit=self.max_payload)
            payload = None
        if self.max_attempts is not None and result.outcome == "failed":
            result = _given_up(line, result, limit=self.max_attempts)
        if payload is None:
            body = (result.bad_row or "").encode("utf-8", "replace")
            return OutputRow(CODES[result.outcome], body, rejected_index_line(result, len(body)))
        body = payload if self.max_payload is not None else base64.b64encode(payload)
        return OutputRow(CODES["recovered"], body, recovered_index_line(payload))


def recovered_index_line(payload: bytes) -> bytes:
    """A recovered event's line, by tabs: event id, hash of the payload, its size in bytes, collector timestamp.

    The timestamp is in milliseconds since the epoch. `-` stands for an event id or timestamp that does not show.
    """
    found = _EVENT_ID.search(payload)
    digest = blake2b(payload, digest_size=_HASH_BYTES).hexdigest()
    return b"%s\t%s\t%d\t%s" % (found[1] if found else b"-", digest.encode(), len(payload), _timestamp(payload))


def _timestamp(payload: bytes) -> bytes:
    """The timestamp stands first in a collector payload, or behind the IP address where there is one."""
    start = 7 + int.from_bytes(payload[3:7]) if payload.startswith(_IP_ADDRESS) else 0
    if not payload.startswith(_TIMESTAMP, start):
        return b"-"
    return b"%d" % int.from_bytes(payload[start + 3 : start + 11], signed=True)


def rejected_index_line(result: Result, size: int) -> bytes:
    """The line of a row that was not recovered: outcome, error class, row type, flow, bytes written; by tabs.

    Type and flow are `-` where there is none.
    """
    flow = "-" if result.flow is None else " ".join(result.flow.split())
    return f"{result.outcome}\t{result.error}\t{result.type or '-'}\t{flow}\t{size}".encode("utf-8", "replace")


def _given_up(line: bytes, result: Result, *, limit: int) -> Result:
    """A failed row as it is, or as unrecoverable when this was its last attempt."""
    count = _RECOVERIES.search(result.bad_row or "")
    if count is None or int(count[1]) < limit:
        return result
    error = _ERROR.search(result.bad_row or "")
    failure = TooManyAttempts(attempts=int(count[1]), error=json.loads(error[1]) if error else str(result.error))
    failure.flow = result.flow
    return _rejected(line, failure)


def _too_large(line: bytes, *, size: int, limit: int) -> Result:
    return _rejected(line, PayloadTooLarge(size=size, limit=limit))


def _rejected(line: bytes, failure: RowFailure) -> Result:
    """A row with its failure; as plain text when the engine can recover it, but cannot read it as a whole."""
    text = javatext.decode(line)
    try:
        return not_recovered(read_row(text), failure)
    except Unreadable as unreadable:
        return not_read(text, unreadable)
