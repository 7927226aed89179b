"""``--redact`` of the commands that show values of rows, as a user meets it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from event_recovery.cli import main
from event_recovery.cli.console import out
from support.engine.rows import SCHEMA, config, flow, replace, uri
from support.leaks import APIKEY, PERSON, leaks_in
from support.provider.rows import ROW

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no value be broken into lines; the console has read the terminal's width long before."""
    monkeypatch.setattr(out, "width", 200)


@pytest.fixture
def bad_rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROW.replace(b'"value": "web"', b'"value": "abacus"') + b"\n" + ROW)
    assert b"abacus" in path.read_bytes()
    return path


@pytest.fixture
def mend(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    steps = [replace("$.raw.parameters.uid", "Juliet", "juliet"), replace("$.raw.parameters.page", "Home", "Juliet")]
    path.write_text(json.dumps(config(flow(*steps), keys=[uri(SCHEMA, "*-*-*")])))
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], catch_exceptions=False)


@pytest.mark.parametrize("command", ["explore", "diff", "verify"])
def test_a_command_shows_values_unless_it_is_told_to_redact(command: str, bad_rows: Path, mend: Path) -> None:
    given = [command, *([] if command == "explore" else [mend]), bad_rows]
    given += {"explore": ["--json"], "diff": ["--rows", 2], "verify": ["--json"]}[command]
    plain, redacted = invoke(*given), invoke(*given, "--redact")
    shown = {"explore": PERSON["email"], "diff": "uliet.capulet.4711", "verify": "Not a valid platform"}[command]
    assert (plain.exit_code, redacted.exit_code) == (0, 0), redacted.output
    assert shown in plain.stdout
    assert shown not in redacted.stdout
    assert list(leaks_in(command, redacted.stdout)) == []
    assert "string(" in redacted.stdout


def test_the_values_of_kept_fields_are_shown(bad_rows: Path, mend: Path) -> None:
    done = invoke("diff", mend, bad_rows, "--redact", "--keep", "uid,p")
    assert {leak.value for leak in leaks_in("diff", done.stdout)} == {PERSON["uid"]}
    done = invoke("verify", mend, bad_rows, "--redact", "--keep", "p")
    assert "Not a valid platform" in done.stdout
    done = invoke("verify", mend, bad_rows, "--keep", "p")
    assert (done.exit_code, "names fields for --redact" in done.output) == (2, True)


def test_the_page_is_redacted_and_the_rows_of_a_group_are_not(bad_rows: Path, tmp_path: Path) -> None:
    page, rows = tmp_path / "page.html", tmp_path / "group.jsonl"
    done = invoke("explore", bad_rows, "--redact", "--html", page, "--group", 1, "--rows", rows)
    assert done.exit_code == 0, done.output
    assert list(leaks_in("page", page.read_bytes())) == []
    assert list(leaks_in("table", done.output)) == []
    assert rows.read_bytes().splitlines() == bad_rows.read_bytes().splitlines()


def test_old_variables_with_an_api_key_in_them_are_warned_of() -> None:
    document = {"data": {"repositories": [{"connection": {"http": {"uri": "http://a", "apikey": APIKEY}}}]}}
    given = base64.b64encode(json.dumps(document).encode()).decode()
    done = CliRunner().invoke(main, ["from-dataflow-runner", f"bucket,b,resolver,{given}"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "resolver: an API key stands in it as it is" in done.stderr
    assert APIKEY not in done.stderr
