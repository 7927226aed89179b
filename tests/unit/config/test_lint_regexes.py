"""Regular expressions that match no JSON text are warned of, with what to write."""

from __future__ import annotations

import pytest
from event_recovery.config.lint.regexes import anchor_warning
from support.config.linted import of_condition, of_step, only

pytestmark = pytest.mark.unit


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
