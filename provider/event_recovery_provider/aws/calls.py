"""AWS conversations as generators that do no I/O themselves.

A conversation yields the calls it wants made and is sent the answers; what it returns is its result. One driver makes
the calls with boto3 in a task, the other with aiobotocore in a trigger. So a wait is written once, and waits the same
way in both.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from botocore import exceptions as botocore
from botocore.exceptions import ClientError

T = TypeVar("T")

#: Error codes after which the same call, made later, may well succeed.
TRANSIENT_CODES: Final = frozenset(
    {
        "BadGateway",
        "ExpiredToken",
        "ExpiredTokenException",
        "GatewayTimeout",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
#: A listing longer than this many pages is cut: a run has a handful of clusters, steps and checkpoints.
MOST_PAGES = 20

#: The credentials of a client are over; those of a new one may not be.
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an AWS API: the service and operation as boto3 names them, and the arguments."""

    service: str
    operation: str
    arguments: dict[str, Any] = field(default_factory=dict)


#: A conversation that ends with a ``T``.
Conversation = Generator[Call, dict[str, Any], T]


def error_code(error: BaseException) -> str:
    """Return AWS's code for an error, or the name of the type."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__


def is_transient(error: BaseException) -> bool:
    """Tell a failure of the moment (throttling, network, credentials not there yet) from a refusal."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error_code(error) in TRANSIENT_CODES or status >= 500
    return isinstance(
        error,
        botocore.ConnectionError
        | botocore.HTTPClientError
        | botocore.NoCredentialsError
        | botocore.CredentialRetrievalError
        | ConnectionError
        | TimeoutError,
    )


def is_of_aws(error: BaseException) -> bool:
    """Tell whether an error comes from AWS or its client, and not from our own code."""
    return type(error).__module__.startswith(("botocore", "aiobotocore"))


def is_missing(error: ClientError) -> bool:
    """Tell whether an error says that the object asked for does not exist."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status == 404 or error_code(error) in ("404", "NoSuchKey", "NotFound", "NoSuchBucket")


def pages(
    service: str,
    operation: str,
    arguments: dict[str, Any],
    *,
    cursor: tuple[str, str] = ("NextToken", "NextToken"),
    most: int = MOST_PAGES,
) -> Conversation[list[dict[str, Any]]]:
    """Read up to ``most`` pages; ``cursor`` names the field of the next page in the answer, and in the question."""
    found, asked = cursor
    listed: list[dict[str, Any]] = []
    extra: dict[str, Any] = {}
    while len(listed) < most:
        page = yield Call(service, operation, {**arguments, **extra})
        listed.append(page)
        if not page.get(found):
            break
        extra = {asked: page[found]}
    return listed
