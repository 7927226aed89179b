"""What the job writes for one row, and how the lines it commits are counted."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import pytest
from event_recovery import Recovery, Result
from event_recovery.contract import OUTCOMES
from event_recovery.inputs.rows import RowSelection
from event_recovery.run.rows import CODES, SKIPPED_CODE, RowWriter
from event_recovery.run.summary import Span, tally_recovered, tally_rejected, tally_skipped
from support.engine.rows import (
    SCHEMA,
    TRACKER,
    Json,
    bad_row,
    collector_payload,
    config,
    enrichment_payload,
    flow,
    line_of,
    pairs,
)

pytestmark = pytest.mark.unit

EVENT_ID = "c6ef3124-b53a-4b13-a233-0088f79dcbcb"


@dataclass(frozen=True)
class Always:
    """An engine that gives the same result for every line."""

    result: Result

    def recover(self, line: bytes, /) -> Result:
        return self.result


def test_a_payload_goes_to_the_stream_as_it_is() -> None:
    row = RowWriter(Always(Result("recovered", payload=b"\x0b\xff\n\r")), as_text=False).write(b"x")
    assert row.code == CODES["recovered"]
    assert row.body == b"\x0b\xff\n\r"


def test_a_payload_goes_to_a_file_as_one_line_of_base64() -> None:
    row = RowWriter(Always(Result("recovered", payload=b"\x0b\xff\n\r")), as_text=True).write(b"x")
    assert base64.b64decode(row.body) == b"\x0b\xff\n\r"
    assert b"\n" not in row.body


def test_a_rejected_row_is_written_as_the_engine_words_it() -> None:
    config = {"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": {}}
    row = RowWriter(Recovery.from_config(config), as_text=False).write(b"")
    assert OUTCOMES[row.code] == "failed"
    assert json.loads(row.body)["data"]["payload"] == ""
    assert row.index_line.split(b"\t") == [b"failed", b"InvalidJsonFormat", b"-", b"-", b"%d" % len(row.body)]


def test_a_row_that_is_not_chosen_is_not_recovered_and_leaves_a_line_in_an_index() -> None:
    class Never:
        def recover(self, line: bytes, /) -> Result:
            raise AssertionError(line)

    selection = RowSelection(types=frozenset({"size_violation"}))
    line = line_of(bad_row(TRACKER, collector_payload()))
    row = RowWriter(Never(), as_text=False, selection=selection).write(line)
    assert (row.code, row.body) == (SKIPPED_CODE, b"")
    assert row.code not in CODES.values()
    tally = tally_skipped([row.index_line])
    assert (tally.rows, tally.bytes) == (1, len(line))
    assert tally.labels == {"reason": {"other type": 1}, "type": {"tracker_protocol_violations": 1}}


def index_of(row: Json) -> tuple[list[bytes], bytes]:
    recovery = Recovery.from_config(config(flow()))
    payload = recovery.recover(line_of(row)).payload
    assert payload is not None
    return RowWriter(recovery, as_text=False).write(line_of(row)).index_line.split(b"\t"), payload


def test_the_index_tells_event_hash_size_and_timestamp() -> None:
    columns, payload = index_of(bad_row(SCHEMA, enrichment_payload(parameters=pairs(("eid", EVENT_ID)))))
    assert columns == [EVENT_ID.encode(), columns[1], b"%d" % len(payload), b"1581931696560"]
    assert len(columns[1]) == 32


def test_the_index_names_every_event_of_a_post() -> None:
    body = json.dumps({"schema": "x", "data": [{"eid": EVENT_ID}, {"eid": EVENT_ID.upper()}]})
    tracker = {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2"}
    columns, _ = index_of(bad_row(TRACKER, collector_payload(**tracker, querystring=[], body=body)))
    assert columns[0] == f"{EVENT_ID},{EVENT_ID.upper()}".encode()


def test_the_index_has_a_dash_for_what_there_is_not() -> None:
    columns, _ = index_of(bad_row(TRACKER, collector_payload(timestamp=None)))
    assert (columns[0], columns[3]) == (b"-", b"-")


def test_faults_of_the_fast_route_are_counted_by_their_class() -> None:
    sent = Result("recovered", payload=b"x", fault="KeyError")
    given_up = Result("unrecoverable", bad_row="{}", error="TooManyAttempts", fault="TypeError")
    line, other = (RowWriter(Always(one), as_text=False).write(b"x").index_line for one in (sent, given_up))
    tally, _ = tally_recovered([line, line, b"-\td\t3\t-"])
    assert (tally.rows, tally.labels) == (3, {"fault": {"KeyError": 2}})
    assert tally_rejected([other])[1].labels["fault"] == {"TypeError": 1}


def test_what_a_verifier_said_is_counted_beside_faults() -> None:
    sent = Result("recovered", payload=b"x", verdict="no answer")
    refused = Result("failed", bad_row="{}", error="WouldFail", fault="KeyError", verdict="iglu:a/b required $")
    line, other = (RowWriter(Always(one), as_text=False).write(b"x").index_line for one in (sent, refused))
    assert tally_recovered([line, line, b"-\td\t3\t-"])[0].labels == {"not_checked": {"no answer": 2}}
    labels = tally_rejected([other, b"failed\tCastFailure\t-\t-\t1"])[0].labels
    assert (labels["would_fail"], labels["fault"]) == ({"iglu:a/b required $": 1}, {"KeyError": 1})


def test_a_summary_names_some_hundred_reasons_and_counts_the_others() -> None:
    lines = [b"failed\tWouldFail\t-\t-\t1\t-\treason %d" % number for number in range(700)]
    reasons = tally_rejected([*lines, lines[3]])[0].labels["would_fail"]
    assert (len(reasons), reasons["(other)"], reasons["reason 3"], sum(reasons.values())) == (501, 200, 2, 701)


def test_recovered_lines_add_up() -> None:
    tally, span = tally_recovered([b"-\td\t3\t-", b"-\td\t4\t-"])
    assert (tally.rows, tally.bytes, tally.labels) == (2, 7, {})
    assert span == Span()


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
    line = RowWriter(Always(result), as_text=False).write(b"x").index_line
    assert tally_rejected([line])[0].labels["flow"] == {"a b c": 1}
