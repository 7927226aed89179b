"""The engine's front door: a compiled config that recovers one line at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from event_recovery.badrows.output import format_violation, recovery_error
from event_recovery.badrows.row import BadRow, Unreadable, read_row
from event_recovery.config.loader import RecoveryConfig, load_config
from event_recovery.engine.exact import recover_row
from event_recovery.engine.fast import FastRoute, Recovered
from event_recovery.errors import FailedToMatchConfiguration, RegexTimeout, RowFailure, UnexpectedFault
from event_recovery.javaregex import MatchTimeout
from event_recovery.text import javatext

Outcome = Literal["recovered", "failed", "unrecoverable"]


@dataclass(slots=True)
class Result:
    """What became of one line.

    :param outcome: ``"recovered"``, ``"failed"`` or ``"unrecoverable"``
    :param payload: the bytes of the Thrift CollectorPayload, when recovered
    :param bad_row: one line of JSON, when failed or unrecoverable
    :param error: the error class, when failed or unrecoverable
    :param type: the schema name of the bad row's type, when the line is a bad row
    :param flow: the name of the flow whose step failed, when one did
    """

    outcome: Outcome
    payload: bytes | None = None
    bad_row: str | None = None
    error: str | None = None
    type: str | None = None
    flow: str | None = None


class Recovery:
    """A compiled recovery config. It pickles, and holds no state of any row."""

    def __init__(self, config: RecoveryConfig) -> None:
        self.config = config
        self._fast = FastRoute(config)

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | str | bytes) -> Recovery:
        """Compile a config.

        :param config: a recoveries document, as JSON text or already parsed; only text keeps numbers as written
        :raises ConfigError: with every problem and its JSON path
        """
        return cls(load_config(config))

    def __reduce__(self) -> tuple[type[Recovery], tuple[RecoveryConfig]]:
        return Recovery, (self.config,)

    def recover(self, line: bytes) -> Result:
        """Recover one line; never raises, whatever the bytes are. Invalid UTF-8 is read as U+FFFD."""
        try:
            fast = self._fast.recover(line)
            if isinstance(fast, Recovered):
                return Result("recovered", payload=fast.payload, type=fast.type.schema_name)
            if fast is not None:
                return not_recovered(fast, FailedToMatchConfiguration(fast.uri))
            return self._recover_exactly(javatext.decode(line))
        except Exception as error:  # noqa: BLE001 - a fault of the engine must cost neither the row nor the job
            failure = UnexpectedFault(error)
            return not_read(javatext.decode(line), Unreadable(failure, document=None))

    def _recover_exactly(self, line: str) -> Result:
        try:
            row = read_row(line)
        except Unreadable as unreadable:
            return not_read(line, unreadable)
        name = row.type.schema_name
        try:
            return Result("recovered", payload=recover_row(self.config, row), type=name)
        except MatchTimeout as timeout:
            failure: RowFailure = RegexTimeout(str(timeout))
        except RowFailure as row_failure:
            failure = row_failure
        return not_recovered(row, failure)


def not_read(line: str, unreadable: Unreadable) -> Result:
    """Give the result of a line that is no bad row."""
    return Result("failed", bad_row=format_violation(line, unreadable), error=unreadable.failure.error_class)


def not_recovered(row: BadRow, failure: RowFailure) -> Result:
    """Give the result of a bad row that cannot be recovered."""
    return Result(
        "unrecoverable" if failure.unrecoverable else "failed",
        bad_row=recovery_error(row, failure),
        error=failure.error_class,
        type=row.type.schema_name,
        flow=failure.flow,
    )
