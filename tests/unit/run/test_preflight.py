"""The checks before a run: each fault has its own exit code and a message that names it."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from event_recovery.contract import JobOptions
from event_recovery.contract.endings import ExitCode
from event_recovery.flink.job import main, run
from event_recovery.run.account import RunFailedError
from event_recovery.run.locations import RunLocations
from event_recovery.run.options import parse_command
from event_recovery.run.preflight import PreflightError, check_stream, preflight
from event_recovery.run.stream import largest_payload, request_payloads
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import S3, Local, Stream
from event_recovery.verify.recovery import VerifiedRecovery
from moto import mock_aws
from support.engine.rows import bad_row, collector_payload, config, flow, line_of, uri

pytestmark = pytest.mark.unit

CONFIG = json.dumps(config(flow()))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


@pytest.fixture
def options(tmp_path: Path) -> JobOptions:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows").write_bytes(b"{}\n")
    return JobOptions(
        inputs=(str(tmp_path / "in"),),
        output=str(tmp_path / "out"),
        failed=str(tmp_path / "failed"),
        unrecoverable=str(tmp_path / "unrecoverable"),
        config=CONFIG,
    )


def refused(options: JobOptions) -> PreflightError:
    with pytest.raises(PreflightError) as error:
        preflight(options, RunLocations.of(options), Storage())
    return error.value


def test_a_sound_run_may_begin(options: JobOptions) -> None:
    checked = preflight(options, RunLocations.of(options), Storage())
    assert checked.given.rows == 1
    assert isinstance(checked.output, Local)


def test_the_checks_leave_nothing_behind(options: JobOptions, tmp_path: Path) -> None:
    preflight(options, RunLocations.of(options), Storage())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "in" / "rows"]


def test_every_fault_of_the_config_has_a_line(options: JobOptions) -> None:
    faulty = config(flow({"op": "Bend"}, {}), keys=["iglu:com.acme/x/jsonschema/1-0-0"])
    error = refused(replace(options, config=json.dumps(faulty)))
    assert error.code == ExitCode.CONFIG
    assert len(str(error).splitlines()) >= 2
    assert all(re.fullmatch(r"--config:1:\d+: error: .* \(\$\.data.*\)", line) for line in str(error).splitlines())


def test_a_config_that_compiles_and_breaks_its_schema_is_refused_as_by_validate(options: JobOptions) -> None:
    step = {"op": "Remove", "path": "$.vendor", "mtach": "x"}
    error = refused(replace(options, config=json.dumps(config(flow(step)))))
    assert error.code == ExitCode.CONFIG
    assert 'error: unknown key "mtach"' in str(error)
    assert 'did you mean "match"?' in str(error)


def test_traps_of_the_config_are_told_and_do_not_keep_the_run_from_beginning(options: JobOptions) -> None:
    trap = json.dumps(config(flow(), flow(), keys=["iglu:com.acme/x/jsonschema/1-0-0"]))
    checked = preflight(replace(options, config=trap), RunLocations.of(options), Storage())
    (warning,) = checked.warnings
    assert re.match(r"--config:1:\d+: warning: another flow of this key is called 'flow' too", warning)


@pytest.mark.parametrize("value", [r'"\ud800"', "1E400", "9" * 5000])
@pytest.mark.parametrize("given", ["inline", "file", "as text in the options", "as JSON in the options"])
def test_values_that_other_parsers_refuse_are_taken_in_every_form(
    options: JobOptions, tmp_path: Path, value: str, given: str
) -> None:
    step = {"op": "Replace", "path": "$.vendor", "value": "@"}
    text = json.dumps(config(flow(step), keys=[uri("adapter_failures")])).replace('"@"', value)
    source = tmp_path / "config.json"
    source.write_text(text)
    quoted = '"' + text.replace('"', '\\"') + '"'  # what JSON escapes in the config is one escape here, not two
    forms = {"inline": text, "file": str(source), "as text in the options": quoted, "as JSON in the options": text}
    file = tmp_path / "options.json"
    file.write_text(f'{{"config": {forms[given] if "options" in given else json.dumps(forms[given])}}}')
    argv = replace(options, config="nothing").to_argv()
    at = argv.index("--config")
    told, _ = parse_command([*argv[:at], *argv[at + 2 :], "--options", str(file)])
    checked = preflight(told, RunLocations.of(told), Storage())
    (warning,) = checked.warnings
    assert re.match(r"--config:1:\d+: warning: (half of a surrogate pair|no double is that large)", warning)
    row = line_of(bad_row("adapter_failures"))
    assert pickle.loads(pickle.dumps(checked.recovery)).recover(row).outcome == "recovered"


def test_a_run_that_verifies_needs_a_version_of_enrich(options: JobOptions) -> None:
    error = refused(replace(options, verify="3.7"))
    assert (error.code, str(error)) == (
        ExitCode.OPTIONS,
        "--verify: Enrich 3.7 is older than 3.8, the oldest that can be predicted",
    )


def test_a_run_that_verifies_hands_on_what_the_registries_know(options: JobOptions) -> None:
    resolver = {
        "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
        "data": {"cacheSize": 1, "repositories": []},
    }
    verifies = replace(options, verify="6", resolver=json.dumps(resolver))
    checked = preflight(verifies, RunLocations.of(verifies), Storage())
    assert isinstance(checked.recovery, VerifiedRecovery)


def test_a_run_that_marks_names_itself_and_keeps_its_limit(options: JobOptions) -> None:
    row = line_of(bad_row("adapter_failures", collector_payload(headers=["Event-Recovery: 2 before"])))
    for most, error in ((2, "CameBack"), (3, None), (None, None)):
        marks = replace(options, mark=True, max_resends=most, run_id="this-one")
        result = preflight(marks, RunLocations.of(marks), Storage()).recovery.recover(row)
        assert result.error == error
        assert (b"Event-Recovery: 3 this-one" in (result.payload or b"")) is (error is None)
    unmarked = preflight(options, RunLocations.of(options), Storage()).recovery.recover(row)
    assert b"Event-Recovery: 2 before" in (unmarked.payload or b"")


def test_a_config_that_is_not_there(options: JobOptions) -> None:
    error = refused(replace(options, config="s.json"))
    assert error.code == ExitCode.CONFIG
    assert "there is no file 's.json'" in str(error)


@pytest.mark.parametrize("resolver", ["nowhere.json", '{"schema": "x"}'])
def test_an_unreadable_resolver(options: JobOptions, resolver: str) -> None:
    error = refused(replace(options, resolver=resolver))
    assert error.code == ExitCode.RESOLVER


def test_a_missing_input_is_named(options: JobOptions, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    error = refused(replace(options, inputs=(missing,)))
    assert error.code == ExitCode.INPUT
    assert missing in str(error)


def test_hidden_files_are_no_input(options: JobOptions, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "_temporary").mkdir(parents=True)
    (hidden / "_temporary" / "rows").write_bytes(b"{}\n")
    (hidden / ".rows").write_bytes(b"{}\n")
    assert refused(replace(options, inputs=(str(hidden),))).code == ExitCode.INPUT


@pytest.mark.parametrize("name", ["_rows", ".rows", "_rows/sub/..", "s3://bucket/day/_rows"])
def test_an_input_that_flink_passes_over_is_refused(options: JobOptions, tmp_path: Path, name: str) -> None:
    for hidden in ("_rows", ".rows"):
        (tmp_path / hidden / "sub").mkdir(parents=True)
        (tmp_path / hidden / "rows").write_bytes(b"{}\n")
    given = name if name.startswith("s3:") else str(tmp_path / name)
    error = refused(replace(options, inputs=(given,)))
    assert error.code == ExitCode.INPUT
    assert str(error).startswith(f"--input {given}: Flink reads nothing whose name begins with")


@pytest.mark.parametrize("again", ["in", "in/rows", "in/../in", "link", "in/*", "**/rows"])
def test_a_file_in_two_inputs_is_read_once(options: JobOptions, tmp_path: Path, again: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "in")
    both = replace(options, inputs=(*options.inputs, str(tmp_path / again)))
    given = preflight(both, RunLocations.of(both), Storage()).given
    assert [file.location.identity for file in given.choice.files] == [str(tmp_path / "in" / "rows")]


def test_inputs_beside_each_other_are_read(options: JobOptions, tmp_path: Path) -> None:
    (tmp_path / "in2").mkdir()
    (tmp_path / "in2" / "rows").write_bytes(b"{}\n")
    both = replace(options, inputs=(*options.inputs, str(tmp_path / "in2")), failed=str(tmp_path / "in3"))
    assert len(preflight(both, RunLocations.of(both), Storage()).given.choice.files) == 2


def test_an_input_with_nothing_in_it_beside_another_is_told(
    options: JobOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("event_recovery.flink.job._execute", lambda *args, **kwargs: None)
    (tmp_path / "in" / "_hidden").write_bytes(b"{}\n")
    with pytest.raises(RunFailedError):
        run(replace(options, inputs=(*options.inputs, str(tmp_path / "nowhere"))))
    told = capsys.readouterr().err
    assert f"warning: --input {tmp_path / 'nowhere'}: there is no such file, and nothing below it" in told
    assert "1 files are read; not read: 1 hidden" in told


def test_a_window_chooses_files_by_the_time_they_arrived(options: JobOptions, tmp_path: Path) -> None:
    for name, second in (("early", 0), ("in", 60), ("late", 120)):
        (tmp_path / "in" / name).write_bytes(b"{}\n")
        os.utime(tmp_path / "in" / name, (second, second))
    windowed = replace(options, arrived_from="1970-01-01T00:01:00Z", arrived_to="1970-01-01T01:02:00+01:00")
    given = preflight(windowed, RunLocations.of(windowed), Storage()).given
    assert [file.location.name for file in given.choice.files] == ["in"]
    assert given.choice.passed_over == {"arrived before": 1, "arrived after": 2}


def test_a_run_that_is_tried_again_reads_what_it_chose_at_first(options: JobOptions, tmp_path: Path) -> None:
    for name in ("changed", "gone", "same"):
        (tmp_path / "in" / name).write_bytes(b"{}\n")
    locations = RunLocations.of(options)
    first = preflight(options, locations, Storage()).given
    Storage().write(locations.inputs, first.found.manifest.to_bytes())
    (tmp_path / "in" / "changed").write_bytes(b"{}\n{}\n")
    (tmp_path / "in" / "gone").unlink()
    (tmp_path / "in" / "came_later").write_bytes(b"{}\n")
    again = preflight(options, locations, Storage()).given
    assert again.found.manifest == first.found.manifest
    assert [file.location.name for file in again.choice.files] == ["rows", "same"]
    assert again.found.warnings() == [
        f"file://{tmp_path}/in/changed is not read: it was changed since it was chosen",
        f"file://{tmp_path}/in/gone is not read: it is gone since it was chosen",
    ]
    other = refused(replace(options, inputs=(str(tmp_path / "in" / "rows"),)))
    assert other.code == ExitCode.INPUT
    told = f"this run has begun with inputs {tmp_path}/in; give a run of its own"
    assert str(other).startswith(f"--input file://{tmp_path}/inputs.jsonl.gz: {told}")


def test_a_format_that_flink_does_not_unpack_is_refused(options: JobOptions, tmp_path: Path) -> None:
    (tmp_path / "in" / "rows.xz").write_bytes(b"x")
    error = refused(options)
    assert error.code == ExitCode.INPUT
    assert "rows.xz: Flink does not unpack .xz files" in str(error)


@pytest.mark.parametrize(
    ("option", "place"),
    [
        ("output", "in/out"),
        ("failed", "in"),
        ("unrecoverable", "in/day/../unrecoverable"),
        ("summary", "in/summary.json"),
        ("checkpoint_dir", "in/checkpoints"),
    ],
)
def test_an_output_that_would_be_read_is_refused(options: JobOptions, tmp_path: Path, option: str, place: str) -> None:
    error = refused(replace(options, **{option: str(tmp_path / place)}))
    assert error.code == ExitCode.INPUT
    assert str(error).startswith(f"--input {tmp_path / 'in'} holds file://{tmp_path}/in")
    assert f"--{option.replace('_', '-')} has the run write" in str(error)


def test_an_output_that_flink_passes_over_may_lie_in_the_input(options: JobOptions, tmp_path: Path) -> None:
    hidden = replace(options, failed=str(tmp_path / "in" / "_run" / "failed"))
    assert preflight(hidden, RunLocations.of(hidden), Storage()).given.choice.files


@pytest.mark.usefixtures("aws")
def test_overlaps_on_s3(options: JobOptions) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="bucket", Key="in/day/rows", Body=b"{}\n")
    twice = replace(options, inputs=("s3://bucket/in", "s3a://bucket/in/day/"))
    assert (
        preflight(twice, RunLocations.of(twice), Storage()).given.choice.files[0].location.uri
        == "s3://bucket/in/day/rows"
    )
    inside = refused(replace(options, inputs=("s3://bucket",), failed="s3://bucket/runs/1/failed"))
    assert "--input s3://bucket holds s3://bucket/runs/1/failed, where --failed has" in str(inside)


def test_a_run_that_read_nothing_is_no_success(
    options: JobOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_recovery.flink.job._execute", lambda *args, **kwargs: None)
    with pytest.raises(RunFailedError, match="no row was read"):
        run(options)
    assert (tmp_path / "summary.json").exists()
    assert not (tmp_path / "_SUCCESS").exists()


@pytest.mark.parametrize(("name", "content"), [("rows", b""), ("rows.gz", gzip.compress(b""))], ids=["plain", "gzip"])
def test_an_empty_input_is_refused(options: JobOptions, tmp_path: Path, name: str, content: bytes) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / name).write_bytes(content)
    error = refused(replace(options, inputs=(str(empty),)))
    assert error.code == ExitCode.INPUT
    assert str(error).endswith(("the file is empty", "of 1 files none is to be read: 1 empty"))


def test_an_output_that_cannot_be_written(options: JobOptions, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    error = refused(replace(options, failed=str(blocked / "failed")))
    assert error.code == ExitCode.OUTPUT
    assert str(error).startswith("--failed: cannot write")


@pytest.mark.usefixtures("aws")
def test_a_stream_that_does_not_exist(options: JobOptions) -> None:
    error = refused(replace(options, output="nowhere", region="eu-west-1"))
    assert error.code == ExitCode.OUTPUT
    assert "there is no stream nowhere in eu-west-1" in str(error)


@pytest.mark.usefixtures("aws")
def test_a_stream_leaves_room_for_the_partition_key(options: JobOptions) -> None:
    boto3.client("kinesis").create_stream(StreamName="good", ShardCount=1)
    stream = Stream(name="good", arn=None, region=None)
    assert check_stream(stream, replace(options, output="good", region="eu-west-1")).max_payload == 1024 * 1024 - 36


@pytest.mark.parametrize("record_kib", [1024, 5 * 1024, 10 * 1024])
def test_no_request_is_too_large_for_the_stream_with_its_keys(record_kib: int) -> None:
    payload = largest_payload(record_kib)
    assert payload + 36 <= record_kib * 1024
    allowed = 5 if record_kib == 1024 else 10
    assert request_payloads(payload) + 500 * 36 <= allowed * 1024 * 1024
    assert request_payloads(payload) >= payload


@pytest.mark.usefixtures("aws")
def test_s3_input_is_listed_without_its_neighbours() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for key in ("in/a", "in/sub/b", "in/_tmp/c", "in/.d", "input/e", "in/"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"123")
    found = [file.location for file in Storage().files(S3("bucket", "in"))]
    assert found == [S3("bucket", "in/a"), S3("bucket", "in/sub/b")]


@pytest.mark.usefixtures("aws")
def test_s3_lines_read_back(options: JobOptions) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    Storage().write(S3("bucket", "x"), b"one\rstill one\ntwo\n")
    assert list(Storage().lines(S3("bucket", "x"))) == [b"one\rstill one", b"two"]


@pytest.mark.parametrize(
    ("output", "region"),
    [
        ("good", "eu-central-1"),
        ("arn:aws:kinesis:eu-central-1:123456789012:stream/good", None),
        ("./out", "eu-central-1"),
        ("./out", None),
    ],
)
def test_s3_is_asked_in_the_region_of_the_run(
    options: JobOptions, monkeypatch: pytest.MonkeyPatch, output: str, region: str | None
) -> None:
    asked: list[str | None] = []

    def client(service: str, *, region_name: str | None, **rest: object) -> object:
        asked.append(region_name)
        raise NoCredentialsError

    monkeypatch.setattr(boto3, "client", client)
    told = replace(options, output=output, region=region)
    for wrong in (
        {"config": "s3://bucket/config.json"},
        {"resolver": "s3://bucket/resolver.json"},
        {"inputs": ("s3://bucket/in",)},
    ):
        with pytest.raises(PreflightError):
            run(replace(told, **wrong))  # type: ignore[arg-type]
    expected = None if (output, region) == ("./out", None) else "eu-central-1"
    assert asked == [expected] * 3


@pytest.mark.usefixtures("aws")
def test_a_missing_bucket_is_an_input_fault(options: JobOptions) -> None:
    error = refused(replace(options, inputs=("s3://nowhere/in",)))
    assert error.code == ExitCode.INPUT
    assert "nowhere" in str(error)


def test_the_exit_code_and_the_message_reach_the_shell(
    options: JobOptions, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main(replace(options, inputs=(str(tmp_path / "nowhere"),)).to_argv())
    assert code == ExitCode.INPUT
    assert capsys.readouterr().err.startswith("error: --input")


def test_faulty_options_end_with_their_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--input", "x"]) == ExitCode.OPTIONS
    assert "error: --config is required" in capsys.readouterr().err
