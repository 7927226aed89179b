"""The job's command line is judged by the job's own parser, before it is submitted."""

from __future__ import annotations

import pytest
from event_recovery.contract import JobOptions
from event_recovery.options.values import OptionsError
from event_recovery.run.options import parse_command
from event_recovery_provider.checks.command import check_command

pytestmark = pytest.mark.unit

OPTIONS = JobOptions(
    inputs=("s3://b/bad/",),
    output="good",
    failed="s3://b/run/failed",
    unrecoverable="s3://b/run/unrecoverable",
    config="s3://b/run/config.json",
    region="eu-west-1",
    checkpoint_interval=600,
)
OWN = OPTIONS.to_argv()


def test_a_sound_command_line_has_no_problem() -> None:
    assert check_command(OWN, []) == ([], [])
    further = ["--batch-size", "100", "--endpoint-url", "s3=http://127.0.0.1:1", "--json", "--statsd", "localhost"]
    assert check_command(OWN, further) == ([], [])


@pytest.mark.parametrize(
    "further",
    [
        ["--nothing"],
        ["--batch-size", "501"],
        ["--batch-size"],
        ["--max-attempts", "0"],
        ["--statsd", ":1"],
        ["--endpoint-url", "sqs=http://x"],
        ["--output", "a b"],
        ["--region", ""],
        ["--batch-size", "0", "--max-buffered", "0"],
    ],
)
def test_what_the_job_refuses_is_refused_in_the_same_words(further: list[str]) -> None:
    with pytest.raises(OptionsError) as refused:
        parse_command([*OWN, *further])
    problems, warnings = check_command(OWN, further)
    assert problems == [f"job_arguments: {line}" for line in refused.value.problems]
    assert warnings == []


def test_what_the_settings_came_to_is_named_by_the_setting() -> None:
    own = JobOptions(
        inputs=("hdfs://x/y",),
        output="a b",
        failed="f",
        unrecoverable="u",
        config="{}",
        region="eu-west-1",
        checkpoint_interval=0,
    ).to_argv()
    problems, _ = check_command(own, ["--batch-size", "0"])
    assert [problem.split(":")[0] for problem in problems] == ["inputdir", "output", "interval", "job_arguments"]
    assert problems[1].startswith("output: 'a b' is not a stream name")


def test_an_option_of_the_settings_is_not_given_again() -> None:
    assert check_command(OWN, ["--output", "other"])[0] == [
        "job_arguments: --output is given again: the job would go by other, the checks and the other tasks by good"
    ]
    assert check_command(OWN, ["--output", "good"]) == ([], [])
    interval = check_command(OWN, ["--checkpoint-interval", "10"])[0]
    assert interval[0].startswith("job_arguments: --checkpoint-interval is given again: the job would go by 10, ")
    assert check_command(OWN, ["--input", "s3://b/more/", "--input", "s3://b/most/"])[0] == [
        "job_arguments: --input s3://b/more/, s3://b/most/ would not be checked; name it in inputdir"
    ]


@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_would_end_the_job_and_does_not_end_the_check(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_command(OWN, [asked])[0] == ["job_arguments: --help ends the job before it begins"]
    assert capsys.readouterr().out == ""


def test_a_file_of_options_on_the_cluster_cannot_be_read_here() -> None:
    problems, (warning,) = check_command(OWN, ["--options", "/mnt/options.json"])
    assert problems == []
    assert warning == "job_arguments: --options /mnt/options.json is a file of the cluster and was not checked"
