"""The pages of a run that Airflow's UI shows: what a task says of one, and how much of that is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from event_recovery.contract import layout

from event_recovery_provider.aws.s3 import split_uri
from event_recovery_provider.planning.identity import RunIdentity

PageKind = Literal["explore", "trial", "report"]

#: The kinds of pages, in the order in which a run has them, each with the name of its file.
FILES: Final[Mapping[PageKind, str]] = {"explore": "explore.html", "trial": layout.TRIAL, "report": layout.REPORT}
#: Under which XCom a task says where its page of a kind is.
XCOM_KEYS: Final[Mapping[PageKind, str]] = {kind: f"event_recovery_page_{kind}" for kind in FILES}

#: Pages that lie below the prefix of their run.
_BELOW_THE_RUN: Final = ("trial", "report")


class PageError(ValueError):
    """What an XCom names is no page of its run; the text says why."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page of a run is, and how it is reached.

    :param aws_conn_id: the connection of the task that wrote it; None for the credentials of the machine
    """

    kind: PageKind
    task_id: str
    map_index: int
    uri: str
    aws_conn_id: str | None
    region: str | None


def to_xcom(
    kind: PageKind, uri: str, *, scope: str, aws_conn_id: str | None, region: str | None
) -> dict[str, str | None]:
    """Return what a task says of its page.

    :raises ValueError: when this is no URI of such a page
    """
    _folders(kind, uri)
    return {"uri": uri, "scope": scope, "aws_conn_id": aws_conn_id, "region": region}


def from_xcom(
    kind: PageKind, value: Any, *, dag_id: str, run_id: str, task_id: str, map_index: int, deployment: str
) -> Page:
    """Return the page that an XCom names.

    Whoever may edit XComs by the API can write such a value. So the page of a run has to lie below the prefix of this
    very run, whose name follows from the DAG, its run and the scope.

    :param value: the XCom as it is in Airflow's database: JSON, or the text of it
    :param deployment: the name of this Airflow
    :raises PageError: when it names no page of this run
    """
    fields = _fields(value)
    uri = fields["uri"] or ""
    try:
        folders = _folders(kind, uri)
    except ValueError as error:
        raise PageError(str(error)) from None
    if kind in _BELOW_THE_RUN:
        own = RunIdentity(dag_id, run_id, fields["scope"] or "", map_index, deployment).run_id
        if folders[-2:] != ["runs", own]:
            raise PageError(f"{uri!r} is no page of this run; expected one in runs/{own}/")
    return Page(kind, task_id, map_index, uri, fields["aws_conn_id"], fields["region"])


def _folders(kind: PageKind, uri: str) -> list[str]:
    """Return the folders of a page's key; ValueError when it is no such page."""
    try:
        *folders, name = split_uri(uri)[1].split("/")
    except ValueError:
        folders, name = [], ""
    if name != FILES[kind] or {".", ".."} & {*folders}:
        raise ValueError(f"{uri!r} is no page of the kind {kind!r}; expected s3://BUCKET/.../{FILES[kind]}")
    return folders


def _fields(value: Any) -> dict[str, str | None]:
    try:
        told = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        told = None
    names = ("uri", "scope", "aws_conn_id", "region")
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str | None) for name in names):
        raise PageError(f"the XCom is {value!r:.200}; expected an object with the texts {', '.join(names)}")
    return {name: told.get(name) for name in names}
