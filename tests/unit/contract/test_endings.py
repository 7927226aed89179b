"""How the job's own exit code gets out, and what was lost, by the words of logs."""

from __future__ import annotations

import pytest
from event_recovery.contract.endings import Ending, ExitCode, read_ending
from event_recovery.contract.losses import what_was_lost

pytestmark = pytest.mark.unit

CONTAINER = "container_1700000000000_0001_01_000002"


def test_an_ending_is_read_back_from_a_log_that_goes_on() -> None:
    ending = Ending(ExitCode.CONFIG, "--config: $.data: expected an object, not []")
    log = f"error: {ending.reason}\n{ending.line()}\norg.apache.flink.client.program.ProgramAbortException\n\tat x\n"
    assert read_ending(log) == ending
    assert read_ending(f"{Ending(ExitCode.JOB, 'first').line()}\n{log}") == ending, "the last one counts"
    assert ending.line().startswith("event-recovery: exit code 3 (CONFIG): ")


@pytest.mark.parametrize("log", ["", "exit code 3", "event-recovery: exit code 9 (NOTHING): x", "error: no"])
def test_other_lines_are_no_ending(log: str) -> None:
    assert read_ending(log) is None


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (
            (
                f"ActiveResourceManager [] - "
                f"Worker {CONTAINER} is terminated. Diagnostics: [00:00:00.0]Container [pid=97191,containerID="
                f"{CONTAINER}] is running 168853504B beyond the 'PHYSICAL' memory limit. Current usage: 6.2 GB of 6 GB "
                "physical memory used; 8.2 GB of 12.6 GB virtual memory used. Killing container.\n"
                f"[2026-01-01 00:00:00.100]Container killed on request. Exit code is 143"
            ),
            f"YARN killed {CONTAINER}, which took more memory than it may (6.2 GB of 6 GB physical memory used)",
        ),
        (
            (
                f"Container [pid=1,containerID={CONTAINER}] is running beyond physical memory limits. Current usage: "
                "4.0 GB of 4 GB physical memory used; 6.2 GB of 8.4 GB virtual memory used. Killing container."
            ),
            f"YARN killed {CONTAINER}, which took more memory than it may (4.0 GB of 4 GB physical memory used)",
        ),
        (
            (
                "Diagnostics: Application application_1700000000000_0001 failed 1 times (global limit =2; local limit "
                "is =1) due to AM Container for appattempt_1700000000000_0001_000001 exited with  exitCode: 137"
            ),
            "the ApplicationMaster, which holds Flink's JobManager, was lost: its container ended with code 137",
        ),
        (
            (
                "Caused by: org.apache.flink.NoResourceAvailableException: Could not acquire "
                "the minimum required resources.\nCaused by: java.util.TimeoutException: Timeout has occurred"
            ),
            "there was no room: no TaskManager offered a slot",
        ),
        (
            (
                f"ActiveResourceManager [] - Worker {CONTAINER}(ip-10-0-0-7) is terminated. Diagnostics: "
                "Container released on a *lost* node"
            ),
            f"a node was lost, and {CONTAINER} with it",
        ),
        (
            (
                f"Closing TaskExecutor connection {CONTAINER}(ip-10-0-0-7) because: [2026-01-01 "
                "00:00:00.100]Container killed on request. Exit code is 137"
            ),
            f"{CONTAINER} was killed (exit code 137)",
        ),
        (
            (
                f"java.util.concurrent.TimeoutException: Heartbeat of TaskManager with id {CONTAINER}"
                "(ip-10-0-0-7.ec2.internal:8041) timed out."
            ),
            f"TaskManager {CONTAINER} was lost: it sent no heartbeat",
        ),
        (
            f"JobMasterException: TaskManager with id {CONTAINER}(ip-10-0-0-7:8041) is no longer reachable.",
            f"TaskManager {CONTAINER} was lost: it is no longer reachable",
        ),
        (
            (
                "RemoteTransportException: Connection unexpectedly closed by remote task manager "
                "'ip-10-0-0-7/10.0.0.7:4001 [ container_1 ] '. This might indicate that the task manager was lost."
            ),
            "TaskManager ip-10-0-0-7/10.0.0.7:4001 was lost: its connection was closed",
        ),
        (
            "java.lang.IllegalStateException: Process died with exit code 137",
            "a Python worker was lost: its process ended with exit code 137",
        ),
        (
            "Caused by: org.apache.beam.vendor.grpc.v1p60p1.io.grpc.StatusRuntimeException: CANCELLED: cancelled",
            "a Python worker was lost: Java's connection to it broke",
        ),
        ("SdkClientException: Unable to execute HTTP request: Connection refused: kinesis/10.0.0.9:443", None),
        ("2026-01-01 00:00:00,000 INFO  Shutting down rest endpoint.", None),
    ],
)
def test_what_was_lost_is_told_in_plain_words(log: str, expected: str | None) -> None:
    assert what_was_lost(log) == expected
