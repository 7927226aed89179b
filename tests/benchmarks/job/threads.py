"""The TaskManager's threads in groups, by the names that the kernel keeps of them: the first 15 bytes of Java's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: What names begin with, by group. What is not named is ``other``, as is what a thread took after it was last seen.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "C1": ("C1 Compiler",),
    "C2": ("C2 Compiler",),
    "GC": ("GC Thread", "G1 ", "VM Thread"),
    # Files come in, are unpacked and split into lines by the fetcher; all else that a row meets in Java by the task.
    "read": ("Source Data Fet",),
    "task": ("Source: ", "Submitted", "Limit", "OutputFlusher"),
    # gRPC to Python, the AWS client of the stream, uploads to S3, Flink's own data between tasks.
    "network": ("grpc-", "aws-java-sdk-Ne", "sdk-async-resp", "s3a-transfer", "Flink Netty", "flink-pekko.rem"),
}
OTHER: Final = "other"


def grouped(threads: Mapping[str, float], *, whole: float) -> dict[str, float]:
    """Add up the seconds of threads by their groups.

    :param threads: processor seconds by name
    :param whole: those of the whole process, which has had threads that nobody saw
    """
    groups = dict.fromkeys((*GROUPS, OTHER), 0.0)
    for name, seconds in threads.items():
        groups[group_of(name)] += seconds
    groups[OTHER] += max(0.0, whole - sum(threads.values()))
    return groups


def group_of(name: str) -> str:
    """Return the group of a thread."""
    return next((group for group, begins in GROUPS.items() if name.startswith(begins)), OTHER)
