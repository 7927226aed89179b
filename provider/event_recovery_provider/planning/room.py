"""Whether the job's processes fit into the memory that YARN has on the nodes, and which sizes do.

YARN shares out memory alone (EMR keeps its ``DefaultResourceCalculator``). The JobManager is the ApplicationMaster, one
container on a core node; each TaskManager is one more, anywhere. No container is larger than a node.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

#: ``yarn.nodemanager.resource.memory-mb`` by instance type, as AWS documents it.
_TABLE: Final = Path(__file__).with_name("yarn-memory.json")
#: YARN rounds a container up to a multiple of ``yarn.scheduler.minimum-allocation-mb``: 32, or 1 on newer types.
_STEP_MB: Final = 32
JOB_MANAGER, TASK_MANAGER = "jobmanager.memory.process.size", "taskmanager.memory.process.size"
_SLOTS: Final = "taskmanager.numberOfTaskSlots"
#: Sizes to choose from where none is given, the best first; the reasons are in ``docs/decisions/0020-room.md``.
_TASK_MANAGER_MB: Final = (6144, 5632, 5120, 4608, 4096)
_JOB_MANAGER_MB: Final = (2048, 1536)
_WORKERS: Final[Mapping[str, Literal["core", "task"]]] = {"CORE": "core", "TASK": "task"}
#: Flink's units of memory.
_UNITS: Final = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE: Final = re.compile(r"\s*(\d+)\s*(?:([bkmgt]?)|bytes|([kmgt])b|(ki|me|gi|te)bibytes)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of one role, all of one of some types: which, EMR decides.

    :param counts: how many there are, by the type that they are of
    """

    role: Literal["core", "task"]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Need:
    """What the job asks YARN for, in MB; each TaskManager has as many slots."""

    job_manager: int
    task_manager: int
    task_managers: int
    slots: int


@dataclass(frozen=True, slots=True)
class Room:
    """What there is room for, wherever EMR and YARN put things.

    :param least: TaskManagers that certainly fit beside the JobManager
    :param most: TaskManagers that fit if every type whose memory is not known has enough; None for any number
    :param too_small: core types that cannot hold the JobManager
    :param unknown: types whose memory is not known
    """

    least: int
    most: int | None
    too_small: tuple[str, ...]
    unknown: tuple[str, ...]

    def refuses(self, need: Need) -> bool:
        """Tell whether the job would wait for slots that never come."""
        return bool(self.too_small) or (self.most is not None and self.most < need.task_managers)


@cache
def known_memory() -> Mapping[str, int]:
    """Return the memory in MB that YARN has on a node, by instance type."""
    return {kind: memory for part in tables() for kind, memory in part["memory_mb"].items()}


def tables() -> list[dict[str, Any]]:
    """Return what was read of AWS's page: each time with ``source``, when it was ``read``, and ``memory_mb``."""
    parts: list[dict[str, Any]] = json.loads(_TABLE.read_text())
    return parts


def room_for(need: Need, nodes: list[Nodes], memory: Mapping[str, int]) -> Room:
    """Work out how many TaskManagers fit.

    :param memory: in MB by instance type
    """
    job_manager, task_manager = _container(need.job_manager), _container(need.task_manager)
    least, most = 0, 0.0
    too_small: list[str] = []
    for group in nodes:
        known = []
        for kind, count in group.counts.items():
            if kind not in memory:
                continue
            fit = count * (memory[kind] // task_manager)
            if group.role == "core":
                if memory[kind] < job_manager:
                    too_small.append(kind)
                # The JobManager is on one of them, and takes its part of it.
                fit += max(memory[kind] - job_manager, 0) // task_manager - memory[kind] // task_manager
            known.append(fit)
        least += min(known) if len(known) == len(group.counts) else 0
        most += min(known, default=math.inf)
    unknown = {kind for group in nodes for kind in group.counts if kind not in memory}
    return Room(least, None if math.isinf(most) or not nodes else int(most), tuple(too_small), tuple(sorted(unknown)))


def chosen_sizes(job_flow: Mapping[str, Any], *, given: Iterable[str], parallelism: int) -> dict[str, str]:
    """Return the sizes of those processes for which none was given: the largest that fit, the smallest if none do.

    A user who sets any memory of a process has chosen for it. What the request has already is not named again.

    :param job_flow: the RunJobFlow request
    :param given: the keys of the Flink settings that the user gave
    """
    flink = properties(job_flow, "flink-conf")
    need = need_of(job_flow, parallelism=parallelism)
    if need is None:
        return {}
    own = {key.partition(".")[0] for key in given if ".memory." in key}
    jobs = (need.job_manager,) if "jobmanager" in own else _JOB_MANAGER_MB
    tasks = (need.task_manager,) if "taskmanager" in own else _TASK_MANAGER_MB
    nodes, memory = nodes_of(job_flow.get("Instances") or {}), memory_of(job_flow)
    tried = [replace(need, job_manager=job, task_manager=task) for task in tasks for job in jobs]
    found = next((one for one in tried if not room_for(one, nodes, memory).refuses(one)), tried[-1])
    sizes = {JOB_MANAGER: found.job_manager, TASK_MANAGER: found.task_manager}
    return {key: f"{size}m" for key, size in sizes.items() if size != size_mb(flink[key])}


def nodes_of(instances: Mapping[str, Any]) -> list[Nodes]:
    """Read the nodes that run containers from the ``Instances`` of a RunJobFlow request: core and task nodes.

    A cluster of a primary node alone runs them there. What EMR would refuse, which is checked elsewhere, is left out.
    """
    primary, extra = instances.get("MasterInstanceType"), instances.get("InstanceCount")
    found: list[tuple[Any, dict[Any, int]]] = [
        ("MASTER", {primary: 1}),
        ("CORE", {instances.get("SlaveInstanceType"): _number(extra) - 1}),
    ]
    found += [
        (group.get("InstanceRole"), {group.get("InstanceType"): _number(group.get("InstanceCount"))})
        for group in _entries(instances.get("InstanceGroups"))
    ]
    for fleet in _entries(instances.get("InstanceFleets")):
        units = _number(fleet.get("TargetOnDemandCapacity")) + _number(fleet.get("TargetSpotCapacity"))
        configs = _entries(fleet.get("InstanceTypeConfigs"))
        counts = {
            one.get("InstanceType"): math.ceil(units / (_number(one.get("WeightedCapacity")) or 1)) for one in configs
        }
        found.append((fleet.get("InstanceFleetType"), counts))
    sound = [(role, counts) for role, counts in found if counts and all(counts) and min(counts.values()) > 0]
    workers = [Nodes(_WORKERS[role], counts) for role, counts in sound if role in _WORKERS]
    return workers or [Nodes("core", counts) for role, counts in sound if role == "MASTER"]


def count_of(instances: Mapping[str, Any]) -> int:
    """Return how many nodes a RunJobFlow request asks for, the primary node included."""
    workers = nodes_of(instances)
    return 1 + sum(max(group.counts.values()) for group in workers)


def memory_of(job_flow: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the memory by instance type that a cluster will have: the table's, unless the request sets its own."""
    own = properties(job_flow, "yarn-site").get("yarn.nodemanager.resource.memory-mb", "")
    if not own.isdecimal():
        return known_memory()
    return dict.fromkeys(
        (kind for group in nodes_of(job_flow.get("Instances") or {}) for kind in group.counts), int(own)
    )


def need_of(job_flow: Mapping[str, Any], *, parallelism: int) -> Need | None:
    """Return what a job asks for, None when its Flink settings do not tell."""
    flink = properties(job_flow, "flink-conf")
    job, task = (size_mb(flink.get(key, "")) for key in (JOB_MANAGER, TASK_MANAGER))
    slots = slots_of(flink)
    if job is None or task is None or slots is None:
        return None
    return Need(job, task, math.ceil(parallelism / slots), slots)


def properties(job_flow: Mapping[str, Any], classification: str) -> dict[str, str]:
    """Return the properties that a request sets in a classification."""
    return {
        key: str(value)
        for entry in job_flow.get("Configurations") or ()
        if entry.get("Classification") == classification
        for key, value in (entry.get("Properties") or {}).items()
    }


def slots_of(flink: Mapping[str, str]) -> int | None:
    """Return the slots of a TaskManager, None when the setting is no number of slots."""
    slots = flink.get(_SLOTS, "1").strip()
    return int(slots) if slots.isdecimal() and int(slots) else None


def size_mb(text: str) -> int | None:
    """Read a memory size as Flink writes it (``6g``, ``1536 mb``), None when it is none."""
    form = _SIZE.fullmatch(text)
    if form is None:
        return None
    unit = (form[2] or form[3] or form[4] or "")[:1].lower()
    return int(form[1]) * _UNITS[unit] // 2**20 or None


def listed(nodes: list[Nodes], memory: Mapping[str, int]) -> Iterator[str]:
    """Say of each role what YARN has on its nodes."""
    for group in nodes:
        kinds = [
            f"{count} {kind} ({f'{memory[kind]:,} MB' if kind in memory else 'memory not known'} each)"
            for kind, count in group.counts.items()
        ]
        yield f"{group.role} {' or '.join(kinds)}"


def _container(size: int) -> int:
    return math.ceil(size / _STEP_MB) * _STEP_MB


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list | tuple) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
