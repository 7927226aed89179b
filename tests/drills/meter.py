"""How much memory and processor time the parts of a site take while something runs."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localaws.processes import group_members, memory_bytes

from drills.site import Site

_EVERY_SECONDS = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Usage:
    """By part (``jvm`` is the TaskManager, ``python`` its workers, ``servers`` S3 and Kinesis)."""

    #: Largest resident memory.
    peak_bytes: Counter[str] = field(default_factory=Counter)
    #: By process: its part, and the seconds of processor time it took since the meter was started.
    cpu: dict[int, tuple[str, float]] = field(default_factory=dict)

    def cpu_seconds(self, part: str) -> float:
        """Processor time of all processes of a part."""
        return sum(seconds for of, seconds in self.cpu.values() if of == part)


@contextmanager
def metered(site: Site) -> Iterator[Usage]:
    """Watch the site's processes once a second."""
    usage, done = Usage(), threading.Event()
    begin = {pid: cpu_seconds(pid) for pids in _parts(site).values() for pid in pids}

    def look() -> None:
        for part, pids in _parts(site).items():
            usage.peak_bytes[part] = max(usage.peak_bytes[part], sum(map(memory_bytes, pids)))
            for pid in pids:
                if seconds := cpu_seconds(pid):
                    usage.cpu[pid] = (part, seconds - begin.get(pid, 0.0))

    def watch() -> None:
        while not done.wait(_EVERY_SECONDS):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield usage
    finally:
        done.set()
        watcher.join()
        look()


def _parts(site: Site) -> Mapping[str, list[int]]:
    servers = group_members(site.kinesis.process.pid) + group_members(site.s3.process.pid)
    task_managers = [process.pid for process in site.flink.task_managers()]
    return {"jvm": task_managers, "python": site.flink.python_workers(), "servers": servers}


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has taken so far; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(stat[11]) + int(stat[12])) / _TICKS
