"""Hypothesis strategies for bad rows, good, odd and broken ones, and for recovery configs."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FAILURES,
    FORMAT_VIOLATION,
    SCHEMA,
    TRACKER,
    Json,
    add,
    b64,
    bad_row,
    cast,
    collector_payload,
    condition,
    config,
    delete,
    enrichment_payload,
    flow,
    format_violation,
    own_config,
    remove,
    rename,
    replace,
    set_to,
    thrift_payload,
    truncate,
    uri,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.sampled_from(["e", "page", "aid", "cx", "co", "ue_pr", "ue_px", "x", "", "a b", "é"])
SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3))
EVENT = st.fixed_dictionaries(
    {
        "schema": st.sampled_from(["iglu:com.acme/x/jsonschema/1-0-0", "nope", "cx"]),
        "data": st.dictionaries(NAME, JSON, max_size=3),
    },
)


def compact(value: Json) -> str:
    """Print as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


EVENT_TEXT = EVENT.map(compact)
VALUE = st.none() | TEXT | EVENT_TEXT | EVENT_TEXT.map(b64)
PAIRS = st.lists(
    st.fixed_dictionaries({"name": NAME, "value": VALUE}) | st.fixed_dictionaries({"name": NAME}),
    max_size=4,
)
PAIRS_OF_ANY_FORM = PAIRS | st.dictionaries(NAME, VALUE, max_size=4)
TIMESTAMPS = st.none() | st.sampled_from(
    ["2020-02-17T09:28:16.560Z", "2020-02-17T09:28:16Z", "2020-02-17T09:28:16+02:00", "1969-01-01", "2020-02-29T00"],
)
UUIDS = st.none() | st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper())
OPTIONAL = st.none() | TEXT
COMMON = {
    "version": TEXT,
    "contentType": OPTIONAL,
    "encoding": TEXT,
    "hostname": OPTIONAL,
    "timestamp": TIMESTAMPS,
    "ipAddress": OPTIONAL,
    "useragent": OPTIONAL,
    "refererUri": OPTIONAL,
    "headers": st.lists(TEXT, max_size=3),
}
VENDORS = TEXT | st.sampled_from(["com.snowplowanalytics.iglu", "com.sendgrid"])
COLLECTOR_PAYLOADS = st.fixed_dictionaries(
    {
        **COMMON,
        "vendor": VENDORS,
        "querystring": PAIRS_OF_ANY_FORM,
        "body": OPTIONAL,
        "collector": TEXT,
        "networkUserId": UUIDS,
    },
).map(lambda changes: collector_payload(**changes))
ENRICHED = st.dictionaries(
    st.sampled_from(["app_id", "event", "page_urlport", "geo_latitude", "br_cookies", "contexts", "unknown"]),
    st.none() | TEXT | st.integers(-200, 200) | st.floats(allow_nan=False, width=32) | st.just("443"),
    max_size=3,
)
ENRICHMENT_PAYLOADS = st.builds(
    lambda enriched, raw: enrichment_payload(enriched=enriched, **raw),
    ENRICHED,
    st.fixed_dictionaries(
        {**COMMON, "vendor": VENDORS, "parameters": PAIRS_OF_ANY_FORM, "loaderName": TEXT, "userId": UUIDS},
    ),
)
QUERYSTRINGS = st.none() | st.text(alphabet="abe=&%20+z?é😀/", max_size=20)
STRUCTS = st.fixed_dictionaries(
    {
        "querystring": QUERYSTRINGS,
        "path": st.none() | st.sampled_from(["/com.acme/v1", "/i", "/a/b/c", "/"]),
        "body": OPTIONAL,
        "networkUserId": UUIDS,
        "timestamp": st.integers(-(2**40), 2**40),
    },
).map(lambda fields: thrift_payload(**fields))
VERSIONS = st.sampled_from(["1-0-0", "1-0-1", "2-0-0", "2-0-1"])
WELL_FORMED = st.one_of(
    st.builds(bad_row, st.sampled_from([ADAPTER, TRACKER]), COLLECTOR_PAYLOADS, version=VERSIONS),
    st.builds(bad_row, st.sampled_from([SCHEMA, ENRICHMENT]), ENRICHMENT_PAYLOADS, version=VERSIONS),
    st.builds(format_violation, STRUCTS.map(b64)),
)
OTHERS = st.sampled_from(sorted(FAILURES)).map(bad_row)


def places(document: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Give the paths to all members and elements of a document."""
    if isinstance(document, dict):
        members: Any = document.items()
    else:
        members = enumerate(document) if isinstance(document, list) else ()
    found = []
    for key, child in members:
        found += [(*path, key), *places(child, (*path, key))]
    return found


@st.composite
def changed(draw: st.DrawFn) -> Json:
    """Give a well-formed row in which something was removed, or became something else."""
    row = copy.deepcopy(draw(WELL_FORMED | OTHERS))
    *above, key = draw(st.sampled_from(places(row)))
    owner: Any = row
    for step in above:
        owner = owner[step]
    if draw(st.booleans()):
        del owner[key]
    else:
        owner[key] = draw(JSON)
    return row


ROWS = WELL_FORMED | OTHERS | changed()
LINES = st.builds(
    lambda row, ascii_only, blanks: json.dumps(row, ensure_ascii=ascii_only, indent=blanks).encode(),
    ROWS,
    st.booleans(),
    st.sampled_from([None, 1]),
).map(lambda line: line.replace(b"\n", b" "))


@st.composite
def broken_lines(draw: st.DrawFn) -> bytes:
    """Give the line of a row with a few bytes overwritten, inserted or cut away."""
    line = bytearray(draw(LINES))
    for _ in range(draw(st.integers(1, 2))):
        position = draw(st.integers(0, len(line)))
        piece = draw(
            st.binary(max_size=2) | st.sampled_from([b"\\", b'"', b"\t", b"\\ud800", b"0", b"1e400", b",", b"}"])
        )
        line[position : position + draw(st.integers(0, 2))] = piece
    return bytes(line)


HEADS = {
    "collector": ["querystring", "vendor", "version", "headers", "body", "timestamp", "networkUserId", "nope"],
    "raw": ["raw.parameters", "raw.vendor", "raw.headers", "raw.userId", "raw.timestamp", "enriched.app_id", "raw"],
}
TAILS = st.sampled_from(
    ["", ".e", ".page", ".cx.data.x", ".ue_pr.data.page", ".co.schema", ".[0].value", ".[1]"]
    + [
        "." + name
        for name in ("[?(@.name=~e)].value", "[?(@.name=~ue_pr)].value.data", '[?(@.name=~"aid")].value', "x")
    ],
)
PATHS = st.builds(
    lambda head, tail: f"$.{head}{tail}",
    st.sampled_from(HEADS["collector"] + HEADS["raw"]),
    TAILS,
)
MATCHES = st.none() | st.sampled_from(["a", "^.*$", "(.)", '[^"]*', "iglu:", ",", "null", r"\d+"])
VALUES: st.SearchStrategy[Json] = (
    SCALARS | st.just([]) | PAIRS | EVENT | st.sampled_from(["com.sendgrid", "com.snowplowanalytics.iglu"])
)
PLAIN_VALUES = VALUES.filter(lambda value: not isinstance(value, str) or not set(value) & {"$", "\\"})
TYPES = st.sampled_from(["String", "Numeric", "Boolean", "Array"])
NAMES = st.sampled_from(["e", "page", "x", "new", "ue_px", "vendor"])
LENGTHS = st.integers(0, 5)
OWN_TYPES = TYPES | st.just("Integer")
OWN_STEPS = st.one_of(
    st.builds(delete, PATHS.filter(lambda path: path != "$")),
    st.builds(rename, PATHS.filter(lambda path: not path.endswith("]")), NAMES),
    st.builds(set_to, PATHS, VALUES),
    st.builds(truncate, PATHS, LENGTHS),
)
STEPS = st.one_of(
    st.builds(replace, PATHS, PLAIN_VALUES, MATCHES),
    st.builds(remove, PATHS, MATCHES),
    st.builds(cast, PATHS, TYPES, TYPES),
    st.builds(add, PATHS, VALUES),
)
CONDITION_PATHS = PATHS.map(lambda path: path.replace("$", "$.payload", 1)) | st.sampled_from(
    ["$.processor.artifact", "$.failure.messages.[0]", "$.failure.timestamp", "$.failure", "$.payload", "$"],
)
CONDITIONS = st.one_of(
    st.builds(condition, CONDITION_PATHS, value=SCALARS),
    st.builds(condition, CONDITION_PATHS, regex=st.sampled_from([".", "^", "a|e", "null"])),
    st.builds(condition, CONDITION_PATHS, size=st.fixed_dictionaries({"gt": st.integers(-1, 3)})),
)
FLOWS = st.builds(
    lambda steps, conditions, name: flow(*steps, conditions=conditions, name=name),
    st.lists(STEPS | OWN_STEPS, max_size=2),
    st.lists(CONDITIONS, max_size=1),
    st.sampled_from(["one", "two"]),
)
KEYS = st.builds(uri, st.sampled_from([ADAPTER, TRACKER, SCHEMA, ENRICHMENT, FORMAT_VIOLATION]), st.just("1-0-*"))
CONFIGS = st.builds(
    lambda always, more: {**config(*always), "data": {**{key: [one] for key, one in more}, **config(*always)["data"]}},
    st.lists(FLOWS, min_size=1, max_size=2),
    st.lists(st.tuples(KEYS, FLOWS), max_size=1),
)


@st.composite
def fitting(draw: st.DrawFn) -> tuple[Json, Json]:
    """Give a config and a row for it, made for each other so that the row often recovers."""
    name = draw(st.sampled_from([ADAPTER, TRACKER, SCHEMA, ENRICHMENT, FORMAT_VIOLATION]))
    enriched = name in {SCHEMA, ENRICHMENT}
    root, pairs = ("$.raw", "$.raw.parameters") if enriched else ("$", "$.querystring")
    event = compact({"schema": "s", "data": {"page": draw(TEXT), "n": draw(st.integers()), "list": [{"x": "k"}]}})
    listed = [
        {"name": "e", "value": draw(TEXT)},
        *draw(PAIRS),
        {"name": "ue_pr", "value": event},
        {"name": "cx", "value": b64(event)},
    ]
    if name == FORMAT_VIOLATION:
        row = format_violation(b64(thrift_payload(querystring=f"e=pv&ue_pr={event}&cx={b64(event)}")))
    elif enriched:
        row = bad_row(name, draw(ENRICHMENT_PAYLOADS))
        row["data"]["payload"]["raw"]["parameters"] = listed
    else:
        row = bad_row(name, draw(COLLECTOR_PAYLOADS))
        row["data"]["payload"]["querystring"] = listed
    texts = st.sampled_from(
        [f"{root}.{field}" for field in ("vendor", "useragent")]
        + [f"{pairs}.{tail}" for tail in ("e", "ue_pr.data.page", "cx.data.page", "[0].value", "[?(@.name=~e)].value")],
    )
    named = st.sampled_from(
        [f"{pairs}.{name}" for name in ("e", "page", "ue_pr", "cx", "new")]
        + [f"{pairs}.{name}.data.{key}" for name in ("ue_pr", "cx", "co") for key in ("page", "n", "new", "new.deep")],
    )
    elements = st.sampled_from(
        [f"{pairs}.[0]", f"{pairs}.[?(@.name=~e)]", f"{root}.headers.[0]"]
        + [f"{pairs}.{name}.data.list.{which}" for name in ("ue_pr", "cx") for which in ("[0]", "[1]", "[?(@.x=~k)]")],
    )
    plain = TEXT.filter(lambda value: not set(value) & {"$", "\\"})
    numbers = st.sampled_from([f"{pairs}.ue_pr.data.n", f"{pairs}.cx.data.n"])
    steps = st.one_of(
        st.builds(replace, texts, plain, MATCHES),
        st.builds(remove, texts, MATCHES),
        st.builds(add, texts, TEXT),
        st.builds(add, st.just(pairs), PAIRS),
        st.builds(add, numbers, st.integers()),
        st.builds(cast, numbers, st.just("Numeric"), TYPES),
        st.builds(replace, st.just(f"{root}.headers"), st.lists(TEXT, max_size=2), MATCHES),
        st.builds(replace, st.just(f"{root}.timestamp"), st.sampled_from(["2020-01-01", "2020-01-01T00:00:00.5Z"])),
    )
    own_steps = st.one_of(
        st.builds(delete, named | elements | st.sampled_from([f"{root}.{field}" for field in ("useragent", "vendor")])),
        st.builds(rename, named, NAMES),
        st.builds(set_to, named, VALUES),
        st.builds(set_to, elements | st.just(f"{root}.useragent"), EVENT | TEXT),
        st.builds(truncate, texts, LENGTHS),
        st.builds(cast, numbers | named, OWN_TYPES, OWN_TYPES),
    )
    tests = st.sampled_from(
        [
            condition("$.processor.artifact", value="enrich"),
            condition("$.failure.timestamp", regex="2020"),
            condition("$.payload", regex="."),
            condition(pairs.replace("$", "$.payload") + ".e", size={"gt": -1}),
            condition(root.replace("$", "$.payload") + ".vendor", regex="."),
        ],
    )
    flows = st.builds(
        lambda steps, conditions: flow(*steps, conditions=conditions),
        st.lists(steps | own_steps, max_size=3),
        st.lists(tests, max_size=1),
    )
    return own_config(*draw(st.lists(flows, min_size=1, max_size=2)), keys=[uri(name, "*-*-*")]), row
