"""Cast and Add on every type of target."""

from __future__ import annotations

import pytest
from event_recovery.errors import AdditionFailure, CastFailure
from support.engine.rows import ADAPTER, Json, add, apply, bad_row, cast, collector_payload, pairs, recovered

pytestmark = pytest.mark.unit

CASTS = {
    "K1-Q30-zero": ("0", "Numeric", "Boolean", "true"),
    "K1-one": ("1.5", "Numeric", "Boolean", "true"),
    "boolean-true": ("true", "Boolean", "Numeric", "1"),
    "boolean-false": ("false", "Boolean", "Numeric", "0"),
    "K3-plain": ('"24"', "String", "Numeric", "24.0"),
    "K3-blanks": ('" 24 "', "String", "Numeric", "24.0"),
    "K3-exponent": ('"1e3"', "String", "Numeric", "1000.0"),
    "K3-small": ('"0.0001"', "String", "Numeric", "1.0E-4"),
    "K3-big": ('"12345678"', "String", "Numeric", "1.2345678E7"),
    "K4-nan": ('"NaN"', "String", "Numeric", "null"),
    "K4-overflow": ('"1e400"', "String", "Numeric", "null"),
    "infinity": ('"-Infinity"', "String", "Numeric", "null"),
    "hex-float": ('"0x1p3"', "String", "Numeric", "8.0"),
    "suffix": ('"24d"', "String", "Numeric", "24.0"),
    "precision-of-doubles": ('"9007199254740993"', "String", "Numeric", "9.007199254740992E15"),
    "K5": ('"abc"', "String", "String", '"\\"abc\\""'),
    "K5-from-does-not-matter": ("5", "Boolean", "String", '"5"'),
    "number-text-to-string": ("1.50", "Numeric", "String", '"1.50"'),
    "null-to-string": ("null", "Numeric", "String", '"null"'),
    "array-to-string": ('[1, "x"]', "Array", "String", '"[1,\\"x\\"]"'),
    "object-to-string": ('{"k": 1}', "Array", "String", '"{\\"k\\":1}"'),
    "K7": ("null", "String", "Array", "[null]"),
    "number-to-array": ("5", "String", "Array", "[5]"),
    "object-to-array": ('{"k":1}', "Numeric", "Array", '[{"k":1}]'),
}


@pytest.mark.parametrize(("target", "source", "to", "expected"), CASTS.values(), ids=CASTS)
def test_casts(target: str, source: str, to: str, expected: str) -> None:
    assert apply(cast("$.a", source, to), f'{{"a":{target}}}') == f'{{"a":{expected}}}'


CAST_FAILURES = {
    "K2": ("true", "Numeric", "Boolean", "Failed to cast true from Numeric to Boolean"),
    "K6": ("[1]", "String", "Array", "Failed to cast [1] from String to Array"),
    "array-to-array": ("[1]", "Array", "Array", "Failed to cast [1] from Array to Array"),
    "no-number": ('"abc"', "String", "Numeric", 'Failed to cast "abc" from String to Numeric'),
    "empty": ('""', "String", "Numeric", 'Failed to cast "" from String to Numeric'),
    "underscore": ('"1_000"', "String", "Numeric", 'Failed to cast "1_000" from String to Numeric'),
    "non-ascii-digits": ('"٣"', "String", "Numeric", 'Failed to cast "٣" from String to Numeric'),
    "number-is-no-string": ("5", "String", "Numeric", "Failed to cast 5 from String to Numeric"),
    "null": ("null", "Boolean", "Numeric", "Failed to cast null from Boolean to Numeric"),
    "string-to-boolean": ('"true"', "String", "Boolean", 'Failed to cast "true" from String to Boolean'),
    "same-type": ("5", "Numeric", "Numeric", "Failed to cast 5 from Numeric to Numeric"),
}


@pytest.mark.parametrize(("target", "source", "to", "message"), CAST_FAILURES.values(), ids=CAST_FAILURES)
def test_casts_that_fail(target: str, source: str, to: str, message: str) -> None:
    with pytest.raises(CastFailure) as caught:
        apply(cast("$.a", source, to), f'{{"a":{target}}}')
    assert str(caught.value) == message


SUMS: dict[str, tuple[str, Json, str]] = {
    "null": ("null", {"k": 1}, '{"k":1}'),
    "true-and-true": ("true", True, "true"),
    "true-and-text": ("true", "true", "false"),
    "false-and-true": ("false", True, "false"),
    "A1": ("1", 2, "3.0"),
    "A1-text": ("1", "2", "1.0"),
    "overflow": ("1e308", 1e308, "null"),
    "A2": ('"a"', "b", '"ab"'),
    "A3": ("[1]", [2], "[1,2]"),
    "A3-no-array": ("[1]", 2, "[1]"),
    "A4": ('{"a":1,"b":2}', {"b": 3, "c": 4}, '{"a":1,"b":3,"c":4}'),
    "Q32-order-of-five-new-keys": (
        '{"z":0}',
        {"e": 1, "d": 2, "c": 3, "b": 4, "a": 5, "z": 6},
        '{"z":6,"e":1,"d":2,"c":3,"b":4,"a":5}',
    ),
    "not-merged-deeper": ('{"a":{"x":1}}', {"a": {"y": 2}}, '{"a":{"y":2}}'),
    "object-and-text": ('{"a":1}', "x", '{"a":1}'),
}


@pytest.mark.parametrize(("target", "value", "expected"), SUMS.values(), ids=SUMS)
def test_sums(target: str, value: Json, expected: str) -> None:
    assert apply(add("$.a", value), f'{{"a":{target}}}') == f'{{"a":{expected}}}'


SUM_FAILURES: dict[str, tuple[str, Json, str]] = {
    "A2-Q31": ('{"a":"a"}', add("$.a", 1), 'Failed to add 1 to path DownField(a) on {"a":"a"}'),
    "A2-Q31-object": (
        '{"b":["a"]}',
        add("$.b.[0]", {"k": 1}),
        'Failed to add {"k":1} to path DownN(0)DownField(b) on {"b":["a"]}',
    ),
    "A5": ('{"a":1}', add("$.b", 2), 'Failed to add 2 to path DownField(b) on {"a":1}'),
}


@pytest.mark.parametrize(("document", "step", "message"), SUM_FAILURES.values(), ids=SUM_FAILURES)
def test_sums_that_fail(document: str, step: Json, message: str) -> None:
    with pytest.raises(AdditionFailure) as caught:
        apply(step, document)
    assert str(caught.value) == message


def test_a6_add_parameters() -> None:
    row = bad_row(ADAPTER, collector_payload(querystring=pairs(("e", "pv"))))
    assert recovered(row, add("$.querystring", pairs(("n", "v"))))["querystring"] == "e=pv&n=v"
