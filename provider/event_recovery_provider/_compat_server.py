"""What the tab needs of Airflow's API server, and Airflow may move. Nothing else runs in that server."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import get_user, requires_access_dag, resolve_user_from_token
from airflow.models.connection import Connection
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

__all__ = ["IDENTITY_OVERRIDES", "StoredXCom", "connection", "may_read_logs", "xcoms_of_run"]

_MOST_XCOMS: Final = 500

#: A dependency of routes with a ``dag_id``: 401 without a session, 403 for who may not read the logs of this DAG.
may_read_logs: Callable[..., Any] = requires_access_dag("GET", DagAccessEntity.TASK_LOGS)


async def _user_of_token(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
) -> BaseUser:
    token = bearer.credentials if bearer else request.cookies.get(COOKIE_NAME_JWT_TOKEN)
    return await resolve_user_from_token(token)


#: The first releases with tabs look for the token in a header alone, which no frame sends: it has the cookie.
IDENTITY_OVERRIDES: Final[dict[Callable[..., Any], Callable[..., Any]]] = (
    {} if "request" in inspect.signature(get_user).parameters else {get_user: _user_of_token}
)


def connection(conn_id: str) -> Any:
    """Return a connection as the API server finds it: in its environment, a secrets backend or the database.

    The way that tasks have does not lead to the database in the first releases with tabs.

    :raises AirflowNotFoundException: when there is none
    """
    return Connection.get_connection_from_secrets(conn_id)


@dataclass(frozen=True, slots=True)
class StoredXCom:
    """An XCom as it is in the database: ``value`` is JSON, or the text of it."""

    task_id: str
    map_index: int
    key: str
    value: Any


def xcoms_of_run(dag_id: str, run_id: str, keys: Iterable[str]) -> list[StoredXCom] | None:
    """Return a run's XComs of these keys, by task; None when there is no such run."""
    with create_session() as session:
        run = session.scalar(select(DagRun.id).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        if run is None:
            return None
        found = session.execute(
            select(XComModel.task_id, XComModel.map_index, XComModel.key, XComModel.value)
            .where(XComModel.dag_run_id == run, XComModel.key.in_(list(keys)))
            .order_by(XComModel.task_id, XComModel.map_index)
            .limit(_MOST_XCOMS)
        )
        return [StoredXCom(*row) for row in found]
