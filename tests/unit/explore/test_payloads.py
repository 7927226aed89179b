"""Who sent the events of a row, and which values in them broke a rule."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from event_recovery.badrows.types import ENRICHED_FIELDS
from event_recovery.explore.bots import is_bot
from event_recovery.explore.breaches import breaches_of
from event_recovery.explore.mends import Mend, mend_of
from event_recovery.explore.payloads import Sender, sender_of
from event_recovery.explore.row import read_row, utc
from support.engine.rows import (
    ADAPTER,
    ENRICHMENT,
    FAILURES,
    FORMAT_VIOLATION,
    LOADER_EVENT,
    SCHEMA,
    TRACKER,
    b64,
    bad_row,
    collector_payload,
    enrichment_payload,
    line_of,
    pairs,
    thrift_payload,
    uri,
)

pytestmark = pytest.mark.unit

TOLD = pairs(("aid", "shop"), ("p", "web"), ("tv", "js-3"))
TRACKED = {"aid": "shop", "p": "web", "tv": "js-3"}
BATCH = json.dumps(
    {"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": [TRACKED] * 3}
)
FLAT = {"app_id": "shop", "platform": "web", "v_tracker": "js-3", "useragent": "UA"}
LINE = "\t".join(FLAT.get(name, "") for name in ENRICHED_FIELDS)


def sender(type_name: str, payload: Any) -> Sender:
    row = bad_row(type_name if type_name in FAILURES else "generic_error", payload) | {"schema": uri(type_name)}
    return sender_of(read_row(line_of(row)))


@pytest.mark.parametrize(
    ("type_name", "payload", "events"),
    [
        (SCHEMA, enrichment_payload(enriched=FLAT), 1),
        (ENRICHMENT, enrichment_payload(enriched={}, parameters=TOLD), 1),
        (ENRICHMENT, enrichment_payload(enriched={}, parameters=TRACKED), 1),
        (ADAPTER, collector_payload(querystring=TOLD), 1),
        (TRACKER, collector_payload(querystring=[], body=BATCH), 3),
        (FORMAT_VIOLATION, b64(thrift_payload(querystring="e=pv&aid=shop&p=web&tv=js-3", userAgent="UA")), 1),
        (FORMAT_VIOLATION, b64(b64(thrift_payload(querystring="aid=shop&p=web&tv=js%2D3", userAgent="UA"))), 1),
        (FORMAT_VIOLATION, b64(thrift_payload(querystring="", body=BATCH, userAgent="UA")), 3),
        ("loader_iglu_error", LOADER_EVENT | FLAT, 1),
        ("loader_parsing_error", LINE, 1),
        ("size_violation", LINE, 1),
        ("event_forwarding_error", LINE, 1),
        ("event_forwarding_error", {"event": LINE}, 1),
        ("event_forwarding_error", FLAT, 1),
        ("relay_failure", {"eventStruct": FLAT}, 1),
        ("relay_failure", {"eventRaw": LINE}, 1),
    ],
)
def test_the_sender_is_told_by_every_form_of_payload(type_name: str, payload: Any, events: int) -> None:
    found = sender(type_name, payload)
    assert (found.app_id, found.platform, found.tracker) == ("shop", "web", "js-3")
    assert (found.user_agent, found.events) == ("UA", events)


def test_the_sender_of_a_recovery_error_is_that_of_the_row_in_it() -> None:
    inner = bad_row(ADAPTER, collector_payload(querystring=TOLD))
    assert sender("recovery_error", inner).app_id == "shop"


def test_the_sender_of_a_line_in_a_format_violation_is_that_of_the_row_in_it() -> None:
    inner = json.dumps(bad_row(ADAPTER, collector_payload(querystring=TOLD)))
    assert sender(FORMAT_VIOLATION, inner).app_id == "shop"
    assert sender("recovery_error", bad_row(FORMAT_VIOLATION, inner)).app_id == "shop"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-03-02T06:00:00Z", "2026-03-02T06:00:00"),
        ("2026-03-02T06:00:00.123Z", "2026-03-02T06:00:00.123"),
        ("2026-03-02 06:00:00.123", "2026-03-02T06:00:00.123"),
        ("2026-03-02T06:00:00+02:00", "2026-03-02T04:00:00.000"),
        ("0001-01-01T00:00:00+02:00", None),
        ("yesterday", None),
        ("9" * 5000, None),
        (7, None),
    ],
)
def test_times_are_told_in_utc(text: object, told: str | None) -> None:
    assert utc(text) == told


@pytest.mark.parametrize(
    ("user_agent", "bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("python-requests/2.31.0", True),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", False),
        ("", False),
    ],
)
def test_bots_are_told_from_browsers(user_agent: str, bot: bool) -> None:
    assert is_bot(user_agent) is bot


CART = "iglu:com.acme/cart/jsonschema/1-0-0"


def violation(report: dict[str, Any], *entities: Any, schema: str = CART, encoded: bool = False, **changes: Any) -> Any:
    document = {
        "schema": "iglu:x/contexts/jsonschema/1-0-0",
        "data": [{"schema": CART, "data": one} for one in entities],
    }
    text = json.dumps(document)
    name, value = ("cx", base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")) if encoded else ("co", text)
    row = bad_row(SCHEMA, enrichment_payload(parameters=pairs(("e", "pv"), (name, value)), **changes))
    row["data"]["failure"]["messages"] = [{"schemaKey": schema, "error": {"error": "x", "dataReports": [report]}}]
    return row


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    ("report", "value"),
    [
        ({"path": "$.items[1].n", "keyword": "type", "targets": ["string", "number"]}, "12,5"),
        ({"path": "$.items", "keyword": "minItems", "targets": ["3"]}, '[{"n":1},{"n":"12,5"}]'),
        ({"path": "$", "keyword": "additionalProperties", "targets": ["items"]}, '[{"n":1},{"n":"12,5"}]'),
        ({"path": "$", "keyword": "required", "targets": ["sku"]}, None),
    ],
)
def test_the_value_is_found_where_the_failure_says(report: dict[str, Any], value: str | None, encoded: bool) -> None:
    row = violation(report, {"items": [{"n": 1}, {"n": "12,5"}]}, encoded=encoded)
    [breach] = breaches_of(read_row(line_of(row)))
    assert breach.value == value
    assert breach.entity["schema"] == CART


def test_of_several_entities_that_one_is_told_that_breaks_the_rule() -> None:
    report = {"path": "$.c", "keyword": "enum", "targets": ["[EUR, USD]"]}
    [breach] = breaches_of(read_row(line_of(violation(report, {"c": "EUR"}, {"c": "eur"}))))
    assert breach.value == "eur"


def test_the_value_of_a_field_of_the_event_is_told() -> None:
    schema = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"
    row = violation({"path": "se_va", "keyword": "atomic_field_parse_error"}, schema=schema, enriched={"se_va": "x"})
    [breach] = breaches_of(read_row(line_of(row)))
    assert (breach.value, breach.field) == ("x", "se_va")


def mend(type_name: str, row: Any) -> Mend:
    read = read_row(line_of(row))
    assert read.type == type_name
    return mend_of(read.type, read.causes, line_of(row))


def test_what_can_be_recovered_is_what_the_engine_recovers() -> None:
    for type_name in FAILURES:
        if type_name != "recovery_error":
            found = mend(type_name, bad_row(type_name))
            assert found.recoverable is (type_name in (SCHEMA, ENRICHMENT, ADAPTER, TRACKER, FORMAT_VIOLATION))
            assert bool(found.kinds) is found.recoverable
            assert bool(found.why) is not found.recoverable


def test_a_row_of_a_recoverable_type_without_a_payload_is_not_recoverable() -> None:
    assert mend(SCHEMA, bad_row(SCHEMA, "cut off")).recoverable is False


def test_of_an_example_that_is_too_long_nobody_knows() -> None:
    read = read_row(line_of(bad_row(SCHEMA)))
    assert mend_of(read.type, read.causes, None).recoverable is None


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        ({"path": "$", "keyword": "required", "targets": ["a"]}, "add"),
        ({"path": "$", "keyword": "additionalProperties", "targets": ["a"]}, "delete"),
        ({"path": "$.a", "keyword": "type", "targets": ["string", "number"]}, "cast"),
        ({"path": "$.a", "keyword": "type", "targets": ["null", "number"]}, "delete"),
        ({"path": "$.a", "keyword": "pattern", "targets": ["^a"]}, "replace"),
        ({"path": "$.a", "keyword": "enum", "targets": ["[a]"]}, "decide"),
        ({"path": "$.a", "keyword": "maxLength", "targets": ["1"]}, "decide"),
    ],
)
def test_the_kind_of_mend_follows_from_what_is_wrong(report: dict[str, Any], kind: str) -> None:
    assert mend(SCHEMA, violation(report, {"a": "x"})).kinds == (kind,)


def test_no_bad_row_cannot_be_mended() -> None:
    assert mend_of("", read_row(b"x").causes, b"x") == Mend(recoverable=False, why="it is not a bad row")
    assert read_row(f'{{"schema":"{uri("size_violation")}"}}'.encode()).type == ""
