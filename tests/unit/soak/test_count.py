"""The soak's own account: it sees a row without a place, one with two, and an event that is sent too often."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from event_recovery import Limits, Recovery
from event_recovery.contract import RunSummary
from event_recovery.run.rows import CODES, RowWriter
from event_recovery.run.summary import tally_recovered, tally_rejected
from generator import rows
from generator.configs import demo
from localaws.kinesis import record_hash
from soak.count import Count, Found, count
from soak.memory import LEAST, growth, memory_faults

pytestmark = pytest.mark.unit

CONFIG = json.dumps(demo())
FILES = {f"file-{number}": tuple(rows(60, seed=number)) for number in range(2)}


def left_by(run_id: str, *keys: str) -> tuple[Found, Counter[int]]:
    """What a run leaves that recovers these files, and what it sends."""
    recovery = Recovery.from_config(CONFIG, limits=Limits(resends=1), mark=run_id)
    lines = [line for key in keys for line in FILES[key]]
    written = [RowWriter(recovery, as_text=False).write(line) for line in lines]
    sent = [row for row in written if row.code == CODES["recovered"]]
    rejected = [row for row in written if row.code != CODES["recovered"]]
    recovered, _ = tally_recovered(row.index_line for row in sent)
    failed, unrecoverable = tally_rejected(row.index_line for row in rejected)
    times = {"started": "2026-01-01T00:00:00+00:00", "finished": "2026-01-01T00:01:00+00:00"}
    account = RunSummary(
        run_id=run_id,
        submitted=len(lines),
        recovered=recovered,
        failed=failed,
        unrecoverable=unrecoverable,
        restarts=0,
        versions={},
        **times,
    )
    found = Found(
        account=account,
        keys=keys,
        lines=lines,
        failed=[row.body for row in rejected if row.code == CODES["failed"]],
        unrecoverable=[row.body for row in rejected if row.code == CODES["unrecoverable"]],
        recovered_index=[row.index_line for row in sent],
        rejected_index=[row.index_line for row in rejected],
    )
    return found, Counter(record_hash(row.body) for row in sent)


FIRST, FIRST_SENT = left_by("first", "file-0")
SECOND, SECOND_SENT = left_by("second", "file-1")
STREAM = FIRST_SENT + SECOND_SENT


def counted(first: Found = FIRST, second: Found = SECOND, stream: Counter[int] = STREAM) -> Count:
    return count(CONFIG, FILES, {"first": first, "second": second}, stream)


def test_all_is_well_where_every_row_has_its_place() -> None:
    good = counted()
    assert good.faults == []
    assert good.places.total() == 120
    assert set(good.sent.values()) == {1}
    assert counted(stream=STREAM + FIRST_SENT).repeated == FIRST_SENT.total()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"stream": STREAM - Counter([next(iter(FIRST_SENT))])}, "stream: 1 missing"),
        ({"stream": STREAM + Counter([7])}, "stream: 1 foreign"),
        ({"first": replace(FIRST, failed=FIRST.failed[1:])}, "first: failed: 1 missing"),
        ({"first": replace(FIRST, unrecoverable=[*FIRST.unrecoverable, b"{}"])}, "first: unrecoverable: 1 foreign"),
        ({"first": replace(FIRST, recovered_index=FIRST.recovered_index[1:])}, "first: index: 1 missing"),
        ({"first": replace(FIRST, keys=[])}, "1 files: file-0 was read by no run"),
        ({"second": replace(SECOND, keys=["file-1", "file-0"])}, "1 files: file-0 was read by several runs"),
        ({"second": replace(SECOND, keys=["file-1", "x"])}, "1 files: x was put there by nobody"),
        ({"second": FIRST}, "events were sent more than 1 times"),
        ({"second": replace(SECOND, rejected_index=[])}, "120 rows were put into the bucket"),
        (
            {"first": replace(FIRST, account=replace(FIRST.account, submitted=1))},
            "first: summary: submitted is 1, expected 60",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_told(changed: dict[str, Found | Counter[int]], told: str) -> None:
    faults = counted(**changed).faults  # type: ignore[arg-type]
    assert any(told in fault for fault in faults), faults


def test_growth_is_that_of_the_last_quarter_over_the_second() -> None:
    flat = [100.0] * LEAST
    assert growth([300.0, 300.0, *flat[2:]]) == 0
    growing = [100.0 + 5 * hour for hour in range(LEAST)]
    assert memory_faults({"scheduler": flat, "triggerer": growing}) == ["memory: triggerer has grown by 25%"]
    assert memory_faults({"triggerer": [100.0, 200.0]}) == []
