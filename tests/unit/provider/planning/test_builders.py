"""What the builders make of settings: the RunJobFlow request, the steps, the Flink configuration."""

from __future__ import annotations

import copy
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from event_recovery_provider.planning import flink_job
from event_recovery_provider.planning.flink_job import FlinkJob
from event_recovery_provider.planning.job_flow import Nodes, bootstrap_action, merge_job_flow, recovery_job_flow

pytestmark = pytest.mark.unit

TWO_TYPES = ("m5.xlarge", "m6i.xlarge")
JOB = FlinkJob(arguments=["--input", "s3://b/in/"], checkpoint_dir="s3://b/runs/x/checkpoints")


def request(**changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "nodes": Nodes(),
        "subnets": ["subnet-1"],
        "instance_profile": "EMR_EC2",
        "log_uri": "s3://b/logs/",
        **changes,
    }
    return recovery_job_flow(**arguments)


def assert_valid(operation: str, arguments: dict[str, Any]) -> None:
    """Check arguments against botocore's own model of EMR."""
    model = botocore.session.get_session().get_service_model("emr").operation_model(operation)
    report = ParamValidator().validate(arguments, model.input_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    "nodes",
    [
        Nodes(),
        Nodes(task_count=3),
        Nodes(core_types=("m5.xlarge", "m6i.xlarge"), task_count=2, task_types=("r5.xlarge", "r6i.xlarge")),
        Nodes(core_types=TWO_TYPES, disk_gb=100),
    ],
)
def test_requests_are_valid_for_emr(nodes: Nodes) -> None:
    made = request(
        nodes=nodes,
        keypair="key",
        security_configuration="imds2",
        log_kms_key="arn:aws:kms:us-east-1:123456789012:key/x",
        bootstrap_actions=[bootstrap_action("install", "s3://b/bootstrap.sh", "s3://b")],
        configurations=flink_job.configurations(spot=bool(nodes.task_count)),
    )
    assert_valid("RunJobFlow", {**made, "Name": "x"})


def test_a_cluster_waits_for_its_job_but_not_for_ever() -> None:
    made = request()
    assert made["Instances"]["KeepJobFlowAliveWhenNoSteps"] is True
    assert made["Instances"]["TerminationProtected"] is False
    assert made["AutoTerminationPolicy"] == {"IdleTimeout": 1800}
    assert made["StepConcurrencyLevel"] == 1


def test_task_nodes_are_spot_and_the_others_are_not() -> None:
    groups = {
        group["InstanceRole"]: group for group in request(nodes=Nodes(task_count=4))["Instances"]["InstanceGroups"]
    }
    assert {role: group["Market"] for role, group in groups.items()} == {
        "MASTER": "ON_DEMAND",
        "CORE": "ON_DEMAND",
        "TASK": "SPOT",
    }
    fleets = {
        fleet["InstanceFleetType"]: fleet
        for fleet in request(nodes=Nodes(task_count=4, core_types=TWO_TYPES))["Instances"]["InstanceFleets"]
    }
    assert fleets["TASK"]["TargetSpotCapacity"] == 4
    assert fleets["TASK"]["LaunchSpecifications"]["SpotSpecification"]["TimeoutAction"] == "SWITCH_TO_ON_DEMAND"
    assert fleets["CORE"]["TargetSpotCapacity"] == 0


def test_several_subnets_need_fleets() -> None:
    with pytest.raises(ValueError, match="subnets has 2 entries"):
        request(subnets=["subnet-1", "subnet-2"])
    made = request(subnets=["subnet-1", "subnet-2"], nodes=Nodes(core_types=TWO_TYPES))
    assert made["Instances"]["Ec2SubnetIds"] == ["subnet-1", "subnet-2"]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({"core_count": 0}, "core_count is 0"),
        ({"task_count": -1}, "task_count is -1"),
        ({"core_types": ()}, "each role needs"),
        ({"task_count": 1, "task_types": ()}, "each role needs"),
    ],
)
def test_nodes_that_can_not_be_are_refused(nodes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Nodes(**nodes)


def test_overrides_reach_every_depth_and_change_nothing_else() -> None:
    base = request(overrides={"Tags": [{"Key": "a", "Value": "1"}]}, configurations=flink_job.configurations())
    before = copy.deepcopy(base)
    merged = merge_job_flow(
        base,
        {
            "Instances": {"TerminationProtected": True, "Ec2SubnetId": None},
            "Tags": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}],
            "Configurations": [
                {"Classification": "flink-conf", "Properties": {"taskmanager.numberOfTaskSlots": "4"}},
                {"Classification": "core-site", "Properties": {"x": "y"}},
            ],
            "OSReleaseLabel": "2023.12.20260629.0",
        },
    )
    assert base == before
    assert merged["Instances"]["TerminationProtected"] is True
    assert "Ec2SubnetId" not in merged["Instances"]
    assert merged["Instances"]["InstanceGroups"] == base["Instances"]["InstanceGroups"]
    assert merged["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]
    properties = {entry["Classification"]: entry["Properties"] for entry in merged["Configurations"]}
    assert properties["flink-conf"]["taskmanager.numberOfTaskSlots"] == "4"
    assert properties["flink-conf"]["cluster.uncaught-exception-handling"] == "FAIL"
    assert properties["core-site"] == {"x": "y"}
    assert merged["OSReleaseLabel"] == "2023.12.20260629.0"


def test_fleets_given_as_override_drop_the_groups() -> None:
    fleets = [{"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1}]
    merged = merge_job_flow(request(), {"Instances": {"InstanceFleets": fleets}})
    assert merged["Instances"]["InstanceFleets"] == fleets
    assert "InstanceGroups" not in merged["Instances"]


def test_the_job_runs_attached_and_under_a_time_limit() -> None:
    command = flink_job.flink_command(JOB)
    assert command[:4] == ["timeout", "--signal=TERM", "--kill-after=60", "86400"]
    assert command[4:10] == ["env", "LC_ALL=C.UTF-8", "flink", "run", "-t", "yarn-per-job"]
    assert "-d" not in command
    assert command[-2:] == ["--input", "s3://b/in/"]
    assert "-s" not in command


def test_a_resumed_job_leaves_its_checkpoint_alone() -> None:
    command = flink_job.flink_command(JOB, resume_from="s3://b/runs/x/checkpoints/1/chk-7")
    at = command.index("-s")
    assert command[at : at + 4] == ["-s", "s3://b/runs/x/checkpoints/1/chk-7", "-claimMode", "NO_CLAIM"]
    assert at < command.index("-py")


def test_steps_end_the_cluster_when_they_fail_and_hold_it_when_they_do_not() -> None:
    job = FlinkJob(arguments=[], checkpoint_dir="s3://b/c", setup=["bash", "/opt/event-recovery/node-setup.sh"])
    made = flink_job.steps(job, name="run-job")
    assert [(step["Name"], step["ActionOnFailure"]) for step in made] == [
        ("run-job-setup", "TERMINATE_CLUSTER"),
        ("run-job", "TERMINATE_CLUSTER"),
        ("run-job-drain", "CONTINUE"),
    ]
    assert made[2]["HadoopJarStep"]["Args"] == ["sleep", "75"]
    assert_valid("AddJobFlowSteps", {"JobFlowId": "j-1", "Steps": made})
    alone = flink_job.steps(FlinkJob(arguments=[], checkpoint_dir="s3://b/c", drain_seconds=0), name="run-job")
    assert [step["Name"] for step in alone] == ["run-job"]


def test_flink_reports_the_counters_under_the_documented_names() -> None:
    entry = flink_job.configurations(extra={"taskmanager.memory.process.size": "4g"})[0]
    properties = entry["Properties"]
    assert entry["Classification"] == "flink-conf"
    assert properties["metrics.scope.operator"] == "taskmanager.<tm_id>..<operator_name>.<subtask_index>"
    assert properties["metrics.reporter.statsd.port"] == "8125"
    assert properties["taskmanager.memory.process.size"] == "4g"
    assert "env.java.opts.all" not in properties
    assert all(isinstance(value, str) for value in properties.values())


def test_spot_nodes_do_not_get_the_job_manager() -> None:
    sites = {entry["Classification"]: entry["Properties"] for entry in flink_job.configurations(spot=True)}
    for prefix in ("yarn.", "yarn.resourcemanager."):
        assert sites["yarn-site"][f"{prefix}node-labels.am.default-node-label-expression"] == "CORE"


def test_names_beyond_ascii_reach_every_process_of_the_job() -> None:
    properties = flink_job.configurations()[0]["Properties"]
    for process in ("master", "taskmanager"):
        assert properties[f"containerized.{process}.env.LC_ALL"] == "C.UTF-8"
