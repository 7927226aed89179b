"""Whatever rows say, suggesting ends, and what is suggested is a config that can be checked and run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drills.hostile import LINES
from event_recovery import Recovery
from event_recovery.config.check import check_config
from event_recovery.suggest import as_json, as_markdown
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.evil import evil_rows
from support.engine.rows import ADAPTER, ENRICHMENT, FORMAT_VIOLATION, INSTANT, SCHEMA, TRACKER, bad_row
from support.engine.strategies import LINES as ANY_LINES
from support.suggest.kinds import Registry, suggested
from support.suggest.rows import described, parameters, refused, sent_parameters
from support.verify.registries import schema

pytestmark = pytest.mark.unit

CART = "iglu:com.acme/cart/jsonschema/1-0-0"
STRICT = Registry.of(
    schema("cart", type="object", properties={"total": {"type": "number"}}, additionalProperties=False)
)
WORDS = st.sampled_from(
    ["", "$", "$.a", "$.a[0].b", "a.b", '"', "\\", "\ud800", "(", "$1", CART, "iglu:com.acme/x/jsonschema/1-0-*", "é"]
)
TEXTS = WORDS | st.text(max_size=6)
REPORTS = st.fixed_dictionaries(
    {"message": TEXTS},
    optional={
        "path": st.none() | TEXTS,
        "keyword": st.none() | st.sampled_from(["type", "required", "additionalProperties", "maxLength", "x"]) | TEXTS,
        "targets": st.none() | st.lists(TEXTS, max_size=2),
    },
)
ERRORS = st.fixed_dictionaries({"error": TEXTS}, optional={"dataReports": st.lists(REPORTS, max_size=2)})
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "schemaKey": TEXTS,
        "error": ERRORS | TEXTS,
        "schemaCriterion": TEXTS,
        "field": TEXTS,
        "value": st.none() | TEXTS,
        "expectation": TEXTS,
        "json": TEXTS,
        "enrichment": st.none() | st.fixed_dictionaries({"identifier": TEXTS}),
        "message": TEXTS | ERRORS,
    },
)


@st.composite
def odd_rows(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from([SCHEMA, ENRICHMENT, TRACKER, ADAPTER, FORMAT_VIOLATION]))
    row = bad_row(name)
    failure: dict[str, Any] = {"timestamp": INSTANT, "messages": draw(st.lists(MESSAGES, min_size=1, max_size=3))}
    row["data"]["failure"] |= failure | {"message": draw(MESSAGES)}
    if name in (SCHEMA, ENRICHMENT):
        data = draw(st.dictionaries(TEXTS, TEXTS | st.none() | st.integers(0, 9), max_size=3))
        held = parameters(described(CART, data), described(CART, data), encoded=draw(st.booleans()))
        row["data"]["payload"]["raw"]["parameters"] = [{"name": name, "value": value} for name, value in held.items()]
    return json.dumps(row).encode()


def check(lines: list[bytes], registry: Registry = STRICT) -> None:
    for portable in (False, True):
        result = suggested(lines, registry, portable=portable)
        assert json.dumps(as_json(result))
        assert as_markdown(result, "config.json").encode()
        assert sum(one.of.group.rows for one in result.groups) == len(lines)
        for one in result.groups:
            assert one.mends or one.questions or one.why
        if result.flows:
            report = check_config(json.dumps(result.config).encode(), None, portable=portable)
            assert report.errors == ()
            Recovery.from_config(result.config)


@settings(max_examples=40, deadline=None)
@given(st.lists(odd_rows(), min_size=1, max_size=4))
def test_odd_failures_are_told_or_mended(lines: list[bytes]) -> None:
    check(lines)


@settings(max_examples=20, deadline=None)
@given(st.lists(ANY_LINES, min_size=1, max_size=4))
def test_any_lines_are_told(lines: list[bytes]) -> None:
    check(lines)


def test_hostile_lines_and_scripts_are_told() -> None:
    check([*LINES, *evil_rows()])


@pytest.mark.parametrize(
    "name", ["a b", 'a"b', "a\\b", "$1", "a.b", "é", "(a", "[0]", "a]", "total ", "ünï_cödé", "co"]
)
@pytest.mark.parametrize("portable", [False, True])
def test_a_property_is_deleted_whatever_its_name_is(name: str, *, portable: bool) -> None:
    line = refused(STRICT, parameters(described(CART, {"total": 1, name: 'x"y}'})))
    result = suggested([line], STRICT, portable=portable)
    [one] = result.groups
    assert one.tried.passing == 1
    sent = json.loads(sent_parameters(Recovery.from_config(result.config), line)["ue_pr"])["data"]["data"]
    assert sent in ({"total": 1}, {"total": 'x"y}'})
