"""Worked examples of what Enrich says of an event's own data and its contexts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.verify.examples import (
    EF,
    HALF_MAIL,
    MAIL_FAULTS,
    SV,
    Example,
    acme,
    atomic,
    check,
    enrichment,
    event,
    missing,
    named,
    not_found,
    not_iglu,
    refused,
    unknown,
    value,
)
from support.verify.payloads import EVENT_ID, TRACKER, contexts, encoded, entity, get, nested, unstruct

pytestmark = pytest.mark.unit

UNSTRUCT = f"iglu:{TRACKER}/unstruct_event/jsonschema/1-0-0"
PATTERN = "^iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/[a-zA-Z0-9-_]+/[0-9]+-[0-9]+-[0-9]+$"
CART = unstruct(entity("add_to_cart", {"skuu": "pedals", "quantity": 2}, vendor=TRACKER))
NO_URI = [
    refused(UNSTRUCT, (f"$.schema: does not match the regex pattern {PATTERN}", "$.schema", "pattern", [PATTERN]))
]


def versioned(number: str) -> Any:
    return entity("email_sent", {}, number)


EXAMPLES = (
    Example(
        "1",
        "seen",
        get({"e": "ue", "eid": EVENT_ID, "ue_px": encoded(CART)}),
        SV,
        [refused(f"iglu:{TRACKER}/add_to_cart/jsonschema/1-0-0", missing("sku"), unknown("skuu"))],
    ),
    Example("3", "seen", get({"e": "pp", "co": contexts(HALF_MAIL)}), SV, [MAIL_FAULTS]),
    Example(
        "5",
        "seen, text inferred",
        get({"e": "ue", "ue_pr": "foo"}),
        SV,
        [{"field": "unstruct", "value": "foo", "error": "invalid json: expected false got 'foo' (line 1, column 1)"}],
    ),
    Example(
        "5 of 4.2",
        "inferred",
        get({"e": "ue", "ue_pr": "foo"}),
        SV,
        [atomic(("invalid json: expected false got 'foo' (line 1, column 1)", "ue_pr"))],
        "4.2",
    ),
    Example(
        "5 of 3.9",
        "ran",
        get({"e": "ue", "ue_pr": "foo"}),
        EF,
        [enrichment(value("ue_pr", "foo", "invalid json: expected false got 'foo' (line 1, column 1)"))],
        "3.9",
    ),
    Example(
        "6",
        "seen",
        get({"e": "ue", "ue_pr": '{"foo":"bar"}'}),
        SV,
        [not_iglu({"foo": "bar"}, "INVALID_DATA_PAYLOAD")],
    ),
    Example(
        "7",
        "seen",
        get({"e": "ue", "ue_pr": json.dumps(entity("foo", {}, vendor=TRACKER))}),
        SV,
        [
            {
                "schemaKey": f"iglu:{TRACKER}/foo/jsonschema/1-0-0",
                "schemaCriterion": f"iglu:{TRACKER}/unstruct_event/jsonschema/1-0-*",
            }
        ],
    ),
    Example(
        "8",
        "seen, reports ran",
        event({"foo": "bar"}),
        SV,
        [refused(UNSTRUCT, missing("schema"), missing("data"), unknown("foo"))],
    ),
    Example("9", "seen", event(entity("foo", {})), SV, [not_found(acme("foo"))]),
    Example(
        "10a", "seen", event(versioned("1-0-000000")), SV, [not_iglu(versioned("1-0-000000"), "INVALID_SCHEMAVER")]
    ),
    Example("10b", "seen", event(versioned("0-0-0")), SV, [not_iglu(versioned("0-0-0"), "INVALID_SCHEMAVER")]),
    Example(
        "10c",
        "seen",
        event(versioned("123456789123456789-0-0")),
        SV,
        [not_iglu(versioned("123456789123456789-0-0"), "INVALID_SCHEMAVER")],
    ),
    Example("10c of 3.9", "ran", event(versioned("123456789123456789-0-0")), "generic_error", enrich="3.9"),
    Example("11a", "seen, report ran", event(entity("test_event", {}, "1--")), SV, NO_URI),
    Example("11b", "seen, report ran", event(entity("test/event", {})), SV, NO_URI),
    Example("11c", "seen, report ran", event(entity("test#event", {})), SV, NO_URI),
    Example(
        "12",
        "seen",
        get({"e": "pv", "co": contexts(HALF_MAIL, entity("foo", {}))}),
        SV,
        [MAIL_FAULTS, not_found(acme("foo"))],
    ),
    Example(
        "13",
        "seen",
        get({"e": "pv", "co": contexts(entity("superseding_example", {"field_a": "a", "field_b": "b"}))}),
        None,
    ),
    Example(
        "38",
        "seen",
        event(entity("form", {"formId": "x" * 4097})),
        SV,
        [refused(acme("form"), ("$.formId: may only be 4096 characters long", "$.formId", "maxLength", ["4096"]))],
    ),
    Example(
        "39",
        "seen",
        event(entity("form", {"email": "wjr@w.w"})),
        SV,
        [
            refused(
                acme("form"),
                ("$.email: does not match the wjr@w.w pattern email", "$.email", "format", ["wjr@w.w", "email"]),
            )
        ],
    ),
    Example(
        "40",
        "seen",
        event(entity("form", {"group": 32768})),
        SV,
        [refused(acme("form"), ("$.group: must have a maximum value of 32767", "$.group", "maximum", ["32767"]))],
    ),
    Example(
        "41",
        "seen",
        event(entity("open", {"a": nested(48)})),
        SV,
        [
            {
                "field": "unstruct",
                "value": unstruct(entity("open", {"a": nested(48)})),
                "error": "invalid json: maximum allowed JSON depth exceeded",
            }
        ],
    ),
    Example("41, one level less", "seen", event(entity("open", {"a": nested(47)})), None),
    Example("41 of 3.9", "ran", event(entity("open", {"a": nested(48)})), None, enrich="3.9"),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_what_enrich_says(example: Example) -> None:
    check(example)


def test_all_of_them_are_here() -> None:
    assert {one.whole_number for one in EXAMPLES} == {1, 3, *range(5, 14), *range(38, 42)}
