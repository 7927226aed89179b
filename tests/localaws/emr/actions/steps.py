"""The actions on steps."""

from __future__ import annotations

from localaws.emr.decisions import action_on_failure
from localaws.emr.model import Params, invalid_request, validation_error
from localaws.emr.records import ActionOnFailure, Cluster, Step
from localaws.emr.service import Action, Emr
from localaws.emr.views import page, step_view

_MAX_STEPS = 256
_MAX_LISTED_IDS = 10
_MAX_JAR_STEP_TEXT = 10_240  # characters


def add_job_flow_steps(emr: Emr, params: Params, region: str) -> Params:
    """Add steps to a cluster that is not gone or going."""
    supervisor = emr.find_modifiable(params["JobFlowId"])
    cluster = supervisor.cluster
    active = sum(not step.state.is_final for step in cluster.steps)
    check_steps(params["Steps"], concurrency=cluster.concurrency, active=active)
    added = [
        Step(
            config=config,
            on_failure=action_on_failure(config, cluster.concurrency),
            role_arn=params.get("ExecutionRoleArn"),
        )
        for config in params["Steps"]
    ]
    cluster.steps.extend(added)
    supervisor.wake()
    return {"StepIds": [step.id for step in added]}


def describe_step(emr: Emr, params: Params, region: str) -> Params:
    """Describe a step."""
    return {"Step": step_view(_find(emr.find(params["ClusterId"]).cluster, params["StepId"]))}


def list_steps(emr: Emr, params: Params, region: str) -> Params:
    """List steps: newest first, or in their order where they are asked for by id or by state."""
    cluster = emr.find(params["ClusterId"]).cluster
    ids, states = params.get("StepIds"), params.get("StepStates")
    if ids and len(ids) > _MAX_LISTED_IDS:
        raise validation_error(f"At most {_MAX_LISTED_IDS} step ids can be asked for, not {len(ids)}.")
    found = [step for step in cluster.steps if (not ids or step.id in ids) and (not states or step.state in states)]
    if not ids and not states:
        found.reverse()
    return page("Steps", map(step_view, found), params.get("Marker"))


def cancel_steps(emr: Emr, params: Params, region: str) -> Params:
    """Cancel steps that are pending or running. It is asynchronous: a step may still end some other way."""
    supervisor = emr.find_modifiable(params["ClusterId"])
    if len(params["StepIds"]) > _MAX_STEPS:
        raise validation_error(f"At most {_MAX_STEPS} steps can be cancelled at once.")
    kill = params.get("StepCancellationOption") == "TERMINATE_PROCESS"
    answers = []
    for step in [_find(supervisor.cluster, step_id) for step_id in params["StepIds"]]:
        if supervisor.cancel(step, kill=kill):
            answers.append({"StepId": step.id, "Status": "SUBMITTED"})
        else:
            reason = f"Step is {step.state}: only a step that is PENDING or RUNNING can be cancelled."
            answers.append({"StepId": step.id, "Status": "FAILED", "Reason": reason})
    return {"CancelStepsInfoList": answers}


def check_steps(configs: list[Params], *, concurrency: int, active: int) -> None:
    """Check that these StepConfigs can be added to a cluster that has ``active`` unfinished steps.

    :raises ApiError: when they cannot
    """
    if active + len(configs) > _MAX_STEPS:
        raise validation_error(
            "Maximum number of active steps(State: Running, Pending and Cancel_Pending) for cluster exceeded."
        )
    for config in configs:
        if concurrency > 1 and action_on_failure(config, concurrency) is not ActionOnFailure.CONTINUE:
            raise validation_error(
                f"ActionOnFailure {config['ActionOnFailure']} is not valid when StepConcurrencyLevel is above 1;"
                " only CONTINUE is."
            )
        jar = config["HadoopJarStep"]
        pairs = [text for pair in jar.get("Properties", []) for text in pair.values()]
        if sum(map(len, [jar["Jar"], jar.get("MainClass", ""), *jar.get("Args", []), *pairs])) > _MAX_JAR_STEP_TEXT:
            raise validation_error(f"The strings of a HadoopJarStep cannot exceed {_MAX_JAR_STEP_TEXT} characters.")


def _find(cluster: Cluster, step_id: str) -> Step:
    for step in cluster.steps:
        if step.id == step_id:
            return step
    raise invalid_request(f"Step id '{step_id}' is not valid.")


ACTIONS: dict[str, Action] = {
    "AddJobFlowSteps": add_job_flow_steps,
    "DescribeStep": describe_step,
    "ListSteps": list_steps,
    "CancelSteps": cancel_steps,
}
