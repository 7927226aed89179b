"""``event-recovery duplicates``, over indexes as the job writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from event_recovery import Recovery
from event_recovery.cli import main
from event_recovery.run.rows import recovered_index_line
from support.engine.rows import SCHEMA, TRACKER, bad_row, collector_payload, config, enrichment_payload, flow, line_of
from support.engine.rows import pairs as named
from support.verify.payloads import REQUIRED
from support.verify.payloads import TRACKER as VENDOR

pytestmark = pytest.mark.unit

RECOVERY = Recovery.from_config(config(flow()))


def event_id(number: int) -> str:
    return f"9e8a7b6c-1234-4abc-8def-{number:012}"


def index_line(*numbers: int | None) -> str:
    """Give the line of a payload with these events; None is one without an id."""
    events = [REQUIRED if number is None else {**REQUIRED, "eid": event_id(number)} for number in numbers]
    row = bad_row(SCHEMA, enrichment_payload(parameters=named(*events[0].items())))
    if len(events) > 1:
        body = json.dumps({"schema": f"iglu:{VENDOR}/payload_data/jsonschema/1-0-4", "data": events})
        row = bad_row(TRACKER, collector_payload(vendor=VENDOR, version="tp2", querystring=[], body=body))
    result = RECOVERY.recover(line_of(row))
    assert result.payload is not None
    return recovered_index_line(result, result.payload).decode()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs: events 1 and 2 were sent by two of them, event 3 by all."""
    for name, files in {
        "first": [[index_line(1, 2, 3)], [index_line(4), index_line(None)]],
        "second": [[index_line(1), index_line(3), index_line(5)]],
        "third": [[index_line(2, 3), index_line(3)]],
    }.items():
        folder = tmp_path / "runs" / name / "recovered-index"
        folder.mkdir(parents=True)
        for number, lines in enumerate(files):
            (folder / f"part-{number}.tsv").write_text("".join(f"{line}\n" for line in lines))
        (folder.parent / "summary.json").write_text("{}")
    return tmp_path / "runs"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["duplicates", *(str(one) for one in arguments)], catch_exceptions=False)


def test_events_are_counted_that_several_runs_have_sent(runs: Path) -> None:
    done = invoke("--json", runs / "*")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    places = {name: f"file://{runs}/{name}" for name in ("first", "second", "third")}
    assert told["runs"] == {
        places["first"]: {"events": 4, "sent_by_others": 3},
        places["second"]: {"events": 3, "sent_by_others": 2},
        places["third"]: {"events": 2, "sent_by_others": 2},
    }
    assert (told["events"], told["sent_by_several"], told["payloads_without_id"]) == (5, 3, 1)
    assert {one["event_id"]: one["runs"] for one in told["examples"]} == {
        event_id(1): [places["first"], places["second"]],
        event_id(2): [places["first"], places["third"]],
        event_id(3): [*places.values()],
    }


def test_a_person_is_told_the_runs_and_some_of_the_events(runs: Path) -> None:
    printed = invoke(runs / "first", f"{runs / 'second'}/").output
    assert "2 of 5 events (40.0%) were sent by more than one run" in printed
    assert f"{event_id(1)} by first, second" in printed
    assert "payloads whose events have no id, which cannot be compared: 1" in printed


def test_an_event_that_one_run_sent_twice_is_none_of_several(runs: Path) -> None:
    assert "0 of 2 events (0.0%) were sent by more than one run" in invoke(runs / "third").output


def test_a_place_that_is_no_run_is_told(runs: Path, tmp_path: Path) -> None:
    done = invoke(tmp_path / "other")
    assert done.exit_code == 2
    assert "other/recovered-index: there is no such file" in done.output
    (runs / "first/recovered-index/part-9.tsv").write_text("what is this?\n")
    done = invoke(runs / "first")
    assert done.exit_code == 2
    assert "part-9.tsv is no index of recovered events: expected 4 columns by tabs, not b'what is this?'" in done.output
