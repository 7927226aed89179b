"""What every operator of the provider is built on."""

from __future__ import annotations

from typing import Any

from event_recovery_provider._compat import AwsBaseOperator, EmrHook
from event_recovery_provider.planning.identity import DEFAULT_SCOPE
from event_recovery_provider.runtime.task import RecoveryTask


class RecoveryOperator(RecoveryTask, AwsBaseOperator[EmrHook]):
    """Base of the operators.

    :param scope: tells apart several recoveries of one DAG run; the same in all tasks of one recovery
    """

    aws_hook_class = EmrHook
    ui_color = "#dcebf7"

    def __init__(self, *, scope: str = DEFAULT_SCOPE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scope = scope
