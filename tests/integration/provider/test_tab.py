"""The tab of a run, asked for as a browser does: who may see it, what can be asked for, and what it lets pages do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from event_recovery_provider.pages import XCOM_KEYS
from event_recovery_provider.planning.identity import RunIdentity
from localaws.fabric import Fabric

if TYPE_CHECKING:
    # Loads a web server, which whoever runs other tests does without.
    from support.airflow.server import Server

pytestmark = pytest.mark.integration

DAG = "event_recovery"
RUN = "manual__2026-11-29T10:00:00+00:00"
LAKE = "s3://lake/base/runs/"
OWN = LAKE + RunIdentity(DAG, RUN).run_id
SECRET = b"what only others may see"
TRIAL = b'<!doctype html>\n<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">\n<p>3 rows'
OBJECTS = {
    f"{OWN}/trial.html": TRIAL,
    f"{OWN}/summary.json": SECRET,
    f"{LAKE}{RunIdentity(DAG, 'another').run_id}/trial.html": SECRET,
    "s3://private/trial.html": SECRET,
    "s3://private/explore.html": b"",
    "s3://lake/daily/explore.html": b"<!doctype html>\n<p>2 groups",
}
RUNS = "/event-recovery/dags/{}/runs/{}/"
OF_RUN = RUNS.format(DAG, RUN.replace("+", "%2B"))


def says(kind: Any, uri: str, **changes: Any) -> dict[str, Any]:
    return {XCOM_KEYS[kind]: {"uri": uri, "scope": "recovery", "aws_conn_id": "lake", "region": None, **changes}}


@pytest.fixture(scope="module")
def server(running_fabric: Fabric, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from support.airflow.server import api_server

    s3 = running_fabric.client("s3")
    for bucket in ("lake", "private"):
        s3.create_bucket(Bucket=bucket)
    for uri, body in OBJECTS.items():
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "hidden", "region_name": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch, api_server(tmp_path_factory.mktemp("server"), patch) as server:
        server.add_connection("lake", endpoint_url=running_fabric.env["AWS_ENDPOINT_URL_S3"], **keys)
        server.add_connection("down", endpoint_url="http://127.0.0.1:1", **keys)
        explored = says("explore", "s3://lake/daily/explore.html")
        server.add_run(DAG, RUN, {"trial": says("trial", f"{OWN}/trial.html"), "recovery.explore": explored})
        server.add_run("other", RUN, {})
        yield server


def get(server: Server, path: str, user: str = "ada") -> Any:
    """Ask as a frame of that user's browser does."""
    server.client.cookies.set(server.cookie, server.token(user))
    try:
        return server.client.get(path)
    finally:
        server.client.cookies.clear()


def one(server: Server, run_id: str, kind: str, uri: str, **changes: Any) -> tuple[Any, Any]:
    """Return the documents of a run of which one task says this: the run's, and the page's."""
    server.add_run(DAG, run_id, {"task": says(kind, uri, **changes)})
    shown = get(server, RUNS.format(DAG, run_id))
    return shown, get(server, RUNS.format(DAG, run_id) + f"task/-1/{kind}/page")


def test_who_may_read_the_dags_logs_sees_the_pages_of_its_run(server: Server) -> None:
    shown = get(server, OF_RUN)
    assert shown.status_code == 200
    assert 'href="recovery.explore/-1/explore/">What failed' in shown.text
    assert 'href="trial/-1/trial/" aria-current="page">Trial' in shown.text
    assert '<iframe sandbox="allow-scripts" title="Trial" src="trial/-1/trial/page">' in shown.text
    other = get(server, f"{OF_RUN}recovery.explore/-1/explore/")
    assert 'src="../../../recovery.explore/-1/explore/page"' in other.text
    page = get(server, f"{OF_RUN}trial/-1/trial/page")
    assert (page.status_code, page.content) == (200, TRIAL)
    assert get(server, f"{OF_RUN}recovery.explore/-1/explore/page").text.endswith("2 groups")
    bearer = {"Authorization": f"Bearer {server.token('ada')}"}
    assert server.client.get(f"{OF_RUN}trial/-1/trial/page", headers=bearer).content == TRIAL


WAYS = [f"{OF_RUN}{way}" for way in ("", "trial/-1/trial/", "trial/-1/trial/page")]


@pytest.mark.parametrize("path", WAYS)
def test_no_session_and_no_right_to_the_dag_see_nothing(server: Server, path: str) -> None:
    assert server.client.get(path).status_code == 401
    refused = get(server, path, user="olga")
    assert (refused.status_code, refused.json()) == (403, {"detail": "Forbidden"})
    assert get(server, RUNS.format("other", RUN), user="olga").status_code == 200
    server.client.cookies.set(server.cookie, server.token("ada")[:-4])
    assert server.client.get(path).status_code in (401, 403)
    server.client.cookies.clear()
    assert get(server, path, user="a user without a role").status_code == 403


@pytest.mark.parametrize("path", WAYS)
def test_each_answer_is_kept_by_nobody_and_framed_by_airflow_alone(server: Server, path: str) -> None:
    for answer in (get(server, path), server.client.get(path)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
    sandboxed = "; sandbox;" in get(server, path).headers["Content-Security-Policy"]
    assert sandboxed == path.endswith("page")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (RUNS.format(DAG, "no-such-run"), 404),
        (RUNS.format("no_such_dag", RUN), 404),
        (RUNS.format("~", RUN), 404),
        (f"{OF_RUN}trial/-1/report/page", 404),
        (f"{OF_RUN}trial/0/trial/page", 404),
        (f"{OF_RUN}recovery.explore/-1/trial/page", 404),
        (f"{OF_RUN}trial/-1/summary/page", 422),
        (f"{OF_RUN}trial/-1/summary.json/page", 422),
        (f"{OF_RUN}trial/x/trial/page", 422),
        (f"{OF_RUN}trial/-1/trial/page/../../summary.json", 404),
        (f"{OF_RUN}trial/-1/trial/page/..%2f..%2fsummary.json", 404),
        (f"{OF_RUN}..%2f..%2ftrial/-1/trial/page", 404),
        (RUNS.format(DAG, "..") + "trial/-1/trial/page", 404),
        (RUNS.format(DAG, "%2e%2e%2f%2e%2e") + "trial/-1/trial/page", 404),
        ("/event-recovery/openapi.json", 404),
        ("/event-recovery/docs", 404),
    ],
)
def test_nothing_else_can_be_asked_for(server: Server, path: str, status: int) -> None:
    answer = get(server, path)
    assert answer.status_code == status
    assert SECRET not in answer.content
    assert TRIAL not in answer.content


def test_what_a_request_says_of_a_place_is_not_read(server: Server) -> None:
    there = "uri=s3://private/trial.html&bucket=private&key=trial.html&aws_conn_id=down&dag_id=other"
    assert get(server, f"{OF_RUN}trial/-1/trial/page?{there}").content == TRIAL


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("trial", f"{LAKE}{RunIdentity(DAG, 'another').run_id}/trial.html"),
        ("trial", "s3://private/trial.html"),
        ("trial", f"{OWN}/summary.json"),
        ("explore", f"{OWN}/summary.json"),
        ("explore", "s3://lake/daily/../private/explore.html"),
        ("explore", "file:///lake/explore.html"),
        ("explore", "http://127.0.0.1/explore.html"),
        ("explore", "explore.html"),
    ],
)
def test_what_an_xcom_names_has_to_be_a_page_of_its_run(server: Server, kind: str, uri: str) -> None:
    """As if somebody had written it by the API."""
    shown, page = one(server, f"wrong-{kind}-{uri}".replace("/", "."), kind, uri)
    assert "The task task has no page that can be shown: " in shown.text
    assert "<iframe" not in shown.text
    assert page.status_code == 404
    assert SECRET not in page.content


def test_a_run_without_pages_says_so(server: Server) -> None:
    shown = get(server, RUNS.format("other", RUN))
    assert "This run has no page of a recovery yet." in shown.text


def test_what_s3_does_not_give_is_told_and_its_hosts_and_keys_are_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = LAKE + RunIdentity(DAG, "gone").run_id + "/trial.html"
    _, page = one(server, "gone", "trial", gone)
    assert (page.status_code, f"{gone} is not there any more." in page.text) == (404, True)
    _, page = one(server, "down", "explore", "s3://lake/daily/explore.html", aws_conn_id="down")
    assert (page.status_code, "cannot be read: EndpointConnectionError." in page.text) == (502, True)
    assert "127.0.0.1" not in page.text
    _, page = one(server, "empty", "explore", "s3://private/explore.html")
    assert (page.status_code, "cannot be read: S3 answers InvalidRange." in page.text) == (502, True)
    monkeypatch.setattr("event_recovery_provider.tab.app.MOST_BYTES", len(TRIAL))
    assert get(server, f"{OF_RUN}trial/-1/trial/page").content == TRIAL
    monkeypatch.setattr("event_recovery_provider.tab.app.MOST_BYTES", len(TRIAL) - 1)
    assert "is larger than" in get(server, f"{OF_RUN}trial/-1/trial/page").text
