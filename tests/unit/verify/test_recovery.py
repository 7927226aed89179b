"""A recovery that sends only what Enrich would take."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from event_recovery import Limits, Recovery
from event_recovery.verify.recovery import VerifiedRecovery
from support.engine.rows import bad_row, collector_payload, config, flow, line_of
from support.verify.payloads import EVENT_ID, REQUIRED, TRACKER, contexts, entity, unstruct
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

PLACE = schema("place", type="object", properties={"at": {"type": "number"}}, required=["at"])


def row(*events: dict[str, Any]) -> bytes:
    body = json.dumps({"schema": f"iglu:{TRACKER}/payload_data/jsonschema/1-0-4", "data": list(events)})
    payload = collector_payload(vendor=TRACKER, version="tp2", querystring=[], body=body)
    return line_of(bad_row("tracker_protocol_violations", payload))


def event(*places: object) -> dict[str, str]:
    return {**REQUIRED, "eid": EVENT_ID, "co": contexts(*(entity("place", place) for place in places))}


GOOD, BAD = event({"at": 1}), event({"at": 1}, {"at": 2}, {"on": 1})


def recovery(**limits: int) -> VerifiedRecovery:
    plain = Recovery.from_config(config(flow()), limits=Limits(**limits))
    return VerifiedRecovery(plain, verifier(PLACE))


def test_a_payload_that_passes_is_sent_as_it_is() -> None:
    verified = recovery()
    assert verified.recover(row(GOOD)) == verified.recovery.recover(row(GOOD))
    assert verified.recover(row(GOOD)).outcome == "recovered"


def test_a_payload_with_one_event_that_would_fail_is_a_failed_row_as_a_whole() -> None:
    result = recovery().recover(row(GOOD, BAD, GOOD))
    assert (result.outcome, result.payload, result.error) == ("failed", None, "WouldFail")
    assert result.type == "tracker_protocol_violations"
    assert result.bad_row is not None
    written = json.loads(result.bad_row)["data"]
    assert written["payload"] == json.loads(row(GOOD, BAD, GOOD))
    assert written["failure"]["error"] == result.message
    assert result.message is not None
    assert result.message.startswith("Enrich would refuse 1 of its 3 events: schema_violations iglu:com.acme/place/")
    assert "required" in result.message


def test_rows_that_fail_alike_have_the_same_verdict() -> None:
    one, other = (recovery().recover(row(event(*places))) for places in ([{}], [{"at": 1}, {}]))
    assert one.verdict == other.verdict
    assert one.verdict is not None
    assert one.verdict.split()[:2] == ["iglu:com.acme/place/jsonschema/1-0-0", "required"]


def test_what_could_not_be_looked_at_is_sent_and_told() -> None:
    away = VerifiedRecovery(recovery().recovery, verifier({"iglu:com.acme/place/jsonschema/1-0-0": "HTTP 500"}))
    result = away.recover(row(GOOD))
    assert result.outcome == "recovered"
    assert result.verdict is not None
    assert "iglu:com.acme/place/jsonschema/1-0-0" in result.verdict


def test_a_row_that_is_not_recovered_anyway_is_not_verified() -> None:
    result = recovery().recover(b"text")
    assert (result.outcome, result.error, result.verdict) == ("failed", "InvalidJsonFormat", None)


def test_a_row_that_would_fail_for_the_last_time_is_unrecoverable() -> None:
    result = recovery(attempts=1).recover(row(BAD))
    assert (result.outcome, result.error) == ("unrecoverable", "TooManyAttempts")
    assert result.verdict is not None


def test_many_reasons_are_shortened_to_some() -> None:
    names = [f"place{number}" for number in range(20)]
    entities = contexts(*(entity(name, {}) for name in names))
    many = [schema(name, type="object", required=["at"]) for name in names]
    verified = VerifiedRecovery(recovery().recovery, verifier(*many))
    message = verified.recover(row({**GOOD, "co": entities})).message
    assert message is not None
    assert message.endswith("; and 15 more")


def test_reasons_of_a_parameter_name_the_type_of_the_bad_row() -> None:
    result = recovery().recover(row({**GOOD, "eid": "no uuid"}))
    assert result.verdict is not None
    assert result.verdict.startswith("iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0 ")


def test_it_reaches_the_workers() -> None:
    again = pickle.loads(pickle.dumps(recovery()))
    assert again.recover(row(BAD)).error == "WouldFail"


def test_a_reason_with_tabs_and_line_ends_is_one_line() -> None:
    odd = {**REQUIRED, "eid": EVENT_ID, "ue_pr": unstruct("a\tb\nc")}
    result = recovery().recover(row(odd))
    assert result.verdict is not None
    assert not {"\t", "\n"} & set(result.verdict)
