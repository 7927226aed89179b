"""The dashboard of a run, as CloudWatch takes it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from event_recovery.contract import METRICS, NAMESPACE, MetricName
from event_recovery_provider.metrics.series import MetricSeries
from event_recovery_provider.results.dashboard import dashboard_body, put_dashboard

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 22, 11, tzinfo=timezone(timedelta(hours=1)))


def metrics(containers: int) -> list[MetricSeries]:
    return [
        MetricSeries(str(MetricName(f"container_{number}", 0, metric)), (("host", f"ip-10-0-0-{number}"),))
        for number in range(containers)
        for metric in METRICS
    ]


def body(series: list[MetricSeries]) -> dict[str, Any]:
    return dashboard_body(
        series,
        namespace=NAMESPACE,
        region="eu-west-1",
        title="run a",
        start=BEGAN,
        end=BEGAN + timedelta(hours=2),
        note="See `summary.json`.",
    )


def test_each_counter_is_the_sum_over_its_containers() -> None:
    text, over_time, now = body(metrics(2))["widgets"]
    assert text["properties"]["markdown"] == "# run a\nSee `summary.json`."
    entries = over_time["properties"]["metrics"]
    expressions = {entry[0]["id"]: entry[0]["expression"] for entry in entries if isinstance(entry[0], dict)}
    assert expressions["recovered"] == "SUM([FILL(m0, REPEAT), FILL(m4, REPEAT)])"
    assert list(expressions) == ["submitted", "recovered", "failed", "unrecoverable"]
    hidden = [entry for entry in entries if not isinstance(entry[0], dict)]
    assert hidden[0] == [
        NAMESPACE,
        "taskmanager_container_0__Process_0_events_recovered",
        "host",
        "ip-10-0-0-0",
        {"id": "m0", "visible": False},
    ]
    assert len(hidden) == 8
    missing = next(entry[0] for entry in now["properties"]["metrics"] if entry[0].get("id") == "missing")
    assert missing["expression"] == "submitted - recovered - failed - unrecoverable"


def test_skipped_rows_are_submitted_too() -> None:
    skipped = MetricSeries(str(MetricName("container_0", 0, "events_skipped")))
    entries = body([*metrics(1), skipped])["widgets"][2]["properties"]["metrics"]
    expressions = {entry[0]["id"]: entry[0]["expression"] for entry in entries if isinstance(entry[0], dict)}
    assert expressions["submitted"] == "SUM([FILL(m3, REPEAT), FILL(m4, REPEAT)])"
    assert expressions["skipped"] == "SUM([FILL(m4, REPEAT)])"
    assert expressions["missing"] == "submitted - recovered - failed - unrecoverable - skipped"


def test_the_time_of_the_run_is_shown_in_utc() -> None:
    shown = body(metrics(1))
    assert (shown["start"], shown["end"]) == ("2026-11-22T10:00:00.000Z", "2026-11-22T12:00:00.000Z")
    assert {widget["properties"]["region"] for widget in shown["widgets"][1:]} == {"eu-west-1"}


def test_the_widgets_lie_on_the_grid_one_below_the_other() -> None:
    widgets = body(metrics(1))["widgets"]
    assert all(widget["x"] == 0 and widget["width"] == 24 for widget in widgets)
    ends = [widget["y"] + widget["height"] for widget in widgets]
    assert [widget["y"] for widget in widgets] == [0, *ends[:-1]]


def test_a_counter_without_a_series_is_not_asked_for() -> None:
    only = [metric for metric in metrics(1) if not metric.name.endswith("unrecoverable")]
    entries = body(only)["widgets"][2]["properties"]["metrics"]
    expressions = {entry[0]["id"]: entry[0]["expression"] for entry in entries if isinstance(entry[0], dict)}
    assert "unrecoverable" not in expressions
    assert expressions["missing"] == "submitted - recovered - failed"


def test_more_series_than_a_widget_takes_are_refused() -> None:
    with pytest.raises(ValueError, match="504 series; a dashboard shows at most 500"):
        body(metrics(126))


def test_the_call_carries_the_body_as_text() -> None:
    call = next(put_dashboard("event-recovery", body(metrics(1))))
    assert (call.service, call.operation) == ("cloudwatch", "put_dashboard")
    assert json.loads(call.arguments["DashboardBody"]) == body(metrics(1))


@pytest.mark.parametrize("name", ["", "two words", "a" * 256])
def test_a_name_that_cloudwatch_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="dashboard: expected letters"):
        next(put_dashboard(name, {}))
