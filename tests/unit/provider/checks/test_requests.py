"""What EMR would refuse of a request is found before it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery_provider.checks.requests import STEP_CHARACTERS, check_requests
from event_recovery_provider.planning.flink_job import FlinkJob, command_step, longest_checkpoint, steps
from event_recovery_provider.planning.job_flow import Nodes, recovery_job_flow

pytestmark = pytest.mark.unit

JOB = FlinkJob(arguments=["--input", "s3://b/in/"], checkpoint_dir="s3://b/runs/x/checkpoints")
STEPS = steps(JOB, name="run-job", resume_from=longest_checkpoint(JOB.checkpoint_dir))
FILLER = STEP_CHARACTERS - len("command-runner.jar")


USUAL = Nodes()


def request(nodes: Nodes = USUAL, **overrides: Any) -> dict[str, Any]:
    made = recovery_job_flow(
        nodes=nodes, subnets=["subnet-1"], instance_profile="EMR_EC2", log_uri="s3://b/logs/", overrides=overrides
    )
    return {**made, "Name": "run"}


def step(*arguments: str) -> dict[str, Any]:
    return command_step("run-job", arguments, on_failure="CONTINUE")


@pytest.mark.parametrize("nodes", [Nodes(), Nodes(task_count=3), Nodes(core_types=("m5.xlarge", "m6i.xlarge"))])
def test_what_a_plan_makes_is_taken(nodes: Nodes) -> None:
    assert check_requests(request(nodes), STEPS) == ([], [])


def test_a_step_may_have_as_many_characters_as_emr_takes_and_not_one_more() -> None:
    assert check_requests(request(), [step("x" * FILLER)]) == ([], [])
    (problem,), _ = check_requests(request(), [step("x" * (FILLER - 1), "yz")])
    assert problem == (
        "step run-job: its arguments have 10,241 characters, EMR takes 10,240 in a step; "
        "10,223 of them are of the command"
    )


def test_what_makes_a_step_long_is_named() -> None:
    inputs = [part for day in range(155) for part in ("--input", f"s3://acme-bad-rows/{'deep/' * 20}{day:03d}/")]
    (problem,), _ = check_requests(request(), [step("flink", "run", "--config", "{}", *inputs)])
    size = sum(map(len, inputs))
    assert problem.endswith(f"EMR takes 10,240 in a step; {size:,} of them are of --input, given 155 times")


def test_the_longest_checkpoint_is_as_long_as_flink_makes_them() -> None:
    path = longest_checkpoint("s3://b/c")
    assert len(path) >= len("s3://b/c/5620a97b4f0a49f3a7f96dd4fad351b0/chk-1209600")


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"ReleaseLable": "emr-7.13.0"}, 'Unknown parameter in input: "ReleaseLable"'),
        ({"Instances": {"Ec2KeyName": 5}}, "Invalid type for parameter Instances.Ec2KeyName, value: 5"),
        ({"SecurityConfiguration": "x" * 10_281}, "SecurityConfiguration has 10,281 characters, at most 10,280"),
        ({"OSReleaseLabel": "x" * 257}, "OSReleaseLabel has 257 characters, at most 256 are allowed"),
        ({"AutoTerminationPolicy": {"IdleTimeout": 59}}, "AutoTerminationPolicy.IdleTimeout is 59, expected 60 to"),
        ({"StepConcurrencyLevel": 257}, "StepConcurrencyLevel is 257, expected 1 to 256"),
        ({"Tags": [{"Key": "k" * 129, "Value": "v"}]}, "Tags: the key kkk"),
        ({"Tags": [{"Key": "k", "Value": "v" * 257}]}, "Tags: the value vvv"),
        (
            {"BootstrapActions": [{"Name": "x", "ScriptBootstrapAction": {"Path": "s3://b/x"}}] * 17},
            "BootstrapActions has 17 entries, at most 16 are allowed",
        ),
        ({"Steps": [step("x")] * 256}, "Steps has 257 entries, at most 256 are allowed"),
    ],
)
def test_what_emr_or_botocore_refuses_is_named(overrides: dict[str, Any], problem: str) -> None:
    problems, _ = check_requests(request(**overrides), [step("x")])
    assert len(problems) == 1
    assert problems[0].startswith(f"RunJobFlow: {problem}")


def test_a_fleet_without_a_strategy_has_five_types_at_most() -> None:
    six = tuple(f"m{number}.xlarge" for number in range(6))
    (problem,), _ = check_requests(request(Nodes(core_types=six)), STEPS)
    assert problem == "RunJobFlow: the fleet CORE has 6 instance types, at most 5 are allowed"
    assert check_requests(request(Nodes(task_types=six, task_count=1)), STEPS) == ([], [])


def test_a_value_that_this_botocore_does_not_know_is_a_warning() -> None:
    problems, (warning,) = check_requests(request(ScaleDownBehavior="NEVER"), STEPS)
    assert problems == []
    assert warning.startswith("RunJobFlow: ScaleDownBehavior is 'NEVER', which is not known; expected one of TERMINATE")
