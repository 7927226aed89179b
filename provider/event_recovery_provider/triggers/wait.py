"""The trigger that holds any wait of a recovery in the triggerer, and ends the work when a user ends the task."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async

from event_recovery_provider._compat import TRIGGER_HAS_ON_KILL, BaseTrigger, TriggerEvent, task_state
from event_recovery_provider.aws.clients import AsyncAws
from event_recovery_provider.emr.end import ends_work, kill
from event_recovery_provider.waits.verdict import Verdict
from event_recovery_provider.waits.wait import FIRST_LOOK_SECONDS, Wait


class RecoveryTrigger(BaseTrigger):
    """Polls for a wait until it is settled or its deadline has passed, and sends the verdict.

    The task has polled just before it deferred, so the first poll comes after a full interval.

    :param wait: the wait as JSON, see ``waits.wait.Wait``
    """

    def __init__(self, wait: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # not annotated by Airflow
        self.wait = Wait.from_dict(wait)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments that make the same trigger again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"wait": self.wait.to_dict()}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event: the settled verdict, with the arguments and the beginning of the wait that it settles."""
        try:
            verdict = await self._settle()
        except asyncio.CancelledError:
            # From 3.3 on the triggerer calls on_kill for a user's action, and only then; before, a cancellation is all
            # there is, and the state of the task tells a user's action from a restart of the triggerer.
            if not TRIGGER_HAS_ON_KILL and await self._state() not in ("deferred", None):
                await self.on_kill()
            raise
        event = {**verdict.to_event(), "arguments": self.wait.arguments, "started": self.wait.started}
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]  # not annotated by Airflow

    async def on_kill(self) -> None:
        """End the work outside Airflow, if that is what the user's action means (see ``emr.end.ends_work``).

        The triggerer cancels once more at its next look, even while this is at work, which goes on all the same.
        """
        self._ending = asyncio.ensure_future(self._end_work())
        await asyncio.shield(self._ending)

    async def _end_work(self) -> None:
        target = self.wait.kill
        if target is None:
            return
        state = await self._state()
        if not ends_work(state):
            self.log.info("the task is %s: cluster %s goes on", state, target.job_flow_id)
            return
        async with AsyncAws(self.wait.access) as aws:
            done = await aws.run(kill(target.policy, job_flow_id=target.job_flow_id, step_id=target.step_id))
        self.log.info("the task was ended by a user: %s", done)

    async def _settle(self) -> Verdict:
        wait = self.wait
        pause = wait.pause(time.time(), least=FIRST_LOOK_SECONDS)
        async with AsyncAws(wait.access) as aws:
            while True:
                await asyncio.sleep(pause)
                verdict = await wait.poll_async(aws)
                self.log.info("waiting for %s: %s", wait.what, verdict.message)
                if verdict.settled:
                    return verdict
                if time.time() >= wait.deadline:
                    return wait.timed_out(verdict)
                pause = wait.pause(time.time())

    async def _state(self) -> str | None:
        """Return the state of the task, None when it cannot be asked for."""
        if self.task_instance is None:
            return None
        try:
            return await sync_to_async(task_state)(self.task_instance)
        except Exception:
            self.log.warning("the state of the task cannot be read", exc_info=True)
            return None
