"""The tab of a DAG run in Airflow's UI. Every component of Airflow loads this; only its API server asks for the app."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from airflow.plugins_manager import AirflowPlugin

from event_recovery_provider.config import TAB

_PREFIX: Final = "event-recovery"
#: Airflow shows plugins in tabs since 3.1.
_SHOWN: Final = TAB and hasattr(AirflowPlugin, "external_views")


class EventRecoveryPlugin(AirflowPlugin):
    """Shows the pages of a recovery beside its DAG run; nothing where Airflow has no tabs, or it is switched off."""

    name = "event_recovery"
    external_views: list[Any] = (
        [
            {
                "name": "Recovery",
                "href": f"{_PREFIX}/dags/{{DAG_ID}}/runs/{{RUN_ID}}/",
                "destination": "dag_run",
                "url_route": "event_recovery",
            }
        ]
        if _SHOWN
        else []
    )

    @cached_property
    def fastapi_apps(self) -> list[Any]:  # type: ignore[override]  # made when it is asked for
        """The app that serves them."""
        if not _SHOWN:
            return []
        from event_recovery_provider.tab.app import make_app

        return [{"app": make_app(), "url_prefix": f"/{_PREFIX}", "name": "Event recovery"}]
