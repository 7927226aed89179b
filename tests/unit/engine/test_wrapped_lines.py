"""Format violations that hold a line as text, as recoveries write them, are read as that line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery import Recovery
from support.engine.rows import (
    ADAPTER,
    FORMAT_VIOLATION,
    INSTANT,
    bad_row,
    condition,
    config,
    fields_of,
    flow,
    format_violation,
    line_of,
    recover_with,
    replace,
    uri,
    written,
)

pytestmark = pytest.mark.unit

MEND = config(flow(replace("$.vendor", "mended"), conditions=[condition("$.payload.vendor", value="com.acme")]))
ROW = bad_row(ADAPTER)


def wrapped(line: bytes | str, **data: Any) -> dict[str, Any]:
    """Give the format violation that the reference writes of a row whose step made what is no payload (Q6)."""
    text = line.decode() if isinstance(line, bytes) else line
    message = """Failed to parse JSON string from Got value '""' with wrong type, expecting string: DownField(vendor)"""
    return {
        "schema": uri(FORMAT_VIOLATION),
        "data": {
            "processor": {"artifact": "snowplow-event-recovery", "version": "0.7.2"},
            "failure": {"timestamp": INSTANT, "loader": "", "message": {"error": message}},
            "payload": text,
            **data,
        },
    }


@pytest.mark.parametrize("name", [ADAPTER, "schema_violations", FORMAT_VIOLATION])
def test_a_wrapped_row_is_sent_as_the_row_itself_q6(name: str) -> None:
    row = bad_row(name)
    plain = recover_with(config(flow()), row)
    result = recover_with(config(flow()), wrapped(line_of(row)))
    assert plain.outcome == result.outcome == "recovered"
    assert (result.payload, result.type, plain.attempts) == (plain.payload, name, 1)


def test_keys_and_conditions_are_those_of_the_wrapped_row() -> None:
    only_adapter = {**MEND, "data": {uri(ADAPTER): MEND["data"][uri(ADAPTER, "*-*-*")]}}
    assert fields_of(recover_with(only_adapter, wrapped(line_of(ROW))))["path"] == "/mended/v1"
    only_wrappers = {**MEND, "data": {uri(FORMAT_VIOLATION): [flow()]}}
    failed = recover_with(only_wrappers, wrapped(line_of(ROW)))
    assert (failed.error, failed.type) == ("FailedToMatchConfiguration", ADAPTER)


def test_a_wrapped_row_that_fails_again_is_written_as_itself() -> None:
    failed = recover_with(config(flow(replace("$.nope", "x"))), wrapped(line_of(ROW)))
    data = written(failed)["data"]
    assert (failed.error, data["payload"], data["recoveries"]) == ("ReplacementFailure", ROW, 2)


def test_attempts_add_up_through_all_that_is_around_a_wrapped_row() -> None:
    inner = bad_row("recovery_error", ROW, recoveries=3)
    outer = bad_row("recovery_error", wrapped(line_of(inner)), recoveries=2)
    assert written(recover_with(config(keys=[]), outer))["data"]["recoveries"] == 3 + 1 + 2 + 1


@pytest.mark.parametrize("around", ["", " \t", "\n"])
def test_blanks_around_a_wrapped_row_do_not_matter(around: str) -> None:
    text = around + line_of(ROW).decode() + around
    assert recover_with(config(flow()), wrapped(text)).outcome == "recovered"


def test_any_format_violation_that_holds_a_row_is_wrapped_q65() -> None:
    assert recover_with(config(flow()), format_violation(line_of(ROW).decode())).outcome == "recovered"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"schema":"x","data":1}',
        json.dumps({"schema": "iglu:com.acme/x/jsonschema/1-0-0", "data": 1}),
        "[1]",
        "hello",
        "",
    ],
)
def test_what_is_wrapped_and_no_bad_row_stays_a_format_violation(text: str) -> None:
    row = wrapped(text)
    failed = recover_with(config(flow()), row)
    assert (failed.outcome, failed.type, written(failed)["data"]["payload"]) == ("failed", FORMAT_VIOLATION, row)
    # Nor does it grow from run to run.
    once = recover_with(config(flow()), failed.bad_row).bad_row or ""
    assert len(recover_with(config(flow()), once).bad_row or "") == len(once)


def test_a_wrapped_row_of_a_type_that_is_not_known_stays_wrapped_under_its_own_name() -> None:
    row = wrapped(json.dumps({"schema": uri("new_error"), "data": {}}))
    failed = recover_with(config(flow()), row)
    assert (failed.outcome, failed.type, written(failed)["data"]["payload"]) == ("failed", "new_error", row)
    assert recover_with(config(flow()), failed.bad_row).type == "new_error"


def _nested(times: int) -> dict[str, Any]:
    row = ROW
    for _ in range(times):
        row = wrapped(line_of(row))
    return row


def test_a_row_that_is_wrapped_ten_times_is_read_at_once() -> None:
    assert recover_with(config(flow()), _nested(10)).outcome == "recovered"


def test_a_row_that_is_wrapped_more_often_is_read_when_it_comes_back() -> None:
    failed = recover_with(config(flow()), _nested(12))
    assert (failed.outcome, failed.error, failed.type) == ("failed", "Base64Failure", FORMAT_VIOLATION)
    again = recover_with(config(flow()), failed.bad_row)
    assert (again.outcome, again.type) == ("recovered", ADAPTER)


def test_a_wrapped_document_that_nests_too_deeply_stays_a_format_violation() -> None:
    deep = '{"schema":"' + uri(ADAPTER) + '","data":' + "[" * 100_000 + "]" * 100_000 + "}"
    result = Recovery.from_config(config(flow())).recover(line_of(wrapped(deep)))
    assert (result.outcome, result.type, result.fault) == ("failed", FORMAT_VIOLATION, None)
