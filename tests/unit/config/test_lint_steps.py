"""Steps that fail, do nothing or break what they change are warned of, with what to write."""

from __future__ import annotations

from typing import Any

import pytest
from support.config.linted import COLLECTOR, ENRICHMENT, RAW_STRING, of_condition, of_step, only

pytestmark = pytest.mark.unit


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
