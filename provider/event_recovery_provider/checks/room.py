"""Whether YARN has room for the job: what does not fit waits for slots on a cluster that is paid for."""

from __future__ import annotations

from event_recovery_provider.planning import room
from event_recovery_provider.planning.plan import Plan


def check_room(plan: Plan) -> tuple[list[str], list[str]]:
    """Compare the memory of the job's processes with what YARN has on the nodes.

    :return: what would never get its slots, and what could not be checked, a line each
    """
    parallelism = plan.subtasks
    need = room.need_of(plan.job_flow, parallelism=parallelism)
    if need is None:
        return [], ["flink: the sizes of the job's processes are not known, so it was not checked whether they fit"]
    nodes, memory = room.nodes_of(plan.job_flow["Instances"]), room.memory_of(plan.job_flow)
    found = room.room_for(need, nodes, memory)
    has = ", ".join(room.listed(nodes, memory))
    if found.too_small:
        small = min(found.too_small, key=lambda kind: memory[kind])
        needs = f"the job manager needs {need.job_manager:,} MB of a core node"
        return [f"core_type: {small} has {memory[small]:,} MB for YARN, and {needs}; take a larger type"], []
    if found.refuses(need):
        needs = f"{_task_managers(need)} beside a job manager of {need.job_manager:,} MB"
        fewer = f"set it to {found.most * need.slots} at most, or take " if found.most else "take "
        advice = f"{fewer}more nodes or larger types"
        return [f"parallelism: {parallelism} needs {needs}, and YARN has room for {found.most}: {has}; {advice}"], []
    if found.least < need.task_managers and found.unknown:
        kinds = ", ".join(found.unknown)
        return [], [f"the memory that YARN has on {kinds} is not known, so it was not checked whether the job fits"]
    return [], []


def described(plan: Plan) -> str:
    """Say which processes the job asks YARN for."""
    need = room.need_of(plan.job_flow, parallelism=plan.subtasks)
    if need is None:
        return "as the Flink settings have it"
    return f"{_task_managers(need)}, a job manager of {need.job_manager:,} MB"


def _task_managers(need: room.Need) -> str:
    return f"{need.task_managers} task manager{'s' * (need.task_managers != 1)} of {need.task_manager:,} MB"
