"""Who is told of runs: the deadline, and the DAG that tells of each recovery."""

from __future__ import annotations

import re
import runpy
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import croniter  # noqa: F401 - with its first DAG Airflow loads it, and it asks the command `file` about Python
import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import DAG
from event_recovery_provider.policies import late_run
from support.readme_blocks import block_with

pytestmark = pytest.mark.unit

DAGS = Path(__file__).parents[3] / "dags"
SLACK = "airflow.providers.slack.notifications.slack_webhook.SlackWebhookNotifier"


def test_a_dag_of_ones_own_tells_of_late_runs_as_the_page_says() -> None:
    scope: dict[str, Any] = {}
    exec(compile(block_with("late_run(").text, "docs/telling.md", "exec"), scope)
    (alert,) = deadlines(scope["dag"])
    assert (alert.callback.path, alert.interval) == (SLACK, timedelta(hours=6))
    assert alert.callback.kwargs["slack_webhook_conn_id"] == "slack"


def test_an_airflow_without_deadlines_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "airflow.sdk", ModuleType("airflow.sdk"))
    monkeypatch.setitem(sys.modules, "airflow.sdk.definitions.deadline", None)
    assert late_run(timedelta(hours=1), SLACK) == {}


def test_the_scheduled_dag_tells_nobody_until_somebody_is_named() -> None:
    dag = runpy.run_path(str(DAGS / "event_recovery_scheduled.py"))["preflight"].dag
    assert deadlines(dag) == []
    assert not dag.on_failure_callback


@pytest.mark.parametrize(("failed", "red"), [(4, False), (5, True)])
def test_each_recovery_is_told_of_and_one_with_too_many_failed_rows_is_red(failed: int, red: bool) -> None:
    told = runpy.run_path(str(DAGS / "recovery_told.py"))
    extra = {
        "run_id": "r-1",
        "submitted": 120,
        "skipped": 20,
        "failed": failed,
        "unrecoverable": 0,
        "page": "s3://acme/report.html",
    }
    tell = told["tell"].function
    events = {told["RECOVERED"]: [SimpleNamespace(extra=extra)]}
    line = f"r-1: {failed} of 120 rows ({failed}.0%) stay bad; s3://acme/report.html"
    if red:
        with pytest.raises(AirflowFailException, match=re.escape(line)):
            tell(triggering_asset_events=events)
    else:
        assert tell(triggering_asset_events=events) == [line]


def deadlines(dag: DAG) -> list[Any]:
    """The deadline alerts of a DAG, of which it may have one, several or none."""
    found = dag.deadline
    return [] if found is None else [*found] if isinstance(found, list) else [found]
