"""What the lint says of a step or condition holds for every recorded row: no false alarm in 1,500 configs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from event_recovery import Recovery
from event_recovery.config.lint.lint import lint_config
from event_recovery.config.schema import validate_config
from event_recovery.documents.problems import parse_json_path

pytestmark = pytest.mark.conformance

CASES = Path(__file__).with_name("recorded_cases.jsonl.gz")
FEWEST_CLAIMS = 100


def recorded() -> list[dict[str, Any]]:
    with gzip.open(CASES) as lines:
        return [json.loads(line) for line in lines]


def alone(config: dict[str, Any], path: str) -> dict[str, Any]:
    """Cut a config down to the one step or condition that a problem's path leads to."""
    _, key, flow, members, position, *_ = parse_json_path(path)
    body = config["data"][key][flow][members][position]
    only = {"name": "alone", "conditions": [], "steps": []} | {members: [body]}
    return {"schema": config["schema"], "data": {key: [only]}}


def test_what_is_said_to_fail_does_fail() -> None:
    claims = 0
    for case in recorded():
        for problem in lint_config(case["config"]):
            if "always fails" in problem.message or "never true" in problem.message:
                claims += 1
                result = Recovery.from_config(alone(case["config"], problem.path)).recover(case["line"].encode())
                assert result.outcome != "recovered", (case["id"], problem)
    assert claims >= FEWEST_CLAIMS


def test_configs_that_run_are_valid_but_for_comparisons_with_booleans_and_null() -> None:
    odd = ("got true", "got false", "got null")
    for case in recorded():
        refused = validate_config(case["config"], None)
        assert [problem for problem in refused if not problem.message.endswith(odd)] == [], case["id"]
