"""What a job lost, by the words of YARN (Hadoop 3.4), Flink (1.20) and Beam: a plain line in place of their symptoms.

A lost machine shows as a closed connection, and a killed Python worker as a cancelled call. The job's client, which
sees a chain of exceptions, and the provider, which sees logs, both look here.
"""

from __future__ import annotations

import re
from typing import Final

#: What the job's client says of a JobManager that does not answer.
MASTER_LOST: Final = "the ApplicationMaster, in which Flink's JobManager runs, was lost"
#: What is said of slots that did not come, whatever kept them from it.
NO_ROOM: Final = "there was no room: no TaskManager offered a slot"

_CONTAINER = r"(?P<container>container_\w+)"
#: What tells of each loss, the most telling first: a container that YARN kills takes down connections, too.
_LOSSES: Final = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (
            r"\[pid=\d+,containerID=" + _CONTAINER + r"\] is running (?:\d+B )?beyond (?:the ')?(?P<kind>\w+)'? memory "
            r"limits?\.\s+Current usage: (?P<usage>[^;]+)",
            "YARN killed {container}, which took more memory than it may ({usage})",
        ),
        (
            r"due to AM Container for \S+ exited with\s+exitCode: (?P<code>-?\d+)",
            "the ApplicationMaster, which holds Flink's JobManager, was lost: its container ended with code {code}",
        ),
        # All else that is lost with it is its consequence.
        (re.escape(MASTER_LOST), MASTER_LOST),
        (
            r"NoResourceAvailableException",
            NO_ROOM,
        ),
        (
            _CONTAINER + r"[^\n]{0,300}?(?i:container released (?:on|by) a \*?lost\*? node)",
            "a node was lost, and {container} with it",
        ),
        (r"(?i:container released (?:on|by) a \*?lost\*? node)", "a node was lost"),
        (
            _CONTAINER + r"[^\n]{0,300}?(?:Container killed on request\. Exit code is|non-zero exit code) "
            r"(?P<code>137|143)",
            "{container} was killed (exit code {code})",
        ),
        (
            r"[Hh]eartbeat of TaskManager with id (?P<container>[^\s(]+)(?:\([^)]*\))? timed out",
            "TaskManager {container} was lost: it sent no heartbeat",
        ),
        (
            r"TaskManager with id (?P<container>[^\s(]+)(?:\([^)]*\))? is no longer reachable",
            "TaskManager {container} was lost: it is no longer reachable",
        ),
        (
            r"Connection unexpectedly closed by remote task manager '(?P<container>[^'\s]+)",
            "TaskManager {container} was lost: its connection was closed",
        ),
        (
            r"Process died with exit code (?P<code>\d+)",
            "a Python worker was lost: its process ended with exit code {code}",
        ),
        (
            r"StatusRuntimeException: CANCELLED",
            "a Python worker was lost: Java's connection to it broke",
        ),
    )
)


def what_was_lost(text: str) -> str | None:
    """Say what was lost, in one line; None when the text tells of no loss."""
    for pattern, told in _LOSSES:
        if found := pattern.search(text):
            return told.format(**found.groupdict())
    return None
