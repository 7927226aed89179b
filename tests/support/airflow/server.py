"""Airflow's API server in this process, whole but for its port: its database, its users, the plugins that it found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow import settings
from airflow.api_fastapi.app import create_app, get_auth_manager, purge_cached_app
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models import Connection, DagRun, import_all_models
from airflow.models.base import Base
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from sqlalchemy import Insert, select

from support.airflow.users import USERS, options_of_users


@dataclass(frozen=True)
class Server:
    """The server, and what stands in its database."""

    client: TestClient
    #: The name of the cookie that holds the token of a session.
    cookie = COOKIE_NAME_JWT_TOKEN

    def token(self, user: str) -> str:
        """Return the token of a user's session."""
        return get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role=USERS.get(user)))

    def add_run(self, dag_id: str, run_id: str, xcoms: Mapping[str, Mapping[str, Any]]) -> None:
        """Add a DAG run with the XComs of its tasks, by task and key."""
        run = {"dag_id": dag_id, "run_id": run_id}
        with create_session() as session:
            session.execute(_insert("dag_run", **run, run_type="manual", run_after=datetime.now(UTC)))
            dag_run_id = session.scalar(select(DagRun.id).filter_by(**run))
            for task_id, values in xcoms.items():
                task = {**run, "task_id": task_id, "map_index": -1}
                session.execute(_insert("task_instance", **task, pool="default_pool"))
                for key, value in values.items():
                    session.execute(_insert("xcom", **task, dag_run_id=dag_run_id, key=key, value=value))

    def add_connection(self, conn_id: str, **extra: Any) -> None:
        """Add a connection to AWS."""
        with create_session() as session:
            session.add(Connection(conn_id=conn_id, conn_type="aws", extra=json.dumps(extra)))


def _insert(table: str, **values: Any) -> Insert:
    """Return a row as it is: the models want a DAG for it."""
    row: Insert = Base.metadata.tables[table].insert().values(**values)
    return row


@contextmanager
def api_server(work: Path, patch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Have a server whose users are those of ``support.airflow.users``, and whose database is below ``work``."""
    for name, value in {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{work}/airflow.db",
        **options_of_users(work),
        "AIRFLOW__API_AUTH__JWT_SECRET": "of this test " * 5,
        "_AIRFLOW_PROCESS_CONTEXT": "server",  # as the server's own entry sets it
    }.items():
        patch.setenv(name, value)
    kept = settings.SQL_ALCHEMY_CONN, settings.SQL_ALCHEMY_CONN_ASYNC
    settings.configure_vars()  # type: ignore[no-untyped-call]
    settings.reconfigure_orm()  # type: ignore[no-untyped-call]
    try:
        import_all_models()  # type: ignore[no-untyped-call]
        with create_session() as session:
            Base.metadata.create_all(session.get_bind())
        with TestClient(create_app("core"), follow_redirects=False) as client:
            yield Server(client)
    finally:
        purge_cached_app()
        settings.SQL_ALCHEMY_CONN, settings.SQL_ALCHEMY_CONN_ASYNC = kept
        settings.reconfigure_orm()  # type: ignore[no-untyped-call]
