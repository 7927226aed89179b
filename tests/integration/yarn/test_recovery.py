"""The job on a real YARN, submitted by the provider's own step: rows from S3 to Kinesis, all accounted for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from event_recovery.contract import METRICS
from event_recovery.flink.jvm import ONE_COMPILER, SERIAL

if TYPE_CHECKING:
    from support.yarn.run import Facts
    from support.yarn.site import YarnSite

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

ROWS = 2_000
# What YARN and Flink give a container, and flink-conf: nothing of the step.
YARN = "PATH JAVA_HOME CLASSPATH CONTAINER_ID USER LOGNAME HOME PWD SHLVL JVM_PID LOCALIZATION_COUNTERS LOG_DIRS"
MORE = "LOCAL_DIRS LOCAL_USER_DIRS APP_SUBMIT_TIME_ENV APPLICATION_WEB_PROXY_BASE EMR_CLUSTER_ID LOCALAWS_FABRIC"
BEGINNINGS = ("_", "HADOOP_", "NM_", "PRELAUNCH_", "FLINK_")
GIVEN = "LC_ALL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_EC2_METADATA_DISABLED"
CONTAINER = {*YARN.split(), *MORE.split(), *GIVEN.split()}


@pytest.fixture(scope="module")
def facts(yarn: YarnSite) -> Facts:
    from support.yarn.run import YarnRun

    run = YarnRun(yarn, ROWS)
    run.begin()
    run.wait_for_sent(1)
    return run.end()


def test_every_row_is_accounted_for(facts: Facts) -> None:
    assert (facts.step_state, facts.exit_code) == ("COMPLETED", 0), facts.stdout + facts.stderr
    assert facts.faults == []
    assert facts.duplicates == 0
    assert facts.success
    assert facts.summary is not None
    assert (facts.summary.submitted, facts.summary.restarts) == (ROWS, 0)
    assert facts.summary.versions["flink"] == "1.20.0"


def test_the_application_ends_with_its_job(facts: Facts) -> None:
    reports = [(one["applicationType"], one["state"], one["finalStatus"]) for one in facts.applications]
    assert reports == [("Apache Flink", "FINISHED", "SUCCEEDED")]
    assert facts.left == []


def test_containers_are_named_in_metrics(facts: Facts) -> None:
    (application,) = (one["id"] for one in facts.applications)
    container = application.replace("application", "container")
    told = {(name.container, name.subtask, name.metric) for name in facts.metrics if container in name.container}
    # A worker has a number among those of its container, and each container has one slot.
    assert told == {(f"{container}_01_{number:06}", 0, metric) for number in (2, 3) for metric in METRICS}


def test_logs_lie_where_the_log_pusher_of_emr_puts_them(facts: Facts) -> None:
    (application,) = (one["id"] for one in facts.applications)
    container = application.replace("application", "container")
    for number, name in ((1, "jobmanager.log"), (2, "taskmanager.log"), (3, "taskmanager.log")):
        assert f"containers/{application}/{container}_01_{number:06}/{name}.gz" in facts.logs


def test_the_classes_compiled_at_the_start_reach_the_job_manager(facts: Facts) -> None:
    """By ``pipeline.jars``, which the client ships; the job would not run without them."""
    assert facts.summary is not None
    assert re.search(r"event-recovery-\w+\.jar", facts.job_manager)


def test_a_container_has_no_more_than_yarn_gives_it(facts: Facts) -> None:
    assert facts.environments.keys() == {"client", "application master", "task manager", "python worker"}
    assert not {"LANG", "AWS_REGION", "AWS_DEFAULT_REGION"} & facts.environments["client"].keys()
    assert {of_part["LC_ALL"] for of_part in facts.environments.values()} == {"C.UTF-8"}
    for role in ("application master", "task manager"):
        names = {name for name in facts.environments[role] if not name.startswith(BEGINNINGS)}
        assert names - CONTAINER == set(), role


def test_each_java_of_a_short_run_starts_quickly(facts: Facts) -> None:
    """What the job sets when it is submitted reaches its processes, beside what Java 17 must be told for Flink."""
    for role in ("client", "application master", "task manager"):
        words = facts.command_lines[role]
        assert ONE_COMPILER in words, role
        assert (SERIAL in words) == (role != "client"), role
        assert "--add-opens=java.base/java.lang=ALL-UNNAMED" in words, role
