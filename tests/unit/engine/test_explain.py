"""How steps read in ``diff``, and what it shows of fields that come, go or get another name."""

from __future__ import annotations

import pytest
from event_recovery import Recovery
from event_recovery.engine.explain import Change, explain, step_text
from support.engine.rows import (
    SCHEMA,
    Json,
    add,
    bad_row,
    cast,
    compiled,
    delete,
    enrichment_payload,
    flow,
    line_of,
    own_config,
    pairs,
    remove,
    rename,
    replace,
    set_to,
    truncate,
)

pytestmark = pytest.mark.unit

WORDS = {
    "Replace $.a match b with 1": replace("$.a", 1, "b"),
    'Replace $.a with "x"': replace("$.a", "x"),
    "Remove $.a match b": remove("$.a", "b"),
    "Cast $.a from String to Integer": cast("$.a", "String", "Integer"),
    "Cast $.a from String to Numeric": cast("$.a", "String", "Numeric"),
    'Add ["x"] to $.a': add("$.a", ["x"]),
    "Delete $.a.[0].[?(@.b=~c)]": delete("$.a[0].[?(@.b=~c)]"),
    "Rename $.a to b": rename("$.a", "b"),
    'Set $.a to {"b":null}': set_to("$.a", {"b": None}),
    "Truncate $.a to 5 characters": truncate("$.a", 5),
}


@pytest.mark.parametrize(("words", "step"), WORDS.items(), ids=WORDS)
def test_how_a_step_reads(words: str, step: Json) -> None:
    assert step_text(compiled(step, own=True).steps[0]) == words


def test_fields_that_come_go_and_get_another_name() -> None:
    event = '{"data":{"old":1.50,"gone":"x","long":"abc"}}'
    row = bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "ue"), ("ue_pr", event))))
    data = "$.raw.parameters.ue_pr.data"
    steps = (
        rename(f"{data}.old", "new"),
        delete(f"{data}.gone"),
        set_to(f"{data}.more.deep", 1),
        truncate(f"{data}.long", 1),
    )
    explanation = explain(Recovery.from_config(own_config(flow(*steps))), line_of(row))
    assert explanation.failure is None
    assert explanation.changes == (
        Change(f"{data}.old", "1.50", None, (f"flow: Rename {data}.old to new",)),
        Change(f"{data}.gone", '"x"', None, (f"flow: Delete {data}.gone",)),
        Change(f"{data}.long", '"abc"', '"a"', (f"flow: Truncate {data}.long to 1 characters",)),
        Change(f"{data}.new", None, "1.50", (f"flow: Rename {data}.old to new",)),
        Change(f"{data}.more.deep", None, "1", (f"flow: Set {data}.more.deep to 1",)),
    )
