"""The processes of a cluster, as the kernel shows them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from localaws.emr.commands import CLUSTER_TAG
from localaws.tags import tagged

#: A word of the command line of each part of a running job, and the name of its program.
_ROLES = {
    "client": ("org.apache.flink.client.cli.CliFrontend", "java"),
    "job": ("job.py", "python"),
    "guard": ("event_recovery.flink.watch.end_with_client", "python"),
    "application master": ("org.apache.flink.yarn.entrypoint.YarnJobClusterEntrypoint", "java"),
    "task manager": ("org.apache.flink.yarn.YarnTaskExecutorRunner", "java"),
    "python worker": ("pyflink.fn_execution", "python"),
}


def find(cluster_id: str, role: str) -> list[int]:
    """Return the ids of a cluster's processes of a role.

    The client is Flink's, in Java; it starts the job's own, in Python, which starts a guard.

    :param role: client, job, guard, application master, task manager or python worker
    """
    word, program = _ROLES[role]
    return [
        pid
        for pid in tagged(CLUSTER_TAG, cluster_id)
        if (line := command_line(pid)) and program in Path(line[0]).name and any(word in one for one in line)
    ]


def of_cluster(cluster_id: str) -> list[int]:
    """Return the ids of all of a cluster's processes."""
    return tagged(CLUSTER_TAG, cluster_id)


def command_line(pid: int) -> list[str]:
    """Return the words of a process's command line, none when it is gone."""
    with contextlib.suppress(OSError):
        return [word.decode(errors="replace") for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")][:-1]
    return []


def environment(pid: int) -> dict[str, str]:
    """Return the environment a process was started with, empty when it is gone."""
    with contextlib.suppress(OSError):
        entries = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        return dict(entry.split("=", 1) for entry in entries if "=" in entry)
    return {}


def below(folder: Path) -> list[str]:
    """Return the command lines of all processes that know a folder: by a word, their environment or where they are."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            texts: list[bytes] = []
            for part in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    texts.append((entry / part).read_bytes())
            with contextlib.suppress(OSError):
                texts.append(str((entry / "cwd").readlink()).encode())
            if any(str(folder).encode() in text for text in texts):
                found.append(f"{entry.name}: {' '.join(command_line(int(entry.name)))}")
    return found
