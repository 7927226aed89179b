"""The alarms of the docs, as CloudWatch takes them, over the metrics that the report writes."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from event_recovery.contract import NAMESPACE, RunSummary, Tally
from event_recovery_provider.results import account
from localaws.cloudwatch.expressions import evaluate
from support.provider.talk import talk

pytestmark = pytest.mark.unit

ALARMS = Path(__file__).parents[4] / "docs/alarms"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
#: CloudWatch looks back no further than a week, and a day when a period is shorter than an hour.
LONGEST = {True: 7 * 86_400, False: 86_400}


def alarm(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ALARMS / f"{name}.json").read_text())
    return loaded


def published(*, failed: int, unrecoverable: int, skipped: int) -> dict[str, float]:
    """What the report of a run with 200 rows writes, by the name of the metric."""
    kept = 200 - failed - unrecoverable - skipped
    summary = RunSummary(
        run_id="r",
        submitted=200,
        recovered=Tally(kept),
        failed=Tally(failed),
        unrecoverable=Tally(unrecoverable),
        skipped=Tally(skipped),
        started="",
        finished="",
        restarts=0,
        versions={},
    )
    _, (call,) = talk(account.publish(summary, now=NOON), [{}])
    assert call.arguments["Namespace"] == NAMESPACE
    return {one["MetricName"]: one["Value"] for one in call.arguments["MetricData"]}


def metrics_of(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The metrics of an alarm, by the id that its expression has for them."""
    if "MetricName" in told:
        return {"m": {name: told[name] for name in ("Namespace", "MetricName")}}
    return {one["Id"]: one["MetricStat"]["Metric"] for one in told["Metrics"] if "MetricStat" in one}


@pytest.mark.parametrize("name", sorted(file.stem for file in ALARMS.glob("*.json")))
def test_an_alarm_is_what_cloudwatch_takes(name: str) -> None:
    told = alarm(name)
    shape = get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
    report = ParamValidator().validate(told, shape)
    assert not report.has_errors(), report.generate_report()
    assert told["ComparisonOperator"] in shape.members["ComparisonOperator"].enum
    assert told["TreatMissingData"] in ("breaching", "notBreaching", "ignore", "missing")
    metrics = told.get("Metrics", [])
    assert not metrics or [one["Id"] for one in metrics if one["ReturnData"]] == ["share"], "an alarm has one result"
    periods = {told["Period"]} if "Period" in told else {one["MetricStat"]["Period"] for one in metrics[1:]}
    (period,) = periods
    assert period * told["EvaluationPeriods"] <= LONGEST[period >= 3600]
    assert told.get("DatapointsToAlarm", 1) <= told["EvaluationPeriods"]


def test_the_alarms_are_over_metrics_that_a_report_writes() -> None:
    written = published(failed=1, unrecoverable=0, skipped=0)
    for name in ("failed-share", "no-run"):
        for metric in metrics_of(alarm(name)).values():
            assert metric["Namespace"] == NAMESPACE
            assert metric["MetricName"] in written
            assert "Dimensions" not in metric, "the report writes none"


@pytest.mark.parametrize(
    ("failed", "unrecoverable", "skipped", "rings"),
    [(9, 0, 0, False), (6, 4, 0, True), (9, 0, 20, True), (0, 0, 200, None)],
    ids=["few", "both kinds count", "of the chosen rows", "no rows, no point"],
)
def test_the_share_is_that_of_the_account(failed: int, unrecoverable: int, skipped: int, rings: bool | None) -> None:
    told = alarm("failed-share")
    values = published(failed=failed, unrecoverable=unrecoverable, skipped=skipped)
    series = {identifier: {NOON: values[metric["MetricName"]]} for identifier, metric in metrics_of(told).items()}
    share = evaluate(told["Metrics"][0]["Expression"], series, [])  # type: ignore[arg-type]  # times are keys alike
    assert {
        node.id for node in ast.walk(ast.parse(told["Metrics"][0]["Expression"])) if isinstance(node, ast.Name)
    } == {*series}
    assert [value >= told["Threshold"] for value in share.values()] == ([] if rings is None else [rings])
