"""Records on their way to the stream: in requests of its size, and again until it has taken each."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final
from uuid import uuid4

from event_recovery.replay.pace import Pace
from event_recovery.storage.locations import Stream

#: Seconds in which the stream took nothing, after which a run has failed; longer while it says that it is too busy.
PATIENCE: Final = 100.0
PATIENCE_WHEN_BUSY: Final = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
#: Requests that are filled or under way, beside the one that is being filled.
_AHEAD: Final = 2
_BUSY: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "KMSThrottlingException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
    }
)
#: Codes of refusals that another try does not mend. Source: the errors of PutRecords, and those of all of AWS.
_FINAL: Final = frozenset(
    {
        "ResourceNotFoundException",
        "AccessDeniedException",
        "InvalidArgumentException",
        "ValidationException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "KMSAccessDeniedException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSNotFoundException",
        "KMSOptInRequired",
    }
)


class SendError(Exception):
    """The stream takes no more; the text names it and says why."""


class Sender:
    """Sends payloads under random partition keys, so that all shards share the load.

    Use as a context manager. A request is under way while the next is filled.

    :param client: of boto3, for Kinesis
    :param records: how many a request holds at most
    :param size: bytes of payloads that it holds at most
    :param pace: what each request waits for, None for nothing
    """

    def __init__(
        self,
        client: Any,
        stream: Stream,
        *,
        records: int,
        size: int,
        pace: Pace | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._name = stream.name
        self._stream = {"StreamName": stream.name} if stream.arn is None else {"StreamARN": stream.arn}
        self._records, self._size, self._pace, self._sleep = records, size, pace, sleep
        self._batch: list[bytes] = []
        self._bytes = 0
        self._under_way: deque[Future[None]] = deque()
        self._threads = ThreadPoolExecutor(1, "sender")

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def add(self, payload: bytes) -> None:
        """Take a payload, and wait when too many are under way.

        :raises SendError: when the stream takes no more
        """
        if self._batch and (len(self._batch) == self._records or self._bytes + len(payload) > self._size):
            self._send()
        self._batch.append(payload)
        self._bytes += len(payload)

    def flush(self) -> None:
        """Return when the stream has taken all.

        :raises SendError: when it does not
        """
        if self._batch:
            self._send()
        while self._under_way:
            self._under_way.popleft().result()

    def _send(self) -> None:
        self._under_way.append(self._threads.submit(self._put, self._batch, self._bytes))
        self._batch, self._bytes = [], 0
        while len(self._under_way) > _AHEAD:
            self._under_way.popleft().result()

    def _put(self, payloads: Sequence[bytes], size: int) -> None:
        if self._pace is not None:
            self._pace.wait(len(payloads), size)
        left = [{"Data": payload, "PartitionKey": str(uuid4())} for payload in payloads]
        taken, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            tried = len(left)
            left, codes = self._try(left)
            if not left:
                return
            now = time.monotonic()
            if len(left) < tried:
                taken, pause = now, _FIRST_PAUSE
            if now - taken > (PATIENCE_WHEN_BUSY if codes <= _BUSY else PATIENCE):
                raise SendError(f"stream {self._name} took nothing for {now - taken:.0f} s: {', '.join(sorted(codes))}")
            self._sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _try(self, records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], set[str]]:
        """Send once, and return what is left and why."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.put_records(Records=records, **self._stream)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _FINAL:
                raise SendError(f"stream {self._name}: {error}") from error
            return records, {code}
        except BotoCoreError as error:
            return records, {str(error)}
        results = answer["Records"]
        left = [record for record, one in zip(records, results, strict=True) if one.get("ErrorCode")]
        return left, {one["ErrorCode"] for one in results if one.get("ErrorCode")}
