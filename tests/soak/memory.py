"""The resident memory of Airflow's components over the hours, and whether it grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from localaws.processes import group_members, memory_bytes

#: Fewer hours say nothing of what grows.
LEAST = 12
#: How much more the last quarter may have than the second.
GROWTH = 0.15


def resident(component: str, pid: int) -> float:
    """Return the resident memory of a component in MB: with its children, but for the tasks that a scheduler runs."""
    members = [pid] if component == "scheduler" else group_members(pid)
    return sum(map(memory_bytes, members)) / 1e6


def growth(series: Sequence[float]) -> float:
    """Return by what part the median of the last quarter exceeds that of the second; below 0 when it has shrunk."""
    quarter = len(series) // 4
    return median(series[-quarter:]) / median(series[quarter : 2 * quarter]) - 1


def memory_faults(series: Mapping[str, Sequence[float]]) -> list[str]:
    """Return which components have grown; nothing of less than ``LEAST`` hours."""
    grown = {name: growth(values) for name, values in series.items() if len(values) >= LEAST}
    return [f"memory: {name} has grown by {part:.0%}" for name, part in grown.items() if part > GROWTH]
