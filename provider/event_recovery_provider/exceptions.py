"""What can go wrong with a recovery, as types that carry the reason code and the evidence.

Every error pickles, so that it survives the way from the task's process to the one that reports it. Those that derive
from ``AirflowFailException`` are settled: to try the same task again could not end otherwise, so Airflow does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from event_recovery_provider._compat import AirflowFailException
from event_recovery_provider.aws.emr_states import RETRIABLE_REASONS


class RecoveryError(Exception):
    """Root of the provider's errors.

    :param message: what happened, and why
    :param code: the cause, in EMR's words where EMR has one
    :param diagnostics: the evidence: counts, the state of each step, the telling lines of the logs. It is in the task's
        log, and no part of the error's text, whose lines Airflow runs together
    """

    default_code: ClassVar[str] = "RECOVERY_ERROR"

    def __init__(self, message: str, *, code: str = "", diagnostics: str = "") -> None:
        self.message = message
        self.code = code or self.default_code
        self.diagnostics = diagnostics
        super().__init__(message)

    @property
    def retriable(self) -> bool:
        """Whether a new cluster may well succeed although nothing was changed."""
        return self.code in RETRIABLE_REASONS

    def __str__(self) -> str:
        """Return the code and the message."""
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by rebuilding: the default would call the constructor with the message only."""
        return _rebuild, (type(self), self.message, self.code, self.diagnostics)

    def with_diagnostics(self, diagnostics: str, *, told: Iterable[str] = ()) -> Self:
        """Return the same error with the evidence attached, and with it all but the first line of the message.

        :param told: the lines that follow that first one now
        """
        first, _, rest = self.message.partition("\n")
        evidence = "\n".join(filter(None, [rest, diagnostics]))
        return type(self)("\n".join([first, *told]), code=self.code, diagnostics=evidence)


def _rebuild(kind: type[RecoveryError], message: str, code: str, diagnostics: str) -> RecoveryError:
    return kind(message, code=code, diagnostics=diagnostics)


class LaunchError(RecoveryError):
    """AWS did not take a request, and nothing of it is left behind; the next try may succeed."""

    default_code = "LAUNCH_FAILED"


class RelaunchError(RecoveryError):
    """The cluster was lost for a reason that a new cluster may not share; the next try resumes on a new one."""

    default_code = "RELAUNCH_NEEDED"


class SweepError(RecoveryError):
    """Clusters that should end could not be ended; the next try may succeed."""

    default_code = "SWEEP_FAILED"


class AwsRefusedError(RecoveryError, AirflowFailException):
    """AWS refused a call for good: access denied, or something that does not exist."""

    default_code = "AWS_REFUSED"


class SettingsError(RecoveryError, AirflowFailException):
    """The settings of the run cannot be used; the message names each field, its value and what was expected."""

    default_code = "SETTINGS_INVALID"


class PreflightError(RecoveryError, AirflowFailException):
    """Something the run needs is missing or unusable, found before any money was spent."""

    default_code = "PREFLIGHT_FAILED"


class TrialError(RecoveryError, AirflowFailException):
    """Too few rows of a sample would be recovered and pass Enrich, found before any money was spent."""

    default_code = "TRIAL_FAILED"


class ClusterFailedError(RecoveryError, AirflowFailException):
    """The cluster ended, or is ending, before its work was done."""

    default_code = "CLUSTER_FAILED"


class JobFailedError(RecoveryError, AirflowFailException):
    """The step that runs the job failed, was cancelled or was interrupted."""

    default_code = "STEP_FAILURE"


class CheckpointsStalledError(RecoveryError, AirflowFailException):
    """The job runs, but completed no checkpoint for too long."""

    default_code = "CHECKPOINTS_STALLED"


class UnbalancedError(RecoveryError, AirflowFailException):
    """The rows that came out do not add up to those submitted."""

    default_code = "UNBALANCED"


class TooManyFailedRowsError(RecoveryError, AirflowFailException):
    """More rows than allowed could not be recovered: most likely the configuration does not fit the data."""

    default_code = "TOO_MANY_FAILED_ROWS"


class DamagedInputError(RecoveryError, AirflowFailException):
    """Files of the input could not be read to their end; all that could be read is recovered and sent."""

    default_code = "DAMAGED_INPUT"


class NewFailuresError(RecoveryError, AirflowFailException):
    """Bad rows fail in a way that no earlier exploration has seen, and the task was to fail then."""

    default_code = "NEW_FAILURES"


class RunFailedError(RecoveryError, AirflowFailException):
    """A task of the run failed, and nothing else would show it in the state of the run."""

    default_code = "RUN_FAILED"


class RowsMissingError(RecoveryError, AirflowFailException):
    """The job's own account does not add up, or there is none."""

    default_code = "ROWS_MISSING"


class WaitTimeoutError(RecoveryError, AirflowFailException):
    """What was waited for did not happen in time."""

    default_code = "TIMED_OUT"


#: The errors that a verdict may name: a trigger's event carries the name, the task raises the type.
FAILURES: dict[str, type[RecoveryError]] = {
    kind.__name__: kind
    for kind in (
        AwsRefusedError,
        ClusterFailedError,
        JobFailedError,
        CheckpointsStalledError,
        UnbalancedError,
        TooManyFailedRowsError,
        WaitTimeoutError,
    )
}
