"""What the state of a cluster and of its steps means for a run."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from event_recovery_provider.emr.models import Cluster, Step
from event_recovery_provider.exceptions import FAILURES, RecoveryError
from event_recovery_provider.runtime.dag_state import hidden_failures
from event_recovery_provider.waits.cluster import judge_gone, judge_job, judge_ready
from event_recovery_provider.waits.verdict import Verdict, failed
from support.provider.talk import cluster, step

pytestmark = pytest.mark.unit


def a_cluster(state: str, **kwargs: Any) -> Cluster:
    return Cluster.from_api(cluster(state, **kwargs)["Cluster"])


def a_step(state: str, **status: Any) -> Step:
    return Step.from_api(step(state, **status)["Step"])


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("STARTING", "pending"),
        ("BOOTSTRAPPING", "pending"),
        ("RUNNING", "success"),
        ("WAITING", "success"),
        ("TERMINATING", "failed"),
        ("TERMINATED", "failed"),
        ("TERMINATED_WITH_ERRORS", "failed"),
    ],
)
def test_a_cluster_that_is_ending_was_never_ready(state: str, outcome: str) -> None:
    assert judge_ready(a_cluster(state)).outcome == outcome


@pytest.mark.parametrize(
    ("state", "outcome"), [("WAITING", "pending"), ("TERMINATING", "pending"), ("TERMINATED_WITH_ERRORS", "success")]
)
def test_a_cluster_is_gone_however_it_ended(state: str, outcome: str) -> None:
    assert judge_gone(a_cluster(state)).outcome == outcome


@pytest.mark.parametrize(
    ("state", "cluster_state", "outcome", "failure"),
    [
        ("PENDING", "STARTING", "pending", ""),
        ("RUNNING", "RUNNING", "pending", ""),
        ("CANCEL_PENDING", "RUNNING", "pending", ""),
        ("COMPLETED", "RUNNING", "success", ""),
        ("COMPLETED", "TERMINATED_WITH_ERRORS", "success", ""),
        ("FAILED", "TERMINATED", "failed", "JobFailedError"),
        ("CANCELLED", "TERMINATING", "failed", "JobFailedError"),
        ("INTERRUPTED", "RUNNING", "failed", "JobFailedError"),
        ("RUNNING", "TERMINATING", "failed", "ClusterFailedError"),
        ("PENDING", "TERMINATED_WITH_ERRORS", "failed", "ClusterFailedError"),
    ],
)
def test_the_step_decides_and_the_cluster_only_explains(
    state: str, cluster_state: str, outcome: str, failure: str
) -> None:
    verdict = judge_job(a_step(state), a_cluster(cluster_state))
    assert (verdict.outcome, verdict.failure) == (outcome, failure)


@pytest.mark.parametrize(
    ("state", "cluster_code", "code", "retriable"),
    [
        ("FAILED", "STEP_FAILURE", "STEP_FAILURE", False),
        ("FAILED", "", "STEP_FAILURE", False),
        ("FAILED", "USER_REQUEST", "STEP_FAILURE", False),
        ("FAILED", "INSTANCE_FAILURE", "INSTANCE_FAILURE", True),
        ("INTERRUPTED", "INSTANCE_FAILURE", "INSTANCE_FAILURE", True),
        ("CANCELLED", "USER_REQUEST", "USER_REQUEST", False),
        ("CANCELLED", "", "STEP_CANCELLED", False),
    ],
)
def test_the_code_names_the_cause(state: str, cluster_code: str, code: str, retriable: bool) -> None:
    verdict = judge_job(a_step(state), a_cluster("TERMINATED_WITH_ERRORS", code=cluster_code))
    error = FAILURES[verdict.failure](verdict.message, code=verdict.code)
    assert (error.code, error.retriable) == (code, retriable)


@pytest.mark.parametrize(
    ("states", "hidden"),
    [
        ({"work": "failed", "report": "skipped"}, ["work"]),
        ({"work": "failed", "report": "skipped", "notify": "success"}, ["work"]),
        ({"work": "failed", "report": "skipped", "notify": "failed"}, []),
        ({"work": "failed", "report": "upstream_failed"}, []),
        ({"work": "failed", "report": "success"}, []),
        ({"work": "success", "report": "skipped"}, []),
        ({"work": "skipped", "report": "skipped"}, []),
        ({"work": "success", "elsewhere": "failed", "report": "skipped"}, []),
        ({"work_0": "success", "work_1": "failed", "report_0": "success", "report_1": "skipped"}, ["work_1"]),
    ],
)
def test_a_failure_that_no_leaf_shows_is_found(states: dict[str, str | None], hidden: list[str]) -> None:
    assert hidden_failures(states, work=["work"], leaves=["report", "notify"]) == hidden


def test_a_summary_carries_every_word_emr_gave_once() -> None:
    seen = a_cluster(
        "TERMINATED_WITH_ERRORS",
        code="BOOTSTRAP_FAILURE",
        message="bootstrap action 1 failed",
        ErrorDetails=[],
    )
    assert seen.summary == "cluster j-1 is TERMINATED_WITH_ERRORS (BOOTSTRAP_FAILURE bootstrap action 1 failed)"
    failure = {"FailureDetails": {"Reason": "Unknown Error.", "Message": "exit 31", "LogFile": "s3://b/l"}}
    assert a_step("FAILED", **failure).summary == "step s-1 (run-job) is FAILED (Unknown Error.: exit 31)"
    failure["FailureDetails"]["Message"] = "SLF4J: Actual binding is of type [org.apache.logging.slf4j.Log4jLogger]"
    assert a_step("FAILED", **failure).summary == "step s-1 (run-job) is FAILED (Unknown Error.)"


def test_an_old_log_uri_is_read_as_s3() -> None:
    assert a_cluster("RUNNING", LogUri="s3n://b/logs/").log_uri == "s3://b/logs/"
    assert a_cluster("RUNNING").log_uri == ""


def test_a_verdict_travels_as_json() -> None:
    verdict = failed("JobFailedError", "gone", code="STEP_FAILURE", result={"a": 1})
    assert Verdict.from_event(verdict.to_event()) == verdict
    with pytest.raises(ValueError, match="expected the event of a settled wait"):
        Verdict.from_event({"status": "success"})


@pytest.mark.parametrize("kind", FAILURES.values())
def test_errors_pickle_with_all_they_know(kind: type[RecoveryError]) -> None:
    error = kind("no\na table", code="X").with_diagnostics("logs", told=["because: it rains"])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.code, copy.message, copy.diagnostics) == ("X", "no\nbecause: it rains", "a table\nlogs")
    assert str(copy) == "X: no\nbecause: it rains", "the logs are in the task's own log"
    assert kind("no").code == kind.default_code
