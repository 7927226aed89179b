"""Where paths lead: pairs, filters, base64 and JSON in strings, and how a path that leads nowhere is told."""

from __future__ import annotations

import json

import pytest
from event_recovery.errors import (
    AdditionFailure,
    Base64Failure,
    CastFailure,
    InvalidDataFormat,
    InvalidJsonFormat,
    ReplacementFailure,
    RowFailure,
)
from support.engine.rows import Json, add, apply, b64, cast, pairs, remove, replace

pytestmark = pytest.mark.unit

AIDS = pairs(("aid", "a"), ("aid", "b"), ("xaidx", "c"), ("z", "d"))
EXACT_NUMBERS = '{"n":%s,"big":12345678901234567890123,"f":1.10,"e":1E5,"neg":-0}'


def compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parameters(*named: tuple[str, str | None]) -> str:
    return compact({"parameters": pairs(*named)})


RESULTS = {
    "N1": (
        parameters(("aid", "a"), ("aid", "b")),
        replace("$.parameters.aid", "X"),
        parameters(("aid", "X"), ("aid", "b")),
    ),
    "N3": (
        compact({"parameters": AIDS}),
        replace("$.parameters.[?(@.name=~aid)].value", "X"),
        parameters(("aid", "X"), ("aid", "X"), ("xaidx", "X"), ("z", "d")),
    ),
    "N4": (
        compact({"parameters": AIDS}),
        replace('$.parameters.[?(@.name=~^"aid"$)].value', "X"),
        parameters(("aid", "X"), ("aid", "X"), ("xaidx", "c"), ("z", "d")),
    ),
    "N6": (parameters(("aid", "a")), replace("$.parameters.[0].value", "X"), parameters(("aid", "X"))),
    "N7": (
        parameters(("cx", b64('{"a":"b"}'))),
        replace("$.parameters.cx.a", "X"),
        parameters(("cx", "eyJhIjoiWCJ9")),
    ),
    "N8": (
        parameters(("cx", b64('{"a":"b"}'))),
        replace("$.parameters.[?(@.name=~cx)].value.a", "X"),
        parameters(("cx", "eyJhIjoiWCJ9")),
    ),
    "N10": (
        parameters(("cx", b64('{"a":"b"}'))),
        replace("$.parameters.cx", {"n": 1}),
        parameters(("cx", "eyJuIjoxfQ==")),
    ),
    "N12": (
        parameters(("ue_pr", '{"schema":"s","data":{"schema":"old"}}')),
        replace("$.parameters.ue_pr.data.schema", "X"),
        parameters(("ue_pr", '{"schema":"s","data":{"schema":"X"}}')),
    ),
    "N13": (
        parameters(("ue_pr", '{"schema":"old"}')),
        replace("$.parameters.[?(@.name=~ue_pr)].value", "new", "old"),
        parameters(("ue_pr", '{"schema":"new"}')),
    ),
    "N14-Q26": (
        parameters(("ue_pr", "not json old")),
        replace('$.parameters.[?(@.name=~"ue_pr")].value', "new", "old"),
        parameters(("ue_pr", "not json new")),
    ),
    "N15-Q24": (
        parameters(("ue_pr", '{"a":"1"}')),
        replace("$.parameters.[?(@.name=~ue_pr)].value.a", "X"),
        parameters(("ue_pr", '{"a":"X"}')),
    ),
    "N17-Q20": (
        '{"a":[{"y":"1"},{"x":"n","y":"2"},{"x":null,"y":"3"}]}',
        replace("$.a.[?(@.x=~null)].y", "X"),
        '{"a":[{"y":"X"},{"x":"n","y":"2"},{"x":null,"y":"X"}]}',
    ),
    "N18-Q21-object": (
        '{"a":{"y":"v"}}',
        replace("$.a.[?(@.x=~1)].y", "X"),
        '{"a":{"y":"X"}}',
    ),
    "Q21-scalar": ('{"a":"v"}', replace("$.a.[?(@.x=~1)]", "X"), '{"a":"X"}'),
    "Q21-empty-array": ('{"a":[]}', add("$.a.[?(@.x=~1)]", ["X"]), '{"a":["X"]}'),
    "N19-Q22-siblings-stay": (
        '{"a":[{"y":"1"},{"x":1,"y":"2"}]}',
        replace("$.a.[0].[?(@.x=~1)].y", "X"),
        '{"a":[{"y":"X"},{"x":1,"y":"2"}]}',
    ),
    "N20": (
        compact({"contexts": '{"data":[{"x":"1"}]}'}),
        replace("$.contexts.data.[0].x", "X"),
        compact({"contexts": '{"data":[{"x":"X"}]}'}),
    ),
    "N21-Q25-array": ('{"contexts":[{"x":"1"}]}', replace("$.contexts.[0].x", "X"), '{"contexts":[{"x":"X"}]}'),
    "N22-Q25-object": (
        compact({"ue_pr": '{"data":{"contexts":{"x":"1"}}}'}),
        replace("$.ue_pr.data.contexts.x", "X"),
        compact({"ue_pr": '{"data":{"contexts":{"x":"X"}}}'}),
    ),
    "Q25-cx-object": ('{"cx":{"a":"1"}}', replace("$.cx.a", "X"), '{"cx":{"a":"X"}}'),
    "Q25-parameters-object": (
        '{"parameters":{"a":{"b":"1"}}}',
        replace("$.parameters.a.b", "X"),
        '{"parameters":{"a":{"b":"X"}}}',
    ),
    "N24": (
        parameters(("cx", b64(EXACT_NUMBERS % "1").replace("1,", "1, "))),
        replace("$.parameters.cx.n", 2),
        parameters(("cx", b64(EXACT_NUMBERS % "2"))),
    ),
    "N25": (
        parameters(("cx", b64('{"a":1,"n":"x","a":2}'))),
        replace("$.parameters.cx.n", "z"),
        parameters(("cx", b64('{"a":2,"n":"z"}'))),
    ),
    "N26": (
        compact({"CX": b64('{"a": "b"}')}),
        replace("$.CX.a", "X"),
        compact({"CX": b64('{"a":"X"}')}),
    ),
    "parameter-of-raw": (
        compact({"raw": {"parameters": AIDS}}),
        replace("$.raw.parameters.z", "X"),
        compact({"raw": {"parameters": [*AIDS[:3], {"name": "z", "value": "X"}]}}),
    ),
    "null-value": (parameters(("a", None)), replace("$.parameters.a", "X"), parameters(("a", "X"))),
    "whole-list": (parameters(("a", "1")), replace("$.parameters", []), '{"parameters":[]}'),
    "leading-zeros-of-an-index": ('{"a":["x"]}', replace("$.a.[00]", "X"), '{"a":["X"]}'),
    "name-with-hyphen": ('{"a-b":"x"}', replace("$.a-b", "X"), '{"a-b":"X"}'),
    "rewrites-special-fields-compactly": (
        compact({"co": '{ "a" : "\\u0041\\/", "b": "1" }'}),
        replace("$.co.b", "1"),
        compact({"co": '{"a":"A/","b":"1"}'}),
    ),
    "url-safe-base64-becomes-standard": (
        compact({"cx": b64('{"a":"??>>","b":"~"}').replace("+", "-").replace("/", "_").rstrip("=")}),
        replace("$.cx.b", "~"),
        compact({"cx": b64('{"a":"??>>","b":"~"}')}),
    ),
    "special-field-takes-object-text": (
        compact({"co": '{"a":1}'}),
        replace("$.co", '{"z":1}'),
        compact({"co": '{"z":1}'}),
    ),
    "special-field-cast-to-string": (
        compact({"co": '{"a":1}'}),
        cast("$.co", "String", "String"),
        compact({"co": '"{\\"a\\":1}"'}),
    ),
    "special-field-cast-to-array": (
        compact({"co": '{"a":1}'}),
        cast("$.co", "String", "Array"),
        compact({"co": '[{"a":1}]'}),
    ),
    "special-field-add": (
        compact({"co": '{"a":1}'}),
        add("$.co", {"b": 2}),
        compact({"co": '{"a":1,"b":2}'}),
    ),
    "nested-special-fields": (
        compact({"cx": b64(compact({"co": '{"a":"1"}'}))}),
        replace("$.cx.co.a", "X"),
        compact({"cx": b64(compact({"co": '{"a":"X"}'}))}),
    ),
    "filter-below-filtered-object": (
        '{"a":[{"n":"k","b":{"c":["1"]}}]}',
        replace("$.a.[?(@.n=~k)].b.c.[0]", "X"),
        '{"a":[{"n":"k","b":{"c":["X"]}}]}',
    ),
    "filter-on-an-inner-path": (
        '{"a":[{"n":{"m":"k"},"y":"1"},{"n":"k","y":"2"}]}',
        replace("$.a.[?(@.n.m=~k)].y", "X"),
        '{"a":[{"n":{"m":"k"},"y":"X"},{"n":"k","y":"2"}]}',
    ),
    "matching-is-decided-before-any-change": (
        '{"a":[{"x":"k"},{"x":"k"}]}',
        replace("$.a.[?(@.x=~k)].x", "gone"),
        '{"a":[{"x":"gone"},{"x":"gone"}]}',
    ),
    "base64-with-malformed-utf8": (
        compact({"cx": b64(b'{"a":"\xff","b":"1"}')}),
        replace("$.cx.b", "2"),
        compact({"cx": b64('{"a":"\ufffd","b":"2"}')}),
    ),
}


@pytest.mark.parametrize(("document", "step", "expected"), RESULTS.values(), ids=RESULTS)
def test_results(document: str, step: Json, expected: str) -> None:
    assert apply(step, document) == expected


REFUSED = "Failed to create object from JSON string in {}. Cannot access field parameters"
ONE_PAIR = """{
  "parameters" : [
    {
      "name" : "aid",
      "value" : "a"
    }
  ]
}"""

FAILURES: dict[str, tuple[str, Json, type[RowFailure], str | None]] = {
    "N2": (
        parameters(("aid", "a")),
        replace("$.parameters.nope", "X"),
        InvalidDataFormat,
        REFUSED.format(ONE_PAIR),
    ),
    "N5-Q23-index": (
        parameters(("aid", "a")),
        replace("$.parameters.[0]", "X"),
        InvalidDataFormat,
        REFUSED.format(ONE_PAIR),
    ),
    "N5-Q23-filter": (
        parameters(("aid", "a")),
        replace("$.parameters.[?(@.name=~aid)]", "X"),
        InvalidDataFormat,
        REFUSED.format(ONE_PAIR),
    ),
    "refused-at-nothing": (
        '{"a":1}',
        replace("$.b.parameters.c", "X"),
        InvalidDataFormat,
        "Failed to create object from JSON string . Cannot access field parameters in empty arrNext.",
    ),
    "N9-Q26": (
        parameters(("cx", b64('{"a":"b"}'))),
        replace("$.parameters.[?(@.name=~cx)].name", "X"),
        InvalidJsonFormat,
        "Failed to parse JSON string from expected json value got 's' (line 1, column 1)",
    ),
    "N11": (
        parameters(("cx", b64('{"a":"b"}'))),
        remove("$.parameters.cx"),
        InvalidJsonFormat,
        "Failed to parse JSON string from ",
    ),
    "N16": (
        parameters(("ue_pr", '{"data":{"x":"1"}}'), ("ue_pr", '{"data":{}}')),
        replace("$.parameters.[?(@.name=~ue_pr)].value.data.x", "X"),
        ReplacementFailure,
        'Failed to replace full field contents with "X" in DownField(x)DownField(data)',
    ),
    "N23-Q27": (
        parameters(("cookie", "1"), ("co", '{"data":"d"}')),
        replace("$.parameters.[?(@.name=~co)].value.data", "X"),
        ReplacementFailure,
        None,
    ),
    "special-field-null": (
        '{"cx":null}',
        replace("$.cx.a", "X"),
        InvalidJsonFormat,
        "Failed to parse JSON string from Got value 'null' with wrong type, expecting string",
    ),
    "special-field-no-json": (
        '{"co":"{oops"}',
        replace("$.co.a", "X"),
        InvalidJsonFormat,
        "Failed to parse JSON string from expected \" got 'oops' (line 1, column 2)",
    ),
    "special-field-no-base64": (
        '{"cx":"!!"}',
        replace("$.cx.a", "X"),
        Base64Failure,
        (
            "Failed to properly transform to/from Base64 string: !!. "
            "Data is not properly base64-encoded: Illegal base64 character 21"
        ),
    ),
    "special-field-word": (
        compact({"co": '{"a":1}'}),
        replace("$.co", "word"),
        InvalidJsonFormat,
        "Failed to parse JSON string from word",
    ),
}
TRAILS = {
    "field": ('{"a":1}', "$.b.c.d", "DownField(b)"),
    "below-a-scalar": ('{"a":{"b":1}}', "$.a.b.c", "DownField(c)DownField(b)DownField(a)"),
    "index": ('{"a":[1]}', "$.a.[3]", "DownN(3)DownField(a)"),
    "index-of-no-array": ('{"a":{}}', "$.a.[0]", "DownN(0)DownField(a)"),
    "index-beyond-32-bits-is-a-name": ('{"a":[1]}', "$.a.[2147483648]", "DownField([2147483648])DownField(a)"),
    "no-element-matches": (
        '{"a":[{"x":1},{"x":2}]}',
        "$.a.[?(@.x=~3)].y",
        "MoveRightMoveRightDownArrayDownField(a)",
    ),
    "filtered-element-is-a-root": ('{"a":[{"x":1}]}', "$.a.[?(@.x=~1)].y.z", "DownField(y)"),
    "decoded-document-is-a-root": (compact({"co": '{"a":{}}'}), "$.co.a.b", "DownField(b)DownField(a)"),
    "missing-special-field": ("{}", "$.co.a", ""),
    "missing-special-field-below": ('{"a":{}}', "$.a.cx.b", "DownField(a)"),
    "filter-at-nothing": ("{}", "$.a.[?(@.x=~1)]", "DownField(a)"),
    "unstruct_event-is-not-special": (
        compact({"unstruct_event": '{"data":"1"}'}),
        "$.unstruct_event.data",
        "DownField(data)DownField(unstruct_event)",
    ),
    "names-are-case-sensitive": ('{"a":1}', "$.A", "DownField(A)"),
}
for _name, (_document, _path, _trail) in TRAILS.items():
    FAILURES[f"trail-replace-{_name}"] = (
        _document,
        replace(_path, "X"),
        ReplacementFailure,
        f'Failed to replace full field contents with "X" in {_trail}',
    )
    FAILURES[f"trail-cast-{_name}"] = (
        _document,
        cast(_path, "String", "Array"),
        CastFailure,
        f"Failed to cast {_trail} from String to Array",
    )
    FAILURES[f"trail-add-{_name}"] = (
        _document,
        add(_path, "X"),
        AdditionFailure,
        f'Failed to add "X" to path {_trail} on {_document}',
    )


@pytest.mark.parametrize(("document", "step", "error", "message"), FAILURES.values(), ids=FAILURES)
def test_failures(document: str, step: Json, error: type[RowFailure], message: str | None) -> None:
    with pytest.raises(error) as caught:
        apply(step, document)
    if message is not None:
        assert str(caught.value) == message
