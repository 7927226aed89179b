"""What the engine loads as a config, and how it tells everything that is wrong with one."""

from __future__ import annotations

import json
import pickle
import re

import pytest
from event_recovery import ConfigError, Recovery
from support.engine.rows import (
    ADAPTER,
    CONFIG_SCHEMA,
    OWN_CONFIG_SCHEMA,
    Json,
    add,
    apply,
    bad_row,
    cast,
    collector_payload,
    condition,
    config,
    delete,
    fields_of,
    flow,
    holds,
    own_config,
    recover_with,
    remove,
    rename,
    replace,
    set_to,
    truncate,
    uri,
)

pytestmark = pytest.mark.unit

KEY = uri(ADAPTER)
AT_FLOW = f"$.data['{KEY}'][0]"


def problems(document: Json) -> dict[str, str]:
    """Load a config that must be refused, and give its problems by path."""
    with pytest.raises(ConfigError) as caught:
        Recovery.from_config(document)
    assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
    return {problem.path: problem.message for problem in caught.value.problems}


def with_flow(body: Json) -> Json:
    return {"schema": CONFIG_SCHEMA, "data": {KEY: [body]}}


LOADS = {
    "L1-no-keys": config(keys=[]),
    "L3-compare-with-null": with_flow(flow(conditions=[condition("a", value=None)])),
    "L6-name-with-a-blank": with_flow(flow(name="has space")),
    "L7-key-that-is-no-uri": config(flow(), keys=["foo"]),
    "L8-size-as-text": with_flow(flow(conditions=[condition("a", size={"eq": "3"})])),
    "compare-with-true": with_flow(flow(conditions=[condition("a", value=True)])),
    "Q14-add": with_flow(flow(add("a", 1))),
    "own-steps": with_flow(flow(delete("a"), rename("a", "b"), set_to("a", None), truncate("a", 0))),
    "own-steps-under-our-own": own_config(flow(delete("a"), cast("a", "String", "Integer")), keys=[KEY]),
    "remove-without-value": with_flow(flow(remove("a"))),
    "match-null": with_flow(flow(replace("a", "x") | {"match": None})),
    "replace-null": with_flow(flow(replace("a", None))),
    "same-names": config(flow(), flow()),
    "extra-keys-everywhere": {
        "schema": CONFIG_SCHEMA,
        "more": 1,
        "data": {KEY: [flow(cast("a", "String", "Numeric") | {"more": 1}, conditions=[]) | {"more": 1}]},
    },
    "any-iglu-uri": config(keys=[]) | {"schema": "iglu:com.acme/x/y/1-2-3"},
    "empty-list-of-flows": config(keys=[KEY]),
}


@pytest.mark.parametrize("document", LOADS.values(), ids=LOADS)
def test_what_loads(document: Json) -> None:
    from_document, from_text = Recovery.from_config(document), Recovery.from_config(json.dumps(document))
    assert from_document.recover(b"{}").outcome == from_text.recover(b"{}").outcome == "failed"


def test_l7_a_key_that_is_no_uri_never_matches() -> None:
    assert recover_with(config(flow(), keys=["foo"]), bad_row(ADAPTER)).error == "FailedToMatchConfiguration"


MATCHERS = {
    "regex-before-value": ({"regex": "x", "value": "y"}, '{"a":"x"}', True),
    "value-before-size": ({"value": 1, "size": {"eq": 7}}, '{"a":1}', True),
    "eq-before-gt": ({"size": {"eq": 3, "gt": 100}}, '{"a":3}', True),
    "gt-before-lt": ({"size": {"lt": 1, "gt": 2}}, '{"a":3}', True),
    "L8-size-as-text": ({"size": {"eq": "3"}}, '{"a":3}', True),
    "regex-that-is-no-string": ({"regex": 1, "value": 3}, '{"a":3}', True),
}


@pytest.mark.parametrize(("matcher", "data", "expected"), MATCHERS.values(), ids=MATCHERS)
def test_the_first_matcher_that_fits(matcher: Json, data: str, expected: bool) -> None:
    assert holds(condition("$.a", **matcher), data) is expected


STEP, CONDITION = f"{AT_FLOW}.steps[0]", f"{AT_FLOW}.conditions[0]"
REFUSED: dict[str, tuple[Json, dict[str, str]]] = {
    "L2-bare-string": (
        with_flow(flow(conditions=[{"op": "Test", "path": "a", "value": "str"}])),
        {f"{CONDITION}.value": 'expected .*regex.*value.*size.*got "str"'},
    ),
    "L2-empty": (
        with_flow(flow(conditions=[{"op": "Test", "path": "a", "value": {}}])),
        {f"{CONDITION}.value": "expected .*regex.*value.*size.*got {}"},
    ),
    "condition-without-value": (
        with_flow(flow(conditions=[{"op": "Test", "path": "a"}])),
        {CONDITION: "value is missing"},
    ),
    "condition-op": (
        with_flow(flow(conditions=[condition("a", value=1) | {"op": "test"}])),
        {f"{CONDITION}.op": 'expected "Test", got "test"'},
    ),
    "condition-path": (
        with_flow(flow(conditions=[condition("a", value=1) | {"path": 1}])),
        {f"{CONDITION}.path": "expected a path like .*, got 1"},
    ),
    "size-of-nothing": (
        with_flow(flow(conditions=[condition("a", size={})])),
        {f"{CONDITION}.value.size": "expected one of eq, gt and lt, got {}"},
    ),
    "size-fraction": (
        with_flow(flow(conditions=[condition("a", size={"gt": 1.5})])),
        {f"{CONDITION}.value.size.gt": "expected a 32-bit integer, got 1.5"},
    ),
    "size-beyond-32-bits": (
        with_flow(flow(conditions=[condition("a", size={"gt": 2**31})])),
        {f"{CONDITION}.value.size.gt": "expected a 32-bit integer, got 2147483648"},
    ),
    "L4-Q12-replace-without-value": (
        with_flow(flow({"op": "Replace", "path": "a"})),
        {STEP: "value is missing, expected any JSON value to replace with"},
    ),
    "Q12-add-without-value": (with_flow(flow({"op": "Add", "path": "a"})), {STEP: "value is missing"}),
    "L5-Q12-cast-from-lower-case": (
        with_flow(flow(cast("a", "string", "Numeric"))),
        {f"{STEP}.from": 'expected String, Numeric, Boolean, Array, got "string"'},
    ),
    "Q12-cast-without-types": (
        with_flow(flow({"op": "Cast", "path": "a", "to": "Object"})),
        {STEP: "from is missing", f"{STEP}.to": 'got "Object"'},
    ),
    "Q12-operation-names-are-case-sensitive": (
        with_flow(flow({"op": "replace", "path": "a", "value": 1})),
        {f"{STEP}.op": 'expected Replace, Remove, Cast, Add, Delete, Rename, Set or Truncate, got "replace"'},
    ),
    "delete-of-everything": (
        with_flow(flow(delete("$"))),
        {f"{STEP}.path": "the whole payload stays: expected a path to a part of it"},
    ),
    "delete-with-match": (
        with_flow(flow({**delete("$.a"), "match": "x"})),
        {f"{STEP}.match": "Delete has no `match`, it takes op, path"},
    ),
    "rename-without-name": (
        with_flow(flow({"op": "Rename", "path": "a"})),
        {STEP: "to is missing, expected the new name"},
    ),
    "rename-to-nothing": (with_flow(flow(rename("a", ""))), {f"{STEP}.to": "expected a name, got an empty one"}),
    "rename-of-an-element": (
        with_flow(flow(rename("a.[0]", "b"))),
        {f"{STEP}.path": "elements have no names: expected a path that ends at a name"},
    ),
    "set-without-value": (
        with_flow(flow({"op": "Set", "path": "a"})),
        {STEP: "value is missing, expected any JSON value"},
    ),
    "set-to-no-json": (with_flow(flow(set_to("a", [{1}]))), {f"{STEP}.value[0]": "expected a JSON value, got set"}),
    "truncate-without-length": (
        with_flow(flow({"op": "Truncate", "path": "a"})),
        {STEP: "length is missing, expected a number of characters"},
    ),
    "truncate-to-less-than-nothing": (
        with_flow(flow(truncate("a", -1))),
        {f"{STEP}.length": "expected a number of characters, got -1"},
    ),
    "cast-to-integer-under-the-published-schema": (
        with_flow(flow(cast("a", "String", "Integer"))),
        {f"{STEP}.to": f'got "Integer"; Integer needs the schema {OWN_CONFIG_SCHEMA}'},
    ),
    "cast-to-nothing-known-under-our-own": (
        own_config(flow(cast("a", "String", "Object")), keys=[KEY]),
        {f"{STEP}.to": 'expected String, Numeric, Boolean, Array, Integer, got "Object"'},
    ),
    "step-without-path": (with_flow(flow({"op": "Remove"})), {STEP: "path is missing"}),
    "step-that-is-no-object": (with_flow(flow("Remove")), {STEP: 'expected a step with op and path, got "Remove"'}),
    "Q3-match": (with_flow(flow(replace("a", "x", "("))), {f"{STEP}.match": r"\("}),
    "Q3-condition": (
        with_flow(flow(conditions=[condition("a", regex="a{")])),
        {f"{CONDITION}.value.regex": "a{"},
    ),
    "Q3-filter": (with_flow(flow(replace("a.[?(@.x=~*)]", "x"))), {f"{STEP}.path": "regex is refused"}),
    "Q19-two-filters": (
        with_flow(flow(replace("a.[?(@.x=~1)].b.[?(@.y=~2)]", "x"))),
        {f"{STEP}.path": "two filters in one path"},
    ),
    "Q4-unknown-group": (with_flow(flow(replace("a", "$5", "(b)"))), {f"{STEP}.value": "not a replacement"}),
    "Q4-dollar-at-the-end": (with_flow(flow(replace("a", "x$", "b"))), {f"{STEP}.value": "not a replacement"}),
    "Q4-unknown-name": (with_flow(flow(replace("a", "${x}", "b"))), {f"{STEP}.value": "not a replacement"}),
    "Q4-backslash-at-the-end": (with_flow(flow(replace("a", "x\\", "b"))), {f"{STEP}.value": "not a replacement"}),
    "match-that-is-no-string": (
        with_flow(flow(replace("a", "x") | {"match": 1})),
        {f"{STEP}.match": "expected a regex as string, got 1"},
    ),
    "flow-without-anything": (
        with_flow({}),
        {AT_FLOW: "(name|conditions|steps) is missing"},
    ),
    "flow-of-wrong-types": (
        with_flow({"name": 1, "conditions": {}, "steps": "x"}),
        {
            f"{AT_FLOW}.name": "expected a string, got 1",
            f"{AT_FLOW}.conditions": "expected an array of conditions, got {}",
            f"{AT_FLOW}.steps": 'expected an array of steps, got "x"',
        },
    ),
    "flow-that-is-no-object": (with_flow(1), {AT_FLOW: "expected a flow with name, conditions and steps, got 1"}),
    "flows-that-are-no-list": (
        {"schema": CONFIG_SCHEMA, "data": {"foo": {}}},
        {"$.data.foo": "expected an array of flows, got {}"},
    ),
    "data-that-is-no-object": ({"schema": CONFIG_SCHEMA, "data": []}, {"$.data": "got \\[\\]"}),
    "no-data": ({"schema": CONFIG_SCHEMA}, {"$": "data is missing"}),
    "no-schema": ({"data": {}}, {"$": "schema is missing"}),
    "no-full-uri": (config(keys=[]) | {"schema": "iglu:x"}, {"$.schema": "full Iglu URI.*iglu:x.*INVALID_IGLUURI"}),
    "no-object": ("[]", {"$": "expected an object with schema and data, got \\[\\]"}),
    "no-json": ("{oops", {"$": "not JSON: expected \" got 'oops'"}),
    "nan": (with_flow(flow(add("a", float("nan")))), {f"{STEP}.value": "expected a finite number, got nan"}),
    "no-json-value": (with_flow(flow(add("a", [{1}]))), {f"{STEP}.value[0]": "expected a JSON value, got set"}),
}


@pytest.mark.parametrize(("document", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_and_where(document: Json, expected: dict[str, str]) -> None:
    found = problems(document)
    assert found.keys() == expected.keys()
    for path, pattern in expected.items():
        assert re.search(pattern, found[path]), found[path]


def test_all_faults_are_told_at_once() -> None:
    document = {
        "schema": 1,
        "data": {
            KEY: [
                flow(replace("a", "$1", "b"), {"op": "Nope", "path": "a"}, conditions=[condition("a", regex="[")]),
                {"name": "second", "conditions": [], "steps": [cast("a", "x", "y")]},
            ],
            "iglu:com.acme/x/jsonschema/1-*-*": "no list",
        },
    }
    second = f"$.data['{KEY}'][1].steps[0]"
    assert set(problems(document)) == {
        "$.schema",
        f"{AT_FLOW}.conditions[0].value.regex",
        f"{AT_FLOW}.steps[0].value",
        f"{AT_FLOW}.steps[1].op",
        f"{second}.from",
        f"{second}.to",
        "$.data['iglu:com.acme/x/jsonschema/1-*-*']",
    }


def test_bytes_that_are_no_utf8() -> None:
    assert problems(b'{"schema":"\xff"}') == {
        "$": "not JSON: 'utf-8' codec can't decode byte 0xff in position 11: invalid start byte",
    }


def test_errors_pickle_with_their_problems() -> None:
    with pytest.raises(ConfigError) as caught:
        Recovery.from_config("{}")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.problems, str(again)) == (caught.value.problems, str(caught.value))


def test_replacement_templates_are_checked_only_where_they_are_used() -> None:
    assert apply(replace("$.a", "$5"), '{"a":"b"}') == '{"a":"$5"}'


@pytest.mark.parametrize("reverse", [False, True])
def test_q15_many_keys_run_in_document_order(reverse: bool) -> None:
    versions = ["1-0-0", "1-0-*", "1-*-*", "*-*-*", "*-0-0"]
    if reverse:
        versions.reverse()
    document = config(keys=[])
    for letter, version in zip("12345", versions, strict=True):
        document["data"][uri(ADAPTER, version)] = [flow(add("$.vendor", letter))]
    result = recover_with(document, bad_row(ADAPTER, collector_payload(vendor="v")))
    assert fields_of(result)["path"] == "/v12345/v1"
