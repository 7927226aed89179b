"""Each payload is taken by the stream once it says so, however often it has to be asked."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from event_recovery.contract.rate import Rate
from event_recovery.replay.pace import Pace
from event_recovery.replay.processes import shared_turn
from event_recovery.replay.sender import PATIENCE, PATIENCE_WHEN_BUSY, Sender, SendError
from event_recovery.storage.locations import Stream

pytestmark = pytest.mark.unit

BUSY = "ProvisionedThroughputExceededException"


class Kinesis:
    """A stream that answers as it is told, and takes what it does not refuse."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.taken: list[bytes] = []
        self.requests: list[list[bytes]] = []
        self.keys: set[str] = set()

    def put_records(self, *, StreamName: str, Records: list[dict[str, Any]]) -> Any:  # noqa: N803 - boto3's
        assert StreamName == "good"
        self.requests.append([one["Data"] for one in Records])
        self.keys |= {one["PartitionKey"] for one in Records}
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        codes = itertools.islice(itertools.chain(answer or (), itertools.repeat(None)), len(Records))
        results = [{"ErrorCode": code} if code else {"SequenceNumber": "1"} for code in codes]
        self.taken += [one["Data"] for one, result in zip(Records, results, strict=True) if "ErrorCode" not in result]
        return {"Records": results}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRecords")


def send(kinesis: Kinesis, payloads: list[bytes], *, records: int = 3, size: int = 100) -> list[float]:
    slept: list[float] = []
    stream = Stream("good", None, None)
    with Sender(kinesis, stream, records=records, size=size, sleep=slept.append) as sender:
        for payload in payloads:
            sender.add(payload)
        sender.flush()
    return slept


def test_requests_hold_so_many_records_and_bytes() -> None:
    kinesis = Kinesis()
    send(kinesis, [b"1", b"2", b"3", b"4", b"x" * 90, b"y" * 20, b"z" * 200])
    assert kinesis.requests == [[b"1", b"2", b"3"], [b"4", b"x" * 90], [b"y" * 20], [b"z" * 200]]
    assert len(kinesis.keys) == 7


def test_what_is_refused_is_sent_again_and_nothing_else() -> None:
    kinesis = Kinesis([None, BUSY, "InternalFailure"], refused("ServiceUnavailable"), [BUSY, None])
    slept = send(kinesis, [b"1", b"2", b"3"])
    assert kinesis.requests == [[b"1", b"2", b"3"], [b"2", b"3"], [b"2", b"3"], [b"2"]]
    assert sorted(kinesis.taken) == [b"1", b"2", b"3"]
    assert len(slept) == 3


def test_a_stream_that_cannot_be_reached_is_asked_again() -> None:
    kinesis = Kinesis(*[EndpointConnectionError(endpoint_url="http://kinesis")] * 4)
    slept = send(kinesis, [b"1"])
    assert kinesis.taken == [b"1"]
    assert slept == sorted(slept), "each pause is longer"


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException", "KMSDisabledException"])
def test_what_cannot_be_mended_ends_the_run_at_once(code: str) -> None:
    kinesis = Kinesis(refused(code))
    with pytest.raises(SendError, match=f"stream good: .*{code}"):
        send(kinesis, [b"1"])
    assert len(kinesis.requests) == 1


@pytest.mark.parametrize(("code", "patience"), [(BUSY, PATIENCE_WHEN_BUSY), ("InternalFailure", PATIENCE)])
def test_a_stream_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, code: str, patience: float) -> None:
    clock = itertools.count(step=10)
    monkeypatch.setattr("event_recovery.replay.sender.time.monotonic", lambda: next(clock))
    kinesis = Kinesis(*[[code]] * 1000)
    with pytest.raises(SendError, match=f"stream good took nothing for [0-9]+ s: {code}"):
        send(kinesis, [b"1"])
    assert len(kinesis.requests) == pytest.approx(patience / 10 + 1, abs=1)


def test_processes_share_a_rate() -> None:
    turn, now = shared_turn(), 1000.0
    first, second = Pace(Rate(records=10), turn), Pace(Rate(records=10), turn)
    slept: list[float] = []
    for pace in (first, second, first, second):
        pace.wait(5, 0, clock=lambda: now, sleep=slept.append)
    assert slept == [0.5], "a second is made up for at the beginning, then each waits for those before it"


def test_a_rate_counts_keys_and_makes_up_for_a_second_at_most() -> None:
    slept: list[float] = []
    pace = Pace(Rate(size=1000), shared_turn())
    pace.wait(10, 3640, clock=lambda: 50.0, sleep=slept.append)
    pace.wait(1, 964, clock=lambda: 50.0, sleep=slept.append)
    assert slept == [3.0], "4,000 bytes before it, of which a second was made up for"
    pace.wait(1, 964, clock=lambda: 900.0, sleep=slept.append)
    pace.wait(1, 964, clock=lambda: 900.0, sleep=slept.append)
    assert slept == [3.0], "both at once, a second late"
