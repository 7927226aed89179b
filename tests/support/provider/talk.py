"""Holds a conversation of the provider against scripted answers, with no AWS and no client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from event_recovery_provider.aws.calls import Call, Conversation

T = TypeVar("T")


def talk(conversation: Conversation[T], answers: Iterable[dict[str, Any] | Exception]) -> tuple[T, list[Call]]:
    """Give a conversation its answers in turn; returns its result and the calls it made."""
    script = iter(answers)
    calls: list[Call] = []
    try:
        call = next(conversation)
        while True:
            calls.append(call)
            answer = next(script)
            call = conversation.throw(answer) if isinstance(answer, Exception) else conversation.send(answer)
    except StopIteration as done:
        left = list(script)
        assert not left, f"the conversation ended with {len(left)} answers left"
        return done.value, calls


def refused(code: str, message: str = "no", *, operation: str = "Operation", status: int = 400) -> ClientError:
    """Return the error of AWS that has a code."""
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


def cluster(state: str, *, code: str = "", message: str = "", **members: Any) -> dict[str, Any]:
    """Return a DescribeCluster answer."""
    reason = {key: value for key, value in (("Code", code), ("Message", message)) if value}
    status = {"State": state, "StateChangeReason": reason}
    return {"Cluster": {"Id": "j-1", "Name": "run", "Status": status, **members}}


def step(state: str, *, name: str = "run-job", step_id: str = "s-1", **status: Any) -> dict[str, Any]:
    """Return a DescribeStep answer."""
    return {"Step": {"Id": step_id, "Name": name, "Status": {"State": state, **status}}}
