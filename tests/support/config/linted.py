"""Configs of one flow, one step or one condition, and what the lint says of them."""

from __future__ import annotations

from typing import Any

from event_recovery.config.lint.lint import lint_config
from event_recovery.documents.problems import Problem

VENDOR = "iglu:com.snowplowanalytics.snowplow.badrows"
ENRICHMENT = f"{VENDOR}/schema_violations/jsonschema/2-0-*"
COLLECTOR = f"{VENDOR}/adapter_failures/jsonschema/*-*-*"
RAW_STRING = f"{VENDOR}/collector_payload_format_violation/jsonschema/1-0-0"
RECOVERIES_4 = "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0"


def config(data: object, schema: str = RECOVERIES_4) -> dict[str, Any]:
    return {"schema": schema, "data": data}


def replace(path: str, value: object, **more: object) -> dict[str, Any]:
    return {"op": "Replace", "path": path, "value": value} | more


def flow(name: str = "main", conditions: list[Any] | None = None, steps: list[Any] | None = None) -> dict[str, Any]:
    return {"name": name, "conditions": conditions or [], "steps": steps or []}


def of_step(key: str = ENRICHMENT, **step: Any) -> list[Problem]:
    body = {name.rstrip("_"): value for name, value in step.items()}
    return lint_config(config({key: [flow(steps=[{"op": "Replace", "path": "$.raw.vendor", "value": "x"} | body])]}))


def of_condition(key: str = ENRICHMENT, **condition: Any) -> list[Problem]:
    body = {"op": "Test", "path": "$.processor.artifact", "value": {"value": "x"}} | condition
    return lint_config(config({key: [flow(conditions=[body])]}))


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, problems
    assert problems[0].severity == "warning"
    return problems[0]
