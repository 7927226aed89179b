"""What every operator of the provider is built on."""

from __future__ import annotations

from typing import Any

from event_recovery_provider import pages
from event_recovery_provider._compat import AwsBaseOperator, Context, EmrHook
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

    def publish_page(self, context: Context, kind: pages.PageKind, uri: str) -> None:
        """Show a page of this run in Airflow's UI, in the tab of the DAG run.

        :param uri: where the page was written, an S3 URI that ends with the file's name of this kind
        :raises ValueError: when it does not
        """
        told = pages.to_xcom(kind, uri, scope=self.scope, aws_conn_id=self.aws_conn_id, region=self.region_name)
        context["ti"].xcom_push(key=pages.XCOM_KEYS[kind], value=told)
