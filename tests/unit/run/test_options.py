"""The job's options: where they come from, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from event_recovery.contract import JobOptions
from event_recovery.options.values import OptionsError
from event_recovery.run.locations import RunLocations
from event_recovery.run.options import parse_command
from event_recovery.storage.locations import S3, Local, LocationError, Stream, parse_location, parse_output

pytestmark = pytest.mark.unit

NEEDED = ["--input", "in", "--output", "./out", "--failed", "f", "--unrecoverable", "u", "--config", "{}"]


def parse_options(argv: list[str]) -> JobOptions:
    return parse_command(argv)[0]


def problems(argv: list[str]) -> tuple[str, ...]:
    with pytest.raises(OptionsError) as refused:
        parse_options(argv)
    return refused.value.problems


def test_the_needed_options_are_enough() -> None:
    options = parse_options(NEEDED)
    assert options == JobOptions(inputs=("in",), output="./out", failed="f", unrecoverable="u", config="{}")
    assert options.checkpoint_interval == 600


def test_json_is_asked_for_apart_from_the_options() -> None:
    assert parse_command(NEEDED) == (parse_options(NEEDED), False)
    assert parse_command([*NEEDED, "--json"]) == (parse_options(NEEDED), True)


def test_every_missing_option_is_named_at_once() -> None:
    assert problems(["--input", "in"]) == (
        "--output is required",
        "--failed is required",
        "--unrecoverable is required",
        "--config is required",
    )


def test_what_the_provider_writes_the_job_reads() -> None:
    options = JobOptions(
        inputs=("s3://b/in", "more"),
        output="arn:aws:kinesis:eu-west-1:123456789012:stream/good",
        failed="s3://b/f",
        unrecoverable="s3://b/u",
        config="s3://b/config.json",
        resolver="e30=",
        region="eu-west-1",
        mark=True,
        max_resends=2,
        max_records_per_second=50,
        max_mb_per_second=0.5,
        checkpoint_interval=60,
        checkpoint_dir="s3://b/c",
        batch_size=100,
        max_buffered=200,
        endpoint_urls={"s3": "http://127.0.0.1:1", "kinesis": "http://127.0.0.1:2"},
        run_id="r",
        summary="s3://b/summary.json",
        types=("schema_violations", "size_violation"),
        failed_from="2026-11-28T10:00:00Z",
        failed_to="2026-11-28T11:00:00Z",
    )
    assert parse_options(options.to_argv()) == options


@pytest.mark.parametrize("window", ["arrived", "failed"])
@pytest.mark.parametrize("end", ["2026-11-28T10:00:00Z", "2026-11-28T11:30:00+02:00"])
def test_a_window_that_ends_before_it_begins_is_refused(window: str, end: str) -> None:
    told = problems([*NEEDED, f"--{window}-from", "2026-11-28T10:00:00Z", f"--{window}-to", end])
    assert told == (f"--{window}-from: 2026-11-28T10:00:00+00:00 is not before {end.replace('Z', '+00:00')}",)


def test_a_type_that_is_none_is_refused_with_the_one_that_was_meant() -> None:
    (told,) = problems([*NEEDED, "--types", "schema_violations, size_violations"])
    assert told.startswith(
        "--types: no bad row type is called 'size_violations' (did you mean size_violation?); expected some of adapter_"
    )
    assert parse_options([*NEEDED, "--types", "size_violation, generic_error"]).types == (
        "size_violation",
        "generic_error",
    )


def test_a_file_gives_options_and_the_command_line_wins(tmp_path: Path) -> None:
    document = {
        "input": ["a", "b"],
        "output": "./out",
        "failed": "f",
        "unrecoverable": "u",
        "config": {"schema": "x"},
        "checkpoint-interval": 30,
        "endpoint-url": {"s3": "http://127.0.0.1:1"},
    }
    path = tmp_path / "options.json"
    path.write_text(json.dumps(document))
    options = parse_options(["--options", str(path), "--checkpoint-interval", "10"])
    assert options.inputs == ("a", "b")
    assert options.config == '{"schema":"x"}'
    assert options.checkpoint_interval == 10
    assert options.endpoint_urls == {"s3": "http://127.0.0.1:1"}


def test_a_config_in_the_file_keeps_its_numbers_as_written(tmp_path: Path) -> None:
    config = '{"a":[1E5,2.50,12345678901234567890.5,-0],"b":"\\ud800é😀"}'
    path = tmp_path / "options.json"
    path.write_text(f'{{"config": {config}}}')
    options = parse_options(["--options", str(path), *NEEDED[:-2]])
    assert options.config == config
    assert options.config.encode()


def test_the_mark_is_a_switch(tmp_path: Path) -> None:
    marks = ["--run-id", "r", "--max-resends", "2"]
    assert (parse_options(NEEDED).mark, parse_options([*NEEDED, "--mark", *marks]).mark) == (False, True)
    path = tmp_path / "options.json"
    path.write_text('{"mark": true}')
    assert parse_options(["--options", str(path), *NEEDED, *marks]).mark is True
    path.write_text('{"mark": false}')
    assert parse_options(["--options", str(path), *NEEDED]).mark is False
    path.write_text('{"mark": "yes"}')
    assert problems(["--options", str(path), *NEEDED]) == ("--mark: expected true or false, not 'yes'",)


@pytest.mark.parametrize(
    ("content", "message"),
    [("[]", "no JSON object"), ("{", "is not JSON"), ('{"inputs": ["a"]}', "there is no option 'inputs'")],
)
def test_a_faulty_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "options.json"
    path.write_text(content)
    assert message in problems(["--options", str(path)])[0]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--checkpoint-interval", "0"], "--checkpoint-interval: expected a whole number from 1 to 86400, not '0'"),
        (["--checkpoint-interval", "1m"], "--checkpoint-interval: expected a whole number from 1 to 86400, not '1m'"),
        (["--batch-size", "501"], "--batch-size: expected a whole number from 1 to 500, not '501'"),
        (["--max-attempts", "0"], "--max-attempts: expected a whole number of at least 1, not '0'"),
        (["--endpoint-url", "sqs=http://x"], "--endpoint-url: 'sqs' is not one of the services kinesis, s3"),
        (["--endpoint-url", "s3=x"], "--endpoint-url: expected an http:// or https:// URL for s3, not 'x'"),
        (["--input", "hdfs://x/y"], "--input: hdfs://x/y: the scheme 'hdfs' is not supported"),
        (["--input", "s3:///y"], "--input: s3:///y names no bucket, expected s3://bucket/prefix"),
        (["--output", "good"], "--region is required: the stream good is given by name, not by ARN"),
        (["--output", "a b"], "--output: 'a b' is not a stream name"),
        (["--output", "s3://b/x"], "--output: s3://b/x: recovered events go to a Kinesis stream or a local directory"),
        (["--output", "arn:aws:sqs:x"], "--output: arn:aws:sqs:x is not the ARN of a Kinesis stream"),
        (["--nothing"], "unrecognized arguments: --nothing"),
        (
            ["--max-resends", "1"],
            "--max-resends: 1 needs the mark, which tells a later run how often an event was sent",
        ),
        (["--max-resends", "0", "--mark", "--run-id", "r"], "--max-resends: expected a whole number of at least 1"),
        (["--mark"], "--run-id is required with --mark: the mark names the run"),
        (["--mark", "--run-id", "a b"], "--run-id: expected 1 to 200 printable ASCII characters without blanks"),
    ],
)
def test_a_faulty_option_is_named_with_its_value(extra: list[str], message: str) -> None:
    found = problems([*NEEDED, *extra])
    assert len(found) == 1
    assert found[0].startswith(message)


def test_a_stream_is_told_from_a_directory() -> None:
    assert parse_output("good.events_1") == Stream(name="good.events_1", arn=None, region=None)
    arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/good"
    assert parse_output(arn) == Stream(name="good", arn=arn, region="eu-west-1")
    assert parse_output("./good") == Local(Path("good"))
    assert parse_output("file:///tmp/good") == Local(Path("/tmp/good"))


@pytest.mark.parametrize("path", ["/tmp/my out", "/tmp/ausgäbe", "/tmp/100%", "/tmp/my%20out", "/tmp/a#b?c"])
def test_local_uris_read_back_whatever_the_path(path: str) -> None:
    assert Local(Path(path)).uri == f"file://{path}"
    assert parse_location(Local(Path(path)).uri) == Local(Path(path))


def test_s3_locations_read_alike_under_all_their_schemes() -> None:
    assert parse_location("s3://b/x/y/") == parse_location("s3a://b/x/y") == S3("b", "x/y")
    assert parse_location("s3://b") == S3("b", "")
    assert S3("b", "").child("x").uri == "s3://b/x"


def test_an_empty_location_is_refused() -> None:
    with pytest.raises(LocationError, match="expected a path"):
        parse_location("")


def test_summary_and_indexes_stand_beside_the_failed_rows_unless_told() -> None:
    locations = RunLocations.of(parse_options([*NEEDED, "--failed", "s3://b/runs/r/failed"]))
    assert locations.summary.uri == "s3://b/runs/r/summary.json"
    assert locations.recovered_index.uri == "s3://b/runs/r/recovered-index"
    moved = RunLocations.of(parse_options([*NEEDED, "--summary", "s3://b/s/numbers.json"]))
    assert moved.success.uri == "s3://b/s/_SUCCESS"
