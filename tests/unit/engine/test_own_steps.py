"""The steps of our own on whole rows: both routes, to the same bytes."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from event_recovery import Recovery, Result
from event_recovery.config.loader import load_config
from event_recovery.errors import RowFailure
from event_recovery.flows.edits import pair_text
from event_recovery.flows.own_steps import Set, ends_in_pair
from event_recovery.flows.walk import Action, walk
from event_recovery.text.jsontext import no_spaces, parse
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.engine.rows import (
    ADAPTER,
    SCHEMA,
    Json,
    b64,
    bad_row,
    cast,
    collector_payload,
    delete,
    enrichment_payload,
    fields_of,
    flow,
    line_of,
    message_of,
    own_config,
    pairs,
    recover,
    recover_own,
    recover_with,
    rename,
    replace,
    set_to,
    truncate,
    uri,
    written,
)
from support.engine.strategies import JSON, NAME, PAIRS, TEXT, compact

pytestmark = pytest.mark.unit

PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVENT = '{"schema":"iglu:com.acme/x/jsonschema/1-0-0", "data":{"a":1.50,"b":{"c":"d"},"list":[{"k":"p"},{"k":"q"}]}}'
SENT = compact(json.loads(EVENT)).replace("1.5,", "1.50,")


def row(*more: tuple[str, str | None]) -> Json:
    return bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "ue"), ("ue_pr", EVENT), *more)))


def sent(result: Result) -> list[tuple[str, str]]:
    """Give the pairs of the querystring of a recovered payload."""
    querystring = fields_of(result)["querystring"]
    assert isinstance(querystring, str)
    return parse_qsl(querystring, keep_blank_values=True)


P, D = "$.raw.parameters", "$.raw.parameters.ue_pr.data"
EVENTS: dict[str, tuple[Json, str]] = {
    "delete-property": (delete(f"{D}.a"), SENT.replace('"a":1.50,', "")),
    "delete-nothing": (delete(f"{D}.nope"), EVENT),
    "delete-element": (delete(f"{D}.list.[?(@.k=~p)]"), SENT.replace('{"k":"p"},', "")),
    "rename-property": (rename(f"{D}.a", "z"), SENT.replace('"a":1.50', '"z":1.50')),
    "set-property": (set_to(f"{D}.b.c", [True]), SENT.replace('"d"', "[true]")),
    "set-missing-property": (set_to(f"{D}.b.new.deep", 0), SENT.replace('"c":"d"', '"c":"d","new":{"deep":0}')),
    "set-event": (set_to(f"{P}.ue_pr", {"schema": "s", "data": {}}), '{"schema":"s","data":{}}'),
    "truncate": (
        truncate("$.raw.parameters.ue_pr.schema", 4),
        SENT.replace("iglu:com.acme/x/jsonschema/1-0-0", "iglu"),
    ),
    "cast": (cast(f"{D}.a", "Numeric", "String"), SENT.replace("1.50", '"1.50"')),
}


@pytest.mark.parametrize(("step", "expected"), EVENTS.values(), ids=EVENTS)
def test_what_is_sent_of_an_event(step: Json, expected: str) -> None:
    assert sent(recover_own(row(("aid", "web")), step)) == [("e", "ue"), ("ue_pr", expected), ("aid", "web")]


PARAMETERS: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "delete": (delete(f"{P}.vid"), [("e", "pv"), ("vid", "2")]),
    "delete-all": (delete(f'{P}.[?(@.name=~"vid")]'), [("e", "pv")]),
    "delete-value": (delete(f"{P}.[0].value"), [("e", ""), ("vid", "1.0"), ("vid", "2")]),
    "delete-nothing": (delete(f"{P}.nope"), [("e", "pv"), ("vid", "1.0"), ("vid", "2")]),
    "rename": (rename(f"{P}.vid", "sid"), [("e", "pv"), ("sid", "1.0"), ("vid", "2")]),
    "set": (set_to(f"{P}.vid", 7), [("e", "pv"), ("vid", "7"), ("vid", "2")]),
    "set-missing": (set_to(f"{P}.p", "web"), [("e", "pv"), ("vid", "1.0"), ("vid", "2"), ("p", "web")]),
    "set-missing-json": (
        set_to(f"{P}.co", {"data": []}),
        [("e", "pv"), ("vid", "1.0"), ("vid", "2"), ("co", '{"data":[]}')],
    ),
    "set-in-missing-json": (
        set_to(f"{P}.co.data.[0]", 1),
        [("e", "pv"), ("vid", "1.0"), ("vid", "2"), ("co", '{"data":[1]}')],
    ),
    "truncate": (truncate(f"{P}.vid", 1), [("e", "pv"), ("vid", "1"), ("vid", "2")]),
    "cast": (cast(f"{P}.vid", "String", "Integer"), [("e", "pv"), ("vid", "1"), ("vid", "2")]),
    "cast-all": (cast(f'{P}.[?(@.name=~"vid")].value', "String", "Integer"), [("e", "pv"), ("vid", "1"), ("vid", "2")]),
}


@pytest.mark.parametrize(("step", "expected"), PARAMETERS.values(), ids=PARAMETERS)
def test_what_is_sent_of_parameters(step: Json, expected: list[tuple[str, str]]) -> None:
    given_row = bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "pv"), ("vid", "1.0"), ("vid", "2"))))
    assert sent(recover_own(given_row, step)) == expected


FIELDS: dict[str, tuple[Json, str, Json]] = {
    "delete-optional": (delete("$.useragent"), "userAgent", None),
    "delete-header": (delete("$.headers.[0]"), "headers", ["X: 2"]),
    "delete-headers-by-filter": (delete('$.headers.[?(@.x=~"X")]'), "headers", ["H: 1", "X: 2"]),
    "set-optional": (set_to("$.useragent", "other"), "userAgent", "other"),
    "set-header": (set_to("$.headers.[2]", "Y: 3"), "headers", ["H: 1", "X: 2", "Y: 3"]),
    "truncate-field": (truncate("$.useragent", 1), "userAgent", "U"),
    "set-vendor": (set_to("$.vendor", "com.other"), "path", "/com.other/v1"),
}


@pytest.mark.parametrize(("step", "field", "expected"), FIELDS.values(), ids=FIELDS)
def test_what_is_sent_of_fields(step: Json, field: str, expected: Json) -> None:
    assert fields_of(recover_own(bad_row(ADAPTER), step)).get(field) == expected


FAILED: dict[str, tuple[Json, str, str]] = {
    "rename-missing": (rename(f"{D}.nope", "x"), "RenameFailure", f"Failed to rename {D}.nope to x: nothing is there"),
    "set-below-text": (
        set_to(f"{P}.e.x", 1),
        "SetFailure",
        f"Failed to set {P}.e.x to 1: there is no object with `x`",
    ),
    "truncate-missing": (truncate(f"{D}.nope", 1), "TruncationFailure", "Failed to truncate DownField(nope)"),
    "cast": (cast(f"{D}.b.c", "String", "Boolean"), "CastFailure", 'Failed to cast "d" from String to Boolean'),
    "delete-required": (
        delete("$.raw.vendor"),
        "InvalidJsonFormat",
        "Failed to parse JSON string from Missing required field: DownField(vendor)",
    ),
    "rename-field": (
        rename("$.raw.useragent", "refererUri"),
        "RenameFailure",
        "Failed to rename $.raw.useragent to refererUri: there is a `refererUri` already",
    ),
    "set-number-in-text": (
        set_to("$.raw.useragent", 5),
        "InvalidJsonFormat",
        "Failed to parse JSON string from Got value '5' with wrong type, expecting string: DownField(useragent)",
    ),
}


@pytest.mark.parametrize(("step", "error", "message"), FAILED.values(), ids=FAILED)
def test_how_a_row_fails(step: Json, error: str, message: str) -> None:
    result = recover_own(row(), step)
    assert (result.outcome, result.error, result.flow) == ("failed", error, "flow")
    assert message_of(result).startswith(message)
    assert written(result)["data"]["failure"]["configName"] == "flow"


@pytest.mark.parametrize("step", [*EVENTS.values(), *PARAMETERS.values()], ids=lambda case: json.dumps(case[0])[7:60])
def test_rows_take_the_fast_route(step: tuple[Json, Any]) -> None:
    recovery = Recovery.from_config(own_config(flow(step[0])))
    made_anew = step[0]["op"] == "Set" and ".co." in step[0]["path"]
    assert (recovery._fast.recover(line_of(row(("vid", "1.0")))) is None) == made_anew


def test_steps_of_our_own_run_under_the_published_schema_as_add_does() -> None:
    assert sent(recover(row(), delete(f"{D}.a"))) == sent(recover_own(row(), delete(f"{D}.a")))


def test_one_step_sees_what_another_left() -> None:
    steps = (
        rename(f"{D}.a", "z"),
        set_to(f"{D}.a", "new"),
        delete(f"{D}.b"),
        truncate(f"{D}.a", 2),
        delete(f"{D}.list"),
    )
    expected = '{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":{"z":1.50,"a":"ne"}}'
    assert sent(recover_own(row(), *steps)) == [("e", "ue"), ("ue_pr", expected)]


KEYS = st.sampled_from(["a", "b", "page", "x"])
DOCUMENTS = st.dictionaries(KEYS | NAME.filter(bool), JSON, min_size=1, max_size=5)


def holding(document: Json, *, encoded: bool) -> Json:
    """Give a row whose event's data is a document, as JSON or base64."""
    event = compact({"schema": "iglu:com.acme/x/jsonschema/1-0-0", "data": document})
    pair = ("ue_px", b64(event)) if encoded else ("ue_pr", event)
    return bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "ue"), pair, ("aid", "web"))))


def mend(row: Json, *steps: Json) -> Result:
    """Recover a row by a config that is text, as files are, so that its numbers stay as they are written."""
    return recover_with(compact(own_config(flow(*steps), keys=[row["schema"]])), row)


def members(result: Result) -> dict[str, str]:
    """Give the members of the event's data that was sent, each as its text; numbers are as they were written."""
    found = dict(sent(result))
    assert next(iter(found)) == "e"
    assert list(found)[2:] == ["aid"]
    text = found["ue_pr"] if "ue_pr" in found else base64.b64decode(found["ue_px"]).decode()
    return {key: no_spaces(value) for key, value in parse(text)["data"].items()}


def texts(document: Json) -> dict[str, str]:
    return {key: no_spaces(value) for key, value in parse(compact(document)).items()}


@PROPERTY
@given(DOCUMENTS, KEYS, st.booleans())
def test_delete_then_nothing_is_there_and_siblings_keep_their_bytes(document: Json, key: str, encoded: bool) -> None:
    path = f"$.raw.parameters.{'ue_px' if encoded else 'ue_pr'}.data.{key}"
    left = members(mend(holding(document, encoded=encoded), delete(path)))
    assert list(left.items()) == [one for one in texts(document).items() if one[0] != key]


@PROPERTY
@given(DOCUMENTS, KEYS, st.booleans())
def test_rename_keeps_value_place_and_siblings(document: Json, key: str, encoded: bool) -> None:
    document.pop("new", None)
    path = f"$.raw.parameters.{'ue_px' if encoded else 'ue_pr'}.data.{key}"
    result = mend(holding(document, encoded=encoded), rename(path, "new"))
    if key not in document:
        assert result.error == "RenameFailure"
        return
    expected = [("new" if name == key else name, text) for name, text in texts(document).items()]
    assert list(members(result).items()) == expected


@PROPERTY
@given(DOCUMENTS, KEYS, JSON, st.booleans())
def test_set_then_get(document: Json, key: str, value: Json, encoded: bool) -> None:
    path = f"$.raw.parameters.{'ue_px' if encoded else 'ue_pr'}.data.{key}"
    left = members(mend(holding(document, encoded=encoded), set_to(path, value)))
    assert left.pop(key) == no_spaces(parse(compact(value)))
    assert left == {name: text for name, text in texts(document).items() if name != key}


@PROPERTY
@given(DOCUMENTS, st.lists(KEYS, min_size=1, max_size=4), JSON)
def test_set_makes_parents_or_fails(document: Json, keys: list[str], value: Json) -> None:
    path = ".".join(("$.raw.parameters.ue_pr.data", *keys))
    result = mend(holding(document, encoded=False), set_to(path, value))
    node: Any = document
    for key in keys[:-1]:
        node = node.get(key) if isinstance(node, dict) else node
    if result.outcome == "failed":
        assert result.error == "SetFailure"
        assert not isinstance(node, dict)
        return
    found: Any = {key: parse(text) for key, text in members(result).items()}
    for key in keys:
        found = found[key]
    assert no_spaces(found) == no_spaces(parse(compact(value)))


@PROPERTY
@given(st.text(max_size=20) | TEXT, st.integers(0, 25), st.booleans())
def test_truncate_counts_code_points(text: str, length: int, encoded: bool) -> None:
    assume(not any("\ud800" <= one <= "\udfff" for one in text))
    path = f"$.raw.parameters.{'ue_px' if encoded else 'ue_pr'}.data.a"
    left = members(mend(holding({"a": text, "b": 1.0}, encoded=encoded), truncate(path, length)))
    assert json.loads(left["a"]) == text[:length]
    assert left["b"] == "1.0"


# None is below another ``parameters``: what Set makes there is an object, which the walk takes for pairs.
PLACES = st.sampled_from(
    """
    e page new ue_pr cx co.data.x ue_pr.data.page cx.data.new.deep cx.data.list.[0].x ue_pr.data.list.[?(@.x=~k)].y
    ue_pr.value cx.data.contexts.x [0].value [?(@.name=~ue_pr)].value.data.n
    [?(@.name=~"cx")].value [?(@.name=~cx)].value
    """.split()
)


@PROPERTY
@given(PAIRS, DOCUMENTS, PLACES, JSON)
def test_both_walks_lead_to_the_same_place(listed: Json, data: Json, place: str, value: Json) -> None:
    text = compact({"data": {**data, "list": [{"x": "k"}]}})
    pair_list = [*listed, {"name": "ue_pr", "value": text}, {"name": "cx", "value": b64(text)}]
    (step,) = (
        load_config(compact(own_config(flow(set_to(f"$.raw.parameters.{place}", value))))).flows_by_key[0][1][0].steps
    )
    assert isinstance(step, Set)
    try:
        changed = step.apply({"raw": {"parameters": pair_list}})
    except RowFailure:
        return
    found = walk(changed, step.path, Action(lambda node: node, RowFailure, rebuilds=False))
    expected = pair_text(step.value) if ends_in_pair(step.path) else step.value
    assert no_spaces(found) == no_spaces(expected)


@PROPERTY
@given(st.lists(st.tuples(NAME, st.none() | TEXT), max_size=5), NAME.filter(lambda name: name.isidentifier()), TEXT)
def test_edits_of_parameters_touch_the_first_of_the_name(listed: list[tuple[str, str]], name: str, value: str) -> None:
    assume(name.isascii() and name not in {"cx", "co", "ue_pr", "ue_px"})
    before = bad_row(ADAPTER, collector_payload(querystring=pairs(*listed)))
    path = f"$.querystring.{name}"
    names = [one for one, _ in listed]
    first = names.index(name) if name in names else len(names)
    plain = sent(mend(before))
    assert sent(mend(before, delete(path))) == plain[:first] + plain[first + 1 :]
    made = sent(mend(before, set_to(path, value)))
    assert made == [*plain[:first], (name, value), *plain[first + 1 :]]
    renamed = mend(before, rename(path, "other"))
    if name not in names:
        assert renamed.error == "RenameFailure"
    else:
        assert sent(renamed) == [*plain[:first], ("other", plain[first][1]), *plain[first + 1 :]]


def test_a_config_without_them_is_the_same_under_either_schema() -> None:
    steps = (replace(f"{D}.b.c", "x"), cast(f"{D}.a", "Numeric", "String"))
    keys = [uri(SCHEMA, "*-*-*")]
    published = recover(row(), *steps)
    assert recover_with(own_config(flow(*steps), keys=keys), row()) == published
