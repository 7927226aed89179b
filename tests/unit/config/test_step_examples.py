"""The examples of the page on configs do what they say."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import pytest
from event_recovery.config.formats import OWN_RECOVERIES
from event_recovery.config.lint.lint import lint_config
from support.config.linted import ENRICHMENT, config, flow
from support.engine.rows import SCHEMA, Json, bad_row, enrichment_payload, fields_of, recover_own
from support.readme_blocks import Block, blocks

pytestmark = pytest.mark.unit

HEAD = (
    '{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",'
    '"data":{"schema":"iglu:com.acme/checkout/jsonschema/1-0-0","data":'
)
TAIL = "}}"


def examples() -> list[tuple[Block, Block]]:
    """Give each step of the page with the block after it, which says what the step does."""
    page = [block for block in blocks() if block.page == "docs/recovery-config.md"]
    return [(step, told) for step, told in pairwise(page) if step.text.startswith('{"op"')]


def made(text: str) -> Json:
    """Give the row of an example: its parameters, or those of an event with this data."""
    listed = [("e", "ue"), ("ue_pr", HEAD + text + TAIL)] if text.startswith("{") else parse_qsl(text)
    parameters = [{"name": name, "value": value} for name, value in listed]
    return bad_row(SCHEMA, enrichment_payload(parameters=parameters))


def sent(row: Json, *steps: Json) -> Any:
    querystring = fields_of(recover_own(row, *steps))["querystring"]
    assert isinstance(querystring, str)
    return parse_qsl(querystring)


@pytest.mark.parametrize(("step", "told"), examples(), ids=str)
def test_an_example_of_a_step(step: Block, told: Block) -> None:
    document = json.loads(step.text)
    before, after = (line.partition("  ")[2].strip() for line in told.text.splitlines())
    assert sent(made(before), document) == sent(made(after))
    assert lint_config(config({ENRICHMENT: [flow(steps=[document])]}, OWN_RECOVERIES.uri)) == []


def test_every_step_of_our_own_has_one() -> None:
    assert {json.loads(step.text)["op"] for step, _ in examples()} == {"Delete", "Rename", "Set", "Truncate", "Cast"}
