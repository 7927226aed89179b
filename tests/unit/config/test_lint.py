"""Configs without traps give no warning; those of keys, flows and operations are warned of at their place."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery.config.formats import OWN_RECOVERIES
from event_recovery.config.lint.lint import lint_config
from event_recovery.documents.problems import Problem
from support.config.linted import COLLECTOR, ENRICHMENT, VENDOR, config, flow, of_step, only, replace
from support.engine.rows import add, delete, truncate

pytestmark = pytest.mark.unit


def test_a_config_without_traps() -> None:
    document = config(
        {
            ENRICHMENT: [
                flow(
                    conditions=[
                        {"op": "Test", "path": "$.processor.artifact", "value": {"regex": '^"enrich'}},
                        {"op": "Test", "path": "$.payload.raw.vendor", "value": {"value": "com.acme"}},
                        {"op": "Test", "path": "$.failure.messages.[0].schemaKey", "value": {"regex": "checkout"}},
                        {"op": "Test", "path": "$.payload.raw.parameters.aid", "value": {"size": {"gt": 2}}},
                    ],
                    steps=[
                        {
                            "op": "Replace",
                            "path": "$.raw.parameters.cx.data.[0].schema",
                            "match": "1-0-0$",
                            "value": "2",
                        },
                        {
                            "op": "Replace",
                            "path": "$.raw.parameters.[?(@.name=~ue_pr)].value.data.schema",
                            "value": "x",
                        },
                        replace("$.raw.headers", ["X-Up: 1"], match='^"X-Up'),
                        {"op": "Remove", "path": "$.raw.parameters.refr", "match": "^https"},
                        {"op": "Cast", "path": "$.raw.parameters.co.data.n", "from": "String", "to": "Numeric"},
                        {"op": "Remove", "path": "$.raw.parameters.co.data.headers"},
                        {"op": "Remove", "path": "$.raw.parameters.co.userId"},
                    ],
                )
            ],
            COLLECTOR: [flow(steps=[{"op": "Remove", "path": "$.body"}, replace("$.querystring.aid", "x")])],
            f"{VENDOR}/size_violation/jsonschema/*-*-*": [flow()],
        }
    )
    assert lint_config(document) == []


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {},
        {"data": None},
        config(None),
        config([]),
        config({ENRICHMENT: None}),
        config({ENRICHMENT: [None, {}, {"name": 1, "conditions": {}, "steps": [None, {}, {"op": 1, "path": 2}]}]}),
        config({ENRICHMENT: [{"conditions": [{"value": {"regex": 1}}, {"path": None, "value": []}]}]}),
    ],
)
def test_what_is_not_well_formed_is_left_to_validation(document: object) -> None:
    assert lint_config(document) == []


@pytest.mark.parametrize(
    "key",
    [
        "foo",
        f"{VENDOR}/schema_violations/jsonschema/1-0",
        f"{VENDOR}/schema_violations/jsonschema/*",
        f"{VENDOR}/*/jsonschema/*-*-*",
        "iglu:com.*/schema_violations/jsonschema/*-*-*",
        f"{VENDOR}/schema_violations/jsonschema/1-0-0\n",
        f"{VENDOR}/schema_violations/jsonschema/01-0-0",
        f"{VENDOR}/schema_violations/jsonschema/0-*-*",
        f"{VENDOR}/schema_violations/jsonschema/1-00-0",
        f"{VENDOR}/recovery_error/jsonschema/1-0-0",
    ],
)
def test_keys_that_match_no_row(key: str) -> None:
    problem = only(lint_config(config({key: [flow()]})))
    assert problem.message.startswith("the key matches no row: ")
    assert problem.path.startswith("$.data.foo" if key == "foo" else "$.data['iglu:")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (f"{VENDOR}/schema_violation/jsonschema/*-*-*", 'did you mean "schema_violations"?'),
        ("iglu:com.snowplowanalytics.snowplow/schema_violations/jsonschema/1-0-0", f"expected {VENDOR}/"),
        (f"{VENDOR}/schema_violations/avro/1-0-0", "/jsonschema/"),
    ],
)
def test_keys_of_no_known_bad_row(key: str, hint: str) -> None:
    problem = only(lint_config(config({key: [flow()]})))
    assert problem.message.startswith("no bad row that can be read has this schema: ")
    assert hint in problem.message


@pytest.mark.parametrize("name", ["relay_failure", "snowflake_error", "event_forwarding_error"])
def test_keys_of_types_that_the_config_is_not_asked_about(name: str) -> None:
    problem = only(lint_config(config({f"{VENDOR}/{name}/jsonschema/*-*-*": [flow()]})))
    assert problem.message == f"the key matches no row: a row of the type {name} is unrecoverable, whatever the config"


def test_keys_of_other_vendors_are_chosen_by_shape_and_fine() -> None:
    assert lint_config(config({"iglu:com.acme/foo/jsonschema/1-0-0": [flow()]})) == []


def test_repeated_flow_names() -> None:
    problem = only(lint_config(config({ENRICHMENT: [flow("a"), flow("b"), flow("a")], COLLECTOR: [flow("a")]})))
    assert problem.path == f"$.data['{ENRICHMENT}'][2].name"
    assert "'a'" in problem.message


def test_steps_of_an_unrecoverable_type_never_run() -> None:
    key = f"{VENDOR}/size_violation/jsonschema/*-*-*"
    problem = only(of_step(key))
    assert problem == Problem(
        f"$.data['{key}'][0].steps",
        "the steps never run: a row of the type size_violation is unrecoverable",
        "warning",
    )


@pytest.mark.parametrize("step", [add("$.raw.vendor", "x"), delete("$.raw.useragent"), truncate("$.raw.vendor", 1)])
def test_steps_of_our_own_under_4_0_0_only(step: dict[str, Any]) -> None:
    problem = only(lint_config(config({ENRICHMENT: [flow(steps=[step])]})))
    assert problem.path == f"$.data['{ENRICHMENT}'][0].steps[0].op"
    assert f"{step['op']} is run here, but jobs of the Scala engine refuse it" in problem.message
    assert OWN_RECOVERIES.uri in problem.message
    assert lint_config(config({ENRICHMENT: [flow(steps=[step])]}, OWN_RECOVERIES.uri)) == []
