"""What a task says of its page, and what is believed of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery_provider.pages import XCOM_KEYS, Page, PageError, PageKind, from_xcom, to_xcom
from event_recovery_provider.planning.identity import RunIdentity

pytestmark = pytest.mark.unit

OF_RUN: dict[str, Any] = {"dag_id": "dag", "run_id": "run", "task_id": "task", "map_index": -1, "deployment": ""}
FOLDER = f"s3://lake/base/runs/{RunIdentity('dag', 'run').run_id}"


def said(kind: PageKind, uri: str, **changes: Any) -> dict[str, str | None]:
    told: dict[str, Any] = {"scope": "recovery", "aws_conn_id": "lake", "region": None, **changes}
    return to_xcom(kind, uri, **told)


def read(kind: PageKind, value: Any, **changes: Any) -> Page:
    return from_xcom(kind, value, **{**OF_RUN, **changes})


@pytest.mark.parametrize("form", [dict, json.dumps])
def test_what_a_task_says_is_read_in_either_form_that_airflow_keeps(form: Any) -> None:
    told = form(said("report", f"{FOLDER}/report.html"))
    assert read("report", told) == Page("report", "task", -1, f"{FOLDER}/report.html", "lake", None)


def test_a_run_of_another_scope_index_or_deployment_has_its_own_pages() -> None:
    own = RunIdentity("dag", "run", "second", 3, "blue").run_id
    told = said("trial", f"s3://lake/runs/{own}/trial.html", scope="second")
    assert read("trial", told, map_index=3, deployment="blue").map_index == 3
    for changes in ({"map_index": 3}, {"deployment": "blue"}, {"map_index": 3, "deployment": "blue", "run_id": "x"}):
        with pytest.raises(PageError, match=r"is no page of this run; expected one in runs/dag-"):
            read("trial", told, **changes)


@pytest.mark.parametrize("uri", [f"{FOLDER}/x/trial.html", "s3://lake/trial.html", f"{FOLDER}/../trial.html"])
def test_a_page_elsewhere_is_none_of_the_run(uri: str) -> None:
    with pytest.raises(PageError):
        read("trial", {"uri": uri, "scope": "recovery", "aws_conn_id": None, "region": None})


@pytest.mark.parametrize(
    "uri",
    [f"{FOLDER}/summary.json", f"{FOLDER}/trial.html.gz", "/tmp/trial.html", "https://lake/trial.html", "s3://", ""],
)
def test_a_task_cannot_say_that_another_file_is_a_page(uri: str) -> None:
    with pytest.raises(ValueError, match=r"trial\.html|S3"):
        said("trial", uri)


@pytest.mark.parametrize(
    "value", [None, 1, "", "x", "[]", [], {"uri": 1}, {"uri": "s3://b/explore.html", "aws_conn_id": {"a": "b"}}]
)
def test_an_xcom_of_another_form_is_told(value: Any) -> None:
    with pytest.raises(PageError):
        read("explore", value)


def test_each_kind_has_a_key_of_its_own() -> None:
    """A single task has a trial and a report."""
    assert len(set(XCOM_KEYS.values())) == 3
