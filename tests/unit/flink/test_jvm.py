"""How Java is started: quickly where a run is short, as the cluster has it where it is not."""

from __future__ import annotations

import pytest
from event_recovery.contract.flink import cluster_settings
from event_recovery.flink.jvm import ONE_COMPILER, SERIAL, SHORT_ROWS, java_settings, prepare_own_java

pytestmark = pytest.mark.unit

JOB_MANAGER, TASK_MANAGER = "env.java.opts.jobmanager", "env.java.opts.taskmanager"


def test_a_short_run_starts_its_processes_quickly_unless_the_cluster_says_otherwise() -> None:
    given = {TASK_MANAGER: "-Dmine=1 -XX:TieredStopAtLevel=4", "env.java.opts.all": "--add-opens=x"}
    assert java_settings(given, rows=1, parallelism=1) == {
        JOB_MANAGER: f"-XX:TieredStopAtLevel=1 {SERIAL}",
        TASK_MANAGER: f"-XX:TieredStopAtLevel=1 {SERIAL} -Dmine=1 -XX:TieredStopAtLevel=4",
    }


def test_the_collector_of_runs_of_any_size_is_not_for_a_short_one() -> None:
    usual = cluster_settings()
    assert "-XX:+UseParallelGC" in usual[TASK_MANAGER]
    short = f"{ONE_COMPILER} {SERIAL}"
    assert java_settings(usual, rows=1, parallelism=1) == {JOB_MANAGER: short, TASK_MANAGER: short}
    mine = {**usual, TASK_MANAGER: "-XX:+UseParallelGC"}
    assert java_settings(mine, rows=1, parallelism=1)[TASK_MANAGER] == f"{ONE_COMPILER} -XX:+UseParallelGC"


@pytest.mark.parametrize("parallelism", [1, 3])
def test_a_run_is_short_by_what_each_subtask_has_to_do(parallelism: int) -> None:
    most = parallelism * SHORT_ROWS
    assert java_settings({}, rows=most, parallelism=parallelism)
    assert java_settings({}, rows=most + 1, parallelism=parallelism) == {}


@pytest.mark.parametrize("key", ["env.java.opts.all", TASK_MANAGER, "containerized.taskmanager.env.JAVA_TOOL_OPTIONS"])
def test_java_is_never_told_two_garbage_collectors(key: str) -> None:
    settings = java_settings({key: "-Xss2m -XX:+UseG1GC"}, rows=1, parallelism=1)
    assert settings[JOB_MANAGER] == ONE_COMPILER
    assert SERIAL not in settings[TASK_MANAGER]


@pytest.mark.parametrize("other", ["-XX:-UseG1GC", "-XX:+UseGCOverheadLimit", "-XX:+UseStringDeduplication"])
def test_only_what_chooses_a_garbage_collector_counts_as_one(other: str) -> None:
    assert java_settings({TASK_MANAGER: other}, rows=1, parallelism=1)[TASK_MANAGER].split()[1] == SERIAL


def test_the_java_of_a_run_without_a_cluster_starts_quickly_too() -> None:
    environment = {"JVM_ARGS": "-Xmx1g"}
    prepare_own_java(environment, rows=SHORT_ROWS + 1)
    assert environment == {"JVM_ARGS": "-Xmx1g"}
    prepare_own_java(environment, rows=SHORT_ROWS)
    assert environment == {"JVM_ARGS": f"{ONE_COMPILER} -Xmx1g"}
    environment = {}
    prepare_own_java(environment, rows=0)
    assert environment == {"JVM_ARGS": ONE_COMPILER}


def test_client_and_job_manager_see_no_row_whatever_the_run_has_to_do() -> None:
    settings = cluster_settings()
    assert settings["env.java.opts.client"] == settings[JOB_MANAGER] == ONE_COMPILER
    mine = f"{ONE_COMPILER} -XX:TieredStopAtLevel=4"
    assert java_settings({**settings, JOB_MANAGER: mine}, rows=1, parallelism=1)[JOB_MANAGER].endswith(mine)
    # Those of all processes are EMR's: to set them drops what Java 17 must be told.
    assert not {"env.java.opts", "env.java.opts.all", "env.java.default-opts.all"} & settings.keys()
