"""The tab of a run in Airflow's own UI, in a browser: whoever may see the DAG sees the page, and nobody else."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from demo.screenshots import show_tab
from event_recovery_provider.pages import XCOM_KEYS
from event_recovery_provider.planning.identity import RunIdentity
from localaws.fabric import Fabric
from localaws.processes import wait_until
from playwright.sync_api import Page, expect
from support.airflow.day import World
from support.airflow.postgres import Postgres
from support.airflow.service import Airflow, change_example, example_dags
from support.airflow.users import options_of_users
from support.browser import open_page
from support.provider.site import ROW, Site

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

DAG = "event_recovery"
#: The example ``bad_rows_daily``, at shorter intervals.
EVERY_MINUTE = "bad_rows_every_minute"


@dataclass(frozen=True)
class Tried:
    """A run that was tried, and waits for an answer."""

    airflow: Airflow
    site: Site
    run_id: str


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Tried]:
    with Fabric(tmp_path_factory.mktemp("fabric")) as fabric:
        env = {**fabric.env, "AWS_ENDPOINT_URL_S3": fabric.endpoint_url}
        work = tmp_path_factory.mktemp("airflow")
        dags = {"examples": example_dags(), "changed": work / "dags"}
        dags["changed"].mkdir()
        changes = {'"bad_rows_daily"': f'"{EVERY_MINUTE}"', '"0 6 * * *"': '"* * * * *"'}
        change_example("bad_rows_daily.py", dags["changed"], changes)
        database = postgres.airflow_database()
        with Airflow(work, env=env, dags=dags, database=database, **options_of_users(work)) as airflow:
            day = World(airflow, fabric).day(DAG, approval=True)
            airflow.wait_for_task(DAG, day.run_id, "approve", "awaiting_input")
            yield Tried(airflow, day.site, day.run_id)


def address(tried: Tried, way: str = "") -> str:
    return f"/event-recovery/dags/{DAG}/runs/{quote(tried.run_id)}/{way}"


def log_in(page: Page, tried: Tried, user: str) -> None:
    """Log in by the form, as a person does."""
    page.goto(f"{tried.airflow.url}/auth/login")
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(user)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "/auth/login" not in url)


def status_of(tried: Tried, path: str, user: str | None) -> tuple[int, str]:
    """Ask for a path as it is: a browser would resolve the dots in it."""
    headers = {} if user is None else {"Cookie": f"_token={tried.airflow.log_in(user)}"}
    connection = http.client.HTTPConnection(urlsplit(tried.airflow.url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_who_may_see_the_dag_sees_the_page_in_an_origin_of_its_own(tried: Tried, tell: Callable[[str], None]) -> None:
    refused: list[str] = []
    with open_page(width=1400, height=800) as page:
        page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
        log_in(page, tried, "ada")
        shown = show_tab(page, tried.airflow.url, DAG, tried.run_id)
        expect(shown.locator("h1")).to_contain_text("trial of", ignore_case=True)
        expect(shown.locator("body")).to_contain_text("would take 3 of the recovered rows")
        (frame,) = [one for one in page.frames if one.url.endswith("/trial/page")]
        assert frame.evaluate("self.origin") == "null"
    assert refused == []
    tell("the page is shown")


@pytest.mark.parametrize(("user", "status"), [(None, 401), ("olga", 403), ("ada", 200)])
@pytest.mark.parametrize("way", ["", "trial/-1/trial/", "trial/-1/trial/page"])
def test_without_a_session_or_the_dag_there_is_nothing(tried: Tried, user: str | None, status: int, way: str) -> None:
    with open_page() as page:
        if user:
            log_in(page, tried, user)
        answer = page.goto(tried.airflow.url + address(tried, way))
        assert answer is not None
        assert answer.status == status
    assert status_of(tried, address(tried, way), user)[0] == status


@pytest.mark.parametrize(
    ("way", "status"),
    [
        ("trial/-1/trial/../../../../day-other/trial/-1/trial/page", 404),
        ("../day-other/trial/-1/trial/page", 404),
        ("trial/-1/trial/page/..%2f..%2fsummary.json", 404),
        ("trial/-1/trial/page?uri=s3://other/trial.html", 200),
        ("trial/-1/report/page", 404),
        ("trial/-1/config.json/page", 422),
        ("preflight/-1/trial/page", 404),
    ],
)
def test_nothing_but_the_pages_of_the_run_can_be_asked_for(tried: Tried, way: str, status: int) -> None:
    answered, text = status_of(tried, address(tried, way), "ada")
    assert answered == status
    assert ("would take 3 of the recovered rows" in text) == (status == 200)


def test_an_exploration_is_in_the_tab_and_its_groups_are_in_the_asset_event(
    tried: Tried, tell: Callable[[str], None]
) -> None:
    airflow, site = tried.airflow, tried.site
    airflow.api("POST", "/variables", {"key": "event_recovery", "value": json.dumps(site.settings())})
    site.put("bad/now.jsonl", ROW)
    path = f"/assets/events?source_dag_id={EVERY_MINUTE}&order_by=timestamp"

    def events() -> list[dict[str, Any]]:
        return [one for one in airflow.api("GET", path)["asset_events"] if one["extra"]["rows"]]

    wait_until(lambda: bool(events()), 300, "an exploration of the minute in which the row came", interval=2)
    event = events()[0]
    assert (event["extra"]["group_count"], event["extra"]["new"], event["extra"]["whole"]) == (1, [], True)
    run_id = event["source_run_id"]
    with open_page() as page:
        log_in(page, tried, "ada")
        shown = show_tab(page, airflow.url, EVERY_MINUTE, run_id)
        expect(shown.locator("body")).to_contain_text(event["extra"]["groups"][0]["name"])
    tell("the exploration is shown, and the asset event has its groups")


def test_an_xcom_that_a_person_changes_leads_nowhere_else(tried: Tried) -> None:
    other = f"runs/{RunIdentity(DAG, 'another').run_id}/trial.html"
    tried.site.put(f"event-recovery/{other}", b"of another run")
    path = f"/dags/{DAG}/dagRuns/{tried.run_id}/taskInstances/trial/xcomEntries/{XCOM_KEYS['trial']}"
    kept = tried.airflow.api("GET", path)["value"]
    changed = {**kept, "uri": f"s3://{tried.site.bucket}/event-recovery/{other}"}
    tried.airflow.api("PATCH", path, {"value": changed})
    try:
        assert status_of(tried, address(tried, "trial/-1/trial/page"), "ada")[0] == 404
        status, text = status_of(tried, address(tried), "ada")
        assert (status, "is no page of this run" in text) == (200, True)
    finally:
        tried.airflow.api("PATCH", path, {"value": kept})
    assert status_of(tried, address(tried, "trial/-1/trial/page"), "ada")[0] == 200
