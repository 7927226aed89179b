"""What a try finds of the tries before it, how work is ended, and how a failure is explained."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from event_recovery_provider.aws.calls import Call, error_code, is_missing, is_transient
from event_recovery_provider.emr import end, find, sweep
from event_recovery_provider.emr.evidence import diagnose, text_of
from event_recovery_provider.emr.models import Step
from support.provider.talk import cluster, refused, step, talk

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def listed(*clusters: tuple[str, str, int]) -> dict[str, Any]:
    """Return a ListClusters answer of (id, name, minutes of age)."""
    return {
        "Clusters": [
            {
                "Id": id_,
                "Name": name,
                "Status": {"State": "RUNNING", "Timeline": {"CreationDateTime": NOW - timedelta(minutes=age)}},
            }
            for id_, name, age in clusters
        ]
    }


def test_a_remembered_cluster_is_used_while_it_is_active() -> None:
    found, calls = talk(find.active_cluster("run", remembered="j-1", now=NOW), [cluster("WAITING")])
    assert found == ("j-1", [])
    assert [call.operation for call in calls] == ["describe_cluster"]


@pytest.mark.parametrize(
    "answer", [cluster("TERMINATED"), cluster("TERMINATING"), refused("InvalidRequestException", status=400)]
)
def test_a_remembered_cluster_that_is_no_more_is_looked_for_by_name(answer: Any) -> None:
    found, calls = talk(
        find.active_cluster("run", remembered="j-1", now=NOW),
        [answer, listed(("j-2", "run", 1), ("j-3", "other", 1))],
    )
    assert found == ("j-2", [])
    assert calls[1].arguments["ClusterStates"] == ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]


def test_the_oldest_of_several_clusters_is_used_and_the_others_are_named() -> None:
    answer = listed(("j-2", "run", 1), ("j-1", "run", 9))
    assert talk(find.active_cluster("run", remembered=None, now=NOW), [answer])[0] == ("j-1", ["j-2"])


def test_every_page_is_searched() -> None:
    first = {**listed(("j-1", "other", 1)), "Marker": "next"}
    found, calls = talk(find.active_cluster("run", remembered=None, now=NOW), [first, listed(("j-2", "run", 1))])
    assert found == ("j-2", [])
    assert calls[1].arguments["Marker"] == "next"


def test_a_teardown_finds_clusters_by_name_and_by_id() -> None:
    ids, _ = talk(find.alive_clusters("run", known="j-1", now=NOW), [listed(("j-2", "run", 1)), cluster("WAITING")])
    assert ids == ["j-2", "j-1"]
    ids, _ = talk(find.alive_clusters("run", known="j-1", now=NOW), [listed(), cluster("TERMINATED")])
    assert ids == []


def steps(*states: tuple[str, str]) -> list[Step]:
    return [Step.from_api(step(state, name=name, step_id=f"s-{at}")["Step"]) for at, (name, state) in enumerate(states)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (steps(("run-job", "RUNNING"), ("run-job", "FAILED")), "s-0"),
        (steps(("run-job-drain", "PENDING"), ("run-job", "PENDING")), "s-1"),
        (steps(("run-job", "COMPLETED")), "s-0"),
        (steps(("run-job", "FAILED")), None),
        (steps(("run-job", "CANCEL_PENDING")), None),
        (steps(("run-job", "CANCELLED")), None),
        (steps(("run-job", "INTERRUPTED"), ("run-job", "FAILED")), None),
        ([], None),
    ],
)
def test_a_submission_counts_while_it_may_still_succeed(found: list[Step], expected: str | None) -> None:
    chosen = find.submitted_step(found, "run-job")
    assert (chosen.id if chosen else None) == expected


def test_a_protected_cluster_is_ended_all_the_same() -> None:
    _, calls = talk(end.terminate("j-1"), [cluster("WAITING", TerminationProtected=True), {}, {}])
    assert [call.operation for call in calls] == [
        "describe_cluster",
        "set_termination_protection",
        "terminate_job_flows",
    ]


@pytest.mark.parametrize("state", ["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"])
def test_ending_what_has_ended_does_nothing(state: str) -> None:
    _, calls = talk(end.terminate("j-1"), [cluster(state)])
    assert [call.operation for call in calls] == ["describe_cluster"]


def test_a_kill_takes_one_call_and_more_only_for_a_protected_cluster() -> None:
    _, calls = talk(end.kill("terminate_cluster", job_flow_id="j-1", step_id="s-1"), [{}])
    assert [call.operation for call in calls] == ["terminate_job_flows"]
    _, calls = talk(
        end.kill("terminate_cluster", job_flow_id="j-1", step_id=None), [refused("ValidationException"), {}, {}]
    )
    assert [call.operation for call in calls] == [
        "terminate_job_flows",
        "set_termination_protection",
        "terminate_job_flows",
    ]


def test_a_kill_does_what_its_policy_says() -> None:
    _, calls = talk(end.kill("cancel_step", job_flow_id="j-1", step_id="s-1"), [{}])
    assert calls == [
        Call(
            "emr",
            "cancel_steps",
            {"ClusterId": "j-1", "StepIds": ["s-1"], "StepCancellationOption": "TERMINATE_PROCESS"},
        )
    ]
    assert talk(end.kill("leave", job_flow_id="j-1", step_id="s-1"), [])[1] == []
    assert talk(end.kill("cancel_step", job_flow_id="j-1", step_id=None), [{}])[1][0].operation == "terminate_job_flows"


def test_a_kill_without_an_id_goes_by_the_name() -> None:
    _, calls = talk(end.kill_by_name("run", now=NOW), [listed(("j-1", "run", 1), ("j-2", "other", 1)), {}])
    assert calls[1].arguments == {"JobFlowIds": ["j-1"]}
    assert len(talk(end.kill_by_name("run", now=NOW), [listed()])[1]) == 1


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (refused("ThrottlingException"), True),
        (refused("SlowDown", status=503), True),
        (refused("Whatever", status=500), True),
        (refused("ExpiredTokenException"), True),
        (EndpointConnectionError(endpoint_url="x"), True),
        (ReadTimeoutError(endpoint_url="x"), True),
        (refused("AccessDeniedException"), False),
        (refused("InvalidRequestException"), False),
        (KeyError("x"), False),
    ],
)
def test_failures_of_the_moment_are_told_from_refusals(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient


def test_codes_name_errors_of_every_kind() -> None:
    assert error_code(refused("X")) == "X"
    assert error_code(ReadTimeoutError(endpoint_url="x")) == "ReadTimeoutError"
    assert is_missing(refused("404", status=404))
    assert not is_missing(refused("AccessDenied", status=403))


def test_a_log_is_read_as_gzip_as_text_and_as_what_is_left_of_a_broken_gzip() -> None:
    assert text_of(gzip.compress(b"line 1\nline 2")) == text_of(b"line 1\nline 2") == "line 1\nline 2"
    assert text_of(b"") == ""
    assert text_of(gzip.compress(b"x" * 100_000)[:-4]).startswith("xxx")
    assert text_of(b"\x1f\x8bnonsense").startswith("(not readable as gzip")
    assert text_of(b"\xff\xfe") == "��"


LOGS = {"LogUri": "s3://b/logs/"}


def failed_steps() -> dict[str, Any]:
    failure = {"Reason": "Unknown Error.", "Message": "exit 31"}
    return {
        "Steps": [
            step("CANCELLED", name="run-drain", step_id="s-2")["Step"],
            step("FAILED", name="run-job", step_id="s-1", FailureDetails=failure)["Step"],
        ]
    }


def objects(*keys: str) -> dict[str, Any]:
    return {"Contents": [{"Key": key, "LastModified": NOW, "Size": 1} for key in keys]}


def test_the_evidence_names_reason_steps_and_the_last_lines_of_the_logs() -> None:
    state = cluster("TERMINATED_WITH_ERRORS", code="STEP_FAILURE", message="Shut down as step failed", **LOGS)
    found, calls = talk(
        diagnose("j-1", "s-2", lines=2),
        [
            state,
            failed_steps(),
            objects(
                "logs/j-1/steps/s-1/stderr.gz",
                "logs/j-1/steps/s-1/controller.gz",
                "logs/j-1/steps/s-2/stderr.gz",
                "logs/j-1/containers/application_1_0001/container_1_0001_01_000002/taskmanager.err.gz",
                "logs/j-1/containers/application_1_0001/container_1_0001_01_000001/jobmanager.log.gz",
            ),
            {"Body": gzip.compress(b"a\nb\nCaused by: out of luck")},
            {"Body": gzip.compress(b"timeout 9 flink run\nended with exit code 137")},
            {"Body": b"2026-01-01 00:00:00,000 ERROR x [] - no\n2026-01-01 00:00:00,001 INFO x [] - Shutting down"},
            {"Body": b"SLF4J: Class path contains multiple SLF4J bindings.\n"},
        ],
    )
    assert found.text.splitlines() == [
        "cluster j-1 is TERMINATED_WITH_ERRORS (STEP_FAILURE Shut down as step failed)",
        "  step s-1 (run-job) is FAILED (Unknown Error.: exit 31)",
        "  step s-2 (run-drain) is CANCELLED",
        "--- the last 2 lines of s3://b/logs/j-1/steps/s-1/stderr.gz",
        "b",
        "Caused by: out of luck",
        "--- the last 2 lines of s3://b/logs/j-1/steps/s-1/controller.gz",
        "timeout 9 flink run",
        "ended with exit code 137",
        "--- 1 telling lines of s3://b/logs/j-1/containers/application_1_0001/container_1_0001_01_000001/jobmanager.log.gz",
        "2026-01-01 00:00:00,000 ERROR x [] - no",
    ]
    assert found.reasons == ("because: the job's client was killed (signal 9), and the job was ended with it",)
    assert not found.logs_to_come
    assert len(calls) == 7


def test_bootstrap_logs_are_read_when_bootstrap_failed() -> None:
    state = cluster("TERMINATED_WITH_ERRORS", code="BOOTSTRAP_FAILURE", **LOGS)
    answers = [
        state,
        {"Steps": []},
        objects("logs/j-1/node/i-1/bootstrap-actions/1/stderr.gz"),
        {"Body": b"no such package"},
    ]
    assert "no such package" in talk(diagnose("j-1"), answers)[0].text


def test_evidence_that_is_not_there_yet_or_never_will_be_is_told_apart() -> None:
    later = talk(diagnose("j-1", "s-1"), [cluster("TERMINATING", **LOGS), failed_steps(), objects()])[0]
    assert later.logs_to_come
    never = talk(diagnose("j-1", "s-1"), [cluster("TERMINATING"), failed_steps()])[0]
    assert not never.logs_to_come
    assert "no LogUri" in never.text
    refused = cluster("TERMINATED_WITH_ERRORS", code="VALIDATION_ERROR", **LOGS)
    assert not talk(diagnose("j-1"), [refused, {"Steps": []}, objects()])[0].logs_to_come, "nothing ran that has logs"
    booting = cluster("TERMINATING", code="BOOTSTRAP_FAILURE", **LOGS)
    assert talk(diagnose("j-1"), [booting, {"Steps": []}, objects()])[0].logs_to_come


def test_evidence_never_hides_the_failure() -> None:
    denied = refused("AccessDenied", "not for you", status=403)
    assert "not for you" in talk(diagnose("j-1"), [denied])[0].text
    found, _ = talk(diagnose("j-1"), [cluster("TERMINATED", **LOGS), failed_steps(), denied])
    assert "exit 31" in found.text
    assert "the logs cannot be read" in found.text


def orphan(**changes: Any) -> sweep.TaggedCluster:
    values = {
        "job_flow_id": "j-1",
        "name": "event-recovery-x",
        "state": "RUNNING",
        "created": NOW - timedelta(hours=1),
        "dag_id": "d",
        "dag_run_id": "r",
        "run_id": "x",
        "deployment": "",
        "expires_at": NOW + timedelta(hours=1),
        **changes,
    }
    return sweep.TaggedCluster(**values)


@pytest.mark.parametrize(
    ("cluster_", "state", "reason"),
    [
        (orphan(), "running", ""),
        (orphan(), None, ""),
        (orphan(), "failed", "its run d/r is over (failed)"),
        (orphan(), "success", "its run d/r is over (success)"),
        (orphan(created=NOW - timedelta(minutes=5)), "failed", ""),
        (orphan(expires_at=NOW), "running", "its lease ended at 2026-11-22T12:00:00+00:00"),
        (orphan(expires_at=NOW, run_id=""), "failed", ""),
    ],
)
def test_a_sweep_ends_only_what_is_proven_an_orphan(
    cluster_: sweep.TaggedCluster, state: str | None, reason: str
) -> None:
    findings = sweep.decide([cluster_], run_state=lambda _: state, now=NOW, grace=timedelta(minutes=15))
    assert findings[0].reason == reason
    assert [one["job_flow_id"] for one in sweep.to_json(findings)] == (["j-1"] if reason else [])


def test_a_sweep_reads_the_tags_of_clusters_with_our_name() -> None:
    tags = [
        {"Key": "event-recovery:run-id", "Value": "x"},
        {"Key": "event-recovery:expires-at", "Value": "2026-11-22T12:00:00+00:00"},
        {"Key": "event-recovery:dag-id", "Value": "d"},
    ]
    found, calls = talk(
        sweep.tagged_clusters(now=NOW),
        [listed(("j-1", "event-recovery-x", 9), ("j-2", "someone-elses", 9)), cluster("RUNNING", Tags=tags)],
    )
    assert [(one.dag_id, one.run_id, one.expires_at) for one in found] == [("d", "x", NOW)]
    assert len(calls) == 2
