"""Querystrings that are written as they were meant, and not as the reference writes them."""

from __future__ import annotations

import json
import pickle

import pytest
from event_recovery import Recovery
from event_recovery.text.thrift import read_payload
from event_recovery.verify.verdicts import FAILS, PASSES
from support.engine.rows import (
    bad_row,
    collector_payload,
    config,
    enrichment_payload,
    flow,
    line_of,
    pairs,
)
from support.verify.payloads import EVENT_ID, TRACKER
from support.verify.registries import verifier

pytestmark = pytest.mark.unit

EXACT, CLEAN = (Recovery.from_config(config(flow()), clean=clean) for clean in (False, True))
EVENT = (("e", "pv"), ("p", "web"), ("tv", "js"), ("eid", EVENT_ID))
NAME = 'a b&c=%"é'


def rows(*named: tuple[str, str | None]) -> list[bytes]:
    """Rows that hold these parameters: of a collector payload, and of an event that Enrich had read."""
    of_collector = collector_payload(
        vendor=TRACKER, version="tp2", querystring=pairs(*named), body=None, contentType=None
    )
    return [
        line_of(bad_row("tracker_protocol_violations", of_collector)),
        line_of(bad_row("schema_violations", enrichment_payload(parameters=pairs(*named)))),
    ]


def sent(recovery: Recovery, line: bytes) -> bytes:
    payload = recovery.recover(line).payload
    assert payload is not None
    return payload


@pytest.mark.parametrize("line", rows(*EVENT, ("co", None), ("res", None), ("empty", "")))
def test_a_parameter_without_a_value_is_left_out(line: bytes) -> None:
    exact, clean = sent(EXACT, line), sent(CLEAN, line)
    assert (read_payload(exact).querystring or "").endswith("&co=&res=&empty=")
    assert (read_payload(clean).querystring or "").endswith(f"eid={EVENT_ID}&empty=")
    verify = verifier().verify
    assert [one.outcome for one in (*verify(exact), *verify(clean))] == [FAILS, PASSES]


@pytest.mark.parametrize("line", rows(*EVENT, (NAME, "1")))
def test_names_are_escaped(line: bytes) -> None:
    exact, clean = sent(EXACT, line), sent(CLEAN, line)
    assert (read_payload(clean).querystring or "").endswith("&a+b%26c%3D%25%22%C3%A9=1")
    verify = verifier().verify
    assert [one.outcome for one in (*verify(exact), *verify(clean))] == [FAILS, PASSES]


@pytest.mark.parametrize("line", [*rows(*EVENT), *rows(("x", "a b")), *rows()])
def test_all_else_stays_byte_for_byte(line: bytes) -> None:
    assert sent(CLEAN, line) == sent(EXACT, line)


def test_the_schema_of_an_iglu_webhook_stays() -> None:
    event = json.dumps({"schema": "x", "data": {"schema": "iglu:com.acme/a/jsonschema/1-0-0", "data": {"a": 1}}})
    named = pairs(("e", "ue"), ("nuid", None), ("ue_pr", event))
    payload = enrichment_payload(vendor="com.snowplowanalytics.iglu", version="v1", parameters=named)
    line = line_of(bad_row("schema_violations", payload))
    assert sent(CLEAN, line) == sent(EXACT, line)


def test_it_reaches_the_workers() -> None:
    (line, *_) = rows(("a", None))
    assert sent(pickle.loads(pickle.dumps(CLEAN)), line) == sent(CLEAN, line)
