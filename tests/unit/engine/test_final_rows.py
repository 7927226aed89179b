"""Rows with nothing to send end as unrecoverable: at once or when they come back, so that none comes back for ever."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery import Recovery
from event_recovery.badrows.types import NEWER_TYPES, TYPES_BY_NAME, PayloadKind
from event_recovery.contract import TYPE_NAMES
from event_recovery.engine.explain import explain
from event_recovery.engine.result import Limits
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.rows import (
    ADAPTER,
    FAILURES,
    INSTANT,
    LOADER_EVENT,
    PROCESSOR,
    bad_row,
    config,
    flow,
    line_of,
    recover_with,
    replace,
    uri,
    written,
)

pytestmark = pytest.mark.unit

NOTHING_TO_SEND = tuple(name for name in TYPE_NAMES if TYPES_BY_NAME[name].kind is PayloadKind.NONE)
KNOWN = tuple(name for name in NOTHING_TO_SEND if name in FAILURES)
#: As their schemas have it.
NEWER: dict[str, Any] = {
    "relay_failure": {
        "processor": PROCESSOR,
        "failure": {"timestamp": INSTANT, "message": {"messageText": "no answer", "stackTrace": None}},
        "payload": {"eventStruct": LOADER_EVENT},
    },
    "snowflake_error": {
        "processor": PROCESSOR,
        "failures": [{"valueError": {"value": "x", "column": "se_value", "message": "not a number"}}],
        "enrichedEvent": LOADER_EVENT,
    },
    "event_forwarding_error": {
        "processor": PROCESSOR,
        "failure": {"timestamp": INSTANT, "errorType": "api", "errorMessage": "400", "latestState": None},
        "payload": "web\tweb\t2026-03-01 10:00:00.000",
    },
}
NO_KEYS, NO_STEPS = config(keys=[]), config(flow())
EVERYTHING = config(flow(replace("$.x", "y")), keys=[uri(name, "*-*-*") for name in TYPE_NAMES])
CONFIGS = {"no keys": NO_KEYS, "no steps": NO_STEPS, "a step for all": EVERYTHING}
ENDED = ("unrecoverable", "UnrecoverableBadRowType")


@pytest.mark.parametrize("document", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("name", NEWER)
def test_types_that_the_reference_does_not_know_end_at_once_q66(name: str, document: Any) -> None:
    row = {"schema": uri(name), "data": NEWER[name]}
    result = recover_with(document, row)
    assert (result.outcome, result.error, result.type) == (*ENDED, name)
    assert written(result)["data"]["payload"] == row
    assert (result.message or "").endswith(
        f"BadRow.{TYPES_BY_NAME[name].name}. It holds an event that Enrich has passed already, "
        "and only what a collector received can be sent again."
    )


def test_all_types_that_the_reference_does_not_know_are_tried() -> None:
    assert {one.schema_name for one in NEWER_TYPES} == set(NEWER)


@pytest.mark.parametrize("data", [None, [], {}, "text", 1, bad_row(ADAPTER)["data"]], ids=repr)
@pytest.mark.parametrize("version", ["1-0-0", "7-3-1"])
def test_their_name_is_enough(data: Any, version: str) -> None:
    row = {"schema": uri("relay_failure", version), "data": data}
    result = recover_with(EVERYTHING, row)
    assert (result.outcome, result.error, written(result)["data"]["payload"]) == (*ENDED, row)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("data", [None, {}, {"new": {"shape": [1]}}], ids=repr)
def test_a_newer_version_ends_at_once_whatever_its_shape_q67(name: str, data: Any) -> None:
    for row in ({"schema": uri(name, "9-0-0"), "data": data}, bad_row(name, version="9-0-0")):
        result = recover_with(NO_KEYS, row)
        assert (result.outcome, result.error, result.type) == (*ENDED, name)
        assert result.message == (
            "Failed to recover bad row of type "
            f"com.snowplowanalytics.snowplow.badrows.BadRow.{TYPES_BY_NAME[name].name}."
        )
        assert written(result)["data"]["payload"] == row


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_version_is_tried_as_the_reference_does_and_ends_when_it_comes_back_q2(name: str) -> None:
    for version in TYPES_BY_NAME[name].versions:
        row = bad_row(name, version=version)
        assert (recover_with(NO_STEPS, row).outcome, recover_with(NO_STEPS, row).error) == ENDED
        first = recover_with(NO_KEYS, row)
        assert (first.outcome, first.error) == ("failed", "FailedToMatchConfiguration")
        again = recover_with(NO_KEYS, first.bad_row)
        assert (again.outcome, again.error, again.attempts) == (*ENDED, 2)


@pytest.mark.parametrize("name", KNOWN)
def test_a_row_that_is_not_of_its_types_form_ends_when_it_comes_back(name: str) -> None:
    first = recover_with(EVERYTHING, {"schema": uri(name), "data": {"payload": 1}})
    assert (first.outcome, first.error) == ("failed", "InvalidDataFormat")
    again = recover_with(EVERYTHING, first.bad_row)
    assert (again.outcome, again.error, again.type, again.attempts) == (*ENDED, name, 2)


def test_a_newer_version_of_a_type_with_a_payload_does_not_end() -> None:
    """It may hold an event in a form that a later version reads."""
    row: Any = {"schema": uri("schema_violations", "9-0-0"), "data": {"payload": {"thrift": "…"}}}
    for _ in range(4):
        result = recover_with(EVERYTHING, row)
        assert result.outcome == "failed"
        row = result.bad_row


def test_the_explanation_of_a_final_row_is_its_error() -> None:
    line = line_of({"schema": uri("event_forwarding_error"), "data": NEWER["event_forwarding_error"]})
    told = explain(Recovery.from_config(EVERYTHING), line)
    assert told.failure == told.result.message
    assert told.flows == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("{"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["processor", "failure", "payload", "schema", "data", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@st.composite
def rows(draw: st.DrawFn, names: tuple[str, ...]) -> Any:
    """Draw a row of a type, of any version, as it should be, with one part replaced, or with any data at all."""
    name, version = draw(st.sampled_from(names)), draw(st.sampled_from(["1-0-0", "1-0-1", "2-0-0", "2-0-1", "3-0-0"]))
    row = bad_row(name, version=version) if name in FAILURES else {"schema": uri(name, version), "data": NEWER[name]}
    change = draw(st.sampled_from(["none", "part", "data"]))
    if change == "part":
        part = draw(st.sampled_from(["processor", "failure", "payload"]))
        return {**row, "data": {**row["data"], part: draw(JSON)}}
    return {**row, "data": draw(JSON)} if change == "data" else row


@settings(deadline=None)
@given(rows(NOTHING_TO_SEND), st.sampled_from(list(CONFIGS.values())), st.sampled_from(list(CONFIGS.values())))
def test_no_row_with_nothing_to_send_fails_twice(row: Any, first: Any, second: Any) -> None:
    result = recover_with(first, row)
    if result.outcome == "failed":
        result = recover_with(second, result.bad_row)
    # Its data may be of another type that can be sent.
    assert result.outcome != "failed" or TYPES_BY_NAME[result.type or ""].kind is not PayloadKind.NONE


@settings(deadline=None)
@given(rows(TYPE_NAMES) | st.text(max_size=20), st.integers(1, 3))
def test_every_row_leaves_the_failed_ones_where_attempts_are_limited(row: Any, most: int) -> None:
    recovery, line = Recovery.from_config(NO_KEYS, limits=Limits(attempts=most)), line_of(row)
    # What cannot be read as a bad row is kept as text first, which tells no attempts.
    for _ in range(most + 1):
        result = recovery.recover(line)
        if result.outcome != "failed":
            return
        line = (result.bad_row or "").encode("utf-8", "replace")
    pytest.fail(f"still there: {line!r}")
