"""``event-recovery replay``: what it refuses before the first row, with the exit codes of the job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from event_recovery.cli import main
from event_recovery.contract.endings import ExitCode, read_ending
from support.engine.rows import bad_row, collector_payload, config, flow, line_of

pytestmark = pytest.mark.unit


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    place = tmp_path / "rows"
    place.write_bytes(line_of(bad_row("adapter_failures", collector_payload())))
    return place


def replay(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)], catch_exceptions=False)


def refused(result: Result) -> tuple[int, str]:
    ending = read_ending(result.stderr)
    assert ending is not None, result.stderr
    assert ending.code == result.exit_code
    return ending.code, ending.reason


CONFIG = json.dumps(config(flow()))


def test_options_are_checked_as_the_jobs_are(rows: Path, tmp_path: Path) -> None:
    code, reason = refused(replay(CONFIG, rows, "-o", "good", "--run", tmp_path / "run", "--verify", "6"))
    assert code == ExitCode.OPTIONS
    assert reason == "--resolver is required with --verify: schemas are looked up by it"


def test_a_config_that_is_not_valid(rows: Path, tmp_path: Path) -> None:
    code, reason = refused(replay("{}", rows, "-o", f"{tmp_path}/out/", "--run", tmp_path / "run"))
    assert code == ExitCode.CONFIG
    assert reason.startswith("--config:1:1: ")


def test_an_input_that_is_not_there(tmp_path: Path) -> None:
    code, reason = refused(replay(CONFIG, tmp_path / "none", "-o", f"{tmp_path}/out/", "--run", tmp_path / "run"))
    assert code == ExitCode.INPUT
    assert "none" in reason


@pytest.mark.parametrize(("name", "told"), [("failed/part-0.jsonl", "--failed"), ("submitted/part-0.txt", "--summary")])
def test_a_place_where_flink_has_run(rows: Path, tmp_path: Path, name: str, told: str) -> None:
    file = tmp_path / "run" / name
    file.parent.mkdir(parents=True)
    file.write_text("x")
    code, reason = refused(replay(CONFIG, rows, "-o", f"{tmp_path}/out/", "--run", tmp_path / "run"))
    assert code == ExitCode.OUTPUT
    assert reason.startswith(f"{told}: {file.as_uri()} is of a run on Flink, which goes on there")


def test_a_place_where_a_run_has_finished(rows: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/_SUCCESS").touch()
    code, reason = refused(replay(CONFIG, rows, "-o", f"{tmp_path}/out/", "--run", tmp_path / "run"))
    assert code == ExitCode.OUTPUT
    assert reason.startswith("an earlier run has finished here")
