"""What a result tells besides its outcome: event ids, timestamp, attempts, message, and how it came about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery import Limits, Recovery
from event_recovery.badrows.output import recovery_error
from event_recovery.text.jsontext import no_spaces
from support.engine.rows import (
    ADAPTER,
    FORMAT_VIOLATION,
    SCHEMA,
    TRACKER,
    b64,
    bad_row,
    collector_payload,
    config,
    enrichment_payload,
    flow,
    format_violation,
    line_of,
    message_of,
    pairs,
    recover,
    recover_with,
    remove,
    replace,
    thrift_payload,
    uri,
    written,
)

pytestmark = pytest.mark.unit

ONE, TWO = "c6ef3124-b53a-4b13-a233-0088f79dcbcb", "0B1C2D3E-4F50-4161-8273-8495A6B7C8D9"
OTHER = "11111111-2222-4333-8444-555555555555"
TP2 = {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2"}


def body(*events: Any) -> str:
    schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    return json.dumps({"schema": schema, "data": list(events)})


def ids(row: Any, *steps: Any) -> tuple[str, ...]:
    return recover(row, *steps).event_ids


def posted(text: str | None, **changes: Any) -> dict[str, Any]:
    return bad_row(TRACKER, collector_payload(**{**TP2, "querystring": [], "body": text, **changes}))


def test_the_id_of_a_raw_event_is_its_parameter() -> None:
    assert ids(bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "pv"), ("eid", ONE))))) == (ONE,)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"refererUri": f"http://r/?eid={OTHER}"},
        {"useragent": f"UA eid={OTHER}"},
        {"hostname": f"eid={OTHER}"},
        {"ipAddress": f'"eid":"{OTHER}"'},
    ],
    ids=str,
)
def test_an_id_in_another_field_is_none_of_the_event(elsewhere: dict[str, str]) -> None:
    own = enrichment_payload(parameters=pairs(("url", f"http://p/?eid={OTHER}"), ("eid", ONE)), **elsewhere)
    assert ids(bad_row(SCHEMA, own)) == (ONE,)
    none = enrichment_payload(parameters=pairs(("url", f"http://p/?eid={OTHER}"), ("parent_eid", OTHER)), **elsewhere)
    assert ids(bad_row(SCHEMA, none)) == ()


def test_the_ids_of_a_post_are_those_of_its_events() -> None:
    assert ids(posted(body({"e": "pv", "eid": ONE}, {"e": "pp"}, {"e": "se", "eid": TWO}))) == (ONE, TWO)


def test_another_name_in_a_body_that_ends_like_one_is_none() -> None:
    assert ids(posted(body({"parent_eid": OTHER, "url": f"http://p/?eid={OTHER}", "eid": ONE}))) == (ONE,)
    assert ids(posted(body({"parent_eid": OTHER, "co": json.dumps({"eid": OTHER})}))) == ()


def test_the_querystring_of_a_post_counts_before_its_body() -> None:
    assert ids(posted(body({"eid": ONE}, {"eid": TWO}), querystring=pairs(("eid", OTHER)))) == (OTHER,)


@pytest.mark.parametrize("text", [None, "", "eid", '{"eid":"x"}', '{"data":{"eid":1}}', '{"data":[1,{"eid":null}]}'])
def test_a_body_without_events_has_no_ids(text: str | None) -> None:
    assert ids(posted(text)) == ()


def test_the_body_of_a_webhook_is_its_own() -> None:
    assert ids(bad_row(ADAPTER, collector_payload(querystring=[], body=body({"eid": OTHER})))) == ()


def test_an_iglu_webhook_sends_no_parameter_and_so_no_id() -> None:
    event = {"schema": "iglu:com.acme/x/jsonschema/1-0-0", "data": {"a": 1}}
    unstruct = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": event}
    parameters = pairs(("eid", OTHER), ("ue_pr", json.dumps(unstruct)))
    assert ids(bad_row(SCHEMA, enrichment_payload(vendor="com.snowplowanalytics.iglu", parameters=parameters))) == ()


def test_the_last_of_several_ids_counts_as_it_does_for_enrich() -> None:
    assert ids(bad_row(SCHEMA, enrichment_payload(parameters=pairs(("eid", OTHER), ("eid", ONE))))) == (ONE,)


@pytest.mark.parametrize("value", [None, "", "7", ONE[:-1], f"{ONE}\t{TWO}", f" {ONE}"])
def test_what_is_no_uuid_is_no_id(value: str | None) -> None:
    assert ids(bad_row(SCHEMA, enrichment_payload(parameters=pairs(("eid", value))))) == ()


def test_the_id_is_the_one_that_is_sent() -> None:
    row = bad_row(SCHEMA, enrichment_payload(parameters=pairs(("eid", OTHER))))
    assert ids(row, replace("$.raw.parameters.eid", ONE)) == (ONE,)


def test_a_format_violation_has_the_ids_of_its_payload() -> None:
    got = thrift_payload(path="/i", querystring=f"e=pv&eid={ONE}")
    assert ids(format_violation(b64(got))) == (ONE,)
    sent = thrift_payload(path="/com.snowplowanalytics.snowplow/tp2", querystring="cv=1", body=body({"eid": TWO}))
    assert ids(format_violation(b64(sent))) == (TWO,)


@pytest.mark.parametrize(
    ("timestamp", "millis"),
    [("2020-02-17T09:28:16.560Z", 1581931696560), ("1970-01-01T00:00:00.000Z", 0), (None, None)],
)
@pytest.mark.parametrize("name", [ADAPTER, SCHEMA])
def test_the_timestamp_is_the_collectors(name: str, timestamp: str | None, millis: int | None) -> None:
    payload = collector_payload if name == ADAPTER else enrichment_payload
    assert recover(bad_row(name, payload(timestamp=timestamp))).timestamp == millis


def test_a_row_that_is_not_sent_has_neither() -> None:
    result = recover(bad_row(SCHEMA, enrichment_payload(parameters=pairs(("eid", ONE)))), remove("$.raw.nope"))
    assert (result.outcome, result.event_ids, result.timestamp) == ("failed", (), None)


def test_the_message_is_that_of_the_bad_row() -> None:
    failed = recover(bad_row(SCHEMA), replace("$.raw.nope", "x"))
    assert failed.message == message_of(failed)
    unreadable = recover_with(config(flow()), b"{}")
    assert unreadable.message is not None
    assert message_of(unreadable) in unreadable.message
    assert recover(bad_row(SCHEMA)).message is None


def test_attempts_count_this_time_and_those_before() -> None:
    again = bad_row("recovery_error", bad_row(ADAPTER), recoveries=4)
    assert (recover(bad_row(ADAPTER)).attempts, recover(again).attempts) == (1, 5)
    assert recover(again, replace("$.nope.nope", "x")).attempts == 5


LIMITED = config(flow())


@pytest.mark.parametrize("name", [ADAPTER, SCHEMA, FORMAT_VIOLATION])
def test_a_payload_beyond_the_limit_is_a_failed_row(name: str) -> None:
    line = line_of(bad_row(name))
    payload = Recovery.from_config(LIMITED).recover(line).payload
    assert payload is not None
    size = len(payload)
    fits = Recovery.from_config(LIMITED, limits=Limits(payload_bytes=size)).recover(line)
    assert fits.payload == payload
    refused = Recovery.from_config(LIMITED, limits=Limits(payload_bytes=size - 1)).recover(line)
    assert (refused.outcome, refused.error, refused.payload) == ("failed", "PayloadTooLarge", None)
    assert f"{size} bytes, more than the {size - 1} bytes" in message_of(refused)
    assert written(refused)["data"]["payload"]["schema"] == uri(name)


DEEP = line_of(bad_row(ADAPTER, collector_payload(unknown="@"))).replace(b'"@"', b"[" * 450 + b"]" * 450)


def test_a_payload_beyond_the_limit_of_a_row_that_cannot_be_read_as_a_whole() -> None:
    assert Recovery.from_config(LIMITED).recover(DEEP).outcome == "recovered"
    result = Recovery.from_config(LIMITED, limits=Limits(payload_bytes=10)).recover(DEEP)
    assert (result.outcome, result.error, written(result)["data"]["payload"]) == (
        "failed",
        "InvalidJsonFormat",
        DEEP.decode(),
    )


def fail_again(line: bytes, limits: Limits) -> tuple[str, dict[str, Any]]:
    result = Recovery.from_config(config(keys=[]), limits=limits).recover(line)
    return result.outcome, written(result)["data"]


@pytest.mark.parametrize(("most", "failures"), [(1, 0), (2, 1), (3, 2)])
def test_a_row_is_given_up_at_its_last_attempt(most: int, failures: int) -> None:
    row = bad_row(ADAPTER)
    line, limits = line_of(row), Limits(attempts=most)
    for attempt in range(failures):
        outcome, data = fail_again(line, limits)
        assert (outcome, data["recoveries"]) == ("failed", attempt + 1)
        line = line_of({"schema": uri("recovery_error"), "data": data})
    outcome, data = fail_again(line, limits)
    assert (outcome, data["recoveries"]) == ("unrecoverable", most)
    assert data["failure"]["error"].startswith(
        f"Given up after {most} attempts, the last of which ended so: Failed to load recovery configuration"
    )
    assert data["payload"] == row


def test_without_a_limit_a_row_stays_failed() -> None:
    outcome, data = fail_again(line_of(bad_row("recovery_error", bad_row(ADAPTER), recoveries=99)), Limits())
    assert (outcome, data["recoveries"]) == ("failed", 100)


def test_a_row_that_is_given_up_names_the_flow_that_failed() -> None:
    document = config(flow(replace("$.nope", "x"), name="main"))
    result = Recovery.from_config(document, limits=Limits(attempts=1)).recover(line_of(bad_row(ADAPTER)))
    assert (result.outcome, result.error, result.flow) == ("unrecoverable", "TooManyAttempts", "main")


NO_DAY = bad_row(ADAPTER, collector_payload(timestamp="2020-02-30T09:28:16.560Z"))


def test_a_row_that_cannot_be_read_is_never_given_up() -> None:
    outcome, data = fail_again(line_of(NO_DAY), Limits(attempts=1))
    assert (outcome, data["payload"]) == ("failed", no_spaces(NO_DAY))


def test_a_row_that_the_fast_route_alone_can_read_is_given_up_as_any_other() -> None:
    outcome, data = fail_again(DEEP, Limits(attempts=1))
    assert (outcome, data["payload"]) == ("unrecoverable", bad_row(ADAPTER))


def test_a_line_that_is_no_bad_row_is_never_given_up() -> None:
    assert fail_again(b'"recoveries":99}}', Limits(attempts=1))[0] == "failed"


def broken(*_: object) -> Any:
    raise ZeroDivisionError("a bug")


def test_a_fault_on_the_fast_route_ends_on_the_exact_one_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    recovery, line = Recovery.from_config(config(flow(replace("$.vendor", "com.b")))), line_of(bad_row(ADAPTER))
    expected = recovery.recover(line)
    assert (expected.outcome, expected.fault) == ("recovered", None)
    # What plans the fast route of an envelope asks for its type; the exact route has other ways.
    monkeypatch.setattr("event_recovery.engine.fast.named_type", broken)
    result = Recovery.from_config(config(flow(replace("$.vendor", "com.b")))).recover(line)
    assert (result.outcome, result.payload, result.fault) == ("recovered", expected.payload, "ZeroDivisionError")


def test_a_fault_while_a_row_is_written_ends_on_the_exact_route_too(monkeypatch: pytest.MonkeyPatch) -> None:
    line, recovery = line_of(bad_row(ADAPTER)), Recovery.from_config(config(keys=[]))
    expected = recovery.recover(line)
    faults = [ZeroDivisionError("a bug")]

    def broken_once(*arguments: Any, **named: Any) -> str:
        if faults:
            raise faults.pop()
        return recovery_error(*arguments, **named)

    monkeypatch.setattr("event_recovery.engine.recovery.recovery_error", broken_once)
    result = recovery.recover(line)
    assert (result.outcome, result.error, result.fault) == ("failed", "FailedToMatchConfiguration", "ZeroDivisionError")
    assert result.bad_row == expected.bad_row
