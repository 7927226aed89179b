"""A CloudWatch dashboard that shows one run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from event_recovery.contract import OUTCOMES

from event_recovery_provider.aws.calls import Call, Conversation
from event_recovery_provider.metrics.counts import COUNTERS, Counter
from event_recovery_provider.metrics.series import MetricSeries, counter_of
from event_recovery_provider.results.chart import COLOURS

#: As many metrics as one widget takes.
METRICS_PER_WIDGET: Final = 500
_COLUMNS = 24
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


def dashboard_body(
    metrics: Sequence[MetricSeries],
    *,
    namespace: str,
    region: str,
    title: str,
    start: datetime,
    end: datetime,
    period: int = 60,
    note: str = "",
) -> dict[str, Any]:
    """Return the body of a dashboard: a note, the counters over time, and where they stand.

    The counters are sums over the containers. A container that reports no more counts with its last value, as it does
    in the balance.

    :param metrics: the series of the run, from ``metrics.series.select``
    :param note: Markdown
    :raises ValueError: for more series than one widget can show
    """
    if len(metrics) > METRICS_PER_WIDGET:
        raise ValueError(f"the run has {len(metrics)} series; a dashboard shows at most {METRICS_PER_WIDGET}")
    parts: dict[Counter, list[str]] = {counter: [] for counter in COUNTERS}
    hidden: list[list[Any]] = []
    for number, metric in enumerate(metrics):
        counter = counter_of(metric)
        if counter is not None:
            parts[counter].append(f"m{number}")
            if counter == "skipped":
                # As in the account, the rows submitted hold the skipped ones.
                parts["submitted"].append(f"m{number}")
            dimensions = [text for pair in metric.dimensions for text in pair]
            hidden.append([namespace, metric.name, *dimensions, {"id": f"m{number}", "visible": False}])
    shown = {counter: ids for counter, ids in parts.items() if ids}
    sums = [_expression(counter, _sum(ids), counter, COLOURS[counter]) for counter, ids in shown.items()]
    rest = [_expression("missing", _missing(shown), "not accounted for", "#c0392b")] if "submitted" in shown else []
    common = {"region": region, "stat": "Maximum", "period": period}
    over_time = {**common, "view": "timeSeries", "stacked": False, "yAxis": {"left": {"min": 0}}, "title": title}
    numbers = {**common, "view": "singleValue", "setPeriodToTimeRange": False, "title": "Now"}
    return {
        "start": _time(start),
        "end": _time(end),
        "widgets": [
            _widget("text", 0, 3, {"markdown": f"# {title}\n{note}".rstrip()}),
            _widget("metric", 3, 9, {**over_time, "metrics": [*sums, *hidden]}),
            _widget("metric", 12, 4, {**numbers, "metrics": [*sums, *rest, *hidden]}),
        ],
    }


def put_dashboard(name: str, body: dict[str, Any]) -> Conversation[None]:
    """Write a dashboard, in place of any of that name.

    :raises ValueError: for a name that CloudWatch does not take
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"dashboard: expected letters, digits, - and _, at most 255, given {name!r}")
    yield Call("cloudwatch", "put_dashboard", {"DashboardName": name, "DashboardBody": json.dumps(body)})


def _sum(ids: Iterable[str]) -> str:
    return f"SUM([{', '.join(f'FILL({one}, REPEAT)' for one in ids)}])"


def _missing(shown: dict[Counter, list[str]]) -> str:
    return " - ".join(["submitted", *(part for part in (*OUTCOMES, "skipped") if part in shown)])


def _expression(identifier: str, expression: str, label: str, colour: str) -> list[Any]:
    return [{"id": identifier, "expression": expression, "label": label, "color": colour}]


def _widget(kind: str, top: int, height: int, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "x": 0, "y": top, "width": _COLUMNS, "height": height, "properties": properties}


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
