"""``event-recovery suggest``, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from demo.iglu import write_registry
from event_recovery.cli import main
from generator.known_rows import known_rows
from generator.schemas import SCHEMAS
from support.engine.rows import b64, format_violation, line_of, thrift_payload
from support.suggest.kinds import KNOWN_SCHEMAS
from support.suggest.rows import described, parameters, refused

pytestmark = pytest.mark.unit

ROWS = [line for _, line in known_rows(200, seed=4, products=0)]
CAST = "schema-cart-wrong-type-total-8d0c41"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.txt"
    file.write_bytes(b"\n".join(ROWS))
    return file


@pytest.fixture
def resolver(tmp_path: Path) -> Path:
    write_registry(tmp_path / "iglu", SCHEMAS)
    return tmp_path / "resolver.json"


def invoke(command: str, *arguments: object, stdin: bytes | None = None) -> Result:
    runner = CliRunner(env={"COLUMNS": "100"})
    return runner.invoke(main, [command, *map(str, arguments)], input=stdin, catch_exceptions=False)


def document(*arguments: object) -> Any:
    done = invoke("suggest", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_table_fits_100_columns_and_tells_each_group(rows: Path, resolver: Path) -> None:
    done = invoke("suggest", rows, "--resolver", resolver)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 100
    for told in (CAST, "deletes total where it is null", "100%", "decide", "and 25 more groups"):
        assert told in done.stdout


def test_what_is_written_is_valid_and_does_what_was_told(rows: Path, resolver: Path, tmp_path: Path) -> None:
    config, told = tmp_path / "config.json", tmp_path / "config.md"
    done = invoke("suggest", rows, "--resolver", resolver, "-o", config)
    assert f"wrote {config} and {told}" in done.stderr
    assert invoke("validate", config).stdout.startswith("OK: ")
    asked = document(rows, "--resolver", resolver)
    assert json.loads(config.read_text()) == asked["config"]
    verified = invoke("verify", config, rows, "--resolver", resolver, "--json")
    passed = json.loads(verified.stdout)["passes"]
    assert passed == round(asked["share"] * len(ROWS))
    assert 0 < passed == sum(one["tried"]["passes"] for one in asked["groups"])


def test_the_markdown_names_every_flow_and_group_and_what_to_decide(rows: Path, resolver: Path, tmp_path: Path) -> None:
    invoke("suggest", rows, "--resolver", resolver, "-o", tmp_path / "config.json")
    text = (tmp_path / "config.md").read_text()
    asked = document(rows, "--resolver", resolver)
    for one in asked["groups"]:
        assert f"### {one['name']}\n" in text
        assert all(f"`{name}`" in text for mend in one["mends"] for name in mend["flows"])
    assert text.index("## Mended by the config") < text.index("## To be decided") < text.index("## Nothing can be done")
    assert "* values: `eur (" in text
    assert "which has to be one of EUR, USD" in text


def test_portable_is_what_validate_calls_so(rows: Path, resolver: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    assert invoke("suggest", rows, "--resolver", resolver, "--portable", "-o", config).exit_code == 0
    assert invoke("validate", "--portable", config).exit_code == 0
    assert "4-0-0" in json.loads(config.read_text())["schema"]
    assert "the Scala job cannot do it" in (tmp_path / "config.md").read_text()


def test_rows_are_chosen_as_for_explore(rows: Path, resolver: Path) -> None:
    told = document(rows, "--resolver", resolver, "--types", "enrichment_failures", "--sample", "9")
    assert (told["rows"], told["sample"]) == (9, 9)
    assert {one["type"] for one in told["groups"]} <= {"enrichment_failures", None}


def test_without_a_resolver_it_says_that_nothing_was_checked(rows: Path) -> None:
    done = invoke("suggest", rows)
    assert "without --resolver no schema of yours is known" in done.stderr
    assert "not checked" in done.stdout


def test_no_config_is_written_without_a_flow_and_the_command_says_so(tmp_path: Path, resolver: Path) -> None:
    rows, config = tmp_path / "rows.txt", tmp_path / "config.json"
    rows.write_bytes(b"no row\n")
    done = invoke("suggest", rows, "--resolver", resolver, "-o", config)
    assert done.exit_code == 1
    assert "no flow: none of 1 rows can be mended without a decision" in done.stdout
    assert f"no flow makes a row pass, so {config} is not written" in done.stderr
    assert not config.exists()
    assert "## Nothing can be done" in (tmp_path / "config.md").read_text()


@pytest.mark.parametrize("name", ["rows.txt", "rows.md"])
def test_no_input_is_overwritten(tmp_path: Path, resolver: Path, name: str) -> None:
    (tmp_path / name).write_bytes(ROWS[0])
    done = invoke("suggest", tmp_path / name, "--resolver", resolver, "-o", tmp_path / "rows.txt")
    assert done.exit_code == 2
    assert f"{name} is one of the inputs, name another file" in done.stderr
    assert (tmp_path / name).read_bytes() == ROWS[0]


def test_a_config_is_not_written_where_its_markdown_belongs(rows: Path, tmp_path: Path) -> None:
    done = invoke("suggest", rows, "-o", tmp_path / "config.md")
    assert done.exit_code == 2
    assert "name a file that ends in .json" in done.stderr


def test_a_folder_that_is_not_there_ends_the_command(rows: Path, resolver: Path, tmp_path: Path) -> None:
    done = invoke("suggest", rows, "--resolver", resolver, "-o", tmp_path / "none" / "config.json")
    assert done.exit_code == 3
    assert "cannot be written: No such file or directory" in done.stderr


def test_what_a_row_says_stays_text_in_the_markdown(tmp_path: Path, resolver: Path) -> None:
    name = "`<img src=x onerror=run()>`"
    order = described("iglu:com.acme/order/jsonschema/1-0-0", {"total": 1, "channel": "web", name: 1})
    rows = tmp_path / "rows.txt"
    rows.write_bytes(refused(KNOWN_SCHEMAS, parameters(order)))
    done = invoke("suggest", rows, "--resolver", resolver, "-o", tmp_path / "config.json")
    assert done.exit_code == 0, done.output
    for line in (tmp_path / "config.md").read_text().splitlines():
        outside = "".join(line.split("`")[::2])
        assert "<" not in outside
        assert line.count("`") % 2 == 0


def test_standard_input_is_read_as_well(rows: Path, resolver: Path) -> None:
    done = invoke("suggest", "-", "--resolver", resolver, "--json", stdin=rows.read_bytes())
    assert json.loads(done.stdout)["config"] == document(rows, "--resolver", resolver)["config"]


def test_querystrings_are_written_as_the_run_will_write_them(tmp_path: Path) -> None:
    query = "e=pv&p=web&tv=js-3.24.0&page=Pots & pans"
    message = {"payloadField": "querystring", "value": "Pots & pans", "expectation": "could not be parsed"}
    rows = tmp_path / "rows.txt"
    rows.write_bytes(line_of(format_violation(b64(thrift_payload(path="/i", querystring=query)), message)))
    [exact] = document(rows)["groups"]
    [clean] = document(rows, "--querystrings", "clean")["groups"]
    assert (exact["verdict"], clean["verdict"]) == ("decide", "mended")
    assert clean["tried"]["passes"] == 1
