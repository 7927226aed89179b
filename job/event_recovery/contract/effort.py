"""How long a run takes and how many node hours: the one formula, for the plan, for the trial, and for who reads of it.

What the numbers were measured on, and how far to trust them, is in ``docs/performance.md``.
"""

from __future__ import annotations

from typing import Final

#: Processor microseconds that the job takes for a row, and for each kilobyte (1,000 bytes) of it as it is unpacked.
ROW_MICROS: Final = 50
KILOBYTE_MICROS: Final = 25
#: How many times as long a subtask on EMR takes: its processor is half a core, and not all of it is its own.
ON_EMR: Final = 2
#: Seconds of a cluster that do not depend on the rows: five to eight minutes until it takes steps (the README's Costs),
#: the set-up of the nodes, the job's start and end, the end of the cluster.
AROUND_SECONDS: Final = 10 * 60


def row_seconds(rows: float, size: float, *, subtasks: int) -> float:
    """Return how long the subtasks of a job take for their rows, each by a processor of its own.

    :param rows: that are read
    :param size: of them, unpacked, in bytes
    """
    micros = ROW_MICROS * rows + KILOBYTE_MICROS * size / 1_000
    return ON_EMR * micros / 1e6 / subtasks


def cluster_seconds(rows: float, size: float, *, subtasks: int, sending: float = 0.0) -> float:
    """Return how long the cluster of a run lives.

    :param rows: that are read
    :param size: of them, unpacked, in bytes
    :param sending: how long it takes at least to send what is recovered, in seconds; 0 where nothing limits it
    """
    return AROUND_SECONDS + max(row_seconds(rows, size, subtasks=subtasks), sending)


def node_hours(seconds: float, nodes: int) -> float:
    """Return hours of all nodes together, the primary node included, which is what EC2 and EMR charge for."""
    return seconds / 3600 * nodes
