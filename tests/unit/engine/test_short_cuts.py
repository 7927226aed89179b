"""What configs of people do takes the fast route, and comes to the same there: compare both, and see that it did."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from event_recovery import Recovery
from event_recovery.engine.result import Recovered
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FORMAT_VIOLATION,
    TRACKER,
    Json,
    add,
    b64,
    bad_row,
    cast,
    collector_payload,
    condition,
    config,
    default_payload,
    enrichment_payload,
    fields_of,
    flow,
    line_of,
    pairs,
    remove,
    replace,
)

pytestmark = pytest.mark.unit

EVENT = '{"schema":"s","data":{"page":"p","n":1,"list":[{"k":"a"},{"k":"b"},{"k":"a"}]}}'


def on_both(recovery: Recovery, row: Json, *, quick: bool = True) -> Any:
    """Recover a row on both routes; ``quick`` says whether the fast one answers by itself."""
    line = line_of(row)
    assert (recovery._fast.recover(line) is not None) == quick
    result = recovery.recover(line)
    assert result.fault is None
    exact = recovery._recover_exactly(line)
    assert (result.outcome, result.message, result.payload) == (exact.outcome, exact.message, exact.payload)
    return result


def webhook(*named: tuple[str, str | None], **fields: Json) -> Json:
    return bad_row(ADAPTER, collector_payload(querystring=pairs(*named), **fields))


def event(**parameters: str | None) -> Json:
    return bad_row(ENRICHMENT, enrichment_payload(parameters=pairs(*parameters.items())))


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("[?(@.name=~schema)].value", (("e", "pv"), ("schema", "iglu"))),
        ("[?(@.name=~schema)].value", (("schema", "a"), ("my_schema", "b"), ("schema", "c"))),
        ('[?(@.name=~^"schema"$)].value', (("schema", "a"), ("my_schema", "b"))),
        ("[?(@.name=~^schema$)].value", (("schema", "a"),)),
        ("[?(@.value=~iglu)].value", (("a", "iglu:x"), ("b", "y"), ("c", "iglu:z"))),
        ("[?(@.value=~null)].value", (("a", None), ("b", "null"), ("c", "z"))),
        ("[?(@.name=~schema)].value", (("a", "b"),)),
        ("[?(@.name=~schema)].value", ()),
        ("[?(@.name=~\\\\u0001)].value", (("\u0001", "a"),)),
        ("[?(@.name=~ue_pr)].value.data.page", (("ue_pr", EVENT),)),
        ("[?(@.name=~cx)].value.data.page", (("cx", b64(EVENT)),)),
        ("[?(@.name=~cx)].value.data.page", (("cx", b64(EVENT)), ("acx", b64(EVENT)))),
        ("[?(@.name=~cx)].value", (("cx", b64('"text"')),)),
        ("[?(@.name=~cx)].value.data.page", (("cx", None),)),
        ("[?(@.name=~e)].name", (("e", "pv"),)),
    ],
)
def test_pairs_that_a_filter_takes(path: str, named: tuple[tuple[str, str | None], ...]) -> None:
    changes = Recovery.from_config(config(flow(replace(f"$.querystring.{path}", "new"))))
    asks = [
        Recovery.from_config(config(flow(conditions=[condition(f"$.payload.querystring.{path}", **matcher)])))
        for matcher in ({"value": "a"}, {"value": "c"}, {"regex": "null|p"}, {"size": {"gt": 0}})
    ]
    row, line = webhook(*named), line_of(webhook(*named))
    for recovery in (changes, *asks):
        assert recovery.recover(line) == recovery._recover_exactly(line)
    if named and path.endswith((".value", ".data.page")) and "acx" not in str(named):
        for recovery in asks:
            on_both(recovery, row)


def test_a_filter_remembers_texts_and_pickles() -> None:
    recovery = Recovery.from_config(config(flow(replace("$.querystring.[?(@.name=~schema)].value", "new"))))
    for _ in range(2):
        assert on_both(recovery, webhook(("schema", "a"))).outcome == "recovered"
        assert on_both(pickle.loads(pickle.dumps(recovery)), webhook(("schema", "a"))).outcome == "recovered"


SENDERS = ("a", "b", "c")
BY_VENDOR = config(
    *(
        flow(add("$.headers", [name]), conditions=[condition("$.payload.vendor", value=name)], name=name)
        for name in SENDERS
    ),
    flow(add("$.headers", ["any"]), name="any"),
    flow(conditions=[condition("$.payload.vendor", value="a"), condition("$.payload.vendor", value="b")], name="none"),
    flow(add("$.headers", ["of c"]), conditions=[condition("$.payload.vendor", regex="c")], name="of c"),
    flow(add("$.headers", ["a again"]), conditions=[condition("$.payload.vendor", value="a")], name="a again"),
)


@pytest.mark.parametrize(
    ("vendor", "taken"),
    [("a", ["a", "any", "a again"]), ("b", ["b", "any"]), ("c", ["c", "any", "of c"]), ("d", ["any"]), ("", ["any"])],
)
def test_flows_that_one_field_tells_apart_are_taken_in_their_order(vendor: str, taken: list[str]) -> None:
    result = on_both(Recovery.from_config(BY_VENDOR), webhook(("e", "pv"), vendor=vendor, headers=[]))
    assert fields_of(result)["headers"] == taken


KEY = "iglu:com.acme/a/jsonschema/1-0-0"
MESSAGES = {
    "of a key": {"schemaKey": KEY, "schemaCriterion": "iglu:com.acme/a/jsonschema/2-*-*"},
    "of another": {
        "schemaKey": "iglu:com.acme/b/jsonschema/1-0-0",
        "schemaCriterion": "iglu:com.acme/b/jsonschema/2-*-*",
    },
    "of a text": {"field": "f", "value": KEY, "expectation": "e"},
    "of a document in base64": {"json": {"cx": b64(json.dumps({"k": KEY}))}, "error": "INVALID_SCHEMA"},
    "of no known form": {"x": KEY},
}


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("messages.[0].schemaKey", KEY),
        ("messages.[0].value", KEY),
        ("messages.[0].json.cx.k", KEY),
        ("messages.[0].x", KEY),
        ("messages.[0].value", 'a"b'),
        ("timestamp", "2026-03-02T06:10:23Z"),
        ("timestamp", "2026-03-02T06:10:23.000Z"),
    ],
)
def test_a_text_that_the_failure_must_have(path: str, value: str, message: Json, escaped: bool) -> None:
    failure = {"timestamp": "2026-03-02T06:10:23.000Z", "vendor": "v", "version": "1", "messages": [message]}
    line = line_of(bad_row(TRACKER, collector_payload(), failure=failure))
    if escaped:
        line = line.replace(b"com.acme/", b"com.acme\\/")
    recovery = Recovery.from_config(config(flow(conditions=[condition(f"$.failure.{path}", value=value)])))
    result, exact = recovery.recover(line), recovery._recover_exactly(line)
    assert (result.outcome, result.message, result.fault) == (exact.outcome, exact.message, None)


def test_a_failure_without_the_text_is_not_decoded() -> None:
    recovery = Recovery.from_config(
        config(
            flow(), flow(add("$.headers", ["x"]), conditions=[condition("$.failure.messages.[0].schemaKey", value=KEY)])
        )
    )
    row = bad_row(TRACKER, collector_payload(), failure="which no decoder takes, so that the exact route would answer")
    assert on_both(recovery, row).outcome == "recovered"


@pytest.mark.parametrize("matcher", [{"value": "x"}, {"value": None}, {"value": 1}, {"regex": "^null$"}])
@pytest.mark.parametrize("path", ["refererUri", "useragent", "networkUserId", "headers", "timestamp", "querystring"])
@pytest.mark.parametrize("value", [None, "x"])
def test_a_condition_on_a_field_of_one_value(path: str, matcher: Json, value: str | None) -> None:
    fields = {} if path in ("networkUserId", "timestamp", "querystring", "headers") else {path: value}
    for row, root in (
        (bad_row(ADAPTER, collector_payload(**fields)), "$.payload"),
        (bad_row(FORMAT_VIOLATION, default_payload(FORMAT_VIOLATION)), "$.processor.artifact"),
        (bad_row(ADAPTER, collector_payload(**fields)), "$.processor.version"),
    ):
        place = f"{root}.{path}" if root == "$.payload" else root
        on_both(Recovery.from_config(config(flow(conditions=[condition(place, **matcher)]))), row)


@pytest.mark.parametrize(
    "step",
    [
        replace("$.raw.refererUri", "https://acme.example/", "(?U)^.*$"),
        replace("$.raw.refererUri", "new"),
        replace("$.raw.headers", ["a"], "Host"),
        replace("$.raw.vendor", 1),
        replace("$.raw.timestamp", "2020-02-17T09:28:16+02:00"),
        remove("$.raw.useragent"),
        add("$.raw.headers", ["X: y"]),
        add("$.raw.useragent", " more"),
        cast("$.raw.useragent", "String", "Array"),
        add("$.raw.refererUri", 1),
    ],
)
@pytest.mark.parametrize("value", [None, "https://a.example/?é"])
def test_a_step_on_a_field_of_one_value(step: Json, value: str | None) -> None:
    row = bad_row(ENRICHMENT, enrichment_payload(refererUri=value, useragent=value))
    line, recovery = line_of(row), Recovery.from_config(config(flow(step)))
    assert recovery.recover(line) == recovery._recover_exactly(line)


LIST = "$.raw.parameters.{}.data.list.[?(@.k=~a)].k"
PAGE = "$.raw.parameters.{}.data.page"
NUMBER = "$.raw.parameters.{}.data.n"
SEVERAL = [
    [replace(PAGE, "q"), replace(LIST, "c"), cast(NUMBER, "Numeric", "Boolean"), cast(NUMBER, "Boolean", "Numeric")],
    [replace(PAGE, "-", "."), replace(PAGE, "+", "-")],
    [cast(PAGE, "String", "Array"), add(PAGE, ["x"]), replace(PAGE, "y", '"x"')],
    [add(NUMBER, 0.5), add(NUMBER, 1), replace(NUMBER, 1e300), add(NUMBER, 1)],
    [replace(PAGE, "\U0001f600", "p"), replace(PAGE, "x", "^.")],
    [replace("$.raw.parameters.{}.data", {"page": "\ud83d"}), replace(PAGE, "x", "[?]")],
    [replace(PAGE, "\u0085\u007f"), replace(PAGE, "x", "u0085")],
    [replace("$.raw.parameters.{}", EVENT), replace(PAGE, "q"), remove("$.raw.parameters.{}"), add(PAGE, "x")],
    [replace(PAGE, "q"), replace("$.raw.parameters.[0].value", "x", "a"), replace(PAGE, "r")],
    [replace(PAGE, "q"), replace("$.raw.parameters.[?(@.name=~{})].value", "", "none"), replace(PAGE, "r")],
]
CONTENTS = [
    EVENT,
    EVENT.replace('"p"', '"\U0001f600"'),
    EVENT.replace('"p"', '"\\ud83d\\ude00"'),
    EVENT.replace('"p"', '"é"'),
    EVENT.replace('"p"', '"\\u0070"'),
    EVENT.replace('"p"', '"\\u00fc\\u0007\\u0085"'),
    EVENT.replace('"p"', '"\\uD83D-"'),
    EVENT.replace('"n":1', '"n":37.774900000000002'),
    EVENT.replace('"n":1', '"n":-0'),
    EVENT.replace('"n":1', '"n":0'),
    EVENT.replace('"n":1', '"n":1.50'),
    EVENT.replace('"n":1', '"n": 1e400'),
    EVENT.replace('"p"', '"\u0085"'),
]


@pytest.mark.parametrize("steps", SEVERAL, ids=range(len(SEVERAL)))
@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
@pytest.mark.parametrize("name", ["ue_pr", "ue_px"])
def test_several_steps_in_one_text(name: str, content: str, steps: list[Json]) -> None:
    named = json.loads(json.dumps(steps).replace("{}", name))
    row = event(**{name: content if name == "ue_pr" else b64(content)})
    recovery, line = Recovery.from_config(config(flow(*named))), line_of(row)
    result = recovery.recover(line)
    assert result.fault is None
    assert result == recovery._recover_exactly(line)


ITEMS = '{"data":{"list":[{"k":"a","v":[{"w":0}]},{"k":"a","v":[{"w":0}]},{"k":"b"}],"o":{"p":1}}}'
DATA = "$.raw.parameters.{}.data"
BROUGHT = [
    [replace(f"{DATA}.list.[?(@.k=~a)].v", [{"w": 1}]), add(f"{DATA}.list.[?(@.k=~a)].v.[0].w", 1)],
    [replace(f"{DATA}.list.[0].v", [{"w": "x"}]), add(f"{DATA}.list.[0].v.[0].w", "x")],
    [add(f"{DATA}.list.[1].v", [{"w": 1}]), add(f"{DATA}.list.[1].v.[1].w", 1)],
    [add(f"{DATA}.o", {"q": {"r": "x"}}), add(f"{DATA}.o.q.r", "y")],
]


@pytest.mark.parametrize("steps", BROUGHT, ids=range(len(BROUGHT)))
@pytest.mark.parametrize("name", ["ue_pr", "ue_px"])
def test_a_step_does_not_change_what_the_config_holds(name: str, steps: list[Json]) -> None:
    text = json.dumps(config(flow(*json.loads(json.dumps(steps).replace("{}", name)))))
    row = event(**{name: ITEMS if name == "ue_pr" else b64(ITEMS)})
    recovery, line = Recovery.from_config(text), line_of(row)
    expected = Recovery.from_config(text)._recover_exactly(line)
    assert expected.outcome == "recovered"
    assert [recovery.recover(line) for _ in range(3)] == [expected] * 3
    assert isinstance(recovery._fast.recover(line), Recovered)


def test_two_texts_that_are_the_same_are_two() -> None:
    steps = [replace("$.raw.parameters.ue_pr.data.page", "q"), replace("$.raw.parameters.co.data.n", 2)]
    recovery = Recovery.from_config(config(flow(*steps)))
    assert on_both(recovery, event(ue_pr=EVENT, co=EVENT)).outcome == "recovered"


@pytest.mark.parametrize(
    ("field", "value", "quick"),
    [
        ("page_urlport", "443", True),
        ("br_cookies", "1", True),
        ("br_cookies", "128", False),
        ("page_urlport", "4e2", True),
        ("page_urlport", "x", False),
        ("page_urlport", 443.0, False),
        ("page_urlport", True, False),
        ("geo_latitude", "50.25", True),
        ("geo_latitude", "north", False),
    ],
)
def test_a_number_of_the_enriched_event_that_is_there_as_text(field: str, value: Json, quick: bool) -> None:
    row = bad_row(ENRICHMENT, enrichment_payload(enriched={field: value}))
    place = condition(f"$.payload.enriched.{field}", regex="[0-9]")
    for conditions in ([], [place], [condition("$.processor.artifact", value="another")]):
        on_both(Recovery.from_config(config(flow(conditions=conditions))), row, quick=quick)


@pytest.mark.parametrize(
    "timestamp",
    [
        "2020-02-17T09:28:16Z",
        "2020-02-17T09:28:16.5Z",
        "2020-02-17T09:28:16.560+02:00",
        "0000-02-17T09:28:16.560Z",
        "2020-02-17",
    ],
)
def test_a_timestamp_of_unusual_form(timestamp: str) -> None:
    recovery = Recovery.from_config(config(flow()))
    for row in (
        webhook(("e", "pv"), timestamp=timestamp),
        bad_row(ENRICHMENT, enrichment_payload(timestamp=timestamp)),
    ):
        assert isinstance(recovery._fast.recover(line_of(row)), Recovered)
        on_both(recovery, row)


PLACES = ["", "data", "data.processor", "data.payload", "data.payload.raw", "data.payload.raw.parameters.0"]


def with_field(row: Json, place: str) -> Json:
    """Give a copy of a row with a field of no meaning in one of its objects, and a text of its own in the failure."""
    changed = json.loads(json.dumps(row))
    node = changed
    for name in filter(None, place.split(".")):
        node = node[int(name) if name.isdigit() else name]
    node["more"] = "@@"
    return changed


@pytest.mark.parametrize("place", [*PLACES, "data.payload.enriched", "data.failure"])
@pytest.mark.parametrize(("text", "valid"), [(b"\xc3\xa9", True), (b"\xff", False), (b"\xed\xa0\x80", False)])
def test_text_that_the_parser_passes_over(place: str, text: bytes, valid: bool) -> None:
    recovery = Recovery.from_config(config(flow(replace("$.raw.useragent", "ü"))))
    line = line_of(with_field(event(page="café"), place)).replace(b"@@", text)
    fast = recovery._fast.recover(line)
    assert (fast is not None) == valid
    assert fast is None or isinstance(fast, Recovered)
    result, exact = recovery.recover(line), recovery._recover_exactly(line)
    assert (result.outcome, result.payload, result.event_ids) == ("recovered", exact.payload, exact.event_ids)
