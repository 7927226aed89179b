"""Each trap of a config is warned of at its place, with what to write; configs without traps give no warning."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery.config.lint.lint import lint_config
from event_recovery.config.lint.regexes import anchor_warning
from event_recovery.config.schema import RECOVERIES_WITH_ADD
from event_recovery.documents.problems import Problem

pytestmark = pytest.mark.unit

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
        (f"{VENDOR}/relay_failure/jsonschema/1-0-0", "expected iglu:"),
        ("iglu:com.snowplowanalytics.snowplow/schema_violations/jsonschema/1-0-0", f"expected {VENDOR}/"),
        (f"{VENDOR}/schema_violations/avro/1-0-0", "/jsonschema/"),
    ],
)
def test_keys_of_no_known_bad_row(key: str, hint: str) -> None:
    problem = only(lint_config(config({key: [flow()]})))
    assert problem.message.startswith("no bad row that can be read has this schema: ")
    assert hint in problem.message


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


def test_add_under_4_0_0_only() -> None:
    problem = only(of_step(op="Add"))
    assert problem.path == f"$.data['{ENRICHMENT}'][0].steps[0].op"
    assert "jobs of the Scala engine refuse it" in problem.message
    assert RECOVERIES_WITH_ADD.uri in problem.message
    own = config({ENRICHMENT: [flow(steps=[{"op": "Add", "path": "$.raw.vendor", "value": "x"}])]})
    own["schema"] = RECOVERIES_WITH_ADD.uri
    assert lint_config(own) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("$.raw.naïve", "'ï' cannot be part of a path and is skipped: the path is read as raw → na → ve"),
        ("$.raw.foo bar", "' ' cannot be part of a path and is skipped: the path is read as raw → foo → bar"),
        ("$.raw.vendor:a/b", "':', '/' cannot be part of a path and are skipped"),
        ("$.raw.headers.[*]", "there are no wildcards"),
        ("$.raw..vendor", "there is no recursive search: the path is read as raw → vendor"),
        ("$.raw.headers.[-1]", "[-1] is read as a field called -1"),
        ("$.raw.headers.[?(@.x == 1)]", "the filter is not understood: the path is read as raw → headers → x → 1"),
        ("$.raw.a.[?(@.my_field=~x)].b", "the filter is not understood"),
        ("$.raw.a.[?(@.my-field=~x)].b", "the filter is not understood"),
        ("$.raw.a.[?(@.x=~foo]", "the filter is not understood"),
    ],
)
def test_skipped_parts_of_a_path(path: str, said: str) -> None:
    for problems in (of_step(path=path), of_condition(path=path.replace("$.", "$.payload."))):
        texts = [problem.message.replace("payload → ", "") for problem in problems]
        assert any(said in text for text in texts), texts


@pytest.mark.parametrize("path", ["$['raw']['vendor']", "$.raw.headers[0]", "raw.vendor", ".raw.vendor."])
def test_harmless_spellings_of_a_path(path: str) -> None:
    assert of_step(path=path) == []


def test_a_filter_that_finds_other_names_too() -> None:
    problem = only(of_step(path="$.raw.parameters.[?(@.name=~co)].value.data.id"))
    assert problem.path == f"$.data['{ENRICHMENT}'][0].steps[0].path"
    assert "finds `cookie`, `tr_co` as well as `co`" in problem.message
    assert "write parameters.co for the first" in problem.message
    assert "whose values are then plain text" in problem.message
    assert "finds `duid`" in only(of_step(path="$.raw.parameters.[?(@.name=~uid)].value")).message
    assert of_step(path='$.raw.parameters.[?(@.name=~"co")].value') == []
    assert of_step(path="$.raw.parameters.[?(@.name=~page)].value") == []


def test_filters_on_special_names() -> None:
    below_text = only(of_step(path='$.raw.parameters.[?(@.name=~^"ue_pr"$)].value.data.schema'))
    assert "write [?(@.name=~ue_pr)]" in below_text.message
    beside_value = only(of_step(path="$.raw.parameters.[?(@.name=~ue_pr)].name"))
    assert "decoded as `ue_pr` is, also `.name`" in beside_value.message
    assert of_step(path='$.raw.parameters.[?(@.name=~"ue_pr")].value', match="a") == []


def test_a_filter_that_takes_elements_without_the_field() -> None:
    problem = only(of_step(path="$.raw.parameters.co.data.[?(@.x.y=~.*)].z"))
    assert "also takes elements without `x.y`" in problem.message
    assert of_step(path="$.raw.parameters.co.data.[?(@.x=~null)].z") == []
    assert of_step(path="$.raw.parameters.[?(@.name=~.*)].value") == []


@pytest.mark.parametrize("path", ["$.raw.parameters.[0]", '$.raw.parameters.[?(@.name=~"aid")]'])
def test_a_path_that_ends_at_a_pair(path: str) -> None:
    assert f"write {path}.value" in only(of_step(path=path)).message


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("$.data.payload.raw.vendor", "which has no `data`; write $.payload.raw.vendor"),
        ("$.schema", "which has no `schema`; the key selects the schema"),
        ("$.raw.vendor", "has `processor`, `failure` and `payload` and no `raw`; write $.payload.raw"),
        ("$.vendor", "write $.payload.vendor"),
        ("$.paylod.raw", 'did you mean "payload"?'),
        (
            "$.payload.vendor",
            "schema_violations has `raw` and `enriched`, and no `vendor`; write raw.vendor",
        ),
        ("$.payload.raw.querystring", "`raw` has no `querystring`; it is called `parameters` there"),
    ],
)
def test_conditions_that_start_at_the_wrong_root(path: str, said: str) -> None:
    problem = only(of_condition(path=path))
    assert problem.path == f"$.data['{ENRICHMENT}'][0].conditions[0].path"
    assert problem.message.startswith("the condition is never true")
    assert said in problem.message


def test_conditions_cannot_look_into_base64() -> None:
    assert "base64 text" in only(of_condition(RAW_STRING, path="$.payload.querystring.aid")).message
    assert of_condition(RAW_STRING, path="$.payload") == []


@pytest.mark.parametrize(
    ("key", "path", "said"),
    [
        (ENRICHMENT, "$.payload.raw.vendor", "which has no `payload`; write $.raw.vendor"),
        (ENRICHMENT, "$.data.payload.raw.vendor", "which has no `data`; write $.raw.vendor"),
        (ENRICHMENT, "$.failure.timestamp", "which has no `failure`"),
        (ENRICHMENT, "$.querystring.aid", "has `raw` and `enriched`, and no `querystring`"),
        (ENRICHMENT, "$.raw.collector", "`raw` has no `collector`; it is called `loaderName` there"),
        (ENRICHMENT, "$.raw.vendr", 'did you mean "vendor"?'),
        (COLLECTOR, "$.raw.parameters.aid", "its fields need no `raw` before them; it is called `querystring` there"),
        (COLLECTOR, "$.parameters.aid", "has no `parameters`; it is called `querystring` there"),
        (RAW_STRING, "$.raw.vendor", "its fields need no `raw` before them"),
    ],
)
def test_steps_that_start_at_the_wrong_root(key: str, path: str, said: str) -> None:
    problem = only(of_step(key, path=path))
    assert problem.message.startswith("the step always fails")
    assert said in problem.message


def test_roots_of_unknown_types_are_not_guessed() -> None:
    assert of_step("iglu:com.acme/foo/jsonschema/1-0-0", path="$.raw.parameters.aid") == []


def test_steps_on_enriched_change_nothing() -> None:
    problem = only(of_step(path="$.enriched.app_id"))
    assert problem.path == f"$.data['{ENRICHMENT}'][0].steps[0].path"
    assert problem.message.startswith("the step has no effect")
    assert of_condition(path="$.payload.enriched.app_id") == []


@pytest.mark.parametrize(
    ("key", "path", "said"),
    [
        (ENRICHMENT, "$.raw.headers", "the headers become one empty header"),
        (COLLECTOR, "$.headers", "the headers become one empty header"),
        (COLLECTOR, "$.networkUserId", 'Remove leaves "", which is not a value that `networkUserId` may have'),
        (ENRICHMENT, "$.raw.userId", "not a value that `userId` may have"),
        (ENRICHMENT, "$.raw.timestamp", "not a value that `timestamp` may have"),
        (COLLECTOR, "$.querystring", "not a list of names and values"),
        (ENRICHMENT, "$.raw.parameters.cx", '`cx` holds JSON, and "" is not JSON'),
    ],
)
def test_remove_where_a_blank_does_not_fit(key: str, path: str, said: str) -> None:
    assert said in only(of_step(key, op="Remove", path=path)).message


def test_replacing_a_json_field_by_plain_text() -> None:
    assert '"plain" is not JSON' in only(of_step(path="$.raw.parameters.ue_pr", value="plain")).message
    assert of_step(path="$.raw.parameters.ue_pr", value={"schema": "x"}) == []
    assert of_step(path="$.raw.parameters.ue_pr", value='{"schema": "x"}') == []
    assert of_step(path="$.raw.parameters.ue_pr", match="old", value="new") == []


def test_greedy_matches_in_headers() -> None:
    problem = only(of_step(path="$.raw.headers", match="X-Forwarded-Proto:.*", value="X-Forwarded-Proto: https"))
    assert problem.path == f"$.data['{ENRICHMENT}'][0].steps[0].match"
    assert 'write [^"]* for the rest of one header' in problem.message
    assert of_step(path="$.raw.headers", match='X-Forwarded-Proto:[^"]*', value="x") == []
    assert of_step(path="$.raw.headers", match="X-Forwarded-Proto:.*", value=["x"]) == []
    assert 'write ^"Host' in only(of_step(path="$.raw.headers", match="^Host", value=["x"])).message


def test_matches_that_do_not_count() -> None:
    assert "all of the field becomes 5" in only(of_step(match="a", value=5)).message
    assert of_step(match=None, value=5) == []


def test_matchers_as_replacement_values() -> None:
    problem = only(of_step(value={"value": "x"}))
    assert problem.path.endswith("steps[0].value")
    assert 'the text {"value": "x"}' in problem.message
    assert problem.message.endswith('write "x"')
    assert of_step(value={"value": "x", "unit": "m"}) == []


def test_cast_of_numbers_to_booleans() -> None:
    problem = only(of_step(op="Cast", path="$.raw.parameters.co.n", from_="Numeric", to="Boolean"))
    assert problem.path.endswith("steps[0].to")
    assert "every number becomes true" in problem.message
    assert of_step(op="Cast", path="$.raw.parameters.co.n", from_="Boolean", to="Numeric") == []


@pytest.mark.parametrize(
    ("source", "target", "mended"),
    [
        ("String", "Boolean", "Replace the object around it"),
        ("Array", "Boolean", "Replace the object around it"),
        ("Array", "Numeric", "cast an element of the array, by $.raw.parameters.co.n.[0]"),
        ("Numeric", "Numeric", "leave the step out, since the value has that type already"),
        ("Boolean", "Boolean", "leave the step out, since the value has that type already"),
    ],
)
def test_casts_that_do_not_exist(source: str, target: str, mended: str) -> None:
    problem = only(of_step(op="Cast", path="$.raw.parameters.co.n", from_=source, to=target))
    assert problem.path.endswith("steps[0].from")
    assert problem.message.startswith(f"the step always fails: there is no cast from {source} to {target}; {mended}")


@pytest.mark.parametrize("path", ["aid", "[0].value", '[?(@.name=~"aid")].value', '[?(@.name=~"cx")].value'])
def test_casts_of_the_text_of_a_parameter_to_a_number(path: str) -> None:
    problem = only(of_step(op="Cast", path=f"$.raw.parameters.{path}", from_="String", to="Numeric"))
    assert problem.path.endswith("steps[0].to")
    assert problem.message.startswith("the step fails for every text but NaN and infinities, which become null: ")
    assert "must stay text; leave the step out" in problem.message
    assert of_step(op="Cast", path="$.raw.parameters.ue_pr.data.n", from_="String", to="Numeric") == []


@pytest.mark.parametrize(
    ("key", "path", "target", "kept"),
    [
        (ENRICHMENT, "$.raw.vendor", "Numeric", "text"),
        (ENRICHMENT, "$.raw.parameters.aid", "Array", "text"),
        (COLLECTOR, "$.timestamp", "String", "a time"),
        (COLLECTOR, "$.networkUserId", "String", "a UUID"),
        (COLLECTOR, "$.headers", "String", "an array of texts"),
        (COLLECTOR, "$.headers.[0]", "Array", "text"),
        (COLLECTOR, "$.querystring", "String", "an array of names and values"),
        (RAW_STRING, "$.querystring.aid", "Array", "text"),
        ("iglu:com.acme/foo/jsonschema/1-0-0", "$.querystring.aid", "Array", "text"),
    ],
)
def test_casts_to_what_a_field_cannot_hold(key: str, path: str, target: str, kept: str) -> None:
    problem = only(of_step(key, op="Cast", path=path, from_="String", to=target))
    assert problem.message.startswith("the step always fails: it leaves ")
    assert problem.message.endswith(f"must stay {kept}; leave the step out")


@pytest.mark.parametrize(
    ("path", "value", "mended"),
    [
        ("$.timestamp", "soon", 'write a time, such as "2026-01-31T00:00:00Z"'),
        ("$.networkUserId", "me", 'write a UUID, such as "00000000-0000-4000-8000-000000000000"'),
        ("$.querystring", "e=pv", 'write an array of names and values, such as [{"name":"aid","value":"web"}]'),
        ("$.headers", 5, 'write an array of texts, such as ["X-Up: 1"]'),
    ],
)
def test_replacing_a_field_by_what_it_cannot_hold(path: str, value: object, mended: str) -> None:
    problem = only(of_step(COLLECTOR, path=path, value=value))
    assert problem.path.endswith("steps[0].value")
    assert problem.message.startswith("the step always fails: it leaves ")
    assert problem.message.endswith(mended)


def test_replacing_all_headers_by_one_text() -> None:
    problem = only(of_step(COLLECTOR, path="$.headers", value="X-Up: 1"))
    assert problem.path.endswith("steps[0].value")
    assert problem.message.startswith('all headers become the one "X-Up: 1": ')
    assert problem.message.endswith('write the value as an array, ["X-Up: 1"]')
    assert of_step(COLLECTOR, path="$.headers", value=["X-Up: 1"]) == []


@pytest.mark.parametrize("path", ["$", "$.raw"])
@pytest.mark.parametrize(
    "step", [{"op": "Remove"}, {"value": "x"}, {"value": {"a": 1}}, {"op": "Cast", "from_": "String", "to": "Array"}]
)
def test_steps_on_all_of_a_payload(path: str, step: dict[str, Any]) -> None:
    problem = only(of_step(path=path, **step))
    assert problem.message.startswith("the step always fails: the path ends at all of a payload, which ")
    assert of_step(path=path, match='"vendor":"a"', value='"vendor":"b"') == []


def test_steps_on_json_below_a_filter() -> None:
    problem = only(of_step(op="Remove", path="$.raw.parameters.[?(@.name=~ue_pr)].value"))
    assert problem.message.startswith('the step fails for every object: `ue_pr` holds JSON, and "" is not JSON')
    problem = only(of_step(path="$.raw.parameters.ue_pr", value=5))
    assert problem.message.startswith("the step fails for every object: `ue_pr` holds JSON, and 5 is no object")


@pytest.mark.parametrize(
    ("key", "path", "name"),
    [
        (COLLECTOR, "$.body.data.[0].e", "body"),
        (COLLECTOR, "$.querystring.aid.x", "aid"),
        (ENRICHMENT, "$.raw.refererUri.[0]", "refererUri"),
        (ENRICHMENT, "$.raw.parameters.[1].value.x", "value"),
        (COLLECTOR, "$.headers.host", "headers"),
        (COLLECTOR, "$.headers.[0].host", "headers.[0]"),
        (COLLECTOR, '$.headers.[?(@.name=~"host")].value', "headers"),
        (ENRICHMENT, '$.raw.vendor.[?(@.x=~"y")].x', "vendor"),
    ],
)
def test_paths_below_text(key: str, path: str, name: str) -> None:
    step = only(of_step(key, path=path))
    assert step.path.endswith("steps[0].path")
    assert step.message.startswith(f"the step always fails: `{name}` holds text, even if it looks like JSON")
    condition = only(of_condition(key, path=path.replace("$", "$.payload", 1)))
    assert condition.path.endswith("conditions[0].path")
    assert condition.message.startswith(f"the condition is never true: `{name}` holds no object or array")


@pytest.mark.parametrize("path", ["$.payload.enriched.unstruct_event.data", "$.processor.artifact.x"])
def test_conditions_below_what_is_no_json(path: str) -> None:
    assert only(of_condition(path=path)).message.startswith("the condition is never true: `")
    assert of_condition(path="$.payload.enriched.contexts.data") == []
    assert of_condition(path="$.failure.messages.[0].error.x") == []


def test_anchors_in_conditions_and_filters() -> None:
    problem = only(of_condition(value={"regex": "^abc$"}))
    assert problem.path.endswith("conditions[0].value.regex")
    assert problem.message.endswith('write ^"abc"$')
    assert 'write ^"aid"$' in only(of_step(path="$.raw.parameters.[?(@.name=~^aid$)].value")).message


def test_other_matchers_beside_a_regex() -> None:
    problem = only(of_condition(value={"regex": "abc", "value": "abc"}))
    assert problem.path.endswith("conditions[0].value.value")


@pytest.mark.parametrize(
    ("regex", "mended"),
    [
        ("^abc$", '^"abc"$'),
        ("^abc", '^"abc'),
        ("abc$", 'abc"$'),
        ("(?i)^abc$", '(?i)^"abc"$'),
        ("^(abc|def)$", '^"(abc|def)"$'),
        ("^[a-z]+$", '^"[a-z]+"$'),
        ("^\\w+$", '^"\\w+"$'),
        ("^2020-01-31", '^"2020-01-31'),
        ("^\\d{4}-\\d{2}", '^"\\d{4}-\\d{2}'),
        ("^https://", '^"https://'),
        ('^"abc$', '^"abc"$'),
        ('^abc"$', '^"abc"$'),
        ("\\.com$", '\\.com"$'),
        ("^nope$", '^"nope"$'),
    ],
)
def test_anchors_that_exclude_every_string(regex: str, mended: str) -> None:
    warning = anchor_warning(regex)
    assert warning is not None
    assert warning.endswith(f"write {mended}")
    assert anchor_warning(mended) is None


@pytest.mark.parametrize(
    "regex",
    [
        "abc",
        '^"abc"$',
        "^.*$",
        "(?U)^.*$",
        "^.abc.$",
        "^\\d+$",
        "^[0-9]+$",
        "^-?4\\d\\d$",
        "\\d+$",
        "^true$",
        "^(true|false)$",
        "^null$",
        "null$",
        "true|^abc$",
        "^[^a]",
        "^\\{",
        "^\\[",
        "^$",
        "abc\\$",
        "^a*",
        "",
    ],
)
def test_anchors_that_can_match(regex: str) -> None:
    assert anchor_warning(regex) is None
