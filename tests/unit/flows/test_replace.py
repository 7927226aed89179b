"""Replace and Remove on every type of target."""

from __future__ import annotations

import pytest
from event_recovery.config.loader import load_config
from event_recovery.errors import InvalidJsonFormat, ReplacementFailure, RowFailure
from event_recovery.text.jsontext import no_spaces, parse
from support.engine.rows import (
    ADAPTER,
    Json,
    apply,
    bad_row,
    collector_payload,
    message_of,
    recover,
    recovered,
    remove,
    replace,
    uri,
    written,
)

pytestmark = pytest.mark.unit

MIXED = '{"a":[1,"x",{"name":"n"}]}'
HEADERS = '{"a":["X-P: https","Host: a"]}'
OBJECT = '{"a":{"x":1,"y":"q"}}'

RESULTS = {
    "R1": ('{"a":"abc"}', replace("$.a", "X"), '{"a":"X"}'),
    "R2": ('{"a":"abc"}', replace("$.a", "X", "b"), '{"a":"aXc"}'),
    "R3": ('{"a":"abc"}', replace("$.a", 5, "b"), '{"a":"5"}'),
    "R4": ('{"a":"abc"}', replace("$.a", None), '{"a":"null"}'),
    "R5": ('{"a":null}', replace("$.a", {"k": 1}), '{"a":"{\\"k\\":1}"}'),
    "R6": ('{"a":null}', replace("$.a", "X", "zzz"), '{"a":""}'),
    "null-matched-whole": ('{"a":null}', replace("$.a", "X", "^.*$"), '{"a":"X"}'),
    "null-string": ('{"a":null}', replace("$.a", "X"), '{"a":"X"}'),
    "null-number-despite-match": ('{"a":null}', replace("$.a", 5, "zzz"), '{"a":"5"}'),
    "R8-number-text-kept": ('{"a":1}', {"op": "Replace", "path": "$.a", "match": "zzz", "value": 2.5}, '{"a":2.5}'),
    "boolean": ('{"a":true}', replace("$.a", False, "zzz"), '{"a":false}'),
    "R9": (MIXED, replace("$.a", ["new"], "n"), '{"a":[1,"x","new"]}'),
    "R10": (MIXED, replace("$.a", "y", "x"), '{"a":[1,"y",{"name":"n"}]}'),
    "R11": (MIXED, replace("$.a", "y"), '{"a":["y"]}'),
    "array-by-array": (MIXED, replace("$.a", [1, 2]), '{"a":[1,2]}'),
    "array-by-object": (MIXED, replace("$.a", {"k": 1}), '{"a":[{"k":1}]}'),
    "R13": (HEADERS, replace("$.a", ["X-P: http"], "X-P:.*"), '{"a":["Host: a","X-P: http"]}'),
    "R14": (OBJECT, replace("$.a", '$1,"event":"open"}', "^(.*)}$"), '{"a":{"x":1,"y":"q","event":"open"}}'),
    "R15-text": (OBJECT, replace("$.a", '{"z":1}'), '{"a":{"z":1}}'),
    "R15-object": (OBJECT, replace("$.a", {"z": 1}), '{"a":{"z":1}}'),
    "object-despite-match": (OBJECT, replace("$.a", {"z": 1}, "nope"), '{"a":{"z":1}}'),
    "R17": ('{"x":1}', replace("$", {"z": 2}), '{"z":2}'),
    "R18-Q28": ('{"a":"cx"}', replace("$.a", "X"), '{"a":"X"}'),
    "R18-Q28-ue_px": ('{"a":"ue_px"}', replace("$.a", "X"), '{"a":"X"}'),
    "R19": ('{"a":"abc"}', replace("$.a", "X", ".*"), '{"a":"XX"}'),
    "R20": ('{"a":"abc\\n"}', replace("$.a", "X", "^.*$"), '{"a":"X\\n"}'),
    "R21": ('{"a":"abc\\ndef"}', replace("$.a", "X", "(?U)^.*$"), '{"a":"abc\\ndef"}'),
    "R22": ('{"a":"abcabc"}', replace("$.a", "$12", "(b)(c)"), '{"a":"ab2ab2"}'),
    "Q47-object-value-on-string": ('{"a":"abc"}', replace("$.a", {"value": "x"}), '{"a":"{\\"value\\":\\"x\\"}"}'),
    "named-group": ('{"a":"abc"}', replace("$.a", "${n}${n}", "(?<n>b)"), '{"a":"abbc"}'),
    "escapes": ('{"a":"abc"}', replace("$.a", r"\$1\\\t", "b"), '{"a":"a$1\\\\tc"}'),
    "group-that-took-no-part": ('{"a":"abc"}', replace("$.a", "[$1]", "b|(z)"), '{"a":"a[]c"}'),
    "remove-string": ('{"a":"abc"}', remove("$.a"), '{"a":""}'),
    "remove-matches": ('{"a":"abcb"}', remove("$.a", "b"), '{"a":"ac"}'),
    "remove-null": ('{"a":null}', remove("$.a"), '{"a":""}'),
    "Q29-remove-array": (MIXED, remove("$.a"), '{"a":[""]}'),
    "remove-in-array-text": (MIXED, remove("$.a", ',"x"'), '{"a":[1,{"name":"n"}]}'),
    "match-null-is-absent": ('{"a":"abc"}', replace("$.a", "X") | {"match": None}, '{"a":"X"}'),
}


@pytest.mark.parametrize(("document", "step", "expected"), RESULTS.values(), ids=RESULTS)
def test_results(document: str, step: Json, expected: str) -> None:
    assert apply(step, document) == expected


def test_r8_numbers_are_written_as_the_config_writes_them() -> None:
    text = (
        '{"schema":"iglu:com.acme/recoveries/jsonschema/4-0-0","data":{"k":[{"name":"f","conditions":[],'
        '"steps":[{"op":"Replace","path":"$.a","match":"zzz","value":2.50}]}]}}'
    )
    step = load_config(text).flows_by_key[0][1][0].steps[0]
    assert no_spaces(step.apply(parse('{"a":1}'))) == '{"a":2.50}'


FAILURES: dict[str, tuple[str, Json, type[RowFailure], str]] = {
    "R7": (
        '{"a":1}',
        replace("$.a", "X"),
        ReplacementFailure,
        'Failed to replace full field contents with "X" in 1',
    ),
    "R7-match-is-not-shown": (
        '{"a":1.50}',
        replace("$.a", "X", "1"),
        ReplacementFailure,
        'Failed to replace full field contents with "X" in 1.50',
    ),
    "boolean": (
        '{"a":true}',
        replace("$.a", 1),
        ReplacementFailure,
        "Failed to replace full field contents with 1 in true",
    ),
    "R12": (
        HEADERS,
        replace("$.a", "X-P: http", "X-P:.*"),
        InvalidJsonFormat,
        'Failed to parse JSON string from ["X-P: http',
    ),
    "array-text-becomes-another-type": (
        MIXED,
        replace("$.a", "1", "^.*$"),
        ReplacementFailure,
        'Failed to replace ^.*$ with "1" in [1,"x",{"name":"n"}]',
    ),
    "array-by-number-with-match": (
        MIXED,
        replace("$.a", 5, "x"),
        ReplacementFailure,
        'Failed to replace x with 5 in [1,"x",{"name":"n"}]',
    ),
    "R16": (
        OBJECT,
        replace("$.a", 5),
        ReplacementFailure,
        'Failed to replace full field contents with 5 in {"x":1,"y":"q"}',
    ),
    "object-by-word": (OBJECT, replace("$.a", "word"), InvalidJsonFormat, "Failed to parse JSON string from word"),
    "remove-object": (OBJECT, remove("$.a"), InvalidJsonFormat, "Failed to parse JSON string from "),
    "remove-number": (
        '{"a":1}',
        remove("$.a"),
        ReplacementFailure,
        'Failed to replace full field contents with "" in 1',
    ),
    "remove-boolean": (
        '{"a":false}',
        remove("$.a", "f"),
        ReplacementFailure,
        'Failed to replace full field contents with "" in false',
    ),
    "missing": (
        '{"a":1}',
        replace("$.b.c.d", "X", "m"),
        ReplacementFailure,
        'Failed to replace m with "X" in DownField(b)',
    ),
    "Q46-the-rest-of-the-array-is-eaten": (
        HEADERS,
        replace("$.a", "Host: b", "Host:.*"),
        InvalidJsonFormat,
        'Failed to parse JSON string from ["X-P: https","Host: b',
    ),
}


@pytest.mark.parametrize(("document", "step", "error", "message"), FAILURES.values(), ids=FAILURES)
def test_failures(document: str, step: Json, error: type[RowFailure], message: str) -> None:
    with pytest.raises(error) as caught:
        apply(step, document)
    assert str(caught.value) == message


def test_documents_are_not_changed_in_place() -> None:
    row = bad_row(ADAPTER)
    first = recover(row, replace("$.querystring.page", "other"))
    assert recover(row).payload != first.payload
    assert recover(row, replace("$.querystring.page", "other")) == first


def test_r23_removing_headers_leaves_an_empty_one() -> None:
    assert recovered(bad_row(ADAPTER), remove("$.headers"))["headers"] == [""]


def test_r24_q6_a_payload_that_no_longer_decodes_fails_with_a_row_that_can_be_tried_again() -> None:
    result = recover(bad_row(ADAPTER), remove("$.networkUserId"))
    assert (result.outcome, result.error) == ("failed", "InvalidJsonFormat")
    assert written(result)["schema"] == uri("recovery_error")
    assert written(result)["data"]["payload"] == bad_row(ADAPTER)
    assert message_of(result) == (
        "Failed to parse JSON string from Got value '\"\"' with wrong type, expecting string: DownField(networkUserId)"
    )


def test_r25_removing_a_parameter_blanks_it() -> None:
    assert recovered(bad_row(ADAPTER), remove("$.querystring.page"))["querystring"] == "e=pv&page=&nul="


BACK_TO_THE_PAYLOAD = {
    "timestamp": (remove("$.timestamp"), 'Invalid format: "": DownField(timestamp)'),
    "uuid": (replace("$.networkUserId", "z" * 36), "Couldn't decode a valid UUID: DownField(networkUserId)"),
    "array-in-a-string-field": (
        {"op": "Cast", "path": "$.vendor", "from": "String", "to": "Array"},
        "Got value '[\"com.acme\"]' with wrong type, expecting string: DownField(vendor)",
    ),
    "number-in-a-parameter": (
        {"op": "Cast", "path": "$.querystring.n", "from": "String", "to": "Numeric"},
        "Got value '5.0' with wrong type, expecting string: DownField(value)",
    ),
    "pair-without-a-name": (
        {"op": "Add", "path": "$.querystring", "value": [{"value": "v"}]},
        "Missing required field: DownField(name)",
    ),
}


@pytest.mark.parametrize(("step", "message"), BACK_TO_THE_PAYLOAD.values(), ids=BACK_TO_THE_PAYLOAD)
def test_results_that_are_no_payload_any_more(step: Json, message: str) -> None:
    row = bad_row(ADAPTER, collector_payload(querystring=[{"name": "n", "value": "5"}]))
    assert message_of(recover(row, step)) == f"Failed to parse JSON string from {message}"


def test_after_each_step_the_payload_is_normalised() -> None:
    steps = [
        {"op": "Add", "path": "$", "value": {"unknown": "1"}},
        {"op": "Add", "path": "$.querystring", "value": [{"name": "n"}]},
        replace("$.querystring.n", "found"),
    ]
    assert recovered(bad_row(ADAPTER, collector_payload(querystring=[])), *steps)["querystring"] == "n=found"
    assert recover(bad_row(ADAPTER), steps[0], replace("$.unknown", "x")).outcome == "failed"
