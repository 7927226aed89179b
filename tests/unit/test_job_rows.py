"""What the job writes for one row, and how the lines it commits are counted."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from engine_rows import ADAPTER, bad_row, collector_payload, config, flow, line_of
from event_recovery import Recovery, Result
from event_recovery.contract import OUTCOMES
from event_recovery.flink.results.summary import Span, tally_recovered, tally_rejected
from event_recovery.flink.worker.rows import CODES, RowWriter, recovered_index_line
from event_recovery.text.jsontext import no_spaces
from event_recovery.text.thrift import write_payload

pytestmark = pytest.mark.unit

RECOVERY_ERROR = "iglu:com.snowplowanalytics.snowplow.badrows/recovery_error/jsonschema/1-0-0"
EVENT_ID = "c6ef3124-b53a-4b13-a233-0088f79dcbcb"
ROW = json.dumps(
    {
        "schema": "iglu:com.snowplowanalytics.snowplow.badrows/generic_error/jsonschema/1-0-0",
        "data": {
            "processor": {"artifact": "a", "version": "1"},
            "failure": {"timestamp": "2024-01-01T00:00:00Z", "errors": ["x"]},
            "payload": "raw",
        },
    }
).encode()


@dataclass(frozen=True)
class Always:
    """An engine that gives the same result for every line."""

    result: Result

    def recover(self, line: bytes, /) -> Result:
        return self.result


def test_a_payload_goes_to_the_stream_as_it_is() -> None:
    routed = RowWriter(Always(Result("recovered", payload=b"\x0b\xff\n\r")), max_payload=100).write(b"x")
    assert routed.code == CODES["recovered"]
    assert routed.body == b"\x0b\xff\n\r"


def test_a_payload_goes_to_a_file_as_one_line_of_base64() -> None:
    routed = RowWriter(Always(Result("recovered", payload=b"\x0b\xff\n\r")), max_payload=None).write(b"x")
    assert base64.b64decode(routed.body) == b"\x0b\xff\n\r"
    assert b"\n" not in routed.body


@pytest.mark.parametrize(("size", "outcome"), [(100, "recovered"), (101, "failed")])
def test_what_the_stream_would_refuse_is_a_failed_row(size: int, outcome: str) -> None:
    routed = RowWriter(Always(Result("recovered", payload=b"x" * size)), max_payload=100).write(ROW)
    assert OUTCOMES[routed.code] == outcome


def test_an_oversized_row_says_so_and_can_be_recovered_again() -> None:
    body = json.loads(RowWriter(Always(Result("recovered", payload=b"x" * 101)), max_payload=100).write(ROW).body)
    assert body["schema"].startswith("iglu:com.snowplowanalytics.snowplow.badrows/recovery_error/")
    assert "101 bytes, more than the 100 bytes" in body["data"]["failure"]["error"]
    assert body["data"]["payload"]["data"]["payload"] == "raw"


def test_a_rejected_row_is_written_as_the_engine_words_it() -> None:
    config = {"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": {}}
    routed = RowWriter(Recovery.from_config(config), max_payload=100).write(b"")
    assert OUTCOMES[routed.code] == "failed"
    assert json.loads(routed.body)["data"]["payload"] == ""
    assert routed.index_line.split(b"\t") == [b"failed", b"InvalidJsonFormat", b"-", b"-", b"%d" % len(routed.body)]


@pytest.mark.parametrize(
    "payload", [f"e=pv&eid={EVENT_ID}&p=web".encode(), f'{{"data":[{{"e":"pv","eid":"{EVENT_ID}"}}]}}'.encode()]
)
def test_the_index_names_the_event(payload: bytes) -> None:
    event_id, digest, size, _ = recovered_index_line(payload).split(b"\t")
    assert event_id.decode() == EVENT_ID
    assert len(digest) == 32
    assert int(size) == len(payload)


def test_the_index_of_an_event_without_an_id_has_a_dash() -> None:
    assert recovered_index_line(b"e=pv").startswith(b"-\t")


def test_recovered_lines_add_up() -> None:
    tally, span = tally_recovered(recovered_index_line(b"x" * size) for size in (3, 4))
    assert (tally.rows, tally.bytes) == (2, 7)
    assert span == Span()


@pytest.mark.parametrize("ip_address", [None, "192.0.2.1", "é" * 200])
@pytest.mark.parametrize("timestamp", [0, 1, -1, 1_700_000_000_123, 2**63 - 1, -(2**63)])
def test_the_index_has_the_collector_timestamp(ip_address: str | None, timestamp: int) -> None:
    fields = dict.fromkeys(("user_agent", "referer_uri", "body", "headers", "content_type", "hostname"))
    payload = write_payload(
        ip_address=ip_address,
        timestamp=timestamp,
        encoding="UTF-8",
        collector="c",
        path="/i",
        querystring=b"",
        network_user_id=None,
        **fields,
    )
    assert recovered_index_line(payload).rpartition(b"\t")[2] == b"%d" % timestamp


def test_the_span_is_that_of_all_timestamps_that_are_dates() -> None:
    millis = (b"1700000000123", b"0", b"-", b"-5", b"253402300800000", b"1600000000000")
    _, span = tally_recovered(b"-\tdigest\t1\t" + text for text in millis)
    assert span == Span("1970-01-01T00:00:00.000+00:00", "2023-11-14T22:13:20.123+00:00")


def test_rejected_lines_add_up_by_what_they_say() -> None:
    failed, unrecoverable = tally_rejected(
        [
            b"failed\tCastFailure\tadapter_failures\tmain\t10",
            b"failed\tCastFailure\tadapter_failures\tmain\t20",
            b"failed\tInvalidJsonFormat\t-\t-\t5",
            b"unrecoverable\tUnrecoverableBadRowType\tsize_violation\t-\t7",
        ]
    )
    assert (failed.rows, failed.bytes) == (3, 35)
    assert failed.labels == {
        "error": {"CastFailure": 2, "InvalidJsonFormat": 1},
        "type": {"adapter_failures": 2, "-": 1},
        "flow": {"main": 2, "-": 1},
    }
    assert (unrecoverable.rows, unrecoverable.bytes) == (1, 7)
    assert unrecoverable.labels == {"type": {"size_violation": 1}}


def test_a_flow_named_with_tabs_or_line_ends_stays_on_its_line() -> None:
    result = Result("failed", bad_row="{}", error="CastFailure", type="adapter_failures", flow="a\tb\nc")
    line = RowWriter(Always(result), max_payload=100).write(b"x").index_line
    assert tally_rejected([line])[0].labels["flow"] == {"a b c": 1}


def fail_again(line: bytes, *, max_attempts: int | None) -> tuple[str, dict[str, Any]]:
    config = {"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": {}}
    writer = RowWriter(Recovery.from_config(config), max_payload=100, max_attempts=max_attempts)
    routed = writer.write(line)
    assert tally_rejected([routed.index_line])[0].rows + tally_rejected([routed.index_line])[1].rows == 1
    return OUTCOMES[routed.code], json.loads(routed.body)["data"]


@pytest.mark.parametrize(("max_attempts", "failures"), [(1, 0), (2, 1), (3, 2)])
def test_a_row_is_given_up_at_its_last_attempt(max_attempts: int, failures: int) -> None:
    line = ROW
    for attempt in range(failures):
        outcome, data = fail_again(line, max_attempts=max_attempts)
        assert (outcome, data["recoveries"]) == ("failed", attempt + 1)
        line = json.dumps({"schema": RECOVERY_ERROR, "data": data}).encode()
    outcome, data = fail_again(line, max_attempts=max_attempts)
    assert (outcome, data["recoveries"]) == ("unrecoverable", max_attempts)
    assert data["failure"]["error"].startswith(
        f"Given up after {max_attempts} attempts, the last of which ended so: Failed to load recovery configuration"
    )
    assert data["payload"] == json.loads(ROW)


def test_without_a_limit_a_row_stays_failed() -> None:
    row = {"schema": RECOVERY_ERROR, "data": {"payload": json.loads(ROW), "recoveries": 99}}
    outcome, data = fail_again(json.dumps(row).encode(), max_attempts=None)
    assert (outcome, data["recoveries"]) == ("failed", 100)


NO_DAY = bad_row(ADAPTER, collector_payload(timestamp="2020-02-30T09:28:16.560Z"))
DEEP = line_of(bad_row(ADAPTER, collector_payload(unknown="@"))).replace(b'"@"', b"[" * 450 + b"]" * 450)


@pytest.mark.parametrize("line", [line_of(NO_DAY), DEEP], ids=["no-such-day", "deep"])
def test_a_row_that_cannot_be_read_as_a_whole_is_a_failed_one(line: bytes) -> None:
    outcome, data = fail_again(line, max_attempts=1)
    assert (outcome, data["payload"]) == ("failed", no_spaces(NO_DAY) if line != DEEP else DEEP.decode())


def test_an_oversized_row_that_cannot_be_read_as_a_whole_is_a_failed_one() -> None:
    recovery = Recovery.from_config(config(flow()))
    assert recovery.recover(DEEP).outcome == "recovered"
    routed = RowWriter(recovery, max_payload=10).write(DEEP)
    assert (OUTCOMES[routed.code], json.loads(routed.body)["data"]["payload"]) == ("failed", DEEP.decode())


def test_a_line_that_is_no_bad_row_is_never_given_up() -> None:
    assert fail_again(b'"recoveries":99}}', max_attempts=1)[0] == "failed"
