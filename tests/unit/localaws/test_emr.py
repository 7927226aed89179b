"""The pure parts of the local EMR: what a cluster does next, what faults strike, how command lines are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from localaws.emr.decisions import Aftermath, End, Rest, StartSteps, Stay, after_failure, next_move
from localaws.emr.faults import Fault, FaultBook, FaultKind
from localaws.emr.flink_command import parse_command
from localaws.emr.node.paths import translate
from localaws.emr.node.settings import application_settings, container_environment
from localaws.emr.records import ActionOnFailure, Cluster, ClusterState, Code, Step, StepState

pytestmark = pytest.mark.unit


def step(state: str = "PENDING", on_failure: str = "CONTINUE") -> Step:
    return Step(config={"Name": "step"}, on_failure=ActionOnFailure(on_failure), state=StepState(state))


def cluster(*steps: Step, **fields: Any) -> Cluster:
    defaults: dict[str, Any] = {
        "request": {"Name": "test"},
        "region": "us-east-1",
        "keep_alive": True,
        "protected": False,
        "concurrency": 1,
        "idle_timeout": None,
        "tags": {},
        "state": ClusterState.WAITING,
        "idle_since": 1000.0,
    }
    return Cluster(steps=[*steps], **{**defaults, **fields})


def test_as_many_steps_start_as_may_run() -> None:
    first, second, third = step("RUNNING"), step(), step()
    assert next_move(cluster(first, second, third), now=0, clock_speed=1) == Stay()
    assert next_move(cluster(first, second, third, concurrency=2), now=0, clock_speed=1) == StartSteps((second,))
    assert next_move(cluster(first, second, third, concurrency=9), now=0, clock_speed=1) == StartSteps((second, third))


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ([], "Steps completed"),
        (["COMPLETED", "CANCELLED"], "Steps completed"),
        (["FAILED", "COMPLETED"], "Steps completed with errors"),
    ],
)
def test_a_cluster_that_is_not_kept_ends_when_nothing_is_left(states: list[str], message: str) -> None:
    move = next_move(cluster(*map(step, states), keep_alive=False), now=0, clock_speed=1)
    assert isinstance(move, End)
    assert (move.ending.code, move.ending.message, move.ending.with_errors) == (
        Code.ALL_STEPS_COMPLETED,
        message,
        False,
    )


def test_a_cancel_pending_step_keeps_the_cluster_running() -> None:
    assert next_move(cluster(step("CANCEL_PENDING"), keep_alive=False), now=0, clock_speed=1) == Stay()


def test_a_kept_cluster_rests_and_counts_idle_time_by_its_clock() -> None:
    running = cluster(step("COMPLETED"), state=ClusterState.RUNNING, idle_since=None)
    assert next_move(running, now=0, clock_speed=1) == Rest("Cluster ready after last step completed.")
    assert next_move(cluster(), now=9e9, clock_speed=1) == Stay()
    idle = cluster(idle_timeout=60)
    assert next_move(idle, now=1040.0, clock_speed=1) == Stay(20.0)
    assert next_move(idle, now=1002.0, clock_speed=20) == Stay(1.0)
    assert isinstance(next_move(idle, now=1003.0, clock_speed=20), End)


@pytest.mark.parametrize(
    ("on_failure", "fields", "cancels", "ends"),
    [
        ("CONTINUE", {}, False, False),
        ("CONTINUE", {"keep_alive": False}, False, False),
        ("CANCEL_AND_WAIT", {}, True, False),
        ("CANCEL_AND_WAIT", {"keep_alive": False}, True, True),
        ("TERMINATE_CLUSTER", {}, True, True),
        ("TERMINATE_JOB_FLOW", {}, True, True),
        ("TERMINATE_CLUSTER", {"protected": True}, True, False),
        ("TERMINATE_CLUSTER", {"protected": True, "keep_alive": False}, True, True),
        ("TERMINATE_CLUSTER", {"concurrency": 2}, False, False),
    ],
)
def test_what_a_failed_step_brings_about(on_failure: str, fields: dict[str, Any], cancels: bool, ends: bool) -> None:
    failed = step("FAILED", on_failure)
    aftermath = after_failure(cluster(failed, **fields), failed)
    assert (aftermath.cancel_pending, aftermath.ending is not None) == (cancels, ends)
    assert aftermath.ending is None or aftermath.ending.code is Code.STEP_FAILURE
    assert aftermath == Aftermath(cancels, aftermath.ending)


def test_a_throttle_hits_exactly_its_fraction() -> None:
    book = FaultBook()
    book.arm(Fault.parse({"kind": "throttle", "action": "List*", "fraction": 0.3}))
    hits = [book.for_call(FaultKind.THROTTLE, "ListSteps", ()) is not None for _ in range(100)]
    assert sum(hits) == 30
    assert book.for_call(FaultKind.THROTTLE, "RunJobFlow", ()) is None


def test_a_fault_strikes_so_often_and_where_it_should() -> None:
    book = FaultBook()
    book.arm(Fault.parse({"kind": "step-hang", "cluster": "recovery-*", "step": "s-1", "times": 2}))
    struck = [
        book.for_step(FaultKind.STEP_HANG, (name, "j-1"), ("replay", step_id)) is not None
        for name, step_id in [("other", "s-1"), ("recovery-1", "s-2"), *[("recovery-1", "s-1")] * 3]
    ]
    assert struck == [False, False, True, True, False]


def test_a_flink_command_line_is_taken_apart_up_to_the_program() -> None:
    command = parse_command(
        "run -t yarn-per-job -sae -Dpython.a=1 -D b.c=2 -yjm 2048 -ys 3 -ynm name -p 4 -s s3://x -claimMode NO_CLAIM"
        " -pyexec /venv/python -py job.py --input -t -p 9".split()
    )
    assert (command.target, command.name, command.parallelism) == ("yarn-per-job", "name", 4)
    assert command.shutdown_on_exit
    assert not command.detached
    assert command.settings == {
        "python.a": "1",
        "b.c": "2",
        "jobmanager.memory.process.size": "2048m",
        "taskmanager.numberOfTaskSlots": "3",
    }
    passed_on = "-sae -Dpython.a=1 -Db.c=2 -p 4 -s s3://x -claimMode NO_CLAIM -pyexec /venv/python -py job.py"
    assert command.rest == [*passed_on.split(), "--input", "-t", "-p", "9"]


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (["-m", "yarn-cluster", "-d", "job.jar"], "yarn-cluster"),
        (["-Dexecution.target=yarn-per-job", "-d", "job.jar"], "yarn-per-job"),
        (["--target", "yarn-session", "-Dyarn.application.id=application_1_1", "-d", "job.jar"], "yarn-session"),
        (["-m", "localhost:8081", "-d", "job.jar"], "localhost:8081"),
    ],
)
def test_the_target_may_be_given_in_several_ways(words: list[str], target: str) -> None:
    command = parse_command(["run", *words])
    assert command.target == target
    assert command.detached
    assert command.rest[-2:] == ["-d", "job.jar"]


def test_an_option_without_its_value_is_refused() -> None:
    with pytest.raises(ValueError, match="-py needs a value"):
        parse_command(["run", "-py"])


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("ls /usr/lib/flink/lib", "ls {}/usr/lib/flink/lib"),
        (
            "-Dpython.executable=/opt/nowhere-job/venv/bin/python",
            "-Dpython.executable={}/opt/nowhere-job/venv/bin/python",
        ),
        ("PATH=/usr/bin:/opt/nowhere-job/bin", "PATH=/usr/bin:{}/opt/nowhere-job/bin"),
        ("file:///home/hadoop/job.py", "file://{}/home/hadoop/job.py"),
        ("'/mnt/var/log' \"/etc/flink/conf\"", "'{}/mnt/var/log' \"{}/etc/flink/conf\""),
        ("s3://bucket/mnt/home/hadoop", "s3://bucket/mnt/home/hadoop"),
        ("/mnt-x /usr/lib/flinky ./mnt/x", "/mnt-x /usr/lib/flinky ./mnt/x"),
        ("/usr/bin/flink run /usr/bin/env", "{}/usr/bin/flink run /usr/bin/env"),
    ],
)
def test_paths_of_the_node_lie_below_its_folder(text: str, translated: str) -> None:
    assert translate(text, Path("/cluster")) == translated.replace("{}", "/cluster")
    assert translate(translate(text, Path("/cluster")), Path("/cluster")) == translated.replace("{}", "/cluster")


def test_settings_of_an_application_keep_the_users_and_know_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAWS_STATSD_PORT", "12345")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    user = {
        "taskmanager.memory.process.size": "3g",
        "rest.port": "8081",
        "env.java.home": "/usr/lib/jvm/no-such-java",
        "env.java.opts.all": "-Dmine=1",
        "metrics.reporter.agent.factory.class": "org.apache.flink.metrics.statsd.StatsDReporterFactory",
        "metrics.reporter.agent.port": "8125",
        "metrics.reporter.other.port": "99",
        "containerized.taskmanager.env.MODE": "test",
        "containerized.taskmanager.env.JAVA_HOME": "/usr/lib/jvm/no-such-java",
    }
    settings = application_settings(user, work=Path("/work"), rest_port=4321, rpc_port=4322)
    assert settings["taskmanager.memory.process.size"] == "3g"
    assert settings["rest.port"] == "4321"
    assert "env.java.home" not in settings
    assert settings["env.java.opts.all"].startswith("-Dmine=1 ")
    assert settings["metrics.reporter.agent.port"] == "12345"
    assert settings["metrics.reporter.other.port"] == "99"
    assert settings["s3.endpoint"] == "http://127.0.0.1:9"
    assert container_environment(user, "containerized.taskmanager.env.") == {"MODE": "test"}
