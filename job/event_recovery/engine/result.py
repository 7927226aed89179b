"""What the engine says of a line: its outcome, what is sent or written, and what the run's account needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from event_recovery.badrows.event_ids import event_ids
from event_recovery.badrows.types import BadRowType
from event_recovery.contract import Outcome
from event_recovery.text.timestamps import normal_millis


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a recovery; None stands for no limit.

    :param payload_bytes: the largest payload that the stream takes; a larger one is a failed row
    :param attempts: how often a row is tried over all runs; one that fails for the last time is unrecoverable, so that
        the failed rows can be the input of the next run
    :param resends: how often recoveries may send an event, over all runs; one that came back as often is a failed row.
        It needs the recovery to mark what it sends
    """

    payload_bytes: int | None = None
    attempts: int | None = None
    resends: int | None = None

    def __reduce__(self) -> tuple[type[Limits], tuple[int | None, ...]]:
        # Compiled, a frozen dataclass lets not even pickle set its fields.
        return Limits, (self.payload_bytes, self.attempts, self.resends)


# The two that each row has write their own ``__init__``: compiled, what ``dataclass`` makes is still plain Python.
@dataclass(slots=True, init=False)
class Recovered:
    """A payload as it is sent.

    :param payload: the bytes of the Thrift collector payload
    :param type: the type of the bad row that it comes from
    :param sent: the collector payload or raw event that the bytes were made of
    :param headers: the HTTP headers that the row came with, before any step
    """

    payload: bytes
    type: BadRowType
    sent: Any
    headers: list[str]

    def __init__(self, payload: bytes, type: BadRowType, sent: Any, headers: list[str]) -> None:  # noqa: A002
        self.payload, self.type, self.sent, self.headers = payload, type, sent, headers


@dataclass(slots=True, init=False)
class Result:
    """What became of one line.

    :param outcome: ``"recovered"``, ``"failed"`` or ``"unrecoverable"``
    :param payload: the bytes of the Thrift CollectorPayload, when recovered
    :param bad_row: one line of JSON, when failed or unrecoverable
    :param error: the error class, when failed or unrecoverable
    :param type: the schema name of the bad row's type, when the line is a bad row; of one whose type is not known,
        the name in its schema
    :param flow: the name of the flow whose step failed, when one did
    :param message: the error in words, when failed or unrecoverable
    :param attempts: how often the row was tried over all runs, this time included
    :param fault: the class of an exception of our own on the fast route, when there was one; the result is then that of
        the exact route
    :param verdict: of a payload that was verified, in the words that rows are counted by: why Enrich would refuse it,
        or what of it was not checked; None when it would pass, or was not verified
    """

    outcome: Outcome
    payload: bytes | None
    bad_row: str | None
    error: str | None
    type: str | None
    flow: str | None
    message: str | None
    attempts: int
    fault: str | None
    verdict: str | None
    _sent: Any = field(repr=False, compare=False)

    def __init__(
        self,
        outcome: Outcome,
        payload: bytes | None = None,
        *,
        bad_row: str | None = None,
        error: str | None = None,
        type: str | None = None,  # noqa: A002
        flow: str | None = None,
        message: str | None = None,
        attempts: int = 1,
        fault: str | None = None,
        verdict: str | None = None,
        sent: Any = None,
    ) -> None:
        self.outcome, self.payload, self.bad_row = outcome, payload, bad_row
        self.error, self.type, self.flow, self.message = error, type, flow, message
        self.attempts, self.fault, self.verdict, self._sent = attempts, fault, verdict, sent

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The ids that the trackers gave to the events in the payload; see ``badrows.event_ids``."""
        return () if self._sent is None else event_ids(self._sent)

    @property
    def timestamp(self) -> int | None:
        """The collector's timestamp, in milliseconds since the epoch; None when the payload has none."""
        text = None if self._sent is None else self._sent.timestamp
        return None if text is None else normal_millis(text)
