"""Made-up bad rows, each with a config and what the Scala job (version 0.7.2) did with it.

What it recovered we recover to the same bytes, and what it failed we fail with the same message (one class of errors
has a wording of our own). The bad rows of failures carry the row as it came in, normalised as the Scala job does.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from event_recovery import Recovery, Result

pytestmark = pytest.mark.conformance

CASES = Path(__file__).with_name("recorded_cases.jsonl.gz")
CASE_COUNT = 1500
TYPES = {
    "adapter_failures",
    "collector_payload_format_violation",
    "enrichment_failures",
    "generic_error",
    "loader_parsing_error",
    "schema_violations",
    "size_violation",
    "tracker_protocol_violations",
}
OWN_WORDING = {"UncoerciblePayload"}
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    type: str
    config: dict[str, Any]
    line: str
    expected: dict[str, Any]


@cache
def cases_by_id() -> dict[str, Case]:
    with gzip.open(CASES, "rt", encoding="utf-8") as lines:
        return {case.id: case for line in lines for case in [Case(**json.loads(line))]}


def cases() -> list[Case]:
    return list(cases_by_id().values())


@cache
def result_of(case_id: str) -> Result:
    case = cases_by_id()[case_id]
    return Recovery.from_config(case.config).recover(case.line.encode())


def message_of(bad_row: dict[str, Any]) -> str:
    failure = bad_row["data"]["failure"]
    return str(failure["error"] if "error" in failure else failure["message"]["error"])


def payload_of(bad_row: dict[str, Any]) -> Any:
    return bad_row["data"]["payload"]["data"]


def differences(case: Case, result: Result) -> Iterator[str]:
    expected = case.expected
    if result.outcome != expected["outcome"]:
        yield f"outcome {result.outcome} ({result.error}), expected {expected['outcome']} {expected.get('message')}"
        return
    if result.outcome == "recovered":
        if result.payload is None or result.payload.hex() != expected["hex"]:
            yield f"bytes {result.payload!r}, expected {bytes.fromhex(expected['hex'])!r}"
        return
    ours, theirs = json.loads(result.bad_row or ""), expected["badrow"]
    if expected["error"] not in OWN_WORDING and message_of(ours) != message_of(theirs):
        yield f"message {message_of(ours)!r}, expected {message_of(theirs)!r}"
    # Where the Scala job writes the row as a format violation, it is bare text that cannot be tried again.
    if "recovery_error" in theirs["schema"] and payload_of(ours) != payload_of(theirs):
        yield f"payload {payload_of(ours)}, expected {payload_of(theirs)}"


def test_all_cases_are_there() -> None:
    assert len(cases()) == CASE_COUNT
    assert {case.type for case in cases()} == TYPES


@pytest.mark.parametrize("bad_row_type", sorted(TYPES))
def test_recorded_outcomes(bad_row_type: str) -> None:
    of_type = [case for case in cases() if case.type == bad_row_type]
    found = {case.id: faults for case in of_type if (faults := list(differences(case, result_of(case.id))))}
    shown = [
        f"{case_id}:\n    "
        + "\n    ".join(faults)
        + f"\n    config {json.dumps(cases_by_id()[case_id].config['data'])[:400]}"
        for case_id, faults in list(found.items())[:SHOWN]
    ]
    assert not found, f"{len(found)} of {len(of_type)} cases differ; the first:\n" + "\n".join(shown)
