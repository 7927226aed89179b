"""What conditions see, and how they compare, search and measure it."""

from __future__ import annotations

import pytest
from support.engine.rows import (
    ADAPTER,
    FORMAT_VIOLATION,
    Json,
    b64,
    bad_row,
    condition,
    holds,
    recover,
)

pytestmark = pytest.mark.unit

CX = '{"cx":"' + b64('{"a":"1"}') + '"}'
FILTERED = condition("$.a.[?(@.x=~1)].y", value="yes")

CASES = {
    "C1": ('{"a":1.0}', condition("$.a", value=1), True),
    "C2": ('{"a":1}', condition("$.a", value="1"), False),
    "C3-anchored": ('{"a":"abc"}', condition("$.a", regex="^abc$"), False),
    "C3-anchored-with-quotes": ('{"a":"abc"}', condition("$.a", regex='^"abc"$'), True),
    "C3-found": ('{"a":"abc"}', condition("$.a", regex="b"), True),
    "C4-regex": ('{"b":1}', condition("$.a", regex=".*"), False),
    "C4-null": ('{"b":1}', condition("$.a", value=None), False),
    "C5": ('{"a":"😀"}', condition("$.a", size={"eq": 2}), True),
    "C6-up": ('{"a":2.1}', condition("$.a", size={"eq": 3}), True),
    "C6-negative": ('{"a":-2.9}', condition("$.a", size={"eq": -2}), True),
    "C7-boolean": ('{"a":true}', condition("$.a", size={"lt": 9}), False),
    "C7-null": ('{"a":null}', condition("$.a", size={"lt": 9}), False),
    "C7-object": ('{"a":{}}', condition("$.a", size={"lt": 9}), False),
    "C8-Q16-last-decides": ('{"a":[{"x":1,"y":"no"},{"x":1,"y":"yes"}]}', FILTERED, True),
    "C9-Q16-last-decides": ('{"a":[{"x":1,"y":"yes"},{"x":1,"y":"no"}]}', FILTERED, False),
    "Q16-any-that-leads-nowhere": ('{"a":[{"x":1},{"x":1,"y":"yes"}]}', FILTERED, False),
    "Q16-others-do-not-count": ('{"a":[{"x":1,"y":"yes"},{"x":2}]}', FILTERED, True),
    "C10": (CX, condition("$.cx.a", value="1"), True),
    "C11-Q17-nested": (
        '{"co":"{\\"contexts\\":\\"{\\\\\\"a\\\\\\":1}\\"}"}',
        condition("$.co.contexts.a", value=1),
        True,
    ),
    "C12": ('{"a":{"x":1,"y":2}}', condition("$.a", value={"y": 2, "x": 1.0}), True),
    "null": ('{"a":null}', condition("$.a", value=None), True),
    "null-searched": ('{"a":null}', condition("$.a", regex="^null$"), True),
    "array-in-order": ('{"a":[1,2]}', condition("$.a", value=[1, 2.0]), True),
    "array-out-of-order": ('{"a":[1,2]}', condition("$.a", value=[2, 1]), False),
    "array-shorter": ('{"a":[1,2]}', condition("$.a", value=[1]), False),
    "object-with-more": ('{"a":{"x":1,"y":2}}', condition("$.a", value={"x": 1}), False),
    "true-is-not-one": ('{"a":true}', condition("$.a", value=1), False),
    "one-is-not-true": ('{"a":1}', condition("$.a", value=True), False),
    "zero-is-not-false": ('{"a":0}', condition("$.a", value=False), False),
    "exponents": ('{"a":1e2}', condition("$.a", value=100), True),
    "beyond-doubles": ('{"a":9007199254740993}', condition("$.a", value=9007199254740992), False),
    "empty-string": ('{"a":""}', condition("$.a", value=""), True),
    "Q45-escapes-are-visible": ('{"a":"x\\ny"}', condition("$.a", regex=r"x\\ny"), True),
    "Q45-quotes-are-escaped": ('{"a":"x\\"y"}', condition("$.a", regex='x\\\\"y'), True),
    "object-text": ('{"a":{ "x" : [1, null] }}', condition("$.a", regex=r'^\{"x":\[1,null\]\}$'), True),
    "size-gt": ('{"a":[1,2]}', condition("$.a", size={"gt": 1}), True),
    "size-gt-is-strict": ('{"a":[1,2]}', condition("$.a", size={"gt": 2}), False),
    "size-lt": ('{"a":"ab"}', condition("$.a", size={"lt": 3}), True),
    "size-lt-is-strict": ('{"a":"ab"}', condition("$.a", size={"lt": 2}), False),
    "size-saturates": ('{"a":1e300}', condition("$.a", size={"eq": 2147483647}), True),
    "size-saturates-below": ('{"a":-1e300}', condition("$.a", size={"eq": -2147483648}), True),
    "size-of-overflow": ('{"a":1e400}', condition("$.a", size={"eq": 2147483647}), True),
    "no-json-in-a-special-field": ('{"co":"oops"}', condition("$.co.a", regex=".*"), False),
    "refused-pair": ('{"parameters":[]}', condition("$.parameters.x", regex=".*"), False),
    "root": ('{"a":1}', condition("$", value={"a": 1}), True),
}


@pytest.mark.parametrize(("data", "test", "expected"), CASES.values(), ids=CASES)
def test_conditions(data: str, test: Json, expected: bool) -> None:
    assert holds(test, data) is expected


ROOTS = {
    "processor": (condition("$.processor.artifact", value="enrich"), True),
    "failure": (condition("$.failure.messages.[0].error", regex="unsupported"), True),
    "payload": (condition("$.payload.querystring.e", value="pv"), True),
    "schema-does-not-exist": (condition("$.schema", regex=".*"), False),
    "data-does-not-exist": (condition("$.data.processor", regex=".*"), False),
}


@pytest.mark.parametrize(("test", "expected"), ROOTS.values(), ids=ROOTS)
def test_the_root_is_the_data_of_the_bad_row(test: Json, expected: bool) -> None:
    assert (recover(bad_row(ADAPTER), conditions=[test]).outcome == "recovered") is expected


def test_the_payload_of_a_format_violation_is_its_base64_text() -> None:
    row = bad_row(FORMAT_VIOLATION)
    text = row["data"]["payload"]
    assert recover(row, conditions=[condition("$.payload", value=text)]).outcome == "recovered"
    assert recover(row, conditions=[condition("$.payload.querystring.e", value="pv")]).outcome == "failed"


def test_all_conditions_must_hold() -> None:
    true, false = condition("$.payload.vendor", value="com.acme"), condition("$.payload.vendor", value="other")
    assert recover(bad_row(ADAPTER), conditions=[true, true]).outcome == "recovered"
    assert recover(bad_row(ADAPTER), conditions=[true, false]).outcome == "failed"
