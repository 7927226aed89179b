"""The errors of the Kinesis API, named as the service names them."""

from __future__ import annotations


class KinesisError(Exception):
    """An error answer: ``code`` as clients see it, the HTTP status, and the message."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid_argument(message: str) -> KinesisError:
    """A value that makes no sense for this stream."""
    return KinesisError("InvalidArgumentException", message)


def validation(message: str) -> KinesisError:
    """Input outside the bounds of the API model."""
    return KinesisError("ValidationException", f"1 validation error detected: {message}")


def not_found(message: str) -> KinesisError:
    """No such stream or shard."""
    return KinesisError("ResourceNotFoundException", message)


def in_use(message: str) -> KinesisError:
    """The stream exists already, or is in no state for this action."""
    return KinesisError("ResourceInUseException", message)


def limit_exceeded(message: str) -> KinesisError:
    """A limit of the account or of an action, not of a shard."""
    return KinesisError("LimitExceededException", message)


def throughput_exceeded(message: str) -> KinesisError:
    """A shard's capacity is used up for the moment."""
    return KinesisError("ProvisionedThroughputExceededException", message)
