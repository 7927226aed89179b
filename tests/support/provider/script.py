"""Scripts AWS for a test of the provider, for both drivers at once, and runs a sensor in a task or in the triggerer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from event_recovery_provider.aws.calls import Call
from event_recovery_provider.aws.clients import URGENT, AsyncAws, Aws
from event_recovery_provider.runtime.task import RecoveryTask
from event_recovery_provider.triggers.wait import RecoveryTrigger

Answer = dict[str, Any] | Exception


class Script:
    """Answers the calls of both drivers, operation by operation; the last answer of an operation stays."""

    def __init__(self, answers: dict[str, list[Answer]]) -> None:
        self.answers = answers
        self.calls: list[Call] = []
        self.clients: list[tuple[str, bool]] = []  # each with whether it is for a kill

    def answer(self, call: Call) -> dict[str, Any]:
        self.calls.append(call)
        left = self.answers[call.operation]
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found


def scripted_aws(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    """Make time fly; returns what scripts AWS for both drivers, with the answers by operation."""
    clock = [1000.0]

    def scripted(**answers: list[Answer]) -> Script:
        script = Script({"list_steps": [{"Steps": []}], **answers})

        async def answer_async(_: AsyncAws, call: Call) -> dict[str, Any]:
            return script.answer(call)

        async def sleep_async(seconds: float) -> None:
            clock[0] += seconds

        def sleep(seconds: float) -> None:
            clock[0] += seconds

        def client(aws: Aws, service: str) -> None:
            script.clients.append((service, aws.profile is URGENT))

        monkeypatch.setattr(Aws, "client", client)
        monkeypatch.setattr(Aws, "call", lambda _, call: script.answer(call))
        monkeypatch.setattr(AsyncAws, "call", answer_async)
        monkeypatch.setattr(asyncio, "sleep", sleep_async)
        monkeypatch.setattr(time, "sleep", sleep)
        monkeypatch.setattr(time, "time", lambda: clock[0])
        monkeypatch.setattr(time, "monotonic", lambda: clock[0])
        monkeypatch.setattr(RecoveryTask, "link", lambda *_, **__: None)
        return script

    return scripted


def finish(sensor: Any, *, deferrable: bool) -> Any:
    """Run a sensor to its end: in place, or by deferring to its trigger, which travels as JSON.

    As in Airflow, what takes over after a deferral is another sensor with the same arguments.
    """
    sensor.deferrable = deferrable
    context: Any = {"ti": None}
    go_on: Callable[[], Any] = partial(copy(sensor).execute, context)
    while True:
        try:
            return go_on()
        except TaskDeferred as deferred:
            assert deferrable
            go_on = partial(resumed, copy(sensor), deferred, context)


def resumed(sensor: Any, deferred: TaskDeferred, context: Any) -> Any:
    """Let the trigger of a deferral run to its event, and the sensor take over."""
    path, arguments = deferred.trigger.serialize()
    assert path == "event_recovery_provider.triggers.wait.RecoveryTrigger"
    trigger = RecoveryTrigger(**json.loads(json.dumps(arguments)))
    event = json.loads(json.dumps(asyncio.run(first_event(trigger))))
    return getattr(sensor, deferred.method_name)(context, event=event, **(deferred.kwargs or {}))


async def first_event(trigger: RecoveryTrigger) -> Any:
    async for event in trigger.run():
        return event.payload
    return None
