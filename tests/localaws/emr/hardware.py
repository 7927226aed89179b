"""A cluster's instances, groups and fleets: made up from the request, all played by this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localaws.emr.model import Params, new_id, validation_error
from localaws.emr.records import Cluster, Instance
from localaws.emr.views import group_timeline, instance_state, present

_DEFAULT_TYPE = "m5.xlarge"


@dataclass(frozen=True, slots=True)
class _Group:
    """An instance group or fleet, as asked for."""

    id: str
    role: str
    type: str
    on_demand: int
    spot: int
    config: Params


def launch(instances: Params) -> list[Instance]:
    """Return the instances that a RunJobFlow's ``Instances`` asks for; ApiError if it asks for none or twice."""
    if instances.get("InstanceGroups") and instances.get("InstanceFleets"):
        raise validation_error("InstanceGroups and InstanceFleets cannot both be specified.")
    launched = [
        Instance(
            id=new_id("ci-", 12),
            ec2_id=new_id("i-", 17).lower(),
            role=group.role,
            group=group.id,
            type=group.type,
            market=market,
        )
        for group in _groups(instances)
        for market, count in (("ON_DEMAND", group.on_demand), ("SPOT", group.spot))
        for _ in range(count)
    ]
    primaries = sum(instance.role == "MASTER" for instance in launched)
    if primaries not in (1, 3):
        raise validation_error(f"A cluster has one primary instance (or three), not {primaries}.")
    return launched


def groups_view(cluster: Cluster) -> list[Params]:
    """Return the cluster's InstanceGroups; none when it has fleets."""
    if cluster.request["Instances"].get("InstanceFleets"):
        return []
    return [
        {
            "Id": group_id,
            "Name": config.get("Name", config["InstanceRole"].capitalize()),
            "Market": config.get("Market", "ON_DEMAND"),
            "InstanceGroupType": config["InstanceRole"],
            "InstanceType": config["InstanceType"],
            "RequestedInstanceCount": config["InstanceCount"],
            "RunningInstanceCount": _running(cluster, group_id),
            "Status": _status(cluster),
            "Configurations": config.get("Configurations", []),
            "EbsBlockDevices": [],
            "ShrinkPolicy": {},
        }
        for group_id, config in _by_group(cluster, _group_configs(cluster.request["Instances"]), "InstanceRole")
    ]


def fleets_view(cluster: Cluster) -> list[Params]:
    """Return the cluster's InstanceFleets; none when it has groups."""
    fleets = cluster.request["Instances"].get("InstanceFleets", [])
    return [
        present(
            Id=fleet_id,
            Name=config.get("Name", config["InstanceFleetType"].capitalize()),
            InstanceFleetType=config["InstanceFleetType"],
            TargetOnDemandCapacity=config.get("TargetOnDemandCapacity", 0),
            TargetSpotCapacity=config.get("TargetSpotCapacity", 0),
            ProvisionedOnDemandCapacity=_running(cluster, fleet_id, "ON_DEMAND"),
            ProvisionedSpotCapacity=_running(cluster, fleet_id, "SPOT"),
            InstanceTypeSpecifications=[
                present(InstanceType=kind["InstanceType"], WeightedCapacity=kind.get("WeightedCapacity", 1))
                for kind in config.get("InstanceTypeConfigs", [])
            ],
            LaunchSpecifications=config.get("LaunchSpecifications"),
            Status=_status(cluster),
        )
        for fleet_id, config in _by_group(cluster, fleets, "InstanceFleetType")
    ]


def _groups(instances: Params) -> list[_Group]:
    groups = [
        _Group(
            id=new_id("if-"),
            role=fleet["InstanceFleetType"],
            type=next((kind["InstanceType"] for kind in fleet.get("InstanceTypeConfigs", [])), _DEFAULT_TYPE),
            on_demand=fleet.get("TargetOnDemandCapacity", 0),
            spot=fleet.get("TargetSpotCapacity", 0),
            config=fleet,
        )
        for fleet in instances.get("InstanceFleets", [])
    ]
    for config in _group_configs(instances):
        spot = config.get("Market") == "SPOT"
        groups.append(
            _Group(
                id=new_id("ig-"),
                role=config["InstanceRole"],
                type=config["InstanceType"],
                on_demand=0 if spot else config["InstanceCount"],
                spot=config["InstanceCount"] if spot else 0,
                config=config,
            )
        )
    return groups


def _group_configs(instances: Params) -> list[Params]:
    """Return the instance groups, also of the short form with a count and two types."""
    if instances.get("InstanceGroups") or instances.get("InstanceFleets"):
        groups: list[Params] = instances.get("InstanceGroups", [])
        return groups
    primary = instances.get("MasterInstanceType", _DEFAULT_TYPE)
    workers = instances.get("InstanceCount", 1) - 1
    configs = [{"InstanceRole": "MASTER", "InstanceType": primary, "InstanceCount": 1}]
    if workers > 0:
        worker = instances.get("SlaveInstanceType", primary)
        configs.append({"InstanceRole": "CORE", "InstanceType": worker, "InstanceCount": workers})
    return configs


def _by_group(cluster: Cluster, configs: list[Params], role_member: str) -> list[tuple[str, Params]]:
    """Pair each config with the id its instances carry: groups are launched in the order they were asked for."""
    ids: dict[str, list[str]] = {}
    for instance in cluster.instances:
        known = ids.setdefault(instance.role, [])
        if instance.group not in known:
            known.append(instance.group)
    pairs: list[tuple[str, Params]] = []
    for config in configs:
        waiting = ids.get(config[role_member])
        if waiting:  # a group of no instances has none to carry its id
            pairs.append((waiting.pop(0), config))
    return pairs


def _running(cluster: Cluster, group: str, market: str | None = None) -> int:
    if instance_state(cluster) != "RUNNING":
        return 0
    return sum(
        instance.group == group and (market is None or instance.market == market) for instance in cluster.instances
    )


def _status(cluster: Cluster) -> dict[str, Any]:
    state = instance_state(cluster)
    if state == "RUNNING" and cluster.state.is_ending:
        state = "TERMINATING"
    reason = {"Code": "CLUSTER_TERMINATED", "Message": "Job flow terminated"} if cluster.state.is_final else {}
    return {"State": state, "StateChangeReason": reason, "Timeline": group_timeline(cluster)}
