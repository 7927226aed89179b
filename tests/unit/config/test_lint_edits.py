"""What the lint says of Delete, Rename, Set, Truncate and casts of our own; the engine is asked where it can be."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery.config.formats import OWN_RECOVERIES
from event_recovery.config.lint.lint import lint_config
from support.config.linted import COLLECTOR, ENRICHMENT, config, flow, only
from support.engine.rows import (
    ADAPTER,
    SCHEMA,
    bad_row,
    cast,
    delete,
    enrichment_payload,
    pairs,
    recover_own,
    rename,
    replace,
    set_to,
    truncate,
)

pytestmark = pytest.mark.unit

P = "$.raw.parameters"


def told(step: dict[str, Any], key: str = ENRICHMENT) -> list[str]:
    problems = lint_config(config({key: [flow(steps=[step])]}, OWN_RECOVERIES.uri))
    return [problem.message for problem in problems]


@pytest.mark.parametrize(
    "step",
    [
        delete(f"{P}.aid"),
        delete(f"{P}.[0]"),
        delete(f'{P}.[?(@.name=~"aid")]'),
        delete(f'{P}.co.data.[?(@.schema=~"com.acme/a/")]'),
        delete("$.raw.useragent"),
        delete("$.raw.headers.[0]"),
        rename(f"{P}.ue_pr.data.data.a", "b"),
        rename(f"{P}.aid", "tna"),
        set_to(f"{P}.aid", 5),
        set_to(f"{P}.co", {"schema": "s", "data": []}),
        set_to(f"{P}.ue_pr.data.data.a", None),
        set_to("$.raw.timestamp", "2026-01-31T00:00:00Z"),
        truncate(f"{P}.page", 2000),
        truncate("$.raw.useragent", 1000),
        cast(f"{P}.ue_pr.data.data.a", "String", "Boolean"),
        cast(f"{P}.vid", "String", "Integer"),
        cast(f"{P}.vid", "String", "Numeric"),
    ],
    ids=lambda step: f"{step['op']} {step['path']}",
)
def test_steps_without_traps(step: dict[str, Any]) -> None:
    assert told(step) == []


TRAPS: dict[str, tuple[dict[str, Any], str]] = {
    "delete-required": (delete("$.raw.vendor"), 'a payload without `vendor` is none; Set it, to "web" for example'),
    "delete-headers": (delete("$.raw.headers"), 'a payload without `headers` is none; Set it, to ["X-Up: 1"]'),
    "delete-raw": (delete("$.raw"), "a payload without `raw` is none"),
    "delete-unknown": (delete("$.raw.nope"), "`raw` has no `nope`"),
    "delete-below-text": (delete(f"{P}.aid.x"), "the step has no effect: `aid` holds text"),
    "delete-as-conditions-see-it": (delete("$.payload.raw.useragent"), "the step has no effect: a path starts below"),
    "rename-field": (rename("$.raw.useragent", "agent"), "the value of `useragent` is lost"),
    "rename-field-to-another": (
        rename("$.raw.useragent", "refererUri"),
        "the step always fails: a payload has all its",
    ),
    "rename-to-what-no-query-has": (
        rename(f"{P}.aid", "a b"),
        "the name 'a b' has a character that a URL may not have",
    ),
    "set-time": (set_to("$.raw.timestamp", 5), "the step always fails: it leaves 5, and `timestamp` must stay a time"),
    "set-header": (set_to("$.raw.headers.[0]", 5), "`headers.[0]` must stay text"),
    "set-unknown": (set_to("$.raw.nope", 5), "the step has no effect: `raw` has no `nope`"),
    "set-no-value": (set_to(f"{P}.aid", None), "the parameter 'aid' has no value and is sent as an empty one"),
    "set-no-object": (set_to(f"{P}.ue_pr", "x"), "`ue_pr` holds a JSON object, which"),
    "set-half-a-pair": (set_to(f"{P}.aid", "\ud800"), "half of a surrogate pair"),
    "truncate-object": (truncate(f"{P}.ue_pr", 5), "the step fails for every object: `ue_pr` holds JSON"),
    "truncate-list": (truncate("$.raw.headers", 5), "`headers` holds an array of texts, and only text is cut"),
    "truncate-uuid": (truncate("$.raw.userId", 5), "`userId` must stay a UUID; leave the step out"),
    "cast-field": (cast("$.raw.useragent", "String", "Integer"), "it leaves 24, and `useragent` must stay text"),
    "no-such-cast": (cast(f"{P}.co.data.a", "Array", "Integer"), "Integer is cast from String and Numeric"),
}


@pytest.mark.parametrize(("step", "message"), TRAPS.values(), ids=TRAPS)
def test_traps(step: dict[str, Any], message: str) -> None:
    (found,) = told(step)
    assert message in found


def test_the_published_schema_has_no_such_cast_and_ours_is_named() -> None:
    step = cast(f"{P}.ue_pr.data.data.a", "String", "Boolean")
    problem = only(lint_config(config({ENRICHMENT: [flow(steps=[step])]})))
    assert "there is no cast from String to Boolean; Replace the object" in problem.message
    assert problem.message.endswith(f"or name {OWN_RECOVERIES.uri} in `schema`, which has this cast")


@pytest.mark.parametrize("step", [delete("$.raw.nope"), delete(f"{P}.aid.x"), set_to("$.raw.nope", 5)])
def test_what_has_no_effect_recovers_as_without_it(step: dict[str, Any]) -> None:
    row = bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "pv"), ("aid", "web"))))
    assert "no effect" in told(step)[0]
    assert recover_own(row, step) == recover_own(row)


def test_what_is_lost_is_lost() -> None:
    assert "is lost" in told(rename("$.useragent", "agent"), COLLECTOR)[0]
    assert recover_own(bad_row(ADAPTER), rename("$.useragent", "agent")) == recover_own(
        bad_row(ADAPTER), delete("$.useragent")
    )


def test_a_pair_as_a_whole_is_for_delete_and_set_only() -> None:
    for step in (replace(f"{P}.[0]", "x"), truncate(f"{P}.[0]", 1), cast(f"{P}.[0]", "String", "Array")):
        assert "the path ends at a whole name/value pair" in told(step)[0]
    assert told(set_to(f"{P}.[0]", {"name": "e", "value": "pv"})) == []
