"""The local EMR's clusters, through boto3: their life, their listing and their switches."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws.fabric import Fabric
from localaws.testing import ENDED, job_flow, read_log, shell_step, wait_for_cluster, wait_for_step

pytestmark = pytest.mark.integration


@pytest.fixture
def emr(fabric: Fabric) -> Any:
    return fabric.client("emr")


def start(emr: Any, **request: Any) -> str:
    cluster_id: str = emr.run_job_flow(**job_flow(**request))["JobFlowId"]
    return cluster_id


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_kept_cluster_waits_until_it_is_terminated(fabric: Fabric, emr: Any) -> None:
    fabric.admin.set_pace(bootstrap=0.5)
    answer = emr.run_job_flow(**job_flow("life"))
    cluster_id = answer["JobFlowId"]
    assert cluster_id.startswith("j-")
    assert answer["ClusterArn"] == f"arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/{cluster_id}"
    first = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]
    assert first["State"] == "STARTING"
    assert "ReadyDateTime" not in first["Timeline"]
    wait_for_cluster(emr, cluster_id, "BOOTSTRAPPING")
    waiting = wait_for_cluster(emr, cluster_id, "WAITING")["Status"]
    assert waiting["StateChangeReason"] == {"Message": "Cluster ready to run steps."}

    emr.terminate_job_flows(JobFlowIds=[cluster_id])

    ending = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]
    assert ending["State"] == "TERMINATING"
    ended = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]
    assert ended["State"] == "TERMINATED"
    assert ended["StateChangeReason"] == {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
    times = [ended["Timeline"][name] for name in ("CreationDateTime", "ReadyDateTime", "EndDateTime")]
    assert times == sorted(times)


def test_a_cluster_that_is_not_kept_ends_after_its_steps(emr: Any) -> None:
    cluster_id = start(emr, keep_alive=False, Steps=[shell_step("true")])
    ended = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]
    assert ended["State"] == "TERMINATED"
    assert ended["StateChangeReason"] == {"Code": "ALL_STEPS_COMPLETED", "Message": "Steps completed"}


def test_a_cluster_that_is_not_kept_and_has_no_steps_ends_after_its_start(emr: Any) -> None:
    ended = wait_for_cluster(emr, start(emr, keep_alive=False), *ENDED)["Status"]
    assert ended["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"


def test_ceasing_to_keep_a_cluster_ends_it_when_its_steps_are_done(emr: Any) -> None:
    cluster_id = start(emr, Steps=[shell_step("sleep 0.5")])
    emr.set_keep_job_flow_alive_when_no_steps(JobFlowIds=[cluster_id], KeepJobFlowAliveWhenNoSteps=False)
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["AutoTerminate"] is True
    wait_for_cluster(emr, cluster_id, "RUNNING")
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["State"] == "TERMINATED"


def test_a_protected_cluster_refuses_to_be_terminated_and_the_others_of_the_call_end(emr: Any) -> None:
    protected, other = start(emr, name="kept", protected=True), start(emr, name="other")
    with pytest.raises(ClientError, match="termination protected") as error:
        emr.terminate_job_flows(JobFlowIds=[protected, other])
    assert code_of(error) == "ValidationException"
    wait_for_cluster(emr, other, *ENDED)
    wait_for_cluster(emr, protected, "WAITING")

    emr.set_termination_protection(JobFlowIds=[protected], TerminationProtected=False)
    assert emr.describe_cluster(ClusterId=protected)["Cluster"]["TerminationProtected"] is False
    emr.terminate_job_flows(JobFlowIds=[protected])
    wait_for_cluster(emr, protected, "TERMINATED")


def test_protection_does_not_keep_a_cluster_whose_steps_are_done(emr: Any) -> None:
    cluster_id = start(emr, keep_alive=False, protected=True, Steps=[shell_step("true")])
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["State"] == "TERMINATED"


def test_terminating_a_cluster_twice_is_harmless(emr: Any) -> None:
    cluster_id = start(emr)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, "TERMINATED")
    emr.terminate_job_flows(JobFlowIds=[cluster_id])


def test_an_idle_cluster_ends_by_its_policy(fabric: Fabric, emr: Any) -> None:
    fabric.admin.set_pace(clock_speed=120.0)  # a minute is half a second
    cluster_id = start(emr, AutoTerminationPolicy={"IdleTimeout": 60}, Steps=[shell_step("sleep 0.8")])
    assert emr.get_auto_termination_policy(ClusterId=cluster_id)["AutoTerminationPolicy"] == {"IdleTimeout": 60}
    wait_for_cluster(emr, cluster_id, "RUNNING")
    waiting = wait_for_cluster(emr, cluster_id, "WAITING")  # a running step is not idleness, however long it takes
    assert waiting["Status"]["StateChangeReason"]["Message"] == "Cluster ready after last step completed."
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["State"] == "TERMINATED"


def test_idle_policies_can_be_put_and_removed(fabric: Fabric, emr: Any) -> None:
    cluster_id = start(emr)
    assert "AutoTerminationPolicy" not in emr.get_auto_termination_policy(ClusterId=cluster_id)
    emr.put_auto_termination_policy(ClusterId=cluster_id, AutoTerminationPolicy={"IdleTimeout": 3600})
    assert emr.get_auto_termination_policy(ClusterId=cluster_id)["AutoTerminationPolicy"]["IdleTimeout"] == 3600
    emr.remove_auto_termination_policy(ClusterId=cluster_id)
    assert "AutoTerminationPolicy" not in emr.get_auto_termination_policy(ClusterId=cluster_id)
    wait_for_cluster(emr, cluster_id, "WAITING")
    fabric.admin.set_pace(clock_speed=1000.0)
    emr.put_auto_termination_policy(ClusterId=cluster_id, AutoTerminationPolicy={"IdleTimeout": 60})
    wait_for_cluster(emr, cluster_id, "TERMINATED")


@pytest.mark.parametrize("seconds", [59, 604_801])
def test_idle_timeouts_have_bounds(emr: Any, seconds: int) -> None:
    with pytest.raises(ClientError, match=str(seconds)) as error:
        start(emr, AutoTerminationPolicy={"IdleTimeout": seconds})
    assert code_of(error) == "ValidationException"


def test_listing_clusters_filters_and_pages(emr: Any) -> None:
    wanted = [start(emr, name=f"listed-{number}", keep_alive=False) for number in range(55)]
    pages = [*emr.get_paginator("list_clusters").paginate()]
    assert len(pages) > 1
    assert len(pages[0]["Clusters"]) == 50
    listed = [cluster["Id"] for page in pages for cluster in page["Clusters"]]
    assert [cluster_id for cluster_id in listed if cluster_id in wanted] == wanted[::-1]  # newest first

    for cluster_id in wanted:
        wait_for_cluster(emr, cluster_id, "TERMINATED", seconds=60)
    alive = start(emr, name="listed-alive")
    active = emr.list_clusters(ClusterStates=["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"])["Clusters"]
    assert alive in [cluster["Id"] for cluster in active]
    assert not {*wanted} & {cluster["Id"] for cluster in active}

    created = emr.describe_cluster(ClusterId=alive)["Cluster"]["Status"]["Timeline"]["CreationDateTime"]
    moment = dt.timedelta(milliseconds=1)
    around = emr.list_clusters(CreatedAfter=created - moment, CreatedBefore=created + moment)["Clusters"]
    assert [cluster["Id"] for cluster in around] == [alive]
    assert around[0]["Name"] == "listed-alive"
    emr.terminate_job_flows(JobFlowIds=[alive])


def test_clusters_belong_to_a_region(fabric: Fabric, emr: Any) -> None:
    import boto3  # type: ignore[import-untyped]

    options = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    elsewhere = boto3.client("emr", endpoint_url=fabric.endpoint_url, region_name="eu-central-1", **options)
    answer = elsewhere.run_job_flow(**job_flow("there", keep_alive=False))
    assert ":eu-central-1:" in answer["ClusterArn"]
    assert answer["JobFlowId"] not in [cluster["Id"] for cluster in emr.list_clusters()["Clusters"]]
    assert answer["JobFlowId"] in [cluster["Id"] for cluster in elsewhere.list_clusters()["Clusters"]]


def test_a_cluster_is_described_as_it_was_asked_for(emr: Any) -> None:
    configurations = [{"Classification": "flink-conf", "Properties": {"parallelism.default": "2"}}]
    groups = [
        {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
        {"InstanceRole": "CORE", "InstanceType": "m5.2xlarge", "InstanceCount": 2, "Market": "SPOT", "Name": "work"},
    ]
    cluster_id = start(
        emr,
        name="described",
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True, "Ec2SubnetId": "subnet-1"},
        Applications=[{"Name": "Flink"}],
        Configurations=configurations,
        Tags=[{"Key": "run", "Value": "r-1"}],
        LogUri="s3://nowhere/logs/",
        StepConcurrencyLevel=3,
        BootstrapActions=[{"Name": "boot", "ScriptBootstrapAction": {"Path": "s3://no/script.sh", "Args": ["a"]}}],
    )
    cluster = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert cluster["Name"] == "described"
    assert cluster["ReleaseLabel"] == "emr-7.13.0"
    assert cluster["Applications"] == [{"Name": "Flink"}]
    assert cluster["Configurations"] == configurations
    assert cluster["Tags"] == [{"Key": "run", "Value": "r-1"}]
    assert cluster["LogUri"] == "s3://nowhere/logs/"
    assert cluster["StepConcurrencyLevel"] == 3
    assert cluster["Ec2InstanceAttributes"]["Ec2SubnetId"] == "subnet-1"
    assert cluster["Ec2InstanceAttributes"]["IamInstanceProfile"] == "EMR_EC2_DefaultRole"
    assert cluster["InstanceCollectionType"] == "INSTANCE_GROUP"

    actions = emr.list_bootstrap_actions(ClusterId=cluster_id)["BootstrapActions"]
    assert actions == [{"Name": "boot", "ScriptPath": "s3://no/script.sh", "Args": ["a"]}]
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [(group["InstanceGroupType"], group["RequestedInstanceCount"], group["Market"]) for group in listed] == [
        ("MASTER", 1, "ON_DEMAND"),
        ("CORE", 2, "SPOT"),
    ]
    core = emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["CORE"])["Instances"]
    assert [instance["InstanceGroupId"] for instance in core] == [listed[1]["Id"]] * 2
    assert {instance["InstanceType"] for instance in core} == {"m5.2xlarge"}
    assert len(emr.list_instances(ClusterId=cluster_id)["Instances"]) == 3
    assert emr.list_instances(ClusterId=cluster_id, InstanceStates=["TERMINATED"])["Instances"] == []

    ended = wait_for_cluster(emr, cluster_id, *ENDED)["Status"]  # there is no such bootstrap script
    assert ended["StateChangeReason"]["Code"] == "BOOTSTRAP_FAILURE"
    states = {instance["Status"]["State"] for instance in emr.list_instances(ClusterId=cluster_id)["Instances"]}
    assert states == {"TERMINATED"}
    assert emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][0]["Status"]["State"] == "TERMINATED"


def test_fleets_are_listed(emr: Any) -> None:
    def fleet(role: str, on_demand: int, spot: int = 0) -> dict[str, Any]:
        types = [{"InstanceType": "m5.xlarge", "WeightedCapacity": 1}]
        return {
            "InstanceFleetType": role,
            "TargetOnDemandCapacity": on_demand,
            "TargetSpotCapacity": spot,
            "InstanceTypeConfigs": types,
        }

    fleets = [fleet("MASTER", 1), fleet("CORE", 1, spot=2)]
    instances = {
        "InstanceFleets": fleets,
        "KeepJobFlowAliveWhenNoSteps": True,
        "Ec2SubnetIds": ["subnet-1", "subnet-2"],
    }
    cluster_id = start(emr, Instances=instances)
    cluster = wait_for_cluster(emr, cluster_id, "WAITING")
    assert cluster["InstanceCollectionType"] == "INSTANCE_FLEET"
    assert cluster["Ec2InstanceAttributes"]["RequestedEc2SubnetIds"] == ["subnet-1", "subnet-2"]
    core = emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"][1]
    assert (core["ProvisionedOnDemandCapacity"], core["ProvisionedSpotCapacity"]) == (1, 2)
    spot = emr.list_instances(ClusterId=cluster_id, InstanceFleetType="CORE")["Instances"]
    assert sorted(instance["Market"] for instance in spot) == ["ON_DEMAND", "SPOT", "SPOT"]
    emr.terminate_job_flows(JobFlowIds=[cluster_id])


def test_tags_are_added_and_removed(emr: Any) -> None:
    cluster_id = start(emr, keep_alive=False, Tags=[{"Key": "old", "Value": "1"}])
    emr.add_tags(ResourceId=cluster_id, Tags=[{"Key": "new", "Value": "2"}, {"Key": "bare"}])
    emr.remove_tags(ResourceId=cluster_id, TagKeys=["old", "unknown"])
    tags = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Tags"]
    assert tags == [{"Key": "new", "Value": "2"}, {"Key": "bare", "Value": ""}]


def test_bootstrap_actions_run_before_flink_is_installed_and_their_logs_are_kept(fabric: Fabric, emr: Any) -> None:
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="boot")
    script = (
        "#!/bin/bash\necho started with $1\nsudo mkdir -p /opt/tool && echo tool > /opt/tool/file\n! command -v flink\n"
    )
    s3.put_object(Bucket="boot", Key="boot.sh", Body=script.encode())
    action = {"Name": "boot", "ScriptBootstrapAction": {"Path": "s3://boot/boot.sh", "Args": ["word"]}}
    cluster_id = start(
        emr,
        keep_alive=False,
        Applications=[{"Name": "Flink"}],
        LogUri="s3://boot/logs",
        BootstrapActions=[action],
        Steps=[shell_step("cat /opt/tool/file; ls -d /usr/lib/flink/lib; command -v flink")],
    )
    assert wait_for_cluster(emr, cluster_id, *ENDED)["Status"]["State"] == "TERMINATED"
    primary = next(
        instance["Ec2InstanceId"]
        for instance in emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["MASTER"])["Instances"]
    )
    base = f"s3://boot/logs/{cluster_id}"
    assert read_log(s3, f"{base}/node/{primary}/bootstrap-actions/1/stdout.gz") == "started with word\n"
    step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    tool, lib, flink = read_log(s3, f"{base}/steps/{step_id}/stdout.gz").splitlines()
    assert tool == "tool"
    assert lib.endswith("/usr/lib/flink/lib")
    assert flink.endswith("/usr/bin/flink")


def test_a_failing_bootstrap_action_ends_the_cluster_with_its_details(fabric: Fabric, emr: Any) -> None:
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="badboot")
    s3.put_object(Bucket="badboot", Key="boot.sh", Body=b"exit 7\n")
    action = {"Name": "boot", "ScriptBootstrapAction": {"Path": "s3://badboot/boot.sh"}}
    status = wait_for_cluster(emr, start(emr, BootstrapActions=[action]), *ENDED)["Status"]
    assert status["State"] == "TERMINATED_WITH_ERRORS"
    assert status["StateChangeReason"]["Code"] == "BOOTSTRAP_FAILURE"
    detail = status["ErrorDetails"][0]
    assert detail["ErrorCode"] == "BOOTSTRAP_FAILURE_PRIMARY_WITH_NON_ZERO_CODE"
    assert {"return-code": "7"} in detail["ErrorData"]
    assert {"amazon-s3-path": "s3://badboot/boot.sh"} in detail["ErrorData"]


def test_termination_leaves_no_process_of_the_cluster_and_all_of_the_others(fabric: Fabric, emr: Any) -> None:
    from localaws.tags import tagged

    daemon = "setsid sleep 300 & trap '' TERM; sleep 300 & wait"
    doomed, other = (start(emr, name=name, Steps=[shell_step(daemon)]) for name in ("doomed", "other"))
    for cluster_id in (doomed, other):
        wait_for_cluster(emr, cluster_id, "RUNNING")
        step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
        wait_for_step(emr, cluster_id, step_id, "RUNNING")
    deadline = dt.datetime.now() + dt.timedelta(seconds=5)
    while min(len(tagged("EMR_CLUSTER_ID", cluster_id)) for cluster_id in (doomed, other)) < 3:
        assert dt.datetime.now() < deadline
    fabric.admin.set_pace(grace=0.3)
    emr.terminate_job_flows(JobFlowIds=[doomed])
    wait_for_cluster(emr, doomed, "TERMINATED")
    assert tagged("EMR_CLUSTER_ID", doomed) == []
    assert len(tagged("EMR_CLUSTER_ID", other)) == 3
    assert emr.describe_cluster(ClusterId=other)["Cluster"]["Status"]["State"] == "RUNNING"
    emr.terminate_job_flows(JobFlowIds=[other])
    wait_for_cluster(emr, other, "TERMINATED")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Name": "a|b"}, "contains |"),
        ({"ReleaseLabel": "emr-9.9.9"}, "release label is invalid"),
        ({"ServiceRole": ""}, "ServiceRole is required"),
        ({"JobFlowRole": ""}, "InstanceProfile is required"),
        ({"StepConcurrencyLevel": 257}, "257"),
        (
            {"Instances": {"InstanceCount": 0, "InstanceFleets": [{"InstanceFleetType": "CORE"}]}},
            "one primary instance",
        ),
    ],
)
def test_a_request_that_emr_would_refuse_is_refused(emr: Any, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as error:
        emr.run_job_flow(**{**job_flow(), **change})
    assert code_of(error) == "ValidationException"
    assert message in str(error.value)


def test_input_is_checked_with_the_service_model(fabric: Fabric) -> None:
    from botocore.config import Config

    lax = fabric.client("emr", config=Config(parameter_validation=False))
    with pytest.raises(ClientError, match="Instances") as error:
        lax.run_job_flow(Name="no instances")
    assert code_of(error) == "ValidationException"
    with pytest.raises(ClientError, match="EXPLODE"):
        lax.run_job_flow(**job_flow(Steps=[shell_step("true", on_failure="EXPLODE")]))


def test_unknown_clusters_and_missing_actions_are_clear_errors(emr: Any) -> None:
    with pytest.raises(ClientError, match="Cluster id 'j-NONE' is not valid") as error:
        emr.describe_cluster(ClusterId="j-NONE")
    assert code_of(error) == "InvalidRequestException"
    with pytest.raises(ClientError, match="does not have ListStudios"):
        emr.list_studios()


def test_releases_are_listed_and_described(emr: Any) -> None:
    labels = emr.list_release_labels(Filters={"Prefix": "emr-7", "Application": "Flink 1.20"})["ReleaseLabels"]
    assert labels[0] == "emr-7.14.0"
    assert "emr-7.6.0" in labels
    assert "emr-7.5.0" not in labels
    first = emr.list_release_labels(MaxResults=2)
    second = emr.list_release_labels(MaxResults=2, NextToken=first["NextToken"])
    assert first["ReleaseLabels"] + second["ReleaseLabels"] == emr.list_release_labels()["ReleaseLabels"][:4]
    release = emr.describe_release_label(ReleaseLabel="emr-7.13.0")
    assert {"Name": "Flink", "Version": "1.20.0"} in release["Applications"]
    with pytest.raises(ClientError, match="emr-1"):
        emr.describe_release_label(ReleaseLabel="emr-1")


def test_instance_types_are_listed_by_release_and_by_page(emr: Any) -> None:
    first = emr.list_supported_instance_types(ReleaseLabel="emr-7.13.0")
    second = emr.list_supported_instance_types(ReleaseLabel="emr-7.13.0", Marker=first["Marker"])
    names = [one["Type"] for page in (first, second) for one in page["SupportedInstanceTypes"]]
    assert "m5.xlarge" in names
    assert len(set(names)) == len(names)
    with pytest.raises(ClientError, match="emr-1"):
        emr.list_supported_instance_types(ReleaseLabel="emr-1")
