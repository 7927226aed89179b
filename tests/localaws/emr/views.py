"""Records as EMR's API shows them: pure functions from a record to the members of an output shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localaws.emr.model import Params
from localaws.emr.records import Cluster, ClusterState, ErrorDetail, Instance, Step

_COPIED = (
    "LogUri",
    "LogEncryptionKmsKeyId",
    "ReleaseLabel",
    "ServiceRole",
    "SecurityConfiguration",
    "AutoScalingRole",
    "ScaleDownBehavior",
    "CustomAmiId",
    "EbsRootVolumeSize",
    "EbsRootVolumeIops",
    "EbsRootVolumeThroughput",
    "RepoUpgradeOnBoot",
    "KerberosAttributes",
    "OSReleaseLabel",
    "ExtendedSupport",
    "MonitoringConfiguration",
)
_EC2_COPIED = (
    "Ec2KeyName",
    "EmrManagedMasterSecurityGroup",
    "EmrManagedSlaveSecurityGroup",
    "ServiceAccessSecurityGroup",
    "AdditionalMasterSecurityGroups",
    "AdditionalSlaveSecurityGroups",
)
_INSTANCE_STATES = {
    ClusterState.STARTING: "PROVISIONING",
    ClusterState.BOOTSTRAPPING: "BOOTSTRAPPING",
    ClusterState.TERMINATED: "TERMINATED",
    ClusterState.TERMINATED_WITH_ERRORS: "TERMINATED",
}


def present(**members: Any) -> Params:
    """Return the members that have a value: EMR leaves out what is not set."""
    return {name: value for name, value in members.items() if value is not None}


def timeline(*, created: float, started: float | None, ended: float | None, start: str) -> Params:
    """Return a timeline, whose middle member is called ``start``."""
    return present(CreationDateTime=created, **{start: started}, EndDateTime=ended)


def cluster_status(cluster: Cluster) -> Params:
    """Return a ClusterStatus."""
    ending = cluster.ending
    reason = {"Message": cluster.message}
    if ending is not None:
        reason = present(Code=ending.code, Message=ending.message or None)
    details = [_error_detail(ending.detail)] if ending is not None and ending.detail is not None else None
    return present(
        State=cluster.state,
        StateChangeReason=reason,
        Timeline=timeline(created=cluster.created, started=cluster.ready, ended=cluster.ended, start="ReadyDateTime"),
        ErrorDetails=details,
    )


def cluster_summary(cluster: Cluster) -> Params:
    """Return a ClusterSummary."""
    return {
        "Id": cluster.id,
        "Name": cluster.name,
        "Status": cluster_status(cluster),
        "NormalizedInstanceHours": 0,
        "ClusterArn": cluster.arn,
    }


def cluster_view(cluster: Cluster) -> Params:
    """Return a Cluster."""
    request = cluster.request
    instances = request["Instances"]
    subnet = instances.get("Ec2SubnetId") or next(iter(instances.get("Ec2SubnetIds", [])), None)
    zone = instances.get("Placement", {}).get("AvailabilityZone") or f"{cluster.region}a"
    return {
        **cluster_summary(cluster),
        **{name: request[name] for name in _COPIED if request.get(name) is not None},
        **present(MasterPublicDnsName="localhost" if cluster.ready else None),
        "Ec2InstanceAttributes": {
            **{name: instances[name] for name in _EC2_COPIED if instances.get(name) is not None},
            **present(
                Ec2SubnetId=subnet,
                RequestedEc2SubnetIds=instances.get("Ec2SubnetIds"),
                Ec2AvailabilityZone=zone,
                IamInstanceProfile=request.get("JobFlowRole"),
            ),
        },
        "InstanceCollectionType": "INSTANCE_FLEET" if instances.get("InstanceFleets") else "INSTANCE_GROUP",
        "AutoTerminate": not cluster.keep_alive,
        "TerminationProtected": cluster.protected,
        "UnhealthyNodeReplacement": cluster.unhealthy_node_replacement,
        "VisibleToAllUsers": cluster.visible_to_all,
        "Applications": [
            present(Name=app["Name"], Version=app.get("Version")) for app in request.get("Applications", [])
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in cluster.tags.items()],
        "Configurations": request.get("Configurations", []),
        "StepConcurrencyLevel": cluster.concurrency,
    }


def step_view(step: Step) -> Params:
    """Return a Step (or a StepSummary, which has the same members but the role)."""
    jar = step.config["HadoopJarStep"]
    failure = step.failure
    return present(
        Id=step.id,
        Name=step.name,
        Config=present(
            Jar=jar["Jar"],
            Properties={pair["Key"]: pair.get("Value", "") for pair in jar.get("Properties", [])},
            MainClass=jar.get("MainClass"),
            Args=jar.get("Args", []),
        ),
        ActionOnFailure=step.on_failure,
        ExecutionRoleArn=step.role_arn,
        Status=present(
            State=step.state,
            StateChangeReason=present(Message=step.message or None),
            FailureDetails=failure
            and present(Reason=failure.reason, Message=failure.message or None, LogFile=failure.log_file),
            Timeline=timeline(created=step.created, started=step.started, ended=step.ended, start="StartDateTime"),
        ),
    )


def instance_state(cluster: Cluster) -> str:
    """Return the state of every instance of a cluster: they come and go together."""
    return _INSTANCE_STATES.get(cluster.state, "RUNNING")


def instance_view(cluster: Cluster, instance: Instance) -> Params:
    """Return an Instance."""
    fleet = "InstanceFleetId" if instance.group.startswith("if-") else "InstanceGroupId"
    domain = "ec2" if cluster.region == "us-east-1" else f"{cluster.region}.compute"
    state = instance_state(cluster)
    reason = {"Code": "CLUSTER_TERMINATED", "Message": "Instance was terminated."} if state == "TERMINATED" else {}
    return {
        "Id": instance.id,
        "Ec2InstanceId": instance.ec2_id,
        "PublicDnsName": "localhost",
        "PublicIpAddress": "127.0.0.1",
        "PrivateDnsName": f"{instance.host}.{domain}.internal",
        "PrivateIpAddress": instance.address,
        "Status": {"State": state, "StateChangeReason": reason, "Timeline": group_timeline(cluster)},
        fleet: instance.group,
        "Market": instance.market,
        "InstanceType": instance.type,
        "EbsVolumes": [],
    }


def group_timeline(cluster: Cluster) -> Params:
    """Return the timeline of the cluster's instances, groups and fleets."""
    return timeline(created=cluster.created, started=cluster.ready, ended=cluster.ended, start="ReadyDateTime")


def page(member: str, items: Iterable[Params], marker: str | None, size: int = 50) -> Params:
    """Return one page of a list, with the Marker of the next page if there is one.

    :raises ValueError: for a marker that this server did not give
    """
    start = int(marker) if marker else 0
    everything = [*items]
    return present(
        **{member: everything[start : start + size]},
        Marker=str(start + size) if start + size < len(everything) else None,
    )


def _error_detail(detail: ErrorDetail) -> Params:
    return {
        "ErrorCode": detail.code,
        "ErrorData": [{key: value} for key, value in detail.data.items()],
        "ErrorMessage": detail.message,
    }
