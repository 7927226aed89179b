"""The actions that list what a cluster is made of, and the releases it could be made of."""

from __future__ import annotations

from localaws.emr.hardware import fleets_view, groups_view
from localaws.emr.model import Params, validation_error
from localaws.emr.records import Cluster, Instance
from localaws.emr.releases import check_label, describe, instance_types, labels
from localaws.emr.service import Action, Emr
from localaws.emr.views import instance_state, instance_view, page, present

_MAX_INSTANCES_LISTED = 2000
_MAX_LABELS_LISTED = 100
_MAX_TYPES_LISTED = 20


def list_instances(emr: Emr, params: Params, region: str) -> Params:
    """List instances, by group or fleet, role and state."""
    cluster = emr.find(params["ClusterId"]).cluster
    found = [
        instance_view(cluster, instance) for instance in cluster.instances if _is_wanted(cluster, instance, params)
    ]
    return page("Instances", found, params.get("Marker"), _MAX_INSTANCES_LISTED)


def list_instance_groups(emr: Emr, params: Params, region: str) -> Params:
    """List instance groups; ApiError for a cluster of fleets."""
    cluster = emr.find(params["ClusterId"]).cluster
    _check_collection(cluster, "InstanceFleets", "Instance fleets and instance groups are mutually exclusive.")
    return page("InstanceGroups", groups_view(cluster), params.get("Marker"))


def list_instance_fleets(emr: Emr, params: Params, region: str) -> Params:
    """List instance fleets; empty for a cluster of groups."""
    return page("InstanceFleets", fleets_view(emr.find(params["ClusterId"]).cluster), params.get("Marker"))


def list_bootstrap_actions(emr: Emr, params: Params, region: str) -> Params:
    """List bootstrap actions."""
    actions = emr.find(params["ClusterId"]).cluster.request.get("BootstrapActions", [])
    commands = [
        present(
            Name=action["Name"],
            ScriptPath=action["ScriptBootstrapAction"]["Path"],
            Args=action["ScriptBootstrapAction"].get("Args", []),
        )
        for action in actions
    ]
    return page("BootstrapActions", commands, params.get("Marker"))


def list_release_labels(emr: Emr, params: Params, region: str) -> Params:
    """List release labels, newest first."""
    return labels(params.get("Filters", {}), params.get("NextToken"), params.get("MaxResults", _MAX_LABELS_LISTED))


def describe_release_label(emr: Emr, params: Params, region: str) -> Params:
    """Describe a release."""
    return describe(params.get("ReleaseLabel"))


def list_supported_instance_types(emr: Emr, params: Params, region: str) -> Params:
    """List the instance types of a release; ApiError for one that the fabric does not know."""
    check_label(params.get("ReleaseLabel"))
    return page("SupportedInstanceTypes", instance_types(), params.get("Marker"), _MAX_TYPES_LISTED)


def _is_wanted(cluster: Cluster, instance: Instance, params: Params) -> bool:
    roles = params.get("InstanceGroupTypes", [])
    groups = {params.get("InstanceGroupId"), params.get("InstanceFleetId")} - {None}
    states = params.get("InstanceStates")
    return (
        (not roles or instance.role in roles)
        and (not groups or instance.group in groups)
        and instance.role == params.get("InstanceFleetType", instance.role)
        and (not states or instance_state(cluster) in states)
    )


def _check_collection(cluster: Cluster, other: str, message: str) -> None:
    if cluster.request["Instances"].get(other):
        raise validation_error(message)


ACTIONS: dict[str, Action] = {
    "ListInstances": list_instances,
    "ListInstanceGroups": list_instance_groups,
    "ListInstanceFleets": list_instance_fleets,
    "ListBootstrapActions": list_bootstrap_actions,
    "ListReleaseLabels": list_release_labels,
    "DescribeReleaseLabel": describe_release_label,
    "ListSupportedInstanceTypes": list_supported_instance_types,
}
