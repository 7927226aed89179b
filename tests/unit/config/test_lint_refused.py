"""Steps that leave what Enrich refuses, and those beside them that do not."""

from __future__ import annotations

import pytest
from support.config.linted import COLLECTOR, ENRICHMENT, of_step, only

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("key", [COLLECTOR, ENRICHMENT])
def test_a_name_that_no_url_can_have(key: str) -> None:
    path = "$.querystring.[0].name" if key == COLLECTOR else "$.raw.parameters.[0].name"
    problem = only(of_step(key, path=path, value="a b"))
    assert "the name 'a b' has a character that a URL may not have" in problem.message
    assert "`querystrings` set to clean" in problem.message


def test_parameters_that_are_replaced_as_a_whole() -> None:
    pairs = [{"name": "a|b", "value": "1"}, {"name": "eid", "value": None}, {"name": "p", "value": "web"}]
    name, value = of_step(COLLECTOR, path="$.querystring", value=pairs)
    assert "the name 'a|b'" in name.message
    assert "the parameter 'eid' has no value" in value.message


@pytest.mark.parametrize(
    "step",
    [
        {"path": "$.body", "value": "{}"},
        {"op": "Remove", "path": "$.body"},
        {"path": "$.querystring.[0].name", "value": "a+b%20c"},
        {"path": "$.querystring", "value": [{"name": "a", "value": ""}]},
        {"path": "$.querystring.[0].value", "value": "a b"},
    ],
)
def test_what_enrich_may_take(step: dict[str, object]) -> None:
    assert of_step(COLLECTOR, **step) == []
