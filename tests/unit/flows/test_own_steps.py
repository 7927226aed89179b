"""Delete, Rename, Set, Truncate and the casts of our own, on documents."""

from __future__ import annotations

import base64

import pytest
from event_recovery.errors import (
    Base64Failure,
    CastFailure,
    InvalidJsonFormat,
    RenameFailure,
    RowFailure,
    SetFailure,
    TruncationFailure,
)
from support.engine.rows import Json, apply, cast, delete, rename, set_to, truncate

pytestmark = pytest.mark.unit


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PAIRS = '{"querystring":[{"name":"e","value":"pv"},{"name":"aid","value":"x"},{"name":"aid","value":"y"}]}'
CO = r'{"querystring":[{"name":"co","value":"{\"data\": [{\"s\":\"a\"},{\"s\":\"b\"}]}"}]}'

CHANGED: dict[str, tuple[str, Json, str]] = {
    "delete-property": ('{"a":{"x":1,"y":2.50}}', delete("$.a.x"), '{"a":{"y":2.50}}'),
    "delete-element": ('{"a":[1,2,3]}', delete("$.a.[1]"), '{"a":[1,3]}'),
    "delete-elements": ('{"a":[{"k":"p"},{"k":"q"},{"k":"p"}]}', delete('$.a.[?(@.k=~"p")]'), '{"a":[{"k":"q"}]}'),
    "delete-below-elements": (
        '{"a":[{"k":1,"x":1},{"k":1},{"x":3}]}',
        delete("$.a.[?(@.k=~1)].x"),
        '{"a":[{"k":1},{"k":1},{"x":3}]}',
    ),
    "delete-all-elements": ('{"a":[1]}', delete("$.a.[?(@.x=~null)]"), '{"a":[]}'),
    "delete-null": ('{"a":null,"b":1}', delete("$.a"), '{"b":1}'),
    "delete-first-pair": (PAIRS, delete("$.querystring.aid"), PAIRS.replace('{"name":"aid","value":"x"},', "")),
    "delete-all-pairs": (PAIRS, delete('$.querystring.[?(@.name=~"aid")]'), PAIRS.split(',{"name":"aid"')[0] + "]}"),
    "delete-pair-by-position": (PAIRS, delete("$.querystring.[0]"), PAIRS.replace('{"name":"e","value":"pv"},', "")),
    "delete-in-text": (
        CO,
        delete("$.querystring.co.data.[?(@.s=~a)]"),
        r'{"querystring":[{"name":"co","value":"{\"data\":[{\"s\":\"b\"}]}"}]}',
    ),
    "delete-in-text-found-by-filter": (
        CO,
        delete("$.querystring.[?(@.name=~co)].value.data.[0].s"),
        r'{"querystring":[{"name":"co","value":"{\"data\":[{},{\"s\":\"b\"}]}"}]}',
    ),
    "delete-broken-text-as-a-whole": ('{"ue_pr":"{oops","x":1}', delete("$.ue_pr"), '{"x":1}'),
    "delete-in-base64": (
        f'{{"cx":"{b64("""{"a":1,"b":1.10}""")}"}}',
        delete("$.cx.a"),
        f'{{"cx":"{b64("""{"b":1.10}""")}"}}',
    ),
    "delete-in-ordinary-object-of-a-special-name": (
        '{"a":{"contexts":{"x":1,"y":2},"parameters":{"p":1,"q":2}}}',
        delete("$.a.contexts.x"),
        '{"a":{"contexts":{"y":2},"parameters":{"p":1,"q":2}}}',
    ),
    "delete-in-an-object-called-parameters": (
        '{"a":{"parameters":{"p":1,"q":2}}}',
        delete("$.a.parameters.p"),
        '{"a":{"parameters":{"q":2}}}',
    ),
    "rename-keeps-place-and-value": (
        '{"a":{"x":1,"y":1.50,"z":3}}',
        rename("$.a.y", "w"),
        '{"a":{"x":1,"w":1.50,"z":3}}',
    ),
    "rename-pair": (PAIRS, rename("$.querystring.e", "event"), PAIRS.replace('"e"', '"event"')),
    "rename-below-elements": (
        '{"a":[{"k":"p","x":1},{"k":"q","x":2},{"k":"p","x":3}]}',
        rename("$.a.[?(@.k=~p)].x", "y"),
        '{"a":[{"k":"p","y":1},{"k":"q","x":2},{"k":"p","y":3}]}',
    ),
    "rename-special-without-reading-it": ('{"ue_pr":"{oops"}', rename("$.ue_pr", "old"), '{"old":"{oops"}'),
    "rename-to-a-name-no-path-has": ('{"a":1}', rename("$.a", "a.b/ü"), '{"a.b/ü":1}'),
    "set-other-type": ('{"a":"x","b":1}', set_to("$.a", {"k": [1]}), '{"a":{"k":[1]},"b":1}'),
    "set-null": ('{"a":"x"}', set_to("$.a", None), '{"a":null}'),
    "set-missing": ('{"b":1.0}', set_to("$.a", 2), '{"b":1.0,"a":2}'),
    "set-missing-parents": ("{}", set_to("$.a.b.[0].c", 1), '{"a":{"b":[{"c":1}]}}'),
    "set-below-null": ('{"a":null}', set_to("$.a.b", 1), '{"a":{"b":1}}'),
    "set-element": ('{"a":[1,2]}', set_to("$.a.[0]", "x"), '{"a":["x",2]}'),
    "set-next-element": ('{"a":[1,2]}', set_to("$.a.[2]", "x"), '{"a":[1,2,"x"]}'),
    "set-elements": ('{"a":[{"k":1},{"k":2}]}', set_to("$.a.[?(@.k=~1)]", None), '{"a":[null,{"k":2}]}'),
    "set-below-elements": ('{"a":[{"k":1},{"k":2}]}', set_to("$.a.[?(@.k=~1)].x", 0), '{"a":[{"k":1,"x":0},{"k":2}]}'),
    "set-pair": (PAIRS, set_to("$.querystring.aid", "z"), PAIRS.replace('"x"', '"z"')),
    "set-pair-of-number": (PAIRS, set_to("$.querystring.aid", 5), PAIRS.replace('"x"', '"5"')),
    "set-pair-of-object": (PAIRS, set_to("$.querystring.aid", {"a": "b"}), PAIRS.replace('"x"', r'"{\"a\":\"b\"}"')),
    "set-pair-by-position": (PAIRS, set_to("$.querystring.[0].value", True), PAIRS.replace('"pv"', '"true"')),
    "set-pair-of-null": (PAIRS, set_to("$.querystring.aid", None), PAIRS.replace('"x"', "null")),
    "set-missing-pair": (PAIRS, set_to("$.querystring.p", "web"), PAIRS[:-2] + ',{"name":"p","value":"web"}]}'),
    "set-first-pair": (
        '{"querystring":[]}',
        set_to("$.querystring.p", "web"),
        '{"querystring":[{"name":"p","value":"web"}]}',
    ),
    "set-json-parameter": (
        r'{"querystring":[{"name":"ue_pr","value":"{oops"}]}',
        set_to("$.querystring.ue_pr", {"a": 1}),
        r'{"querystring":[{"name":"ue_pr","value":"{\"a\":1}"}]}',
    ),
    "set-json-parameter-found-by-filter": (
        r'{"querystring":[{"name":"ue_pr","value":null}]}',
        set_to("$.querystring.[?(@.name=~ue_pr)].value", {"a": 1}),
        r'{"querystring":[{"name":"ue_pr","value":"{\"a\":1}"}]}',
    ),
    "set-in-json-parameter-without-value": (
        r'{"querystring":[{"name":"ue_pr","value":null}]}',
        set_to("$.querystring.[?(@.name=~ue_pr)].value.a", 1),
        r'{"querystring":[{"name":"ue_pr","value":"{\"a\":1}"}]}',
    ),
    "set-in-missing-json-parameter": (
        '{"querystring":[]}',
        set_to("$.querystring.cx.data.[0]", "x"),
        f'{{"querystring":[{{"name":"cx","value":"{b64("""{"data":["x"]}""")}"}}]}}',
    ),
    "set-a-key-called-value-in-a-document": (
        r'{"querystring":[{"name":"ue_pr","value":"{\"b\":1}"}]}',
        set_to("$.querystring.ue_pr.value", 5),
        r'{"querystring":[{"name":"ue_pr","value":"{\"b\":1,\"value\":5}"}]}',
    ),
    "set-keeps-numbers-as-written": ('{"a":1}', set_to("$.b", 1.0), '{"a":1,"b":1.0}'),
    "truncate": ('{"a":"abcdef"}', truncate("$.a", 3), '{"a":"abc"}'),
    "truncate-short": ('{"a":"ab"}', truncate("$.a", 3), '{"a":"ab"}'),
    "truncate-to-nothing": ('{"a":"ab"}', truncate("$.a", 0), '{"a":""}'),
    "truncate-astral": ('{"a":"😀😀é😀"}', truncate("$.a", 3), '{"a":"😀😀é"}'),
    "truncate-escaped-pair": (r'{"a":"\ud83d\ude00b"}', truncate("$.a", 1), '{"a":"😀"}'),
}


@pytest.mark.parametrize(("document", "step", "expected"), CHANGED.values(), ids=CHANGED)
def test_what_a_step_leaves(document: str, step: Json, expected: str) -> None:
    assert apply(step, document) == expected


NOTHING: dict[str, tuple[str, str]] = {
    "no-property": ('{"a":1}', "$.b"),
    "no-parent": ('{"a":1}', "$.b.c.[0].d"),
    "null-parent": ('{"a":null}', "$.a.b"),
    "below-text": ('{"a":"x"}', "$.a.b"),
    "no-element": ('{"a":[1]}', "$.a.[1]"),
    "no-array": ('{"a":{}}', "$.a.[0]"),
    "no-match": ('{"a":[{"k":1}]}', "$.a.[?(@.k=~2)]"),
    "a-filter-on-what-is-no-array": ('{"a":{"k":1}}', "$.a.[?(@.k=~1)]"),
    "a-filter-on-an-empty-array": ('{"a":[]}', "$.a.[?(@.k=~null)]"),
    "no-pair": (PAIRS, "$.querystring.nope"),
    "no-json-pair": (PAIRS, "$.querystring.cx.data.a"),
    "blanks-in-text-stay": (CO, "$.querystring.co.data.[5]"),
}


@pytest.mark.parametrize(("document", "path"), NOTHING.values(), ids=NOTHING)
def test_delete_of_nothing_changes_nothing(document: str, path: str) -> None:
    assert apply(delete(path), document) == document


FAILURES: dict[str, tuple[str, Json, type[RowFailure], str]] = {
    "rename-missing": ('{"a":1}', rename("$.b", "c"), RenameFailure, "Failed to rename $.b to c: nothing is there"),
    "rename-below-missing": (
        '{"a":1}',
        rename("$.b.c", "d"),
        RenameFailure,
        "Failed to rename $.b.c to d: there is no object with `c`",
    ),
    "rename-taken": (
        '{"a":1,"b":2}',
        rename("$.a", "b"),
        RenameFailure,
        "Failed to rename $.a to b: there is a `b` already",
    ),
    "rename-missing-pair": (
        PAIRS,
        rename("$.querystring.x", "y"),
        RenameFailure,
        "Failed to rename $.querystring.x to y: nothing is there",
    ),
    "rename-taken-pair": (
        PAIRS,
        rename("$.querystring.e", "aid"),
        RenameFailure,
        "Failed to rename $.querystring.e to aid: there is a `aid` already",
    ),
    "rename-in-no-element": (
        '{"a":[{"k":1}]}',
        rename("$.a.[?(@.k=~2)].k", "l"),
        RenameFailure,
        "Failed to rename $.a.[?(@.k=~2)].k to l: no element passes the filter",
    ),
    "set-below-text": (
        '{"a":"x"}',
        set_to("$.a.b", {"k": 1}),
        SetFailure,
        'Failed to set $.a.b to {"k":1}: there is no object with `b`',
    ),
    "set-below-a-parameter": (
        PAIRS,
        set_to("$.querystring.aid.x", 1),
        SetFailure,
        "Failed to set $.querystring.aid.x to 1: there is no object with `x`",
    ),
    "set-beyond": (
        '{"a":[1]}',
        set_to("$.a.[2]", 1),
        SetFailure,
        "Failed to set $.a.[2] to 1: the array ends before [2]",
    ),
    "set-element-of-an-object": (
        '{"a":{}}',
        set_to("$.a.[0]", 1),
        SetFailure,
        "Failed to set $.a.[0] to 1: there is no array with [0]",
    ),
    "set-no-element": (
        '{"a":[{"k":1}]}',
        set_to("$.a.[?(@.k=~2)].x", 1),
        SetFailure,
        "Failed to set $.a.[?(@.k=~2)].x to 1: no element passes the filter",
    ),
    "set-in-broken-text": (
        '{"ue_pr":"{oops"}',
        set_to("$.ue_pr.a", 1),
        InvalidJsonFormat,
        "Failed to parse JSON string from expected",
    ),
    "delete-in-broken-base64": (
        '{"cx":"!"}',
        delete("$.cx.a"),
        Base64Failure,
        "Failed to properly transform to/from Base64 string: !.",
    ),
    "truncate-missing": (
        '{"a":1}',
        truncate("$.b", 3),
        TruncationFailure,
        "Failed to truncate DownField(b) to 3 characters",
    ),
    "truncate-number": (
        '{"a":12345}',
        truncate("$.a", 3),
        TruncationFailure,
        "Failed to truncate 12345 to 3 characters",
    ),
    "truncate-null": ('{"a":null}', truncate("$.a", 3), TruncationFailure, "Failed to truncate null to 3 characters"),
}


@pytest.mark.parametrize(("document", "step", "failure", "message"), FAILURES.values(), ids=FAILURES)
def test_what_cannot_be_done(document: str, step: Json, failure: type[RowFailure], message: str) -> None:
    with pytest.raises(failure) as caught:
        apply(step, document)
    assert str(caught.value).startswith(message)


CASTS = {
    "true": ('"true"', "String", "Boolean", "true"),
    "any-case-and-blanks": ('" False "', "String", "Boolean", "false"),
    "one": ('"1"', "String", "Boolean", "true"),
    "zero": ('"0"', "String", "Boolean", "false"),
    "integer": ('"24"', "String", "Integer", "24"),
    "integer-with-blanks-sign-and-zeros": ('" +0024.00 "', "String", "Integer", "24"),
    "integer-with-exponent": ('"1.2E3"', "String", "Integer", "1200"),
    "minus-zero": ('"-0"', "String", "Integer", "0"),
    "beyond-doubles": ('"9007199254740993"', "String", "Integer", "9007199254740993"),
    "whole-number": ("24.0", "Numeric", "Integer", "24"),
    "whole-number-with-exponent": ("1.2345678E7", "Numeric", "Integer", "12345678"),
    "integer-already": ("24", "Numeric", "Integer", "24"),
    "of-the-reference": ('"24"', "String", "Numeric", "24.0"),
}


@pytest.mark.parametrize(("target", "source", "to", "expected"), CASTS.values(), ids=CASTS)
def test_casts_of_our_own(target: str, source: str, to: str, expected: str) -> None:
    assert apply(cast("$.a", source, to), f'{{"a":{target}}}', own=True) == f'{{"a":{expected}}}'


CAST_FAILURES = {
    "yes": ('"yes"', "String", "Boolean"),
    "boolean-is-no-string": ("true", "String", "Boolean"),
    "fraction": ('"24.5"', "String", "Integer"),
    "fraction-of-a-number": ("24.5", "Numeric", "Integer"),
    "no-number": ('"24px"', "String", "Integer"),
    "empty": ('""', "String", "Integer"),
    "non-ascii-digits": ('"٣"', "String", "Integer"),
    "underscore": ('"1_000"', "String", "Integer"),
    "beyond-64-bits": ('"9223372036854775808"', "String", "Integer"),
    "far-beyond": ("1e999999999", "Numeric", "Integer"),
    "boolean-is-no-number": ("true", "Numeric", "Integer"),
    "no-such-cast": ("[1]", "Array", "Integer"),
    "null": ("null", "String", "Boolean"),
}


@pytest.mark.parametrize(("target", "source", "to"), CAST_FAILURES.values(), ids=CAST_FAILURES)
def test_casts_of_our_own_that_fail(target: str, source: str, to: str) -> None:
    with pytest.raises(CastFailure) as caught:
        apply(cast("$.a", source, to), f'{{"a":{target}}}', own=True)
    assert str(caught.value) == f"Failed to cast {target} from {source} to {to}"


@pytest.mark.parametrize("path", ["$.querystring.aid", "$.querystring.[1].value"])
def test_a_parameter_stays_text_when_it_is_cast(path: str) -> None:
    document = PAIRS.replace('"x"', '"24.0"')
    assert apply(cast(path, "String", "Integer"), document, own=True) == PAIRS.replace('"x"', '"24"')
    assert apply(cast(path, "String", "Numeric"), document, own=True) == document
    assert apply(cast(path, "String", "Array"), document, own=True) == PAIRS.replace('"x"', r'"[\"24.0\"]"')


def test_the_published_format_has_no_casts_of_our_own() -> None:
    with pytest.raises(CastFailure):
        apply(cast("$.a", "String", "Boolean"), '{"a":"true"}')
    assert apply(cast("$.querystring.e", "String", "Array"), PAIRS) == PAIRS.replace('"pv"', '["pv"]')
