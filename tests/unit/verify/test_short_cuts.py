"""Where verification takes a short cut, it says what the long way says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from event_recovery.iglu.resolver import Resolver
from event_recovery.javaregex import compile_pattern
from event_recovery.text.javauri import UriSyntaxError, parse_uri
from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.formats import is_uuid
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check
from event_recovery.verify.dialect.shapes import shape_of
from event_recovery.verify.envelopes import read_batch
from event_recovery.verify.generations import Generation
from event_recovery.verify.jsonreading import read_json
from event_recovery.verify.pairs import Pairs, read_pairs
from event_recovery.verify.schemas import Schemas
from event_recovery.verify.self_describing import check_contexts, check_event, is_surely_right
from hypothesis import given, settings
from hypothesis import strategies as st
from support.verify.payloads import REQUIRED, TRACKER, compact, contexts, entity, unstruct
from support.verify.registries import InMemory, schema

pytestmark = pytest.mark.unit

NEWEST = Generation.parse("6")
PIECES = "a b1 & ; = == + % %2 %41 %3D %26 %00 %01 %1e %1F %1 %c3%a9 %ff # [ { \x00 \x01 é".split(" ")
NODES = "a b [ab] [^a] . ^ $ \\d \\s a* [ab]+ a? (a|b) (?:ab|) a{2,3} [^b]* \\z | (?i)A \\n".split()
NAMES = st.sampled_from(["a", "b", "c", "#d"])


def pairs_or_fault(query: str, charset: str) -> Pairs | str:
    try:
        return read_pairs(query, charset)
    except UriSyntaxError as error:
        return str(error)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_pairs_that_are_read_at_once_are_those_that_are_read_with_care(query: str) -> None:
    # Under another name of it the character set has no short cut.
    assert pairs_or_fault(query, "utf-8") == pairs_or_fault(query, "utf8")


URLS = [*"a b-c 1 . - -. .. / // ? # : @ % %2 %41 %3D é \u2003 \x7f \xa0 [ | & =".split(" "), " "]


def parts_or_fault(url: str) -> object:
    try:
        return parse_uri(url)[1:]
    except UriSyntaxError as error:
        return str(error).replace("HTTP", "http")


@settings(deadline=None)
@given(st.sampled_from(["a.b", ""]), st.lists(st.sampled_from(URLS), max_size=8).map("".join))
def test_plain_urls_have_the_parts_that_others_have(host: str, rest: str) -> None:
    # In capitals the scheme has no short cut.
    assert parts_or_fault(f"http://{host}{rest}") == parts_or_fault(f"HTTP://{host}{rest}")


@pytest.mark.parametrize("place", [None, *range(36)])
@pytest.mark.parametrize("char", ["a", "F", "9", "g", "-", "é", "\n"])
def test_uuids_are_hex_digits_and_dashes(place: int | None, char: str) -> None:
    text = "9e8a7B6c-1234-4abc-8Def-001122334455"
    text = text + char if place is None else text[:place] + char + text[place + 1 :]
    assert is_uuid(text) == bool(re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text))


@settings(deadline=None)
@given(st.lists(st.sampled_from(NODES), min_size=1, max_size=6).map("".join), st.text("abA1 \n\r\t", max_size=8))
def test_plain_patterns_are_found_where_others_would_be(pattern: str, text: str) -> None:
    # With a look-around it is not plain, and says the same.
    assert compile_pattern(pattern).found_in(text) is compile_pattern(f"(?=)(?:{pattern})").found_in(text)


def fresh(schema: dict[str, Any]) -> Check:
    return Compiler(schema, NEWEST, Patience()).compile(schema)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"properties": st.dictionaries(NAMES, st.just({"type": "string"}))},
        optional={
            "required": st.lists(NAMES, unique=True, min_size=1),
            "additionalProperties": st.sampled_from([True, False, {"type": "string"}]),
            "patternProperties": st.just({"^b": {"type": "string"}}),
            "minProperties": st.integers(0, 2),
            "maxProperties": st.integers(0, 2),
        },
    ),
    st.lists(st.dictionaries(NAMES, st.sampled_from(["x", 1])), max_size=8),
)
def test_what_names_decide_is_said_each_time_they_come(schema: dict[str, Any], values: list[dict[str, Any]]) -> None:
    used = fresh(schema)
    for value in values * 2:
        assert list(used(value) or ()) == list(fresh(schema)(value) or ())


# What each property of "a" asks for, by what is hard to tell of numbers and texts as they are read.
ASKED: dict[str, Any] = {
    "i": {"type": "integer", "minimum": 0},
    "n": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "above": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
    "s": {"type": "string", "minLength": 1, "maxLength": 2},
    "u": {"type": ["string", "boolean"], "format": "uuid"},
    "p": {"type": ["string", "array"], "pattern": "^a", "maxItems": 1},
    "o": {"enum": ["a", None, 1]},
    "short": {"enum": ["a", "abc", None], "type": ["string"], "maxLength": 1},
    "l": {"type": "array", "items": {"type": ["object", "integer"], "properties": {"i": {"type": "integer"}}}},
    "m": {"type": "object", "additionalProperties": {"type": "string"}},
    "any": {"description": "anything"},
}
SHUT = {"type": "object", "properties": ASKED, "additionalProperties": False}
OPEN = {"type": "object", "properties": ASKED, "required": ["i"]}
GOOD = [
    '{"i":0,"n":0.5,"above":1,"s":"a","u":"9e8a7b6c-1234-4abc-8def-001122334455","p":"ab","o":null}',
    '{ "i" : 1 , "l":[{"i":1},2],"m":{"b":"\\u00e9"},"any":[[1.50]],"n":null,"u":true,"p":[1] }',
]
PRINTED = [
    '""',
    '"a"',
    '"abc"',
    '"\\u0061"',
    '"\\ud800"',
    '"\\x"',
    '"é"',
    '"\x01"',
    "null",
    "true",
    "tru",
    "'a'",
    "",
    "NaN",
]
PRINTED += [
    "0",
    "-0",
    "-0.0",
    "1",
    "01",
    "1.",
    "1.0",
    "1e0",
    "1e-400",
    "1e400",
    "0.5",
    "0.99999999999999999999",
    "1" + "0" * 30,
]
PRINTED += [
    "1.00000000000000000001",
    "-1",
    '"9E8A7B6C-1234-4abc-8def-001122334455"',
    '"9e8a7b6c12344abc8def001122334455"',
]


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Print objects; a name may come twice."""
    member = st.builds('"{}":{}'.format, st.sampled_from([*ASKED, *ASKED, "x", "#x"]), values)
    return st.lists(member, max_size=4).map(lambda found: f"{{{' ,'.join(found)}}}")


def arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda found: f"[{','.join(found)}]")


VALUES = st.recursive(st.sampled_from(PRINTED), lambda inner: objects(inner) | arrays(inner), max_leaves=6)


def holds(asked: dict[str, Any], texts: Iterable[str]) -> None:
    compiler = Compiler(asked, NEWEST, Patience())
    check, shape = compiler.compile(asked), shape_of(compiler)
    assert shape is not None
    for text in texts:
        if shape.fits(text.encode()):
            assert not check(read_json(text, NEWEST)), text


@pytest.mark.parametrize("asked", [SHUT, OPEN])
@settings(deadline=None)
@given(text=objects(VALUES) | VALUES)
def test_what_can_be_read_as_the_shape_of_a_schema_fits_it(asked: dict[str, Any], text: str) -> None:
    holds(asked, [text])


@pytest.mark.parametrize("name", ASKED)
def test_each_value_that_can_be_read_as_a_property_fits_it(name: str) -> None:
    forms = ("%s", "[%s]", '{"a":%s}', '{"i":%s}', '[{"i":%s}]')
    holds(SHUT, [f'{{"{name}":{form % value}}}' for value in PRINTED for form in forms])


@pytest.mark.parametrize("asked", [SHUT, OPEN])
@pytest.mark.parametrize("text", GOOD)
def test_what_most_events_send_can_be_read_as_a_shape(asked: dict[str, Any], text: str) -> None:
    shape = shape_of(Compiler(asked, NEWEST, Patience()))
    assert shape is not None
    assert shape.fits(text.encode())


KEYS = ["com.acme/a/jsonschema/1-0-0", "com.acme/not-there/jsonschema/1-0-0", "com.acme/any-of/jsonschema/1-0-0"]
KEYS += [f"{TRACKER}/{name}/jsonschema/1-0-0" for name in ("contexts", "unstruct_event")]
KEYS += [f"{TRACKER}/contexts/jsonschema/1-0-1", f"{TRACKER}/contexts/jsonschema/1-0-7", "com.acme/a/jsonschema/1"]


def envelopes(data: st.SearchStrategy[str], keys: list[str]) -> st.SearchStrategy[str]:
    """Print self-describing JSON, and some that is nearly so."""
    forms = [
        '{{"schema":"iglu:{}","data":{}}}',
        '{{"data":{1}, "schema":"iglu:{0}"}}',
        '{{"schema":"iglu:{}","data":{},"x":1}}',
    ]
    return st.builds(str.format, st.sampled_from([*forms[:1] * 3, *forms]), st.sampled_from(keys), data)


ENTITIES = envelopes(
    st.sampled_from([*GOOD, '{"i":-0}', '{"i":2,"n":2}', "{}", '{"i":1,"any":' + "[" * 60 + "]" * 60 + "}"]),
    KEYS[:3] * 3 + KEYS,
)
REPLACED = schema("contexts", "1-0-7", TRACKER, type="array", maxItems=1)
KNOWN = schema("a", **OPEN) | schema("any-of", anyOf=[{"required": ["i"]}]) | REPLACED


WAYS = {
    enrich: Schemas(Resolver([InMemory(schemas=dict(KNOWN))], cache_size=20), Generation.parse(enrich))
    for enrich in ("3.9", "5.1", "6")
}


@pytest.mark.parametrize("enrich", WAYS)
@settings(deadline=None)
@given(text=envelopes(ENTITIES, KEYS[3:] * 2 + KEYS) | envelopes(arrays(ENTITIES), KEYS[3:] * 2 + KEYS))
def test_what_is_surely_right_is_right(enrich: str, text: str) -> None:
    schemas, generation = WAYS[enrich], Generation.parse(enrich)
    for name, check in (("unstruct_event", check_event), ("contexts", check_contexts)):
        if is_surely_right(name, text, schemas, generation):
            found = check(read_json(text, generation), schemas, generation)
            assert not found.messages
            assert not found.unseen


@settings(deadline=None)
@given(
    envelopes(
        arrays(
            objects(st.sampled_from(PRINTED)) | st.sampled_from(['{"e":"pv","e":"ue"}', '{"a":"\\u00e9\\n"}', "{}"])
        ),
        [f"{TRACKER}/payload_data/jsonschema/1-0-4"],
    )
)
def test_batches_that_are_read_as_such_are_those_that_are_read_as_json(text: str) -> None:
    try:
        uri, events = read_batch(text)
    except ValueError:
        return
    document = read_json(text, NEWEST)
    assert {"schema": uri, "data": events} == document
    assert [list(event) for event in events] == [list(event) for event in document["data"]]


def test_what_trackers_post_is_read_as_a_batch() -> None:
    events = [REQUIRED | {"page": "é", "co": contexts(entity("a", {"i": 1}))}, REQUIRED]
    body = compact(entity("payload_data", events, "1-0-4", TRACKER))
    assert read_batch(body) == (f"iglu:{TRACKER}/payload_data/jsonschema/1-0-4", events)


@pytest.mark.parametrize("enrich", WAYS)
def test_what_trackers_send_is_surely_right(enrich: str) -> None:
    entities = [entity("a", {"i": 1}), entity("any-of", {"i": 1.5})]
    for name, text in (("contexts", contexts(*entities)), *(("unstruct_event", unstruct(one)) for one in entities)):
        assert is_surely_right(name, text, WAYS[enrich], Generation.parse(enrich))
