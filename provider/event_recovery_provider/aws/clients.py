"""Drivers for the conversations of ``calls``: with boto3 in a task, with aiobotocore in a trigger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from botocore.exceptions import ClientError
from event_recovery.storage.files import encryption_of

from event_recovery_provider._compat import AwsBaseHook
from event_recovery_provider.aws.calls import EXPIRED_CODES, Call, Conversation, error_code

T = TypeVar("T")

#: EMR throttles at less than one call a second for a whole account: back off together, and give the network a limit.
PATIENT: dict[str, Any] = {
    "retries": {"mode": "adaptive", "max_attempts": 6},
    "connect_timeout": 10,
    "read_timeout": 60,
}
#: For the few seconds that a killed task has: one attempt per call, answered at once or not at all.
URGENT: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 1, "read_timeout": 2}
#: For calls that AWS does not make idempotent: sent once, given time, and looked up afterwards when in doubt.
ONCE: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 10, "read_timeout": 120}
#: For a page that a person waits for.
PROMPT: dict[str, Any] = {"retries": {"total_max_attempts": 2}, "connect_timeout": 3, "read_timeout": 10}


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """How to reach AWS: the four parameters that every operator of the Amazon provider takes."""

    #: Where a connection is looked up, which is not the same in a task and in the API server.
    hook_class: ClassVar[type[AwsBaseHook]] = AwsBaseHook

    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: dict[str, Any] | None = None

    def hook(self, service: str, profile: dict[str, Any] = PATIENT) -> AwsBaseHook:
        """Return a hook for a service; ``botocore_config`` goes over the settings of ``profile``."""
        config = {**profile, **(self.botocore_config or {})} if profile is PATIENT else profile
        return self.hook_class(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name or None,  # a template may have come to nothing
            verify=self.verify,
            client_type=service,
            config=config,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON, for a trigger."""
        return asdict(self)


@contextmanager
def _dropped_when_expired(clients: dict[str, Any], service: str) -> Iterator[None]:
    """Forget a client whose credentials are over: the next one reads the connection again."""
    try:
        yield
    except ClientError as error:
        if error_code(error) in EXPIRED_CODES:
            clients.pop(service, None)
        raise


class Aws:
    """Makes calls with boto3; keeps one client per service.

    :param kms_key: ARN of the KMS key that writes to S3 name; empty for none
    """

    def __init__(self, access: AwsAccess, *, profile: dict[str, Any] = PATIENT, kms_key: str = "") -> None:
        self.access = access
        self.profile = profile
        self._encryption = encryption_of(kms_key)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the service's boto3 client."""
        if service not in self._clients:
            self._clients[service] = self.access.hook(service, self.profile).get_conn()
        return self._clients[service]

    def client_of(self, service: str, region: str) -> Any:
        """Return a boto3 client of a service in another region than this task's."""
        return replace(self.access, region_name=region).hook(service, self.profile).get_conn()

    def call(self, call: Call) -> dict[str, Any]:
        """Make one call; a streamed body is read, so that an answer is plain data."""
        further = self._encryption if (call.service, call.operation) == ("s3", "put_object") else {}
        with _dropped_when_expired(self._clients, call.service):
            answer: dict[str, Any] = getattr(self.client(call.service), call.operation)(**call.arguments, **further)
        if hasattr(answer.get("Body"), "read"):
            answer["Body"] = answer["Body"].read()
        return answer

    def run(self, conversation: Conversation[T]) -> T:
        """Hold a conversation to its end and return its result; errors of AWS are raised inside it."""
        try:
            call = next(conversation)
            while True:
                try:
                    answer = self.call(call)
                except Exception as error:  # noqa: BLE001 - the conversation decides, and raises what it does not expect
                    call = conversation.throw(error)
                else:
                    call = conversation.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result


class AsyncAws:
    """Makes calls with aiobotocore, inside ``async with``; one client per service, closed at the end."""

    def __init__(self, access: AwsAccess) -> None:
        self.access = access
        self._clients: dict[str, Any] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open nothing yet: a client is opened by the first call of its service."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every client."""
        self._clients.clear()
        await self._stack.aclose()

    async def call(self, call: Call) -> dict[str, Any]:
        """Make one call; a streamed body is read, so that an answer is plain data."""
        if call.service not in self._clients:
            hook: Any = self.access.hook(call.service)
            connection = await hook.get_async_conn()
            self._clients[call.service] = await self._stack.enter_async_context(connection)
        with _dropped_when_expired(self._clients, call.service):
            answer: dict[str, Any] = await getattr(self._clients[call.service], call.operation)(**call.arguments)
        if hasattr(answer.get("Body"), "read"):
            answer["Body"] = await answer["Body"].read()
        return answer

    async def run(self, conversation: Conversation[T]) -> T:
        """Hold a conversation to its end and return its result; errors of AWS are raised inside it."""
        try:
            call = next(conversation)
            while True:
                try:
                    answer = await self.call(call)
                except Exception as error:  # noqa: BLE001 - the conversation decides, and raises what it does not expect
                    call = conversation.throw(error)
                else:
                    call = conversation.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result
