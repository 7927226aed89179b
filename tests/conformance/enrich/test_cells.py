"""Events with one known fault, for each keyword or check and each place: the verdict is that fault and nothing else."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from event_recovery.verify import Verifier
from support.verify.registries import verifier

from conformance.enrich.cells import cells, recorded, schemas

pytestmark = pytest.mark.conformance

RECORDING = Path(__file__).with_name("cells.jsonl.gz")


@cache
def judge() -> Verifier:
    return verifier(schemas(), enrich="5")


@cache
def lines() -> list[str]:
    return gzip.decompress(RECORDING.read_bytes()).decode().splitlines()


def test_the_recording_is_of_these_cells() -> None:
    assert len(lines()) > 300
    assert lines() == [recorded(cell) for cell in cells()]


def test_every_cell_has_its_fault_and_no_other() -> None:
    different = []
    for line in lines():
        name, payload, bad_row_type, key, path, keyword, targets = json.loads(line)
        verdicts = judge().verify(bytes.fromhex(payload))
        failing = [one for one in verdicts if one.outcome == "fails"]
        reports = [report for one in failing for report in data_reports(one.failure)]
        told = [(one_key, one["path"], one["keyword"], one["targets"][: len(targets)]) for one_key, one in reports]
        if [one.bad_row_type for one in failing] != [bad_row_type] or told != [(key, path, keyword, targets)]:
            different.append((name, [one.bad_row_type for one in failing], told, (key, path, keyword, targets)))
    assert not different


def data_reports(failure: dict[str, Any] | None) -> list[tuple[str, dict[str, Any]]]:
    messages = (failure or {})["messages"]
    return [(message["schemaKey"], report) for message in messages for report in message["error"]["dataReports"]]


def test_without_the_fault_the_event_passes() -> None:
    """Else a verifier that refuses everything would do."""
    repaired = verifier({uri: one | {"properties": {}} for uri, one in schemas().items()}, enrich="5")
    for line in lines():
        name, payload, _, key, *_ = json.loads(line)
        if "com.acme" in key:
            assert [one.outcome for one in repaired.verify(bytes.fromhex(payload))] == ["passes"], name
