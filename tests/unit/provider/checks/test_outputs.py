"""The stream is judged as by the job, whoever asks Kinesis."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from event_recovery.contract import JobOptions
from event_recovery.run.preflight import PreflightError
from event_recovery.run.preflight import check_stream as checked_by_the_job
from event_recovery.storage.locations import Stream
from event_recovery_provider.checks.outputs import check_stream, stream_arn
from support.provider.talk import refused, talk

pytestmark = pytest.mark.unit

ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/good"
OPTIONS = JobOptions(inputs=("i",), output="good", failed="f", unrecoverable="u", config="{}", region="eu-west-1")


def summary(status: str, **more: Any) -> dict[str, Any]:
    return {"StreamDescriptionSummary": {"StreamStatus": status, **more}}


@pytest.mark.parametrize("status", ["ACTIVE", "UPDATING"])
def test_a_stream_that_takes_records_has_no_problem(status: str) -> None:
    found, (call,) = talk(check_stream("good", region="eu-west-1"), [summary(status)])
    assert found == ([], [])
    assert call.arguments == {"StreamName": "good"}
    _, (call,) = talk(check_stream(ARN, region="eu-west-1"), [summary(status)])
    assert call.arguments == {"StreamARN": ARN}


@pytest.mark.parametrize(
    "answer",
    [
        summary("DELETING"),
        summary("CREATING"),
        refused("ResourceNotFoundException", operation="DescribeStreamSummary"),
        refused("InvalidArgumentException", operation="DescribeStreamSummary"),
    ],
)
def test_what_the_job_refuses_is_refused_in_the_same_words(
    answer: dict[str, Any] | ClientError, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Kinesis:
        def describe_stream_summary(self, **_: str) -> dict[str, Any]:
            if isinstance(answer, ClientError):
                raise answer
            return answer

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Kinesis())
    with pytest.raises(PreflightError) as by_the_job:
        checked_by_the_job(Stream("good", None, None), OPTIONS)
    ((problem,), warnings), _ = talk(check_stream("good", region="eu-west-1"), [answer])
    assert f"--{problem}" == str(by_the_job.value)
    assert warnings == []


def test_a_stream_that_airflow_may_not_describe_is_no_problem() -> None:
    (problems, (warning,)), _ = talk(check_stream("good", region="x"), [refused("AccessDeniedException")])
    assert problems == []
    assert warning.startswith("output: stream good was not checked: ")


@pytest.mark.parametrize("output", ["./out", "file:///mnt/out", "a b"])
def test_kinesis_is_not_asked_for_what_is_no_stream(output: str) -> None:
    assert talk(check_stream(output, region="x"), []) == (([], []), [])


def test_a_stream_is_known_by_its_arn_wherever_it_can_be_asked_for() -> None:
    assert talk(stream_arn(ARN), []) == (ARN, [])
    found, (call,) = talk(stream_arn("good"), [summary("ACTIVE", StreamARN=ARN)])
    assert (found, call.arguments) == (ARN, {"StreamName": "good"})
    assert talk(stream_arn("good"), [refused("AccessDeniedException")])[0] == ""
    assert talk(stream_arn("/a/directory"), []) == ("", [])
