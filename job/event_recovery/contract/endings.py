"""How the job's process ends, and the line by which it says so where its exit status does not get out.

Under ``flink run`` Java starts the job's Python, and ends with a status of its own (31) whatever Python's was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

_LINE = re.compile(r"^event-recovery: exit code (?P<code>\d+) \((?P<name>[A-Z]+)\): (?P<reason>.*)$", re.MULTILINE)


class ExitCode(IntEnum):
    """How the job's process ends; 0 is success."""

    JOB = 1
    OPTIONS = 2
    CONFIG = 3
    RESOLVER = 4
    INPUT = 5
    OUTPUT = 6


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended that did not succeed.

    :param reason: one line
    """

    code: ExitCode
    reason: str

    def line(self) -> str:
        """Return the last line that the job prints."""
        return f"event-recovery: exit code {self.code.value} ({self.code.name}): {self.reason}"


def read_ending(log: str) -> Ending | None:
    """Find the last such line in a log; None when there is none, as when the job succeeded or was killed."""
    found = [line for line in _LINE.finditer(log) if line["name"] in ExitCode.__members__]
    return Ending(ExitCode[found[-1]["name"]], found[-1]["reason"].rstrip()) if found else None
