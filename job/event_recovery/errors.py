"""The reasons why a row cannot be recovered, each with the reference's message."""

from __future__ import annotations

from collections.abc import Callable

from event_recovery.text.jsonexact import pretty
from event_recovery.text.jsontext import Json, no_spaces


class RowFailure(Exception):  # noqa: N818 - the domain's word
    """One row cannot be recovered; ``str()`` is the message for its bad row.

    :param message: a function when it prints whole documents, because most failures are only a condition that does not
        hold, and the message is never read
    """

    #: Whether no config could recover the row.
    unrecoverable = False

    def __init__(self, message: str | Callable[[], str]) -> None:
        super().__init__(message)
        self.message = message
        #: The name of the flow whose step failed, when one did.
        self.flow: str | None = None

    def __str__(self) -> str:
        return self.message if isinstance(self.message, str) else self.message()

    @property
    def error_class(self) -> str:
        """The name of the error class, as the reference calls it."""
        return type(self).__name__


class InvalidJsonFormat(RowFailure):
    """A text that should be JSON is not, or the changed payload no longer has its type."""

    def __init__(self, data: str) -> None:
        super().__init__(f"Failed to parse JSON string from {data}")


class InvalidDataFormat(RowFailure):
    """A line is not a bad row, or a path enters a list of name/value pairs where it cannot."""

    def __init__(self, reason: str, *, node: Json = None, missing: bool = False) -> None:
        super().__init__(
            lambda: f"Failed to create object from JSON string {'' if missing else f'in {pretty(node)}'}. {reason}",
        )


class FailedToMatchConfiguration(RowFailure):
    """No key of the config matches the row, or no flow's conditions hold."""

    def __init__(self, uri: str) -> None:
        super().__init__(
            f"Failed to load recovery configuration for {uri}. No schema-configuration mapping found.",
        )


class UnrecoverableBadRowType(RowFailure):
    """The row's type carries no payload that could be sent again.

    :param why: a sentence that is added to the reference's
    """

    unrecoverable = True

    def __init__(self, type_name: str, why: str = "") -> None:
        failed = f"Failed to recover bad row of type com.snowplowanalytics.snowplow.badrows.BadRow.{type_name}."
        super().__init__(f"{failed} {why}".rstrip())


class ReplacementFailure(RowFailure):
    """A Replace or Remove step does not fit its target, or found none."""

    def __init__(self, *, match: str | None, value: Json, data: str) -> None:
        what = "full field contents" if match is None else match
        super().__init__(f"Failed to replace {what} with {no_spaces(value)} in {data}")


class CastFailure(RowFailure):
    """A Cast step does not fit its target, or found none."""

    def __init__(self, *, data: str, source: str, target: str) -> None:
        super().__init__(f"Failed to cast {data} from {source} to {target}")


class AdditionFailure(RowFailure):
    """An Add step found no target, or cannot add to it."""

    def __init__(self, *, value: Json, trail: str, document: Json) -> None:
        super().__init__(lambda: f"Failed to add {no_spaces(value)} to path {trail} on {no_spaces(document)}")


class RenameFailure(RowFailure):
    """A Rename step found nothing to rename, or its new name taken."""

    def __init__(self, *, path: str, name: str, reason: str) -> None:
        super().__init__(f"Failed to rename {path} to {name}: {reason}")


class SetFailure(RowFailure):
    """A Set step cannot make the place for its value."""

    def __init__(self, *, path: str, value: Json, reason: str) -> None:
        super().__init__(lambda: f"Failed to set {path} to {no_spaces(value)}: {reason}")


class TruncationFailure(RowFailure):
    """A Truncate step found no text, or nothing."""

    def __init__(self, *, data: str, length: int) -> None:
        super().__init__(f"Failed to truncate {data} to {length} characters")


class Base64Failure(RowFailure):
    """A text that should be base64 is not."""

    def __init__(self, *, data: str, reason: str) -> None:
        super().__init__(
            f"Failed to properly transform to/from Base64 string: {data}. "
            f"Data is not properly base64-encoded: {reason}",
        )


class ThriftFailure(RowFailure):
    """Bytes that should be a Thrift collector payload are not."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Unable to serialize data to thrift: {reason}")


class UnexpectedFieldFormat(RowFailure):
    """A collector payload's querystring has no pair."""

    def __init__(self, *, data: str, reason: str) -> None:
        super().__init__(
            f"Supplied data: {data} in querystring, does not comply expected data format (k1=v1&k2=v2). "
            f"Raised error: {reason}",
        )


class UncoerciblePayload(RowFailure):
    """An Iglu or SendGrid webhook payload has no usable ``ue_pr`` parameter."""

    def __init__(self, *, reason: str, payload: Json) -> None:
        super().__init__(
            "Unable to coerce payload of type com.snowplowanalytics.snowplow.badrows.Payload.EnrichmentPayload "
            f"to CollectorPayload: {reason}. Data: {no_spaces(payload)}",
        )


class RegexTimeout(RowFailure):
    """A regex of the config took too long on this row."""


class WouldFail(RowFailure):
    """Enrich would refuse the recovered payload, or some of its events."""


class CameBack(RowFailure):
    """Recoveries have sent the event as often as they may, and Enrich refused it each time."""

    def __init__(self, *, sends: int, run_id: str, limit: int) -> None:
        super().__init__(
            f"Recoveries have sent this event {sends} {'time' if sends == 1 else 'times'}, the last of them "
            f"{run_id}, and it came back. It is sent {limit} {'time' if limit == 1 else 'times'} at most."
        )


class UnexpectedFault(RowFailure):
    """The engine itself failed on this row, which is kept as text; please report it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"Unexpected fault of the recovery itself: {type(error).__name__}: {error}")


class PayloadTooLarge(RowFailure):
    """A recovered event is larger than the stream accepts."""

    def __init__(self, *, size: int, limit: int) -> None:
        super().__init__(
            f"The recovered event has {size} bytes, more than the {limit} bytes a record of the stream holds."
        )


class TooManyAttempts(RowFailure):
    """A row has failed as often as it may."""

    unrecoverable = True

    def __init__(self, *, attempts: int, error: str) -> None:
        super().__init__(f"Given up after {attempts} attempts, the last of which ended so: {error}")
