"""The app that shows the pages of a run, mounted in Airflow's API server.

A mounted app inherits no check of the server's, so each request is checked here: who asks must have a session, and may
read the logs of the DAG, since the pages hold what logs hold. A request names a DAG, a run, a task and a kind, and
nothing else; where the page is, was said by the task.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from event_recovery_provider._compat_server import IDENTITY_OVERRIDES, may_read_logs, xcoms_of_run
from event_recovery_provider.config import DEPLOYMENT
from event_recovery_provider.pages import FILES, XCOM_KEYS, Page, PageError, PageKind, from_xcom
from event_recovery_provider.tab.html import FRAME_POLICY, frame, message, page_policy

log = logging.getLogger(__name__)

#: A page with the examples of two hundred groups has some two megabytes.
MOST_BYTES: Final = 16 << 20
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": FRAME_POLICY,
}
_RUN: Final = "/dags/{dag_id}/runs/{run_id}/"
_PAGE: Final = _RUN + "{task_id}/{map_index}/{kind}/"
_UP: Final = "../../../"


@dataclass(frozen=True, slots=True)
class _Shown:
    """The pages of a run, and what is wrong with what other XComs of it say."""

    pages: list[Page]
    faults: list[str]


def make_app() -> FastAPI:
    """Return the app."""
    app = FastAPI(
        title="Event recovery",
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(may_read_logs)],
        default_response_class=HTMLResponse,
    )
    app.dependency_overrides |= IDENTITY_OVERRIDES
    app.middleware("http")(_guarded)
    app.get(_RUN)(show_run)
    app.get(_PAGE)(show_page)
    app.get(_PAGE + "page")(send_page)
    return app


async def _guarded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await go_on(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def show_run(dag_id: str, run_id: str) -> HTMLResponse:
    """Show the last page that the run has."""
    found = _pages(dag_id, run_id)
    if not found.pages:
        return HTMLResponse(
            message(
                "This run has no page of a recovery yet.",
                "A recovery shows here what became of a sample of its rows and, at its end, of all of them; an"
                " exploration shows what failed. A page is there once its task has ended.",
                *found.faults,
            )
        )
    last = max(found.pages, key=lambda one: list(FILES).index(one.kind))
    return HTMLResponse(frame(found.pages, last, notes=found.faults))


def show_page(dag_id: str, run_id: str, task_id: str, map_index: int, kind: PageKind) -> HTMLResponse:
    """Show one page of the run."""
    found = _pages(dag_id, run_id)
    return HTMLResponse(frame(found.pages, _chosen(found, task_id, map_index, kind), up=_UP, notes=found.faults))


def send_page(dag_id: str, run_id: str, task_id: str, map_index: int, kind: PageKind) -> HTMLResponse:
    """Send one page of the run, as it is in S3."""
    page = _chosen(_pages(dag_id, run_id), task_id, map_index, kind)
    # Loads the Amazon provider, which an API server needs for nothing else.
    from event_recovery_provider.tab.reading import read_page

    try:
        body = read_page(page, most=MOST_BYTES + 1)
    except (ClientError, BotoCoreError) as error:
        log.warning("the page %s cannot be read: %s", page.uri, error)
        return HTMLResponse(message(f"{page.uri} cannot be read: {_told(error)}."), status_code=502)
    if body is None:
        return HTMLResponse(message(f"{page.uri} is not there any more."), status_code=404)
    if len(body) > MOST_BYTES:
        return HTMLResponse(
            message(f"{page.uri} is larger than {MOST_BYTES >> 20} MiB, and not shown here."), status_code=502
        )
    return HTMLResponse(body, headers={"Content-Security-Policy": page_policy(body)})


def _pages(dag_id: str, run_id: str) -> _Shown:
    stored = xcoms_of_run(dag_id, run_id, XCOM_KEYS.values())
    if stored is None:
        raise HTTPException(404, "there is no such run")
    kinds = {key: kind for kind, key in XCOM_KEYS.items()}
    found = _Shown([], [])
    for one in stored:
        try:
            page = from_xcom(
                kinds[one.key],
                one.value,
                dag_id=dag_id,
                run_id=run_id,
                task_id=one.task_id,
                map_index=one.map_index,
                deployment=DEPLOYMENT,
            )
        except PageError as error:
            log.warning("the XCom %s of %s in %s, %s: %s", one.key, one.task_id, dag_id, run_id, error)
            found.faults.append(f"The task {one.task_id} has no page that can be shown: {error}")
        else:
            found.pages.append(page)
    found.pages.sort(key=lambda one: list(FILES).index(one.kind))
    return found


def _chosen(found: _Shown, task_id: str, map_index: int, kind: PageKind) -> Page:
    for page in found.pages:
        if (page.task_id, page.map_index, page.kind) == (task_id, map_index, kind):
            return page
    raise HTTPException(404, "the run has no such page")


def _told(error: ClientError | BotoCoreError) -> str:
    """Say what went wrong without the text of it, which may name accounts, roles and hosts."""
    if isinstance(error, ClientError):
        return f"S3 answers {error.response.get('Error', {}).get('Code', 'with an error')}"
    return type(error).__name__
