"""A plan is checked as it would be started: all problems of it at once, before anything is asked of EMR."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery_provider.aws.calls import Call
from event_recovery_provider.checks.launch import check_launch
from event_recovery_provider.checks.requests import STEP_CHARACTERS
from event_recovery_provider.planning.flink_job import flink_command, longest_checkpoint
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import make_plan
from event_recovery_provider.planning.settings import Settings, parse
from support.provider.talk import talk

pytestmark = pytest.mark.unit

RUN = RunIdentity("event_recovery", "manual__1")
STREAM = {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}
TYPES = {"SupportedInstanceTypes": [{"Type": "m5.xlarge"}]}


def settings_of(**changes: Any) -> Settings:
    needed = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "eu-west-1", "role": "EMR_EC2"}
    return parse({**needed, "version": "0.1.0", "config": {"schema": "x"}, **changes})


def check(*answers: dict[str, Any], **changes: Any) -> tuple[list[str], list[str], list[Call]]:
    settings = settings_of(**changes)
    checked = check_launch(make_plan(settings, RUN), RUN, further=settings.job_arguments)
    (problems, warnings), calls = talk(checked, answers)
    return problems, warnings, calls


def test_a_sound_plan_has_no_problem() -> None:
    problems, warnings, calls = check(STREAM, TYPES, job_arguments=["--batch-size", "100"])
    assert (problems, warnings) == ([], [])
    assert [call.operation for call in calls] == ["describe_stream_summary", "list_supported_instance_types"]


def test_all_problems_are_found_at_once() -> None:
    problems, _, calls = check(
        {"StreamDescriptionSummary": {"StreamStatus": "DELETING"}},
        job_arguments=["--nothing"],
        release_label="emr-7.1.0",
        cluster={"StepConcurrencyLevel": 300},
    )
    assert [problem.split(":")[0] for problem in problems] == ["job_arguments", "RunJobFlow", "release_label", "output"]
    assert len(calls) == 1


def test_a_wrong_command_line_does_not_hide_a_wrong_instance_type() -> None:
    problems, _, _ = check(STREAM, TYPES, job_arguments=["--nothing"], primary_type="m1.small")
    assert problems == [
        "job_arguments: unrecognized arguments: --nothing",
        "emr-7.14.0 has no instance type m1.small in this region",
    ]


def test_a_plan_whose_step_is_too_long_is_refused_with_what_makes_it_long() -> None:
    problems, _, _ = check(STREAM, job_arguments=["--endpoint-url", f"s3=http://{'x' * 10_000}"])
    (problem,) = problems
    assert problem.startswith(f"step {RUN.step_name}: its arguments have ")
    assert problem.endswith("EMR takes 10,240 in a step; 10,024 of them are of --endpoint-url")


def test_the_path_of_a_checkpoint_is_counted() -> None:
    job = make_plan(settings_of(), RUN).job
    fresh = sum(map(len, flink_command(job))) + len("command-runner.jar--statsd")
    (problem,), _, _ = check(STREAM, job_arguments=["--statsd", "h" * (STEP_CHARACTERS - fresh)])
    resumed = STEP_CHARACTERS + len("-s-claimModeNO_CLAIM") + len(longest_checkpoint(job.checkpoint_dir))
    assert problem.startswith(f"step {RUN.step_name}: its arguments have {resumed:,} characters")
