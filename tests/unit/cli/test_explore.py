"""``event-recovery explore``, as a user meets it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from event_recovery.cli import main
from event_recovery.explore import key_of
from generator.known_rows import known_rows
from support.engine.rows import SCHEMA, bad_row, config, flow, line_of

pytestmark = pytest.mark.unit

KNOWN = list(known_rows(240, seed=3, products=0))
COUNTS = Counter(key_of(line).name for _, line in KNOWN)
LARGEST, LARGEST_ROWS = min(COUNTS.items(), key=lambda item: (-item[1], item[0]))


@pytest.fixture
def bad_rows(tmp_path: Path) -> Path:
    folder = tmp_path / "rows"
    (folder / "deep").mkdir(parents=True)
    lines = [line for _, line in KNOWN]
    (folder / "plain.txt").write_bytes(b"\n".join(lines[:100]) + b"\n\n")
    (folder / "deep" / "zipped.gz").write_bytes(gzip.compress(b"\r\n".join(lines[100:])))
    (folder / "_SUCCESS").write_text("not a bad row")
    return folder


def invoke(*arguments: object, stdin: bytes | None = None) -> Result:
    runner = CliRunner(env={"COLUMNS": "100"})
    return runner.invoke(main, ["explore", *map(str, arguments)], input=stdin, catch_exceptions=False)


def document(*arguments: object, stdin: bytes | None = None) -> Any:
    done = invoke(*arguments, "--json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_table_fits_100_columns_and_counts_all_rows(bad_rows: Path) -> None:
    done = invoke(bad_rows)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert f"240 rows of 2 files in {len(COUNTS)} groups: " in done.stdout
    assert LARGEST in done.stdout
    assert f"and {len(COUNTS) - 40} more groups, which --json has" in done.stdout


def test_json_has_every_group_with_its_name_and_rows(bad_rows: Path) -> None:
    told = document(bad_rows)
    assert {group["name"]: group["rows"] for group in told["groups"]} == COUNTS
    assert (told["rows"], told["files"], told["unread"], told["other"]["rows"]) == (240, 2, {}, 0)
    assert [group["number"] for group in told["groups"]] == list(range(1, len(COUNTS) + 1))
    assert sum(group["share"] for group in told["groups"]) == pytest.approx(1)


def test_an_example_is_where_it_says(bad_rows: Path) -> None:
    for group in document(bad_rows)["groups"]:
        example = group["example"]
        content = Path(example["file"]).read_bytes()
        lines = (gzip.decompress(content) if example["file"].endswith(".gz") else content).split(b"\n")
        assert lines[example["line"] - 1].rstrip(b"\r").decode() == example["row"]


@pytest.mark.parametrize("by", ["name", "number"])
def test_the_rows_of_a_group_are_written(bad_rows: Path, tmp_path: Path, by: str) -> None:
    [one] = [group for group in document(bad_rows)["groups"] if group["name"] == LARGEST]
    target = tmp_path / "group.txt"
    done = invoke(bad_rows, "--group", one[by], "--rows", target)
    assert done.exit_code == 0, done.output
    assert f"wrote {LARGEST_ROWS} rows of {LARGEST} to {target}" in done.stderr
    expected = Counter(line for _, line in KNOWN if key_of(line).name == LARGEST)
    assert Counter(target.read_bytes().splitlines()) == expected
    again = document(target)
    assert [(group["name"], group["rows"]) for group in again["groups"]] == [(LARGEST, LARGEST_ROWS)]


def test_the_rows_of_a_group_are_input_for_run(tmp_path: Path) -> None:
    source, target, recovery = tmp_path / "rows.txt", tmp_path / "group.txt", tmp_path / "config.json"
    source.write_bytes(line_of(bad_row(SCHEMA)) + b"\nno row\n")
    recovery.write_text(json.dumps(config(flow())))
    [name] = [group["name"] for group in document(source)["groups"] if group["type"] == SCHEMA]
    invoke(source, "--group", name, "--rows", target)
    done = CliRunner().invoke(main, ["run", str(recovery), str(target), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "1 rows" in done.stdout
    assert len((tmp_path / "out" / "good.txt").read_text().splitlines()) == 1


def test_a_group_is_shown_with_what_is_known_of_it(bad_rows: Path) -> None:
    done = invoke(bad_rows, "--group", LARGEST)
    assert max(map(len, done.stdout.splitlines())) <= 100
    for told in ("schema_violations", "acme-shop", "js-3.24.0", "for example", f"{LARGEST_ROWS} ("):
        assert told in done.stdout
    [group] = document(bad_rows, "--group", LARGEST)["groups"]
    assert group["name"] == LARGEST


def test_a_page_is_written_beside_the_table(bad_rows: Path, tmp_path: Path) -> None:
    done = invoke(bad_rows, "--html", tmp_path / "page.html")
    assert "What failed" in done.stdout
    assert f"wrote a page of {len(COUNTS)} groups to {tmp_path}/page.html" in done.stderr
    assert LARGEST in (tmp_path / "page.html").read_text()


def test_only_chosen_rows_are_counted(bad_rows: Path) -> None:
    done = invoke(bad_rows, "--types", "size_violation")
    assert "only rows of size_violation, and those that cannot be judged" in done.stdout
    told = document(bad_rows, "--types", "size_violation")
    assert {group["type"] for group in told["groups"]} == {"size_violation", None}


def test_a_sample_is_told_and_is_the_same_rows_again(bad_rows: Path) -> None:
    first, again = document(bad_rows, "--sample", 30), document(bad_rows, "--sample", 30)
    assert (first["rows"], first["sample"]) == (30, 30)
    assert first == again
    assert "a sample of 30 rows out of 2 files" in invoke(bad_rows, "--sample", 30).stdout
    for group in first["groups"]:
        assert group["example"]["row"] is not None


def test_standard_input_is_read(bad_rows: Path) -> None:
    told = document("-", stdin=(bad_rows / "plain.txt").read_bytes())
    assert told["rows"] == 100
    assert told["groups"][0]["example"]["file"] == "standard input"


def test_what_cannot_be_read_is_told_and_the_rest_is_read(bad_rows: Path) -> None:
    whole = (bad_rows / "deep" / "zipped.gz").read_bytes()
    (bad_rows / "cut.gz").write_bytes(whole[: len(whole) // 2])
    done = invoke(bad_rows, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert f"{bad_rows}/cut.gz cannot be read to its end: it ends before its data does; rows of it that" in done.stderr
    assert list(told["unread"]) == [f"{bad_rows}/cut.gz"]
    assert told["rows"] > 240


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("{tmp}/missing",), 2, "INPUT {tmp}/missing: there is no such file, and nothing"),
        (("{tmp}/blank.txt",), 2, "there are no rows in {tmp}/blank.txt"),
        (("{tmp}/rows", "--types", "size"), 2, "no bad row type is called 'size'"),
        (("{tmp}/rows", "--rows", "{tmp}/x"), 2, "--rows writes the rows of one group: name it by --group"),
        (("{tmp}/rows", "--group", "999"), 2, "--group: there is no group '999', expected a name or a number"),
        (("{tmp}/rows", "--group", "1", "--rows", "{tmp}/rows/plain.txt"), 2, "plain.txt is one of the inputs"),
        (
            ("{tmp}/rows", "--group", "1", "--rows", "{tmp}/blank.txt/x"),
            3,
            "--rows {tmp}/blank.txt/x cannot be written",
        ),
        (("-", "--group", "1", "--rows", "{tmp}/x"), 2, "--rows reads the input twice, which standard input cannot"),
        (("{tmp}/rows", "--html", "{tmp}/rows/plain.txt"), 2, "--html: {tmp}/rows/plain.txt is one of the inputs"),
        (("{tmp}/rows", "--html", "{tmp}/blank.txt/x"), 3, "--html {tmp}/blank.txt/x cannot be written"),
        (("-", "--sample", "3"), 2, "cannot sample standard input"),
    ],
)
def test_what_cannot_be_used_is_named(
    bad_rows: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "blank.txt").write_text("\n \r\n")
    done = invoke(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert done.exit_code == code
    assert message.format(tmp=tmp_path) in done.stderr
    assert (bad_rows / "plain.txt").stat().st_size > 1000


def test_rows_are_shown_as_they_are(tmp_path: Path) -> None:
    row = bad_row(SCHEMA)
    row["data"]["failure"]["messages"] = [{"field": "[bold]x[/]\x1b[31m", "value": "[red]", "error": "[/] \ud800"}]
    path = tmp_path / "rows.txt"
    path.write_text(json.dumps(row))
    done = invoke(path)
    assert done.exit_code == 0
    assert "[bold]x[/]" in "".join(done.stdout.split("\n"))
    assert "\x1b" not in done.stdout
    assert invoke(path, "--group", "1").exit_code == 0
