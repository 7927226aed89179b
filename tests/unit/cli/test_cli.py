"""The command line as a user meets it: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import base64
import gzip
import json
import re
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from event_recovery.cli import main
from event_recovery.version import __version__
from generator import configs, rows

pytestmark = pytest.mark.unit

THREE_FAULTS = """{
  "schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0",
  "data": {
    "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/*-*-*": [
      {
        "name": "a",
        "conditions": [{"op": "Test", "path": "$.payload.raw.vendor", "value": {"regex": "("}}],
        "steps": [
          {"op": "Replce", "path": "$.raw.vendor", "value": "x"},
          {"op": "Replace", "path": "$.raw.vendor", "match": "a", "value": "$5"}
        ]
      }
    ]
  }
}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(configs.one_step(), indent=2))
    return path


@pytest.fixture
def bad_rows(tmp_path: Path) -> Path:
    folder = tmp_path / "rows"
    (folder / "deep").mkdir(parents=True)
    lines = list(rows(60, seed=11))
    (folder / "plain.txt").write_bytes(b"\n".join(lines[:30]) + b"\n")
    (folder / "deep" / "zipped.gz").write_bytes(gzip.compress(b"\r\n".join(lines[30:])))
    (folder / "_SUCCESS").write_text("not a bad row")
    return folder


def unpacked_lines(path: Path) -> list[bytes]:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()


def event_recovery(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def test_a_valid_config_is_ok(config: Path) -> None:
    result = event_recovery("validate", config)
    assert result.exit_code == 0
    assert result.stdout.startswith("OK: ")


def test_every_fault_is_shown_at_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "faulty.json"
    path.write_text(THREE_FAULTS)
    result = event_recovery("validate", path)
    assert result.exit_code == 1
    places = [line.split(": ")[0].removeprefix(f"{path}:") for line in result.stderr.splitlines()]
    lines = THREE_FAULTS.splitlines()
    faults = {7: '"("', 9: '"Replce"', 10: '"$5"'}
    assert places[:3] == [f"{line}:{lines[line - 1].index(value) + 1}" for line, value in faults.items()]
    assert 'did you mean "Replace"?' in result.stderr
    assert "is not valid: 3 errors" in result.stderr


def test_text_that_is_not_json_is_placed_too() -> None:
    result = event_recovery("validate", "-", stdin=b'{"schema":\n  oops}')
    assert result.exit_code == 1
    assert "config:2:3: error:" in result.stderr


def test_an_unreadable_resolver_is_named(config: Path) -> None:
    result = event_recovery("validate", config, "--resolver", "missing.json")
    assert result.exit_code == 2
    assert "--resolver: there is no file 'missing.json'" in result.stderr


def test_run_writes_every_row_once_and_counts_it(config: Path, bad_rows: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    result = event_recovery("run", config, bad_rows, "-o", output, "--raw")
    assert result.exit_code == 0, result.stderr
    good = [json.loads(line) for line in (output / "good.txt").read_text().splitlines()]
    bad = [json.loads(line) for line in (output / "bad.txt").read_text().splitlines()]
    assert len(good) + len(bad) == 60
    assert good
    assert bad
    assert all(event["schema"].endswith("/CollectorPayload/thrift/1-0-0") for event in good)
    assert "60 rows" in result.stdout
    decoded = event_recovery("decode", output / "good.thrift", "--format", "framed")
    assert [json.loads(line) for line in decoded.stdout.splitlines()] == good


def test_run_reads_standard_input_and_globs(config: Path, bad_rows: Path, tmp_path: Path) -> None:
    line = (bad_rows / "plain.txt").read_bytes().splitlines()[0]
    assert event_recovery("run", config, "-", "-o", tmp_path / "a", stdin=line).exit_code == 0
    result = event_recovery("run", config, bad_rows / "*.txt", "-o", tmp_path / "b")
    assert result.exit_code == 0
    assert "30 rows" in result.stdout


def test_only_rows_of_the_types_that_were_named_are_recovered(config: Path, bad_rows: Path, tmp_path: Path) -> None:
    lines = [line for path in bad_rows.rglob("*.*") for line in unpacked_lines(path)]
    wanted = [line for line in lines if b"/schema_violations/" in line[:120]]
    assert 0 < len(wanted) < len(lines)
    result = event_recovery("run", config, bad_rows, "-o", tmp_path / "o", "--types", "schema_violations")
    assert result.exit_code == 0, result.output
    assert f"{len(wanted):,} rows" in result.stdout
    assert "only rows of schema_violations, and those that cannot be judged" in result.stdout
    piped = event_recovery(
        "run", config, "-", "-o", tmp_path / "p", "--types", "schema_violations", stdin=b"\n".join(lines)
    )
    assert f"{len(wanted):,} rows" in piped.stdout
    shown = event_recovery("diff", config, bad_rows, "-n", "60", "--types", "schema_violations")
    assert shown.stdout.count("row ") >= len(wanted)
    assert "adapter_failures" not in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("{config}", "{tmp}/missing"), 2, "INPUT {tmp}/missing: there is no such file, and nothing"),
        (("{config}", "{tmp}/none*.txt"), 2, "INPUT {tmp}/none*.txt: there is no such file"),
        (("{config}", "{tmp}/empty.txt"), 2, "INPUT {tmp}/empty.txt: of 1 files none is to be read: 1 empty"),
        (("{config}", "{tmp}/blank.txt", "-o", "{tmp}/x"), 2, "there are no rows in {tmp}/blank.txt"),
        (("{config}", "{tmp}/rows.zst"), 2, "rows.zst: Flink does not unpack .zst files"),
        (("{config}", "gs://b/x"), 2, "INPUT gs://b/x: the scheme 'gs' is not supported"),
        (("{config}", "{tmp}/rows", "--arrived-from", "today"), 2, "expected a time with its offset"),
        (("{config}", "{tmp}/rows", "--arrived-to", "2020-01-01T00:00Z"), 2, "2 arrived after the window"),
        (
            ("{config}", "{tmp}/rows", "--failed-from", "2026-11-28T10:00Z", "--failed-to", "2026-11-28T10:00Z"),
            2,
            "2026-11-28T10:00:00+00:00 is not before 2026-11-28T10:00:00+00:00",
        ),
        (("{config}", "{tmp}/rows", "--types", "size"), 2, "no bad row type is called 'size'"),
        (
            ("{config}", "{tmp}/rows", "-o", "{tmp}/x", "--types", "relay_failure"),
            2,
            "there are no rows of relay_failure in {tmp}/rows",
        ),
        (("{config}", "s3://b", "--endpoint-url", "here"), 2, "'here' is not a URL, expected http://HOST:PORT"),
        (("{config}", "-", "--sample", "3"), 2, "cannot sample standard input"),
        (("{config}", "{tmp}/o/bad.txt", "-o", "{tmp}/o"), 2, "--output: {tmp}/o/bad.txt is one of the inputs"),
        (("{config}", "{tmp}/rows", "-o", "{tmp}/empty.txt/x"), 3, "--output {tmp}/empty.txt/x cannot be written"),
    ],
)
def test_inputs_and_outputs_that_cannot_be_used_are_named(
    config: Path,
    bad_rows: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "blank.txt").write_text("\n \r\n")
    (tmp_path / "rows.zst").write_text("packed")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "bad.txt").write_text("{}\n")
    filled = [argument.format(config=config, tmp=tmp_path) for argument in arguments]
    result = event_recovery("run", *filled)
    assert result.exit_code == code
    assert message.format(tmp=tmp_path) in result.stderr
    assert (tmp_path / "o" / "bad.txt").read_text() == "{}\n"


def test_what_is_not_read_is_told_and_the_rest_is_read(config: Path, bad_rows: Path, tmp_path: Path) -> None:
    whole = (bad_rows / "deep" / "zipped.gz").read_bytes()
    (bad_rows / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (bad_rows / "empty.gz").write_bytes(b"")
    result = event_recovery("run", config, bad_rows, tmp_path / "nowhere", bad_rows / "plain.txt", "-o", tmp_path / "o")
    assert result.exit_code == 0, result.stderr
    told = re.search(
        r"cut\.gz cannot be read to its end: it ends .*; rows of it that were read: (\d+)\n", result.stderr
    )
    assert told is not None
    assert 1 <= int(told[1]) <= 30
    assert f"{60 + int(told[1])} rows" in result.stdout
    assert f"warning: INPUT {tmp_path}/nowhere: there is no such file" in result.stderr
    assert "warning: not read: 1 empty, 1 hidden\n" in result.stderr


def test_a_sample_says_what_it_is(config: Path, bad_rows: Path, tmp_path: Path) -> None:
    result = event_recovery("run", config, bad_rows, "-o", tmp_path / "a", "--sample", 12)
    assert result.exit_code == 0, result.stderr
    assert "12 rows" in result.stdout
    assert "a sample of 12 rows out of 2 files: these are no counts of all rows" in result.stdout
    again = event_recovery("run", config, bad_rows, "-o", tmp_path / "b", "--sample", 12)
    assert again.exit_code == 0
    for name in ("good.txt", "bad.txt"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    all_of_them = event_recovery("run", config, bad_rows, "-o", tmp_path / "c", "--sample", 61)
    assert "2 files held no more than these 60 rows" in all_of_them.stdout


def test_diff_shows_what_a_step_changed(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    key = "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/*-*-*"
    step = {"op": "Replace", "path": "$.raw.version", "match": "tp2", "value": "tp3"}
    flow = {"name": "newer", "conditions": [], "steps": [step]}
    document = {"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": {key: [flow]}}
    config.write_text(json.dumps(document))
    source = tmp_path / "rows.txt"
    source.write_bytes(b"\n".join(rows(20, seed=5, mix={"schema_violations": 1})))
    result = event_recovery("diff", config, source, "--changed")
    assert result.exit_code == 0, result.stderr
    for shown in ("schema_violations recovered by newer", "$.raw.version", '"tp2"', '"tp3"', "newer: Replace"):
        assert shown in result.stdout


def test_validate_portable_refuses_steps_of_our_own(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    document = configs.one_step()
    for flows in document["data"].values():
        flows[0]["steps"].append({"op": "Delete", "path": "$.raw.useragent"})
    path.write_text(json.dumps(document, indent=2))
    result = event_recovery("validate", path)
    assert (result.exit_code, "warning: Delete is run here" in result.stderr) == (0, True)
    result = event_recovery("validate", path, "--portable")
    assert (result.exit_code, "error: Delete is run here" in result.stderr) == (1, True)
    assert "is not valid: " in result.stderr


def test_diff_tells_why_a_row_failed(config: Path) -> None:
    result = event_recovery("diff", config, "-", stdin=b'{"schema":"iglu:x","data":{}}')
    assert result.exit_code == 0
    assert "not a bad row failed" in result.stdout
    assert "INVALID_IGLUURI" in result.stdout


@pytest.mark.parametrize("path", ["$.vendor", "$.nope"])
def test_diff_shows_half_of_a_surrogate_pair_as_its_escape(tmp_path: Path, path: str) -> None:
    config = tmp_path / "config.json"
    key = "iglu:com.snowplowanalytics.snowplow.badrows/adapter_failures/jsonschema/*-*-*"
    step = {"op": "Replace", "path": path, "value": "\ud800"}
    flow = {"name": "half", "conditions": [], "steps": [step]}
    document = {"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": {key: [flow]}}
    config.write_text(json.dumps(document))
    source = tmp_path / "rows.txt"
    source.write_bytes(b"\n".join(rows(2, seed=5, mix={"adapter_failures": 1})))
    result = event_recovery("diff", config, source)
    assert result.exit_code == 0, result.stderr
    assert '"\\ud800"' in result.stdout


def test_encode_and_its_result_as_an_argument(config: Path, tmp_path: Path) -> None:
    encoded = event_recovery("encode", config).stdout.strip()
    assert base64.b64decode(encoded) == config.read_bytes()
    assert event_recovery("validate", encoded).exit_code == 0
    refused = event_recovery("encode", "-", stdin=b"nope")
    assert refused.exit_code == 2
    assert "DOCUMENT is not JSON" in refused.stderr


def test_decode_names_the_payload_it_cannot_read() -> None:
    result = event_recovery("decode", "-", stdin=b"AA==\n////\n")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 1
    assert "payload 2 of - is not a Thrift collector payload" in result.stderr


def test_the_variables_of_dataflow_runner_become_params(config: Path) -> None:
    encoded = base64.b64encode(config.read_bytes()).decode()
    result = event_recovery("from-dataflow-runner", f"client,acme,bucket,b,config,{encoded},interval,600,keypair,")
    assert result.exit_code == 0, result.stderr
    expected = {"bucket": "b", "client": "acme", "config": json.loads(config.read_text()), "interval": 600}
    assert json.loads(result.stdout) == expected


@pytest.mark.parametrize("form", ["standard", "url-safe", "no padding", "wrapped"])
def test_the_documents_of_dataflow_runner_may_be_any_base64(form: str) -> None:
    document = {"schema": "iglu:a/b/c/1-0-0", "data": {"x": "é?>~~~~~"}}
    encoded = base64.b64encode(json.dumps(document, ensure_ascii=False).encode()).decode()
    changed = {
        "standard": encoded,
        "url-safe": encoded.replace("+", "-").replace("/", "_"),
        "no padding": encoded.rstrip("="),
        "wrapped": "\n".join(textwrap.wrap(encoded, 20)),
    }[form]
    assert form == "standard" or changed != encoded
    result = event_recovery("from-dataflow-runner", f"config,{changed}")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"config": document}


@pytest.mark.parametrize("uri", ["s3://b/configs/a#b.json", "s3a://b/a.json", "s3n://b/a.json"])
def test_documents_of_dataflow_runner_in_s3_stay_there(uri: str) -> None:
    result = event_recovery("from-dataflow-runner", f"config,{uri}")
    assert json.loads(result.stdout) == {"config": uri}


def test_the_version_of_the_old_jar_becomes_that_of_the_bundle() -> None:
    result = event_recovery("from-dataflow-runner", "bucket,b,version,9.9.9")
    assert json.loads(result.stdout) == {"bucket": "b", "version": __version__}
    assert f"version: 9.9.9 of the jar becomes {__version__} of the bundle" in result.stderr


@pytest.mark.parametrize(("interval", "seconds"), [("3600", None), ("3601", 4), ("60000", 60), ("600000", 600)])
def test_an_interval_in_milliseconds_is_told_with_its_seconds(interval: str, seconds: int | None) -> None:
    result = event_recovery("from-dataflow-runner", f"bucket,b,interval,{interval}")
    assert json.loads(result.stdout) == {"bucket": "b", "interval": int(interval)}
    told = f"interval: {interval} seconds is more than an hour; in milliseconds, as the old templates had it, that is"
    assert result.stderr == ("" if seconds is None else f"{told} {seconds}\n")


@pytest.mark.parametrize("inputdir", ["", "/", " "])
def test_an_empty_directory_becomes_the_whole_bucket(inputdir: str) -> None:
    result = event_recovery("from-dataflow-runner", f"bucket,b,inputdir,{inputdir}")
    assert json.loads(result.stdout) == {"bucket": "b", "inputdir": "s3://b/"}
    assert json.loads(event_recovery("from-dataflow-runner", "bucket,b").stdout) == {"bucket": "b"}


def test_documents_keep_what_airflow_can_hold() -> None:
    document = '{"schema":"iglu:a/b/c/1-0-0","data":{"half":"\\ud800","big":' + "9" * 60 + "}}"
    encoded = base64.b64encode(document.encode()).decode()
    result = event_recovery("from-dataflow-runner", f"config,{encoded}")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"config": json.loads(document)}
    assert r"\ud800" in result.stdout


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ("inputdir,", "inputdir is empty, which means all of the bucket, and VARS names no bucket"),
        ("config,eyJhIjoxRTQwMH0=", "config has a number that no double holds, as params do: put it into S3"),
        ("bucket,b,oops", "VARS holds 3 parts"),
        ("bukket,b", "VARS names bukket, expected some of bucket, inputdir"),
        ("config,AA==", "config is neither JSON, nor base64 of JSON, nor an s3:// URI: 'AA=='"),
        ("resolver,e3t9", "resolver is not JSON"),
        ("interval,ten", "interval is 'ten', expected whole seconds"),
    ],
)
def test_variables_that_cannot_be_mapped_are_named(variables: str, message: str) -> None:
    result = event_recovery("from-dataflow-runner", variables)
    assert result.exit_code == 2
    assert message in result.stderr


def test_types_that_are_not_known_are_told_once_and_again_when_they_come_back(config: Path, tmp_path: Path) -> None:
    schema = "iglu:com.snowplowanalytics.snowplow.badrows/{}/jsonschema/1-0-0"
    names = ["new_error", "new_error", "other_error", "relay_failure"]
    given, again = tmp_path / "rows.txt", tmp_path / "first" / "bad.txt"
    given.write_text(
        "".join(json.dumps({"schema": schema.format(name), "data": {}}) + "\n" for name in names) + "{oops\n"
    )
    told = "warning: 3 rows of bad row types that this version does not know: new_error (2), other_error (1); a newer "
    for rows_of, output in ((given, "first"), (again, "second")):
        result = event_recovery("run", config, rows_of, "-o", tmp_path / output)
        assert (result.exit_code, result.stderr.count("warning:"), told in result.stderr) == (0, 1, True)
