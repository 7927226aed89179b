"""Waits until a person approves or rejects a run. Before Airflow 3.1, which cannot ask, there is nothing in here."""

from __future__ import annotations

from typing import Any

import msgspec

from event_recovery_provider._compat import ASKS_PEOPLE, Context

if ASKS_PEOPLE:
    from airflow.providers.standard.operators.hitl import ApprovalOperator

    class RecoveryApprovalOperator(ApprovalOperator):
        """Shows a trial to a person, in Airflow's UI, who approves the run or rejects it; a time limit rejects it.

        A run that is rejected ends there: all that follows is skipped, and nothing was paid for.

        :param wanted: whether anybody is asked (templated); if not, the run goes on
        :param subject: headline of the question (templated)
        :param body: what is shown, as Markdown (templated)
        :param response_timeout: how long the answer is waited for
        """

        template_fields = (*ApprovalOperator.template_fields, "wanted")
        ui_color = "#fbf3d9"

        def __init__(self, *, wanted: bool | str = True, **kwargs: Any) -> None:
            # The report, too, has nothing to report then, although its own rule would let it run.
            super().__init__(**{"defaults": self.REJECT, "ignore_downstream_trigger_rules": True, **kwargs})
            self.wanted = wanted

        def execute(self, context: Context) -> Any:
            """Ask, unless nobody is to be asked."""
            if not msgspec.convert(self.wanted, bool, strict=False):
                self.log.info("nobody is asked")
                return None
            return super().execute(context)

        def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
            """Go on with the answer."""
            user = event.get("responded_by_user")
            answer = ", ".join(event.get("chosen_options") or ["none"])
            self.log.info("the answer is %s, by %s", answer, user["name"] if user else "the time limit")
            return super().execute_complete(context, event)
