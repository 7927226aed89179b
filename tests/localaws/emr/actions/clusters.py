"""The actions on clusters."""

from __future__ import annotations

from collections.abc import Callable

from localaws.emr.actions.steps import check_steps
from localaws.emr.decisions import action_on_failure
from localaws.emr.endings import USER_REQUEST
from localaws.emr.hardware import launch
from localaws.emr.model import Params, validation_error
from localaws.emr.records import Cluster, Step
from localaws.emr.releases import check_label
from localaws.emr.service import Action, Emr
from localaws.emr.views import cluster_summary, cluster_view, page

_NAME_FORBIDS = "<>$|`"
_MAX_BOOTSTRAP_ACTIONS = 16
_MAX_TERMINATED_AT_ONCE = 10
_MAX_CONCURRENCY = 256
_IDLE_TIMEOUTS = range(60, 604_801)  # seconds
_DEFAULT_IDLE_TIMEOUT = 3600


def run_job_flow(emr: Emr, params: Params, region: str) -> Params:
    """Create a cluster. There is no client token: called twice, it makes two."""
    _check_request(params)
    concurrency = _check_concurrency(params.get("StepConcurrencyLevel", 1))
    steps = params.get("Steps", [])
    check_steps(steps, concurrency=concurrency, active=0)
    instances = params["Instances"]
    cluster = Cluster(
        request=params,
        region=region,
        keep_alive=instances.get("KeepJobFlowAliveWhenNoSteps", False),
        protected=instances.get("TerminationProtected", False),
        concurrency=concurrency,
        idle_timeout=_idle_timeout(params.get("AutoTerminationPolicy")),
        steps=[
            Step(
                config=config,
                on_failure=action_on_failure(config, concurrency),
                role_arn=params.get("StepExecutionRoleArn"),
            )
            for config in steps
        ],
        tags={tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", [])},
        instances=launch(instances),
        unhealthy_node_replacement=instances.get("UnhealthyNodeReplacement", False),
        visible_to_all=params.get("VisibleToAllUsers", True),
    )
    emr.launch(cluster)
    return {"JobFlowId": cluster.id, "ClusterArn": cluster.arn}


def describe_cluster(emr: Emr, params: Params, region: str) -> Params:
    """Describe a cluster, gone or not."""
    return {"Cluster": cluster_view(emr.find(params["ClusterId"]).cluster)}


def list_clusters(emr: Emr, params: Params, region: str) -> Params:
    """List the region's clusters, newest first, by state and time of creation."""
    states = params.get("ClusterStates")
    after, before = params.get("CreatedAfter", 0.0), params.get("CreatedBefore", float("inf"))
    found = [
        supervisor.cluster
        for supervisor in reversed(emr.clusters.values())
        if supervisor.cluster.region == region
        and (not states or supervisor.cluster.state in states)
        and after <= supervisor.cluster.created <= before
    ]
    return page("Clusters", map(cluster_summary, found), params.get("Marker"))


def terminate_job_flows(emr: Emr, params: Params, region: str) -> Params:
    """End clusters. Those that are protected stay, and make the call fail after the others were ended."""
    ids = params["JobFlowIds"]
    if len(ids) > _MAX_TERMINATED_AT_ONCE:
        raise validation_error(f"At most {_MAX_TERMINATED_AT_ONCE} clusters can be terminated at once, not {len(ids)}.")
    supervisors = [emr.find(cluster_id) for cluster_id in ids]
    protected = [supervisor for supervisor in supervisors if supervisor.cluster.protected]
    for supervisor in supervisors:
        if supervisor not in protected:
            supervisor.end(USER_REQUEST)
    if any(not supervisor.cluster.state.is_ending for supervisor in protected):
        raise validation_error("Could not shut down one or more job flows since they are termination protected.")
    return {}


def modify_cluster(emr: Emr, params: Params, region: str) -> Params:
    """Change how many steps run at a time."""
    supervisor = emr.find_modifiable(params["ClusterId"])
    if "StepConcurrencyLevel" in params:
        supervisor.cluster.concurrency = _check_concurrency(params["StepConcurrencyLevel"])
        supervisor.wake()
    return {"StepConcurrencyLevel": supervisor.cluster.concurrency}


def put_auto_termination_policy(emr: Emr, params: Params, region: str) -> Params:
    """Let the cluster end itself after so many idle seconds."""
    supervisor = emr.find_modifiable(params["ClusterId"])
    supervisor.cluster.idle_timeout = _idle_timeout(params.get("AutoTerminationPolicy", {}))
    supervisor.wake()
    return {}


def get_auto_termination_policy(emr: Emr, params: Params, region: str) -> Params:
    """Return the policy, or nothing if there is none."""
    timeout = emr.find(params["ClusterId"]).cluster.idle_timeout
    return {} if timeout is None else {"AutoTerminationPolicy": {"IdleTimeout": timeout}}


def remove_auto_termination_policy(emr: Emr, params: Params, region: str) -> Params:
    """Let the cluster idle for ever."""
    emr.find(params["ClusterId"]).cluster.idle_timeout = None
    return {}


def add_tags(emr: Emr, params: Params, region: str) -> Params:
    """Set tags of a cluster."""
    tags = emr.find(params["ResourceId"]).cluster.tags
    tags.update({tag["Key"]: tag.get("Value", "") for tag in params["Tags"]})
    return {}


def remove_tags(emr: Emr, params: Params, region: str) -> Params:
    """Remove tags of a cluster."""
    tags = emr.find(params["ResourceId"]).cluster.tags
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def _setter(member: str, change: Callable[[Cluster, bool], None]) -> Action:
    """Return an action that sets one switch of several clusters."""

    def action(emr: Emr, params: Params, region: str) -> Params:
        for supervisor in [emr.find_modifiable(cluster_id) for cluster_id in params["JobFlowIds"]]:
            change(supervisor.cluster, params[member])
            supervisor.wake()
        return {}

    return action


def _protect(cluster: Cluster, value: bool) -> None:
    cluster.protected = value


def _keep_alive(cluster: Cluster, value: bool) -> None:
    cluster.keep_alive = value


def _replace_unhealthy(cluster: Cluster, value: bool) -> None:
    cluster.unhealthy_node_replacement = value


def _show_to_all(cluster: Cluster, value: bool) -> None:
    cluster.visible_to_all = value


def _check_request(params: Params) -> None:
    if bad := sorted(set(params["Name"]) & set(_NAME_FORBIDS)):
        raise validation_error(f"Name '{params['Name']}' contains {bad[0]}, which a cluster's name must not.")
    check_label(params.get("ReleaseLabel"))
    if len(params.get("BootstrapActions", [])) > _MAX_BOOTSTRAP_ACTIONS:
        raise validation_error(f"At most {_MAX_BOOTSTRAP_ACTIONS} bootstrap actions are allowed.")
    for member, meaning in (("ServiceRole", "ServiceRole"), ("JobFlowRole", "InstanceProfile")):
        if not params.get(member):
            raise validation_error(f"{meaning} is required for creating cluster.")


def _check_concurrency(level: int) -> int:
    if not 1 <= level <= _MAX_CONCURRENCY:
        raise validation_error(f"StepConcurrencyLevel {level} is not from 1 to {_MAX_CONCURRENCY}.")
    return level


def _idle_timeout(policy: Params | None) -> int | None:
    if policy is None:
        return None
    seconds: int = policy.get("IdleTimeout", _DEFAULT_IDLE_TIMEOUT)
    if seconds not in _IDLE_TIMEOUTS:
        raise validation_error(f"IdleTimeout {seconds} is not from 60 to 604800 seconds.")
    return seconds


ACTIONS: dict[str, Action] = {
    "RunJobFlow": run_job_flow,
    "DescribeCluster": describe_cluster,
    "ListClusters": list_clusters,
    "TerminateJobFlows": terminate_job_flows,
    "ModifyCluster": modify_cluster,
    "SetTerminationProtection": _setter("TerminationProtected", _protect),
    "SetKeepJobFlowAliveWhenNoSteps": _setter("KeepJobFlowAliveWhenNoSteps", _keep_alive),
    "SetUnhealthyNodeReplacement": _setter("UnhealthyNodeReplacement", _replace_unhealthy),
    "SetVisibleToAllUsers": _setter("VisibleToAllUsers", _show_to_all),
    "PutAutoTerminationPolicy": put_auto_termination_policy,
    "GetAutoTerminationPolicy": get_auto_termination_policy,
    "RemoveAutoTerminationPolicy": remove_auto_termination_policy,
    "AddTags": add_tags,
    "RemoveTags": remove_tags,
}
