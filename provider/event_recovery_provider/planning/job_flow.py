"""Builders for the RunJobFlow request of a recovery cluster: plain functions that return plain dicts.

What no setting reaches is a constant here: ``merge_job_flow`` lays any field of RunJobFlow over what the builders made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_RELEASE: Final = "emr-7.14.0"
DEFAULT_INSTANCE: Final = "m5.xlarge"
DEFAULT_CORE_COUNT: Final = 2
DEFAULT_DISK_GB: Final = 64
DEFAULT_SERVICE_ROLE: Final = "EMR_DefaultRole_V2"

#: EMR ends a cluster that had nothing to do for this long.
_IDLE_SECONDS: Final = 1800
_ROOT_VOLUME_GB: Final = 40
#: How long a Spot node is waited for before it is started on demand.
_SPOT_TIMEOUT_MINUTES: Final = 20

#: Lists of RunJobFlow whose entries have a key of their own: merged entry by entry, not replaced.
_KEYED_LISTS: Final = {"Tags": "Key", "Configurations": "Classification"}
_EXCLUSIVE: Final = ("InstanceGroups", "InstanceFleets")


@dataclass(frozen=True, slots=True)
class Nodes:
    """The instances of a cluster.

    Core and task nodes take one or more instance types; with more than one, instance fleets are used and EMR picks what
    there is capacity for. Primary and core nodes are on demand: they hold the job manager and the staging files. Task
    nodes are Spot, and may be lost: Flink then restarts from the last checkpoint. Each node has a gp3 volume of
    ``disk_gb`` GiB.
    """

    primary_type: str = DEFAULT_INSTANCE
    core_types: tuple[str, ...] = (DEFAULT_INSTANCE,)
    core_count: int = DEFAULT_CORE_COUNT
    task_types: tuple[str, ...] = (DEFAULT_INSTANCE,)
    task_count: int = 0
    disk_gb: int = DEFAULT_DISK_GB

    def __post_init__(self) -> None:
        """Refuse a cluster that EMR would refuse after it was paid for."""
        if self.core_count < 1:
            raise ValueError(f"core_count is {self.core_count}; a Flink cluster on YARN needs at least 1")
        if self.task_count < 0:
            raise ValueError(f"task_count is {self.task_count}; expected 0 or more")
        if not (self.core_types and (self.task_types or not self.task_count)):
            raise ValueError("each role needs at least one instance type")

    @property
    def needs_fleets(self) -> bool:
        """Whether several types were given for a role, which instance groups cannot express."""
        return len(self.core_types) > 1 or len(self.task_types) > 1

    @property
    def workers(self) -> int:
        """How many nodes can run task managers."""
        return self.core_count + self.task_count


def instance_groups(nodes: Nodes) -> list[dict[str, Any]]:
    """Return the ``InstanceGroups`` of a cluster with one instance type per role."""
    groups = [
        _group("Primary", "MASTER", nodes.primary_type, 1, nodes.disk_gb),
        _group("Core", "CORE", nodes.core_types[0], nodes.core_count, nodes.disk_gb),
    ]
    if nodes.task_count:
        groups.append(_group("Task", "TASK", nodes.task_types[0], nodes.task_count, nodes.disk_gb, market="SPOT"))
    return groups


def instance_fleets(nodes: Nodes) -> list[dict[str, Any]]:
    """Return the ``InstanceFleets`` of a cluster that may choose among several types; task nodes are Spot."""
    fleets = [
        _fleet("Primary", "MASTER", (nodes.primary_type,), nodes.disk_gb, on_demand=1),
        _fleet("Core", "CORE", nodes.core_types, nodes.disk_gb, on_demand=nodes.core_count),
    ]
    if nodes.task_count:
        fleet = _fleet("Task", "TASK", nodes.task_types, nodes.disk_gb, spot=nodes.task_count)
        fleet["LaunchSpecifications"] = {
            "SpotSpecification": {
                "TimeoutDurationMinutes": _SPOT_TIMEOUT_MINUTES,
                "TimeoutAction": "SWITCH_TO_ON_DEMAND",
                "AllocationStrategy": "price-capacity-optimized",
            }
        }
        fleets.append(fleet)
    return fleets


def bootstrap_action(name: str, script: str, *args: str) -> dict[str, Any]:
    """Return one bootstrap action: a script in S3 that every node runs before the applications are installed."""
    return {"Name": name, "ScriptBootstrapAction": {"Path": script, "Args": list(args)}}


def recovery_job_flow(
    *,
    nodes: Nodes,
    subnets: Sequence[str],
    instance_profile: str,
    log_uri: str,
    service_role: str = DEFAULT_SERVICE_ROLE,
    release_label: str = DEFAULT_RELEASE,
    keypair: str | None = None,
    security_configuration: str | None = None,
    log_kms_key: str | None = None,
    bootstrap_actions: Sequence[Mapping[str, Any]] = (),
    configurations: Sequence[Mapping[str, Any]] = (),
    overrides: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a RunJobFlow request, all but its ``Name``.

    The cluster is kept alive without steps, because the job is submitted only once it is ready; EMR ends it when
    nothing is submitted for half an hour.

    :param subnets: EC2 subnets; several only with instance fleets, of which EMR then picks one
    :param instance_profile: the role of the nodes (``JobFlowRole``)
    :param log_uri: where EMR puts the logs; without logs there is no telling why a step failed
    :param security_configuration: name of an EMR security configuration (encryption, IMDSv2)
    :param log_kms_key: ARN of the key that encrypts the logs
    :param overrides: any RunJobFlow fields, merged over the result
    :raises ValueError: when the nodes cannot be placed as asked
    """
    if len(subnets) > 1 and not nodes.needs_fleets:
        raise ValueError(
            f"subnets has {len(subnets)} entries; instance groups take one, several instance types make fleets"
        )
    instances: dict[str, Any] = {
        "KeepJobFlowAliveWhenNoSteps": True,
        "TerminationProtected": False,
        **(
            {"InstanceFleets": instance_fleets(nodes)}
            if nodes.needs_fleets
            else {"InstanceGroups": instance_groups(nodes)}
        ),
        **_placement(subnets, fleets=nodes.needs_fleets),
    }
    request = {
        "ReleaseLabel": release_label,
        "Applications": [{"Name": "Hadoop"}, {"Name": "Flink"}],
        "LogUri": log_uri,
        "LogEncryptionKmsKeyId": log_kms_key,
        "ServiceRole": service_role,
        "JobFlowRole": instance_profile,
        "SecurityConfiguration": security_configuration,
        "Instances": {**instances, "Ec2KeyName": keypair},
        "AutoTerminationPolicy": {"IdleTimeout": _IDLE_SECONDS},
        "StepConcurrencyLevel": 1,
        "EbsRootVolumeSize": _ROOT_VOLUME_GB,
        "BootstrapActions": [dict(action) for action in bootstrap_actions],
        "Configurations": [dict(entry) for entry in configurations],
    }
    return merge_job_flow(_without_none(request), overrides or {})


def merge_job_flow(request: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a RunJobFlow request with ``changes`` laid upon it, changing neither.

    Dicts merge key by key, ``None`` removes a key, ``Tags`` and ``Configurations`` merge entry by entry, every other
    list is replaced. Instance groups and fleets exclude each other in EMR, so giving one drops the other.
    """
    merged = _merge(request, changes)
    given = changes.get("Instances") or {}
    for chosen, other in (_EXCLUSIVE, _EXCLUSIVE[::-1]):
        if given.get(chosen) is not None and given.get(other) is None:
            merged["Instances"].pop(other, None)
    return merged


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            merged[key] = _merge(known if isinstance(known, Mapping) else {}, value)
        elif key in _KEYED_LISTS and isinstance(known, list):
            merged[key] = _merge_entries(known, value, _KEYED_LISTS[key])
        else:
            merged[key] = value
    return merged


def _merge_entries(known: list[dict[str, Any]], over: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    entries = {entry[key]: dict(entry) for entry in known}
    for entry in over:
        entries[entry[key]] = _merge(entries.get(entry[key], {}), entry)
    return list(entries.values())


def _group(name: str, role: str, kind: str, count: int, disk_gb: int, *, market: str = "ON_DEMAND") -> dict[str, Any]:
    return {
        "Name": name,
        "InstanceRole": role,
        "Market": market,
        "InstanceType": kind,
        "InstanceCount": count,
        "EbsConfiguration": _disk(disk_gb),
    }


def _fleet(
    name: str, role: str, kinds: Sequence[str], disk_gb: int, *, on_demand: int = 0, spot: int = 0
) -> dict[str, Any]:
    return {
        "Name": name,
        "InstanceFleetType": role,
        "TargetOnDemandCapacity": on_demand,
        "TargetSpotCapacity": spot,
        "InstanceTypeConfigs": [
            {"InstanceType": kind, "WeightedCapacity": 1, "EbsConfiguration": _disk(disk_gb)} for kind in kinds
        ],
    }


def _disk(size_gb: int) -> dict[str, Any]:
    """Return the ``EbsConfiguration`` of a group or fleet; gp3 gives 3000 IOPS and 125 MiB/s at no extra cost."""
    volume = {"VolumeType": "gp3", "SizeInGB": size_gb}
    return {
        "EbsBlockDeviceConfigs": [{"VolumeSpecification": volume, "VolumesPerInstance": 1}],
        "EbsOptimized": True,
    }


def _placement(subnets: Sequence[str], *, fleets: bool) -> dict[str, Any]:
    if not subnets:
        return {}
    return {"Ec2SubnetIds": list(subnets)} if fleets else {"Ec2SubnetId": subnets[0]}


def _without_none(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(entry) if isinstance(entry, Mapping) else entry
        for key, entry in value.items()
        if entry is not None
    }
