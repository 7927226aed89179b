"""Hours of a scheduled recovery: what Enrich refuses comes back as the next hour's rows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from event_recovery import Limits, Recovery
from support.engine.rows import (
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
    pairs,
    replace,
    thrift_payload,
    uri,
)
from support.verify.enrich import Enrich
from support.verify.payloads import REQUIRED, contexts, entity
from support.verify.payloads import TRACKER as VENDOR
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

HOURS = 10
PLACE = schema("place", type="object", properties={"at": {"type": "number"}}, required=["at"])


def event_id(number: int) -> str:
    return f"9e8a7b6c-1234-4abc-8def-{number:012}"


def event(number: int, place: Any) -> dict[str, str]:
    return {**REQUIRED, "eid": event_id(number), "co": contexts(entity("place", place))}


def batch(*events: dict[str, str]) -> bytes:
    body = json.dumps({"schema": f"iglu:{VENDOR}/payload_data/jsonschema/1-0-4", "data": list(events)})
    return line_of(bad_row(TRACKER, collector_payload(vendor=VENDOR, version="tp2", querystring=[], body=body)))


def single(event: dict[str, str]) -> bytes:
    return line_of(bad_row(SCHEMA, enrichment_payload(parameters=pairs(*event.items()), contentType=None)))


MENDED, GOOD = event(1, {"at": "MEND"}), event(2, {"at": 1})
REFUSED, IN_BATCH = event(3, {"on": 1}), event(4, {"at": "one"})
#: Of an adapter that Enrich does not have, and of a name with a blank, which Enrich cannot read.
UNSUPPORTED = line_of(bad_row("adapter_failures", collector_payload(querystring=pairs(("eid", event_id(5))))))
UNREADABLE = line_of(
    format_violation(b64(thrift_payload(querystring=f"eid={event_id(6)}&a b=1", headers=["Accept: *"])))
)
FIRST = [single(MENDED), batch(GOOD, IN_BATCH, event(7, {"at": 2})), single(REFUSED), UNSUPPORTED, UNREADABLE]
#: What the config of the hours mends, and what another one mends, too.
WRONG, MORE = [('"MEND"', "1")], [('"MEND"', "1"), ('"on"', '"at"')]


def mending(*wrong: tuple[str, str]) -> dict[str, Any]:
    """Give a config that sends all rows, and replaces these texts in the contexts of schema violations."""
    of_schema = uri(SCHEMA, "*-*-*")
    steps = [replace("$.raw.parameters.co", good, match) for match, good in wrong]
    return {**config(flow()), "data": {**config(flow())["data"], of_schema: [flow(*steps)]}}


@dataclass
class Pipeline:
    """What the hours have sent, what passed, and what waits.

    :param sent: how often each event was sent, by its id
    :param failed: rows that were not sent, by the error
    """

    enrich: Enrich = field(default_factory=lambda: Enrich(verifier(PLACE)))
    sent: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str | None, bytes]] = field(default_factory=list)

    def hour(self, recovery: Recovery, lines: list[bytes]) -> list[bytes]:
        """Recover rows, have what is sent read by Enrich, and return the rows of the next hour."""
        following: list[bytes] = []
        for line in lines:
            result = recovery.recover(line)
            if result.payload is None:
                self.failed.append((result.error, (result.bad_row or "").encode()))
                continue
            self.sent.update(result.event_ids)
            following += [line_of(json.dumps(row)) for row in self.enrich.read(result.payload)]
        return following


def run_of(name: str, most: int | None, *wrong: tuple[str, str]) -> Recovery:
    limits, mark = Limits(resends=most), None if most is None else name
    return Recovery.from_config(mending(*wrong), limits=limits, mark=mark)


def ten_hours(most: int | None) -> Pipeline:
    pipeline, lines = Pipeline(), FIRST
    for hour in range(HOURS):
        lines = pipeline.hour(run_of(f"hour-{hour}", most, *WRONG), lines)
    return pipeline


LOOPING = [event_id(number) for number in (3, 4, 5, 6)]
PASSING = [event_id(number) for number in (1, 2, 7)]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_what_is_refused_is_sent_as_often_as_it_may_and_then_waits(most: int) -> None:
    pipeline = ten_hours(most)
    # The batch came back as a single event: the events beside it were sent once.
    assert pipeline.sent == {**dict.fromkeys(PASSING, 1), **dict.fromkeys(LOOPING, most)}
    assert Counter(pipeline.enrich.passed) == dict.fromkeys(PASSING, 1)
    assert [error for error, _ in pipeline.failed] == ["CameBack"] * len(LOOPING)
    assert {json.loads(line)["data"]["payload"]["schema"] for _, line in pipeline.failed} == {
        uri(name) for name in (SCHEMA, "adapter_failures", FORMAT_VIOLATION)
    }


def test_without_the_mark_it_is_sent_every_hour() -> None:
    pipeline = ten_hours(None)
    assert pipeline.sent == {**dict.fromkeys(PASSING, 1), **dict.fromkeys(LOOPING, HOURS)}
    assert pipeline.failed == []


def test_what_waits_is_sent_again_by_hand_once_the_config_is_right() -> None:
    pipeline = ten_hours(1)
    waiting = [line for _, line in pipeline.failed]
    pipeline.failed.clear()
    refused = pipeline.hour(run_of("by-hand", 2, *MORE), waiting)
    assert pipeline.enrich.passed.count(event_id(3)) == 1
    assert pipeline.sent[event_id(3)] == 2
    assert len(refused) == len(LOOPING) - 1
    # What it did not mend is kept by the schedule, and by another run of the same limit.
    for name, most in (("hour-11", 1), ("by-hand-again", 2)):
        assert pipeline.hour(run_of(name, most, *MORE), refused) == []
    assert [error for error, _ in pipeline.failed] == ["CameBack"] * 2 * len(refused)
