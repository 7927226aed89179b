"""The engine: a compiled config that recovers one line at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from event_recovery.badrows.output import format_violation, recovery_error
from event_recovery.badrows.row import BadRow, Unreadable, read_row
from event_recovery.badrows.serialise import clean_payload
from event_recovery.config.loader import RecoveryConfig, load_config
from event_recovery.contract.mark import check_resends, check_run_id, next_mark, read_mark, with_mark
from event_recovery.engine.exact import recover_row
from event_recovery.engine.fast import FastRoute
from event_recovery.engine.result import Limits, Recovered, Result
from event_recovery.errors import (
    CameBack,
    FailedToMatchConfiguration,
    PayloadTooLarge,
    RegexTimeout,
    RowFailure,
    TooManyAttempts,
    UnexpectedFault,
)
from event_recovery.javaregex import MatchTimeout
from event_recovery.text import javatext
from event_recovery.text.thrift import change_headers

_NO_LIMITS: Final = Limits()


class Recovery:
    """A compiled recovery config, with its limits. It pickles, and holds no state of any row.

    :param clean: whether querystrings are written so that Enrich reads them as they were meant, and not as the
        reference writes them; see ``badrows.serialise.clean_payload``
    :param mark: the id of the run that the mark of each payload names, None for no marks; see ``contract.mark``
    :raises ValueError: for a run id that no mark can name, or a limit that needs marks
    """

    def __init__(
        self, config: RecoveryConfig, limits: Limits = _NO_LIMITS, *, clean: bool = False, mark: str | None = None
    ) -> None:
        if mark is not None:
            check_run_id(mark)
        check_resends(limits.resends, mark=mark is not None)
        self.config, self.limits, self.clean, self.mark = config, limits, clean, mark
        self._fast = FastRoute(config)
        self._most_bytes = limits.payload_bytes
        self._most_attempts = limits.attempts

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any] | str | bytes,
        *,
        limits: Limits = _NO_LIMITS,
        clean: bool = False,
        mark: str | None = None,
    ) -> Recovery:
        """Compile a config.

        :param config: a recoveries document, as JSON text or already parsed; only text keeps numbers as written
        :param limits: how large a payload may be, how often a row is tried, and how often an event is sent
        :param clean: whether querystrings are written so that Enrich reads them as they were meant
        :param mark: the id of the run that the mark of each payload names, None for no marks
        :raises ConfigError: with every problem and its JSON path
        :raises ValueError: for a run id that no mark can name, or a limit that needs marks
        """
        return cls(load_config(config), limits, clean=clean, mark=mark)

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.config, self.limits, self.clean, self.mark)

    def recover(self, line: bytes) -> Result:
        """Recover one line, whatever the bytes are. Invalid UTF-8 is read as U+FFFD."""
        fault: str | None = None
        try:
            fast = self._fast.recover(line)
            if isinstance(fast, Recovered):
                return self._sent(line, fast, 1)
            if fast is not None:
                return self._not_recovered(fast, FailedToMatchConfiguration(fast.uri))
        except Exception as error:  # noqa: BLE001 - after a fault of the fast route the exact one may still succeed
            fault = type(error).__name__
        result = self._recover_exactly(line)
        if fault is not None:
            result.fault = fault
        return result

    def _recover_exactly(self, line: bytes) -> Result:
        text = javatext.decode(line)
        try:
            row = read_row(text)
            try:
                return self._sent(line, recover_row(self.config, row), row.recoveries + 1)
            except MatchTimeout as timeout:
                return self._not_recovered(row, RegexTimeout(str(timeout)))
            except RowFailure as failure:
                return self._not_recovered(row, failure)
        except Unreadable as unreadable:
            return not_read(text, unreadable)
        except Exception as error:  # noqa: BLE001 - a fault of the engine must lose neither the row nor the job
            return not_read(text, Unreadable(UnexpectedFault(error), document=None))

    def _sent(self, line: bytes, recovered: Recovered, attempts: int) -> Result:
        payload = clean_payload(recovered.payload, recovered.sent) if self.clean else recovered.payload
        if self.mark is not None:
            before, most = read_mark(recovered.headers), self.limits.resends
            if before is not None and most is not None and before.sends >= most:
                return self.refused(line, CameBack(sends=before.sends, run_id=before.run_id, limit=most))
            now = next_mark(before, self.mark)
            payload = change_headers(payload, lambda headers: with_mark(headers, now))
        if self._most_bytes is not None and len(payload) > self._most_bytes:
            return self.refused(line, PayloadTooLarge(size=len(payload), limit=self._most_bytes))
        return Result("recovered", payload, type=recovered.type.schema_name, attempts=attempts, sent=recovered.sent)

    def refused(self, line: bytes, failure: RowFailure) -> Result:
        """Return the result of a row whose payload must not be sent; an unreadable row is kept as text."""
        text = javatext.decode(line)
        try:
            return self._not_recovered(read_row(text), failure)
        except Unreadable as unreadable:
            return not_read(text, unreadable)

    def _not_recovered(self, row: BadRow, failure: RowFailure) -> Result:
        attempts = row.recoveries + 1
        if self._most_attempts is not None and attempts >= self._most_attempts and not failure.unrecoverable:
            flow, failure = failure.flow, TooManyAttempts(attempts=attempts, error=str(failure))
            failure.flow = flow
        message = str(failure)
        return Result(
            "unrecoverable" if failure.unrecoverable else "failed",
            bad_row=recovery_error(row, message, flow=failure.flow),
            error=failure.error_class,
            type=row.unknown or row.type.schema_name,
            flow=failure.flow,
            message=message,
            attempts=attempts,
        )


def _make(config: RecoveryConfig, limits: Limits, clean: bool, mark: str | None) -> Recovery:
    return Recovery(config, limits, clean=clean, mark=mark)


def not_read(line: str, unreadable: Unreadable) -> Result:
    """Return the result of a line that is not a bad row."""
    return Result(
        "failed",
        bad_row=format_violation(line, unreadable),
        error=unreadable.failure.error_class,
        type=unreadable.type_name,
        message=str(unreadable.failure),
    )
