"""What the logs of a failed job tell: its own exit code, what was lost, errors and causes, and none of the noise."""

from __future__ import annotations

import pytest
from event_recovery.contract.endings import Ending, ExitCode
from event_recovery.contract.losses import MASTER_LOST
from event_recovery_provider.emr.telling import last_lines, reasons, telling_lines

pytestmark = pytest.mark.unit

LOST = "container_1700000000000_0001_01_000003"
SLF4J = """\
SLF4J: Class path contains multiple SLF4J bindings.
SLF4J: Found binding in [jar:file:/mnt/yarn/filecache/12/log4j-slf4j-impl-2.17.1.jar!/org/slf4j/impl/StaticLogger.class]
SLF4J: Found binding in [jar:file:/usr/lib/hadoop/lib/slf4j-reload4j-1.7.36.jar!/org/slf4j/impl/StaticLogger.class]
SLF4J: See http://www.slf4j.org/codes.html#multiple_bindings for an explanation.
SLF4J: Actual binding is of type [org.apache.logging.slf4j.Log4jLoggerFactory]
"""
FAILURE = f"""\
2026-01-01 10:00:07,000 INFO  org.apache.flink.runtime.ExecutionGraph [] - Process (1/2) (ab_cd_0_{{0}}) \
switched from RUNNING to FAILED on {LOST} @ ip-10-0-0-7.ec2.internal (dataPort=40001).
java.util.concurrent.TimeoutException: Heartbeat of TaskManager with id {LOST}(ip-10-0-0-7.ec2.internal:8041) timed out.
\tat org.apache.flink.runtime.jobmaster.JobMaster$TaskManagerHeartbeat.notifyHeartbeatTimeout(JobMaster.java:1714)
\t... 3 more
"""
JOB_MANAGER = (
    "2026-01-01 10:00:00,000 INFO  org.apache.flink.yarn.YarnResourceManagerDriver [] - Requesting new TaskExecutor\n"
    + FAILURE.format(0)
    + FAILURE.format(0).replace("10:00:07", "10:01:07")
    + "2026-01-01 10:02:00,000 ERROR org.apache.flink.runtime.entrypoint.ClusterEntrypoint [] - Could not start\n"
    "Caused by: java.io.FileNotFoundException: s3://b/chk-1\n"
    + "".join(
        f"2026-01-01 10:03:00,{number:03} INFO  org.apache.flink.RestEndpoint [] - Shutting down {number}.\n"
        for number in range(40)
    )
)
CONTROLLER = """\
INFO startExec 'hadoop jar command-runner.jar timeout --kill-after=60 86400 flink run -t yarn-per-job'
INFO waitProcessCompletion ended with exit code {code}
"""


def test_errors_and_causes_are_shown_once_and_the_shut_down_is_not() -> None:
    lines = telling_lines(JOB_MANAGER, 30)
    assert [line.split(" [] - ")[-1][:60] for line in lines] == [
        "Process (1/2) (ab_cd_0_0) switched from RUNNING to FAILED on container_1700000000000"[:60],
        f"java.util.concurrent.TimeoutException: Heartbeat of TaskManager with id {LOST}"[:60],
        "Could not start",
        "Caused by: java.io.FileNotFoundException: s3://b/chk-1",
    ]
    assert lines[0].startswith("2026-01-01 10:01:07"), "the last time that it happened"
    assert telling_lines(JOB_MANAGER, 1) == ["Caused by: java.io.FileNotFoundException: s3://b/chk-1"]


def test_loggers_that_speak_of_themselves_tell_nothing() -> None:
    assert telling_lines(SLF4J, 30) == last_lines(SLF4J, 30) == []
    assert last_lines(f"{SLF4J}error: no\n\tat a.b.C.d(C.java:1)\n\n", 30) == ["error: no"]


def test_the_jobs_own_exit_code_comes_first_although_java_had_the_last_word() -> None:
    stdout = f"12,000 rows\nerror: --config: no\n{Ending(ExitCode.CONFIG, '--config: no').line()}\n"
    stderr = f"{SLF4J}org.apache.flink.client.program.ProgramAbortException: java.lang.RuntimeException: exit code: 3\n"
    assert reasons([stderr, stdout]) == ["the job ended with exit code 3 (CONFIG)", "because: --config: no"]


def test_what_was_lost_is_told_in_one_line() -> None:
    told = [f"lost on the way: TaskManager {LOST} was lost: it sent no heartbeat"]
    assert reasons([JOB_MANAGER]) == told
    over = (
        f"Worker {LOST} is terminated. Diagnostics: [2026-01-01 10:00:00.000]Container [pid=1,containerID={LOST}] is "
        "running 168853504B beyond the 'PHYSICAL' memory limit. Current usage: 6.2 GB of 6 GB physical memory used; "
        "8.2 GB of 12.6 GB virtual memory used. Killing container."
    )
    (line,) = reasons([JOB_MANAGER, over])
    assert line.startswith(f"lost on the way: YARN killed {LOST}, which took more memory"), "wherever it stands"


def test_what_was_lost_with_the_master_or_the_client_is_no_reason_of_its_own() -> None:
    worker = "org.apache.beam.vendor.grpc.v1p48p1.io.grpc.StatusRuntimeException: CANCELLED: client cancelled\n"
    assert reasons([worker]) == ["lost on the way: a Python worker was lost: Java's connection to it broke"]
    said = Ending(ExitCode.JOB, f"{MASTER_LOST}: it does not answer (ConnectException: Connection refused)")
    assert reasons([said.line(), worker]) == ["the job ended with exit code 1 (JOB)", f"because: {said.reason}"]
    (told,) = reasons([CONTROLLER.format(code=137), worker])
    assert told.startswith("because: the job's client was killed")


def test_a_message_that_several_actors_sent_is_shown_once() -> None:
    sent = "org.apache.flink.runtime.rpc.exceptions.RecipientUnreachableException: from Actor[pekko://flink/temp/a$%s]."
    assert telling_lines(f"{sent % 'E'}\n{sent % 'F'}\n", 30) == [sent % "F"]


def test_what_the_job_said_itself_is_not_said_twice() -> None:
    lost = f"TaskManager {LOST} was lost: it sent no heartbeat"
    stdout = Ending(ExitCode.JOB, f"the job failed: {lost} (TimeoutException: x)").line()
    assert len(reasons([stdout, JOB_MANAGER])) == 2


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (124, "because: the time of the job (max_hours) was over, and it was ended"),
        (137, "because: the job's client was killed (signal 9), and the job was ended with it"),
        (143, "because: the job's client was told to end (signal 15), and the job was ended with it"),
    ],
)
def test_a_client_that_ended_without_a_word_is_told_by_its_exit_code(code: int, told: str) -> None:
    controller = CONTROLLER.format(code=code)
    assert reasons(["300 rows\n", SLF4J, controller]) == [told]
    said = Ending(ExitCode.INPUT, "there is none").line()
    assert reasons([said, controller]) == ["the job ended with exit code 5 (INPUT)", "because: there is none"]


def test_other_steps_and_other_exit_codes_are_no_end_of_the_client() -> None:
    assert reasons([CONTROLLER.format(code=31)]) == []
    assert reasons([CONTROLLER.format(code=137).replace("flink run", "node-setup.sh")]) == []


def test_logs_without_a_reason_give_none() -> None:
    assert reasons([]) == reasons([SLF4J, "all is well"]) == []
