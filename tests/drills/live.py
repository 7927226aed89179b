"""Live traffic beside the job: a writer that sends to the same stream, and what of it the stream refuses."""

from __future__ import annotations

import threading
import time
import uuid
from types import TracebackType
from typing import Any, Self

_REQUESTS_A_SECOND = 20
_RECORD = b"live" * 200


class LiveWriter:
    """Sends ``pace`` records a second of 800 bytes to a stream while it is entered, and sends none a second time.

    ``sent`` counts those that the stream took or refused, ``refused`` those that it refused because it was busy.
    """

    def __init__(self, kinesis: Any, stream: str, *, pace: float) -> None:
        self.sent = 0
        self.refused = 0
        self._kinesis, self._stream, self._pace = kinesis, stream, pace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(1 / _REQUESTS_A_SECOND):
            # After a pause no more than what a writer that was not held up would send at once.
            owed = round((time.monotonic() - began) * self._pace) - self.sent
            records = [{"Data": _RECORD, "PartitionKey": uuid.uuid4().hex} for _ in range(min(owed, 500))]
            if not records:
                continue
            answer = self._kinesis.put_records(StreamName=self._stream, Records=records)
            self.sent += len(records)
            self.refused += sum(
                one.get("ErrorCode") == "ProvisionedThroughputExceededException" for one in answer["Records"]
            )
