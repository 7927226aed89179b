"""The recoveries schemas, construct by construct, and how their refusals read."""

from __future__ import annotations

import copy
from contextlib import nullcontext
from typing import Any

import pytest
from event_recovery.config.formats import OWN_RECOVERIES, OWN_STEPS, RECOVERIES_WITH_ADD
from event_recovery.config.loader import load_config
from event_recovery.config.schema import validate_config
from event_recovery.documents.json_schema import schema_problems
from event_recovery.documents.problems import ConfigError, Problem
from event_recovery.iglu.registries import PACKAGED_SCHEMAS, JsonObject
from event_recovery.iglu.resolver import SchemaNotFoundError
from event_recovery.iglu.uris import SchemaKey, parse_uri
from jsonschema import Draft4Validator

pytestmark = pytest.mark.unit

KEY = "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/2-0-*"
VERSIONS = ("2-0-0", "3-0-0", "4-0-0")
ABSENT: Any = object()


def recoveries(version: str) -> str:
    return f"iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/{version}"


def flow(**changes: Any) -> JsonObject:
    body = {"name": "main-flow", "conditions": [], "steps": []} | changes
    return {name: value for name, value in body.items() if value is not ABSENT}


def condition(**changes: Any) -> JsonObject:
    body = {"op": "Test", "path": "processor.artifact", "value": {"value": "enrich"}} | changes
    return {name: value for name, value in body.items() if value is not ABSENT}


def step(**changes: Any) -> JsonObject:
    body = {"op": "Replace", "path": "raw.vendor", "value": "com.acme"} | changes
    return {name: value for name, value in body.items() if value is not ABSENT}


def config(version: str, *, conditions: list[Any] | None = None, steps: list[Any] | None = None) -> JsonObject:
    return {"schema": recoveries(version), "data": {KEY: [flow(conditions=conditions or [], steps=steps or [])]}}


def is_valid(document: object) -> bool:
    return validate_config(document, None) == []


def messages(document: object) -> list[str]:
    return [str(problem) for problem in validate_config(document, None)]


# One line of the table of constructs: which of 2-0-0, 3-0-0 and 4-0-0 take it.
CONDITIONS = [
    pytest.param(condition(), "yyy", id="plain"),
    pytest.param(condition(op=ABSENT), "nnn", id="op required"),
    pytest.param(condition(path=ABSENT), "nnn", id="path required"),
    pytest.param(condition(path="$.processor.artifact"), "nyy", id="path with $"),
    pytest.param(condition(path="processor.artifact_id"), "nyy", id="path with _"),
    pytest.param(condition(path="messages[0]"), "nyy", id="path with ["),
    pytest.param(condition(path=""), "nyy", id="empty path"),
    pytest.param(condition(op="Cast"), "yyn", id="op Cast"),
    pytest.param(condition(op="Remove"), "yyn", id="op Remove"),
    pytest.param(condition(op="Replace"), "yyn", id="op Replace"),
    pytest.param(condition(op="Add"), "nnn", id="op Add"),
    pytest.param(condition(op="test"), "nnn", id="op in lower case"),
    pytest.param(condition(value=ABSENT), "nyy", id="no value"),
    pytest.param(condition(value="text"), "yyy", id="bare string"),
    pytest.param(condition(value={}), "nyy", id="value {}"),
    pytest.param(condition(value={"value": "x"}), "yyy", id="compare string"),
    pytest.param(condition(value={"value": 1.5}), "yyy", id="compare number"),
    pytest.param(condition(value={"value": [1, None]}), "yyy", id="compare array"),
    pytest.param(condition(value={"value": {"a": True}}), "yyy", id="compare object"),
    pytest.param(condition(value={"value": True}), "nnn", id="compare boolean"),
    pytest.param(condition(value={"value": None}), "nnn", id="compare null"),
    pytest.param(condition(value={"regex": "^.*$"}), "nyy", id="regex"),
    pytest.param(condition(value={"size": {"eq": 3}}), "yyy", id="size eq"),
    pytest.param(condition(value={"size": {"gt": 3}}), "yyy", id="size gt"),
    pytest.param(condition(value={"size": {"lt": 3}}), "yyy", id="size lt"),
    pytest.param(condition(value={"size": {"eq": 3, "gt": 100}}), "ynn", id="two sizes"),
    pytest.param(condition(value={"size": {}}), "ynn", id="size {}"),
    pytest.param(condition(value={"size": {"eq": 2.5}}), "ynn", id="fractional size"),
    pytest.param(condition(match="x"), "yyy", id="match"),
    pytest.param(condition(match=None), "nnn", id="match null"),
    pytest.param(condition(comment="why"), "nnn", id="extra key"),
]

STEPS = [
    pytest.param(step(), "yyy", id="Replace string"),
    pytest.param(step(op=ABSENT), "nnn", id="op required"),
    pytest.param(step(path=ABSENT), "nnn", id="path required"),
    pytest.param(step(path="$.raw.vendor"), "nyy", id="path with $"),
    pytest.param(step(path=1), "nnn", id="path no string"),
    pytest.param(step(op="Test"), "yyn", id="op Test"),
    pytest.param(step(op="replace"), "nnn", id="op in lower case"),
    pytest.param(step(value=5), "nny", id="Replace number"),
    pytest.param(step(value=True), "nny", id="Replace boolean"),
    pytest.param(step(value=None), "nny", id="Replace null"),
    pytest.param(step(value=["x"]), "nny", id="Replace array"),
    pytest.param(step(value={"anything": {"at": "all"}}), "yny", id="Replace object"),
    pytest.param(step(value={"value": "x"}), "yyy", id="Replace object of form value"),
    pytest.param(step(value={"size": {"eq": 1}}), "yyy", id="Replace object of form size"),
    pytest.param(step(value={"regex": "x"}), "nyy", id="Replace object of form regex"),
    pytest.param(step(value=ABSENT), "nyy", id="Replace without value"),
    pytest.param(step(op="Remove", value=ABSENT), "nyy", id="Remove without value"),
    pytest.param(step(op="Cast", **{"from": "Text", "to": "Date"}), "yyy", id="Cast unknown types"),
    pytest.param(step(op="Cast"), "yyy", id="Cast without types"),
    pytest.param(step(op="Cast", value=ABSENT, **{"from": "String", "to": "Numeric"}), "nyy", id="Cast without value"),
    pytest.param(step(**{"from": 1}), "nnn", id="from no string"),
    pytest.param(step(to=None), "nnn", id="to null"),
    pytest.param(step(match="x"), "yyy", id="match"),
    pytest.param(step(match=None), "nnn", id="match null"),
    pytest.param(step(comment="why"), "nnn", id="extra key"),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("body", "taken"), CONDITIONS)
def test_conditions(body: JsonObject, taken: str, version: str) -> None:
    assert is_valid(config(version, conditions=[body])) == (taken[VERSIONS.index(version)] == "y")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("body", "taken"), STEPS)
def test_steps(body: JsonObject, taken: str, version: str) -> None:
    assert is_valid(config(version, steps=[body])) == (taken[VERSIONS.index(version)] == "y")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("data", "valid"),
    [
        pytest.param({}, False, id="empty"),
        pytest.param([], False, id="array"),
        pytest.param({KEY: []}, True, id="no flows"),
        pytest.param({KEY: {}}, False, id="flows no array"),
        pytest.param({KEY: ["main"]}, False, id="flow no object"),
        pytest.param({"comment": "why", KEY: []}, True, id="free key"),
        pytest.param({"foo": [flow()]}, True, id="flows under a free key"),
        pytest.param({"foo": [flow(name=None)]}, True, id="free keys are not looked into"),
        pytest.param({"iglu:anything": [flow()]}, True, id="any key after iglu:"),
        pytest.param({KEY: [flow()]}, True, id="pass-through"),
        pytest.param({KEY: [flow(comment="why")]}, True, id="extra key in a flow"),
        pytest.param({KEY: [flow(name=ABSENT)]}, False, id="flow without name"),
        pytest.param({KEY: [flow(conditions=ABSENT)]}, False, id="flow without conditions"),
        pytest.param({KEY: [flow(steps=ABSENT)]}, False, id="flow without steps"),
        pytest.param({KEY: [flow(name="has space")]}, False, id="blank in a name"),
        pytest.param({KEY: [flow(name="under_score")]}, False, id="underscore in a name"),
        pytest.param({KEY: [flow(name="")]}, False, id="empty name"),
        pytest.param({KEY: [flow(name="v2-Main")]}, True, id="letters, digits, hyphens"),
    ],
)
def test_frame_of_every_version(data: object, valid: bool, version: str) -> None:
    assert is_valid({"schema": recoveries(version), "data": data}) == valid


@pytest.mark.parametrize(
    ("version", "valid"), [("4-0-0", True), ("3-0-0", False), ("2-0-0", False)], ids=["4-0-0", "3-0-0", "2-0-0"]
)
def test_steps_of_our_own_are_admitted_by_our_extension_of_4_0_0(version: str, valid: bool) -> None:
    for operation in OWN_STEPS:
        assert is_valid(config(version, steps=[step(op=operation)])) == valid


@pytest.mark.parametrize(
    ("key", "operations"), [(RECOVERIES_WITH_ADD, ["Add"]), (OWN_RECOVERIES, [*OWN_STEPS])], ids=["4-0-0", "4-0-1"]
)
def test_the_extensions_differ_from_4_0_0_in_nothing_but_their_steps(key: SchemaKey, operations: list[str]) -> None:
    document = config("4-0-0", steps=[step(op=operation) for operation in operations])
    document["schema"] = key.uri
    assert is_valid(document)
    published = PACKAGED_SCHEMAS.fetch(parse_uri(recoveries("4-0-0")))
    extended = copy.deepcopy(PACKAGED_SCHEMAS.fetch(key))
    assert published is not None
    assert extended is not None
    known = published["definitions"]["step"]["properties"]["op"]["enum"]
    assert known == ["Cast", "Remove", "Replace"]
    properties = extended["definitions"]["step"]["properties"]
    assert properties["op"]["enum"] == sorted([*known, *operations])
    properties["op"]["enum"] = known
    properties.pop("length", None)
    assert extended["definitions"] == published["definitions"]
    assert extended["patternProperties"] == published["patternProperties"]


def test_our_first_extension_stays_as_it_was() -> None:
    document = config("4-0-0", steps=[step(op="Delete")])
    document["schema"] = RECOVERIES_WITH_ADD.uri
    assert not is_valid(document)


@pytest.mark.parametrize(("length", "valid"), [(0, True), (5, True), (-1, False), (1.5, False), ("5", False)])
def test_a_length_is_a_whole_number(length: object, valid: bool) -> None:
    document = config("4-0-0", steps=[step(op="Truncate", value=ABSENT, length=length)])
    assert is_valid(document) == valid
    assert not is_valid(config("4-0-0", steps=[step(length=length)]))


@pytest.mark.parametrize(
    "key",
    [
        "com.snowplowanalytics.snowplow/recoveries/jsonschema/2-0-0",
        "com.snowplowanalytics.snowplow/recoveries/jsonschema/3-0-0",
        "com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0",
        "event_recovery/recoveries/jsonschema/4-0-0",
        "event_recovery/recoveries/jsonschema/4-0-1",
        "com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-0",
        "com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
        "com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-2",
        "com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3",
        "com.snowplowanalytics.self-desc/instance-iglu-only/jsonschema/1-0-0",
    ],
)
def test_packaged_schemas_are_draft_4_and_describe_themselves(key: str) -> None:
    schema = PACKAGED_SCHEMAS.fetch(parse_uri(f"iglu:{key}"))
    assert schema is not None
    Draft4Validator.check_schema(schema)
    assert "/".join(schema["self"][part] for part in ("vendor", "name", "format", "version")) == key


@pytest.mark.parametrize(
    ("change", "valid_in"),
    [
        pytest.param({}, "0123", id="plain"),
        pytest.param({"cacheTtl": 60}, "23", id="lifetime"),
        pytest.param({"cacheTtl": 0}, "3", id="lifetime 0"),
        pytest.param({"cacheTtl": -1}, "", id="negative lifetime"),
        pytest.param({"apikey": "secret"}, "123", id="apikey"),
    ],
)
def test_resolver_config_schemas(change: JsonObject, valid_in: str) -> None:
    http = {"uri": "http://iglucentral.com"} | {name: change[name] for name in change if name == "apikey"}
    repository = {"name": "Central", "priority": 0, "vendorPrefixes": [], "connection": {"http": http}}
    data = {"cacheSize": 500, "repositories": [repository]}
    data |= {name: change[name] for name in change if name != "apikey"}
    for addition in "0123":
        key = SchemaKey("com.snowplowanalytics.iglu", "resolver-config", "jsonschema", f"1-0-{addition}")
        schema = PACKAGED_SCHEMAS.fetch(key)
        assert schema is not None
        assert (schema_problems(schema, data) == []) == (addition in valid_in), addition


def test_every_problem_is_reported_with_its_path_value_and_expectation() -> None:
    document = config(
        "4-0-0",
        conditions=[condition(op="test", value=5), condition(value={"vlue": 1}), condition(value={"value": True})],
        steps=[step(op="replace", path=None, macth="x"), step(value=ABSENT, op=ABSENT)],
    )
    document["data"][KEY][0]["name"] = "has space"
    name = "expected text that matches ^[a-zA-Z0-9-]+$ (a name of letters, digits and hyphens)"
    matcher = 'expected a string or an object (a matcher: {"value": …}, {"regex": …} or {"size": …})'
    keys = "expected `op`, `path`, `match`, `value`, `from` or `to`"
    assert messages(document) == [
        f"$.data['{KEY}'][0].{problem}"
        for problem in (
            f'name: {name}, got "has space"',
            'conditions[0].op: expected "Test", got "test"',
            f"conditions[0].value: {matcher}, got 5",
            'conditions[1].value: unknown key "vlue", expected `value`, `regex` or `size`; did you mean "value"?',
            "conditions[2].value.value: expected a string, a number, an array or an object, got true",
            f'steps[0]: unknown key "macth", {keys}; did you mean "match"?',
            'steps[0].op: expected "Cast", "Remove" or "Replace", got "replace"; did you mean "Replace"?',
            "steps[0].path: expected a string, got null",
            "steps[1]: the key `op` is missing",
        )
    ]


def test_missing_keys_are_each_named_once() -> None:
    document = {"schema": recoveries("4-0-0"), "data": {KEY: [{}]}}
    assert messages(document) == [
        f"$.data['{KEY}'][0]: the key `{name}` is missing" for name in ("name", "conditions", "steps")
    ]


def test_alternatives_are_explained_by_the_keys_they_lack() -> None:
    at = f"$.data['{KEY}'][0].conditions[0].value"
    assert messages(config("2-0-0", conditions=[condition(value={})])) == [
        f"{at}: expected the key `value` or `size`, got no keys"
    ]
    assert messages(config("2-0-0", conditions=[condition(value={"regex": "x"})]))[0].startswith(
        f"{at}: expected a value free of `regex`, which recoveries 2-0-0 cannot express"
    )


def test_sizes_say_what_they_must_hold() -> None:
    at = f"$.data['{KEY}'][0].conditions[0].value.size"
    assert messages(config("4-0-0", conditions=[condition(value={"size": {}})])) == [
        f"{at}: expected at least 1 key (exactly one of eq, gt and lt, with a whole number), got {{}}"
    ]
    assert messages(config("4-0-0", conditions=[condition(value={"size": {"eq": "3"}})])) == [
        f'{at}.eq: expected an integer, got "3"'
    ]


def test_long_values_are_cut_in_messages() -> None:
    (problem,) = validate_config(config("4-0-0", steps=[["x" * 5000]]), None)
    assert len(problem.message) < 200


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_a_document_that_is_no_object(document: object) -> None:
    (problem,) = validate_config(document, None)
    assert problem.path == "$"
    assert problem.message.startswith("expected an object, got ")


def test_a_document_without_frame() -> None:
    assert messages({}) == ["$: the key `schema` is missing", "$: the key `data` is missing"]


@pytest.mark.parametrize("uri", ["recoveries/4-0-0", "iglu:a/b/c/1-0", "iglu:a/b/c/1-0-*", "iglu:a/b/c/01-0-0", ""])
def test_a_schema_that_is_no_full_key(uri: str) -> None:
    (problem,) = validate_config({"schema": uri, "data": {}}, None)
    assert problem.path == "$.schema"
    assert (
        "a full schema key such as iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0" in problem.message
    )


def test_1_0_0_is_refused_as_obsolete() -> None:
    (problem,) = validate_config({"schema": recoveries("1-0-0"), "data": [{"name": "PassThrough", "error": "x"}]}, None)
    assert problem.path == "$.schema"
    assert "obsolete format which cannot be loaded" in problem.message
    assert recoveries("4-0-0") in problem.message


def test_an_unknown_schema_names_the_repositories_asked() -> None:
    (problem,) = validate_config({"schema": recoveries("2-0-1"), "data": {}}, None)
    assert problem == Problem(
        "$.schema",
        f"{recoveries('2-0-1')} is not known. Schema cannot be resolved in following repositories:\n"
        "* Iglu Client Embedded due [NotFound] after 1 attempt\n"
        "Recoveries 2-0-0, 3-0-0 and 4-0-0 need no repository.",
    )


class Shelf:
    """Schemas at hand, as a registry would give them."""

    def __init__(self, **schemas: JsonObject) -> None:
        self._schemas = schemas

    def lookup(self, key: SchemaKey) -> JsonObject:
        if key.name not in self._schemas:
            raise SchemaNotFoundError(key, {})
        return self._schemas[key.name]


def acme(name: str, data: object) -> JsonObject:
    return {"schema": f"iglu:com.acme/{name}/jsonschema/1-0-0", "data": data}


def test_other_schemas_come_from_the_registry() -> None:
    shelf = Shelf(flows={"type": "object", "required": ["owner"]})
    assert validate_config(acme("flows", {"owner": "data team"}), shelf) == []
    assert validate_config(acme("flows", {}), shelf) == [Problem("$.data", "the key `owner` is missing")]


def test_packaged_schemas_win_over_the_registry() -> None:
    assert validate_config(config("4-0-0"), Shelf(recoveries={"not": {}})) == []


def test_a_schema_that_is_none_is_an_error_of_the_config() -> None:
    (problem,) = validate_config(acme("broken", {}), Shelf(broken={"type": "thing"}))
    assert problem.path == "$.schema"
    assert "not a draft-4 JSON Schema: at $.type" in problem.message


def test_a_schema_that_refers_elsewhere_is_not_followed() -> None:
    (problem,) = validate_config(acme("far", {}), Shelf(far={"$ref": "http://127.0.0.1:9/schema"}))
    assert problem.path == "$.schema"
    assert "refers to http://127.0.0.1:9/schema" in problem.message


def test_one_of_that_fits_twice() -> None:
    shelf = Shelf(twice={"oneOf": [{"type": "object"}, {"required": ["a"]}]})
    (problem,) = validate_config(acme("twice", {"a": 1}), shelf)
    assert problem == Problem("$.data", 'fits more than one of the forms it may have, expected exactly one: {"a":1}')


@pytest.mark.parametrize(
    ("document", "valid", "loads"),
    [
        pytest.param({"schema": recoveries("4-0-0"), "data": {}}, False, True, id="L1"),
        pytest.param(config("4-0-0", conditions=[condition(value="str")]), True, False, id="L2 string"),
        pytest.param(config("4-0-0", conditions=[condition(value={})]), True, False, id="L2 empty"),
        pytest.param(config("4-0-0", conditions=[condition(value={"value": None})]), False, True, id="L3"),
        pytest.param(config("4-0-0", steps=[step(value=ABSENT)]), True, False, id="L4"),
        pytest.param(
            config("4-0-0", steps=[step(op="Cast", **{"from": "string", "to": "Array"})]), True, False, id="L5"
        ),
        pytest.param({"schema": recoveries("4-0-0"), "data": {KEY: [flow(name="has space")]}}, False, True, id="L6"),
        pytest.param({"schema": recoveries("4-0-0"), "data": {"foo": [flow()]}}, True, True, id="L7"),
        pytest.param(config("4-0-0", conditions=[condition(value={"size": {"eq": "3"}})]), False, True, id="L8"),
    ],
)
def test_validation_and_loading_are_two_things(document: JsonObject, valid: bool, loads: bool) -> None:
    assert is_valid(document) == valid
    with nullcontext() if loads else pytest.raises(ConfigError):
        load_config(document)
