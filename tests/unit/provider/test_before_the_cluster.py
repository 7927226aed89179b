"""What stands between a preflight and its cluster."""

from __future__ import annotations

from typing import Any

import croniter  # noqa: F401 - with its first DAG Airflow loads it, and it asks the command `file` about Python
import pytest
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG
from event_recovery_provider import task_groups
from event_recovery_provider.operators.approval import RecoveryApprovalOperator
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.task_groups import recovery_cluster, recovery_report, recovery_trial

pytestmark = pytest.mark.unit


def wired() -> DAG:
    with DAG("wired", schedule=None) as dag:
        preflight = RecoveryPreflightOperator(task_id="preflight")
        recovery = recovery_cluster(preflight)
        recovery_trial(preflight, recovery)
        recovery_report(preflight, recovery)
    return dag


def test_no_cluster_is_started_before_the_trial_and_the_answer() -> None:
    dag = wired()
    assert dag.get_task("recovery.create").upstream_task_ids == {"preflight", "approve"}
    assert dag.get_task("approve").upstream_task_ids == {"trial"}
    assert dag.get_task("trial").upstream_task_ids == {"preflight"}


def test_what_the_question_shows_is_an_xcom_of_its_own() -> None:
    """Airflow finds what a task returned by a key only where the task says so."""
    dag = wired()
    approve = dag.get_task("approve")
    assert {approve.body.key, approve.wanted.key} == {"told", "ask"}  # type: ignore[attr-defined]
    assert dag.get_task("trial").multiple_outputs


def test_a_person_is_waited_for_outside_of_setup_and_teardown() -> None:
    """All that lies between them is in the cluster's scope."""
    dag = wired()
    create, approve = dag.get_task("recovery.create"), dag.get_task("approve")
    assert create.is_setup
    assert create.task_id not in {task.task_id for task in approve.get_flat_relatives(upstream=True)}


def test_an_airflow_that_asks_nobody_goes_from_the_trial_to_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_groups, "ASKS_PEOPLE", False)
    dag = wired()
    assert "approve" not in dag.task_ids
    assert dag.get_task("recovery.create").upstream_task_ids == {"preflight", "trial"}


@pytest.mark.parametrize(("wanted", "asked"), [(True, True), ("True", True), (False, False), ("False", False)])
def test_only_where_it_is_wanted_somebody_is_asked(monkeypatch: pytest.MonkeyPatch, wanted: Any, asked: bool) -> None:
    monkeypatch.setattr(HITLOperator, "execute", lambda self, context: "asked")
    approve = RecoveryApprovalOperator(task_id="approve", subject="Go on?", wanted=wanted)
    assert approve.execute({}) == ("asked" if asked else None)  # type: ignore[typeddict-item]


def test_a_time_limit_rejects_and_a_rejection_skips_the_report_too() -> None:
    approve = wired().get_task("approve")
    assert isinstance(approve, RecoveryApprovalOperator)
    assert approve.defaults == [RecoveryApprovalOperator.REJECT]
    assert approve.response_timeout is not None
    assert approve.ignore_downstream_trigger_rules
    assert not approve.fail_on_reject
    assert "report" in {task.task_id for task in approve.get_flat_relatives(upstream=False)}
