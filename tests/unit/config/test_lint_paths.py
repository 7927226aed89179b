"""Paths that do not mean what they look like, or lead nowhere, are warned of, with what to write."""

from __future__ import annotations

import pytest
from support.config.linted import COLLECTOR, ENRICHMENT, RAW_STRING, of_condition, of_step, only

pytestmark = pytest.mark.unit


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
