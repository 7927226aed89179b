"""The operators and sensors against the fabric's EMR, each task run in this process as a worker would run it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException
from event_recovery.contract import NAMESPACE
from event_recovery_provider import launch
from event_recovery_provider.exceptions import (
    AwsRefusedError,
    CheckpointsStalledError,
    ClusterFailedError,
    JobFailedError,
    PreflightError,
    RelaunchError,
    RowsMissingError,
    SettingsError,
)
from event_recovery_provider.names import RunIdentity
from event_recovery_provider.operators.cluster import CreateRecoveryClusterOperator, TerminateRecoveryClusterOperator
from event_recovery_provider.operators.job import SubmitRecoveryJobOperator
from event_recovery_provider.operators.preflight import RecoveryPreflightOperator
from event_recovery_provider.operators.report import RecoveryReportOperator
from event_recovery_provider.operators.single import RunRecoveryOperator
from event_recovery_provider.operators.sweep import SweepRecoveryClustersOperator
from event_recovery_provider.sensors.balance import MetricBalanceSensor
from event_recovery_provider.sensors.checkpoint import FlinkCheckpointSensor
from event_recovery_provider.sensors.cluster import RecoveryClusterReadySensor
from event_recovery_provider.sensors.job import RecoveryJobSensor
from localaws.fabric import Fabric
from localaws.testing import ENDED, wait_for_cluster, wait_for_step
from provider_site import Site, alive, open_site, started

pytestmark = pytest.mark.integration


class Store(dict[str, Any]):
    """The store that Airflow keeps for a task instance."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


@dataclass
class TaskInstance:
    """As much of a task instance as the operators use."""

    dag_id: str
    run_id: str
    map_index: int = -1
    links: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.links[key] = value


class Run:
    """One DAG run: the tasks of it share an identity, and each has a store."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.ti = TaskInstance("tests", f"run-{uuid.uuid4().hex}")
        self.identity = RunIdentity("tests", self.ti.run_id)
        self.stores: dict[str, Store] = {}
        self.plan: dict[str, Any] = {}

    def context(self, task: Any) -> Any:
        store = self.stores.setdefault(task.task_id, Store())
        return {"ti": self.ti, "params": {}, "task_state_store": store, "outlet_events": {}, "dag": DAG("tests")}

    def execute(self, task: Any) -> Any:
        return task.execute(self.context(task))

    def preflight(self, *stand_in: str, **changes: Any) -> dict[str, Any]:
        settings = self.site.settings(*stand_in, **changes)
        self.plan = self.execute(RecoveryPreflightOperator(task_id="preflight", settings=settings))
        return self.plan

    def create(self, **arguments: Any) -> str:
        job_flow_id: str = self.execute(self.creator(**arguments))
        return job_flow_id

    def creator(self, **arguments: Any) -> CreateRecoveryClusterOperator:
        return CreateRecoveryClusterOperator(
            **{
                "task_id": "create",
                "job_flow": self.plan["job_flow"],
                "job_seconds": 3600,
                "success_uri": self.plan["success_uri"],
                **arguments,
            }
        )

    def submit(self, job_flow_id: str, **arguments: Any) -> str:
        step_id: str = self.execute(
            SubmitRecoveryJobOperator(
                task_id="submit",
                job_flow_id=job_flow_id,
                job=self.plan["job"],
                required=self.plan["required"],
                success_uri=self.plan["success_uri"],
                **arguments,
            )
        )
        return step_id

    def terminate(self, job_flow_id: str | None = None) -> list[str]:
        ended: list[str] = self.execute(
            TerminateRecoveryClusterOperator(task_id="terminate", job_flow_id=job_flow_id, poll_interval=0.1)
        )
        return ended

    def ready(self, job_flow_id: str) -> str:
        sensor = RecoveryClusterReadySensor(task_id="ready", job_flow_id=job_flow_id, poke_interval=0.1, timeout=30)
        sensor.log_wait_seconds = 5
        ready: str = self.execute(sensor)
        return ready

    def finished(self, job_flow_id: str, step_id: str) -> Any:
        sensor = RecoveryJobSensor(
            task_id="job", job_flow_id=job_flow_id, step_id=step_id, poke_interval=0.2, timeout=60, log_wait_seconds=8
        )
        return self.execute(sensor)


@pytest.fixture
def site(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, value in fabric.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launch, "_FIRST_PAUSE_SECONDS", 0.2)
    return open_site(fabric)


@pytest.fixture
def run(site: Site) -> Run:
    return Run(site)


def names(steps: list[dict[str, Any]]) -> list[str]:
    return [step["Name"] for step in reversed(steps)]


def test_a_run_from_settings_to_report(site: Site, run: Run) -> None:
    emr = site.fabric.client("emr")
    plan = run.preflight("--rows", "1000", "--failed-rows", "10")
    assert site.read(f"{plan['prefix'].split('/', 3)[3]}/config.json")["data"] == {}
    job_flow_id = run.create()
    assert run.ready(job_flow_id) == job_flow_id
    step_id = run.submit(job_flow_id)
    cluster = emr.describe_cluster(ClusterId=job_flow_id)["Cluster"]
    assert cluster["AutoTerminate"] is True, "once the job is there the cluster does not outlive it"
    assert {tag["Key"]: tag["Value"] for tag in cluster["Tags"]}["event-recovery:dag-run-id"] == run.ti.run_id
    checkpoint = run.execute(
        FlinkCheckpointSensor(
            task_id="checkpoint",
            job_flow_id=job_flow_id,
            step_id=step_id,
            checkpoint_dir=plan["checkpoint_dir"],
            checkpoint_interval=plan["checkpoint_interval"],
            poke_interval=0.2,
            timeout=30,
        )
    )
    assert checkpoint.startswith(f"{plan['checkpoint_dir']}/")
    assert checkpoint.endswith("/chk-1")
    counts = run.execute(
        MetricBalanceSensor(
            task_id="balance",
            job_flow_id=job_flow_id,
            step_id=step_id,
            namespace="CWAgent",
            since="2026-01-01T00:00:00+00:00",
            period_seconds=1,
            grace_seconds=20,
            summary_uri=plan["summary_uri"],
            poke_interval=0.5,
            timeout=60,
        )
    )
    assert counts["submitted"] % 1000 == 0, "other runs of this fabric share its only host"
    numbers = run.execute(
        RecoveryReportOperator(
            task_id="report", summary_uri=plan["summary_uri"], metric_counts=counts, publish_metrics=True
        )
    )
    assert (numbers["submitted"], numbers["recovered"], numbers["failed"]) == (1000, 990, 10)
    assert numbers["balanced"] is True
    published = site.fabric.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert {metric["MetricName"] for metric in published} >= {"run_submitted", "run_recovered"}
    assert run.terminate(job_flow_id) in ([job_flow_id], [])
    wait_for_cluster(emr, job_flow_id, *ENDED)
    assert {"emr_cluster", "recovery_prefix", "recovery_step_logs", "recovery_metrics"} <= set(run.ti.links)


def test_every_try_of_create_finds_the_same_cluster(site: Site, run: Run) -> None:
    run.preflight()
    first = run.create()
    assert run.create() == first, "by the store"
    run.stores.clear()
    assert run.create() == first, "by the name"
    assert started(site.fabric, run.identity.cluster_name) == [first]
    run.terminate()
    run.stores.clear()
    assert run.create() != first, "a cluster that is gone is not adopted"
    run.terminate()


def test_a_lost_answer_starts_no_second_cluster(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(launch.ONCE, "read_timeout", 1)
    run.preflight()
    site.fabric.admin.arm("read-timeout", action="RunJobFlow", seconds=3)
    job_flow_id = run.create()
    time.sleep(3)
    assert started(site.fabric, run.identity.cluster_name) == [job_flow_id]
    run.terminate(job_flow_id)


def test_a_second_cluster_of_the_name_is_ended(site: Site, run: Run) -> None:
    run.preflight()
    first = run.create()
    emr = site.fabric.client("emr")
    second = emr.run_job_flow(**run.creator().request(run.identity))["JobFlowId"]
    run.stores.clear()
    assert run.create() == first
    wait_for_cluster(emr, second, *ENDED)
    run.terminate()


def test_a_request_that_emr_refuses_is_not_sent_again(site: Site, run: Run) -> None:
    run.preflight()
    two = [{"InstanceRole": "MASTER", "InstanceCount": 2, "InstanceType": "m5.xlarge"}]
    with pytest.raises(AwsRefusedError, match=r"ValidationException: .*one primary instance"):
        run.create(job_flow_overrides={"Instances": {"InstanceGroups": two}})
    with pytest.raises(AwsRefusedError, match=r"(?s)ParamValidationError: .*StepConcurrencyLevel"):
        run.create(job_flow_overrides={"StepConcurrencyLevel": "many"})
    assert started(site.fabric, run.identity.cluster_name) == []


def test_throttling_is_waited_out_everywhere(site: Site, run: Run) -> None:
    run.preflight()
    site.fabric.admin.arm("throttle", action="*", fraction=0.3)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    assert run.finished(job_flow_id, step_id) == step_id
    run.terminate(job_flow_id)
    site.fabric.admin.disarm()
    assert started(site.fabric, run.identity.cluster_name) == [job_flow_id]
    steps = site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]
    assert names(steps) == [f"{run.identity.step_name}-setup", run.identity.step_name]


def test_every_try_of_submit_finds_the_same_step(site: Site, run: Run) -> None:
    run.preflight("--seconds", "30")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    first = run.submit(job_flow_id)
    assert run.submit(job_flow_id) == first
    assert len(site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]) == 2
    run.terminate(job_flow_id)


def test_a_lost_answer_submits_no_second_step(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(launch.ONCE, "read_timeout", 1)
    run.preflight()
    job_flow_id = run.create()
    run.ready(job_flow_id)
    site.fabric.admin.arm("read-timeout", action="AddJobFlowSteps", seconds=3)
    step_id = run.submit(job_flow_id)
    assert run.finished(job_flow_id, step_id) == step_id
    assert len(site.fabric.client("emr").list_steps(ClusterId=job_flow_id)["Steps"]) == 2
    run.terminate()


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ({"kind": "bootstrap-failure", "exit_code": 9}, "BOOTSTRAP_FAILURE", "bootstrap action 1"),
        ({"kind": "validation-error", "message": "not supported here"}, "VALIDATION_ERROR", "not supported here"),
        ({"kind": "lost-capacity"}, "INTERNAL_ERROR", "capacity"),
    ],
)
def test_a_cluster_that_does_not_start_says_why(
    site: Site, run: Run, fault: dict[str, Any], code: str, text: str
) -> None:
    site.fabric.admin.arm(**fault)
    run.preflight()
    job_flow_id = run.create()
    with pytest.raises(ClusterFailedError) as caught:
        run.ready(job_flow_id)
    assert caught.value.code == code
    assert text in str(caught.value)
    assert run.terminate(job_flow_id) in ([], [job_flow_id])
    assert job_flow_id not in alive(site.fabric)


@pytest.mark.parametrize("plain", [False, True], ids=["STEP_FAILURE", "plain TERMINATED"])
def test_a_job_that_fails_ends_its_cluster_and_shows_its_logs(site: Site, run: Run, plain: bool) -> None:
    if plain:
        site.fabric.admin.arm("plain-termination", times=2)
    run.preflight("--exit", "31")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    with pytest.raises(JobFailedError) as caught:
        run.finished(job_flow_id, step_id)
    assert caught.value.code == "STEP_FAILURE"
    assert "is FAILED" in str(caught.value)
    assert "the stand-in was told to fail" in caught.value.diagnostics
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)


def test_slow_logs_are_waited_for(site: Site, run: Run) -> None:
    site.fabric.admin.arm("slow-logs", seconds=4, times=None)
    run.preflight("--exit", "31")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    with pytest.raises(JobFailedError, match="the stand-in was told to fail"):
        run.finished(job_flow_id, run.submit(job_flow_id))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "instance-failure", "seconds": 8}, "INSTANCE_FAILURE"),
        ({"kind": "step-interrupted", "step": "*-job", "seconds": 0.5}, "STEP_INTERRUPTED"),
    ],
)
def test_a_job_that_is_lost_is_noticed_at_once(site: Site, run: Run, fault: dict[str, Any], code: str) -> None:
    site.fabric.admin.arm(**fault)
    plan = run.preflight("--seconds", "60", "--checkpoints", "2")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    began = time.monotonic()
    with pytest.raises((JobFailedError, ClusterFailedError)) as caught:
        run.execute(
            FlinkCheckpointSensor(
                task_id="checkpoint",
                job_flow_id=job_flow_id,
                step_id=step_id,
                checkpoint_dir=plan["checkpoint_dir"],
                poke_interval=0.2,
                log_wait_seconds=0,
            )
        )
    assert caught.value.code == code
    assert time.monotonic() - began < 15
    run.terminate(job_flow_id)


@pytest.mark.slow  # a job has three minutes to start
def test_a_job_that_hangs_is_found_stuck(site: Site, run: Run) -> None:
    site.fabric.admin.arm("step-hang", step="*-job")
    plan = run.preflight()
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    with pytest.raises(CheckpointsStalledError, match="no checkpoint completed for"):
        run.execute(
            FlinkCheckpointSensor(
                task_id="checkpoint",
                job_flow_id=job_flow_id,
                step_id=step_id,
                checkpoint_dir=plan["checkpoint_dir"],
                checkpoint_interval=0.5,
                poke_interval=0.2,
                log_wait_seconds=0,
            )
        )
    assert run.terminate(job_flow_id) == [job_flow_id]
    assert job_flow_id not in alive(site.fabric)


def test_the_step_ends_at_its_time_limit_whatever_airflow_does(site: Site, run: Run) -> None:
    run.preflight("--seconds", "60", max_hours=1 / 3600)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    with pytest.raises(JobFailedError, match="is FAILED"):
        run.finished(job_flow_id, run.submit(job_flow_id))
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)


def test_an_idle_cluster_ends_although_nobody_ever_comes(site: Site, run: Run) -> None:
    site.fabric.admin.set_pace(clock_speed=3600)
    run.preflight()
    wait_for_cluster(site.fabric.client("emr"), run.create(), *ENDED)


def test_a_new_cluster_goes_on_from_the_newest_checkpoint(site: Site, run: Run) -> None:
    plan = run.preflight("--exit", "31", "--checkpoints", "3")
    first = run.create()
    run.ready(first)
    with pytest.raises(JobFailedError):
        run.finished(first, run.submit(first))
    run.terminate(first)
    plan["job"]["arguments"] = plan["job"]["arguments"][: -len(["--exit", "31", "--checkpoints", "3"])]
    second = run.create()
    run.ready(second)
    step_id = run.submit(second)
    assert run.finished(second, step_id) == step_id
    step = site.fabric.client("emr").describe_step(ClusterId=second, StepId=step_id)["Step"]
    command = step["Config"]["Args"]
    assert command[command.index("-s") + 1].endswith("/chk-3")
    run.terminate()


def test_a_complete_run_starts_nothing_again(site: Site, run: Run) -> None:
    run.preflight()
    job_flow_id = run.create()
    run.ready(job_flow_id)
    run.finished(job_flow_id, run.submit(job_flow_id))
    run.terminate()
    with pytest.raises(AirflowSkipException, match="complete"):
        run.preflight()
    with pytest.raises(AirflowSkipException, match="nothing for a cluster to do"):
        run.create()
    with pytest.raises(AirflowSkipException, match="every event twice"):
        run.submit(job_flow_id)
    assert started(site.fabric, run.identity.cluster_name) == [job_flow_id]


def test_a_teardown_needs_no_id_and_overrules_protection(site: Site, run: Run) -> None:
    run.preflight()
    job_flow_id = run.create(job_flow_overrides={"Instances": {"TerminationProtected": True}})
    assert run.terminate(None) == [job_flow_id]
    assert run.terminate(None) == []
    assert run.terminate(job_flow_id) == []


def test_a_create_that_is_killed_ends_what_it_started(site: Site, run: Run) -> None:
    run.preflight()
    creator = run.creator()
    creator.on_kill()
    job_flow_id = creator.execute(run.context(creator))
    creator.on_kill()
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)
    nameless = run.creator()
    nameless._identity = run.identity
    run.stores.clear()
    second = run.create()
    nameless.on_kill()
    wait_for_cluster(site.fabric.client("emr"), second, *ENDED)


def test_a_sensor_that_is_killed_can_cancel_only_the_step(site: Site, run: Run) -> None:
    run.preflight("--seconds", "60")
    job_flow_id = run.create()
    run.ready(job_flow_id)
    step_id = run.submit(job_flow_id)
    emr = site.fabric.client("emr")
    wait_for_step(emr, job_flow_id, step_id, "RUNNING")
    RecoveryJobSensor(task_id="job", job_flow_id=job_flow_id, step_id=step_id, kill_policy="cancel_step").on_kill()
    assert wait_for_step(emr, job_flow_id, step_id)["Status"]["State"] == "CANCELLED"
    run.terminate(job_flow_id)


def test_preflight_finds_every_problem_before_anything_is_started(site: Site, run: Run) -> None:
    with pytest.raises(PreflightError) as caught:
        run.preflight(
            output="no-such-stream", bundle=f"s3://{site.bucket}/no-bundle", config="{", resolver="s3://nowhere/x"
        )
    text = str(caught.value)
    for problem in ("output no-such-stream", "no-bundle: manifest.json: missing", "config: ", "s3://nowhere/x"):
        assert problem in text
    with pytest.raises(SettingsError, match="bucket: missing"):
        run.preflight(bucket="")


def test_a_bundle_that_does_not_fit_is_refused_before_anything_is_started(site: Site, run: Run) -> None:
    place = "event-recovery/bundles/0.1.0"
    site.put(f"{place}/job.py", b"cut")
    site.fabric.client("s3").delete_object(Bucket=site.bucket, Key=f"{place}/node-setup.sh")
    with pytest.raises(PreflightError) as caught:
        run.preflight()
    text = str(caught.value)
    for problem in ("node-setup.sh: missing", "job.py: 3 bytes, expected 28"):
        assert f"bundle s3://{site.bucket}/{place}: {problem}" in text
    assert f"event-recovery bundle upload s3://{site.bucket}/{place}" in text
    with pytest.raises(PreflightError, match=r"the bundle has version 0\.1\.0, expected 9\.9\.9"):
        run.preflight(version="9.9.9", bundle=f"s3://{site.bucket}/{place}")
    assert started(site.fabric, run.identity.cluster_name) == []


def test_nothing_to_recover_is_a_skip_or_a_failure_as_asked(site: Site, run: Run) -> None:
    site.put("empty/_SUCCESS", b"")
    with pytest.raises(AirflowSkipException, match="nothing to recover"):
        run.preflight(inputdir="empty")
    settings = site.settings(inputdir="empty")
    strict = RecoveryPreflightOperator(task_id="preflight", settings=settings, skip_when_empty=False)
    with pytest.raises(PreflightError, match="no object in"):
        run.execute(strict)


def test_a_report_without_an_account_or_with_rows_missing_fails(site: Site, run: Run) -> None:
    plan = run.preflight("--lose", "5")
    report = RecoveryReportOperator(task_id="report", summary_uri=plan["summary_uri"])
    with pytest.raises(RowsMissingError, match="does not exist"):
        run.execute(report)
    job_flow_id = run.create()
    run.ready(job_flow_id)
    run.finished(job_flow_id, run.submit(job_flow_id))
    with pytest.raises(RowsMissingError, match="5 of 100 rows are not accounted for"):
        run.execute(report)
    run.terminate()


def single(site: Site, *stand_in: str) -> RunRecoveryOperator:
    return RunRecoveryOperator(
        task_id="recover", settings=site.settings(*stand_in), poll_interval=0.2, log_wait_seconds=5, deferrable=False
    )


def test_one_task_does_it_all_and_its_cluster_ends_itself(site: Site, run: Run) -> None:
    numbers = run.execute(single(site, "--rows", "7", "--failed-rows", "1"))
    assert (numbers["submitted"], numbers["recovered"]) == (7, 6)
    (job_flow_id,) = started(site.fabric, run.identity.cluster_name)
    wait_for_cluster(site.fabric.client("emr"), job_flow_id, *ENDED)
    assert run.execute(single(site))["submitted"] == 7, "a later try reports what is complete"
    assert len(started(site.fabric, run.identity.cluster_name)) == 1


def test_one_task_tries_again_only_what_a_new_cluster_may_mend(site: Site, run: Run) -> None:
    with pytest.raises(JobFailedError, match="told to fail"):
        run.execute(single(site, "--exit", "31"))
    site.fabric.admin.arm("instance-failure", seconds=0.5)
    with pytest.raises(RelaunchError, match="INSTANCE_FAILURE"):
        run.execute(single(site, "--seconds", "30", "--checkpoints", "10"))
    assert run.execute(single(site))["balanced"] is True
    assert len(started(site.fabric, run.identity.cluster_name)) == 3


def test_the_sweeper_ends_orphans_and_nothing_else(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.preflight()
    mine = run.create()
    other = Run(site)
    other.preflight()
    orphan = other.create()
    foreign = site.fabric.client("emr").run_job_flow(
        Name="event-recovery-looks-like-one",
        Instances={"InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m5.xlarge"},
        ReleaseLabel="emr-7.13.0",
        JobFlowRole="x",
        ServiceRole="y",
    )["JobFlowId"]
    states = {run.ti.run_id: "running", other.ti.run_id: "failed"}
    monkeypatch.setattr(
        "event_recovery_provider.operators.sweep.dag_run_state", lambda dag_id, dag_run_id: states[dag_run_id]
    )
    look = SweepRecoveryClustersOperator(task_id="sweep", grace_seconds=0, report_only=True)
    assert [one["job_flow_id"] for one in look.execute({})] == [orphan]
    assert orphan in alive(site.fabric)
    SweepRecoveryClustersOperator(task_id="sweep", grace_seconds=0).execute({})
    wait_for_cluster(site.fabric.client("emr"), orphan, *ENDED)
    assert {mine, foreign} <= set(alive(site.fabric))
    run.terminate()
    site.fabric.client("emr").terminate_job_flows(JobFlowIds=[foreign])
