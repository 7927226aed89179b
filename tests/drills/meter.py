"""How much memory and processor time the parts of a site take while something runs."""

from __future__ import annotations

import os
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localaws.processes import group_members, memory_bytes

from drills.site import Site

_EVERY_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Usage:
    """By part: ``client`` (Java and the job's main program), ``jobmanager``, ``jvm`` (the TaskManager), ``python`` (its
    workers), ``servers`` (S3 and Kinesis).

    Processor time of the servers is that since the meter's start, of the others since their own.
    """

    #: Seconds of processor time.
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    #: Largest resident memory.
    peak_bytes: Counter[str] = field(default_factory=Counter)
    #: Processor seconds of the TaskManager's threads by the names that the kernel keeps of them, 15 bytes at most.
    threads: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    #: Which share of the machine's processors was busy with something else: what disturbed the measurement.
    others: float = 0.0


@contextmanager
def metered(site: Site) -> Iterator[Usage]:
    """Watch the site's processes, on which one job runs, and tell at the end what they took."""
    usage = Usage()
    workers: dict[int, float] = {}
    threads: dict[int, tuple[str, float]] = {}
    before, machine_before = _cpu(site), machine_seconds()

    def look() -> None:
        for part, pids in _living(site).items():
            usage.peak_bytes[part] = max(usage.peak_bytes[part], sum(memory_bytes(pid, peak=True) for pid in pids))
        # Nobody waits for workers and threads: what they took is known no more when they have ended.
        for pid in site.flink.python_workers():
            workers[pid] = max(workers.get(pid, 0.0), cpu_seconds(Path(f"/proc/{pid}/stat")))
        for pid in site.flink.processes()["taskmanager"]:
            threads.update(_threads(pid))

    try:
        with looking(look, every=_EVERY_SECONDS):
            yield usage
    finally:
        after = _cpu(site)
        usage.cpu.update({**after, "servers": after["servers"] - before["servers"], "python": sum(workers.values())})
        for name, seconds in threads.values():
            usage.threads[name] += seconds
        ours = sum(after.values()) - sum(before.values()) + usage.cpu["python"]
        usage.others = share_of_others(machine_before, ours)


@contextmanager
def looking(look: Callable[[], None], *, every: float) -> Iterator[None]:
    """Look again and again, in a thread, until the block ends, and once more then.

    :param every: seconds between two looks
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(every):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        look()


def _living(site: Site) -> Mapping[str, list[int]]:
    started = site.flink.processes()
    return {
        "client": [pid for client in started["client"] for pid in group_members(client)],
        "jobmanager": started["jobmanager"],
        "jvm": started["taskmanager"],
        "python": site.flink.python_workers(),
    }


def _cpu(site: Site) -> dict[str, float]:
    """Return the processor seconds until now of the parts that are there at the end, or are waited for."""
    started = site.flink.processes()
    servers = group_members(site.kinesis.process.pid) + group_members(site.s3.process.pid)
    parts = {"jobmanager": started["jobmanager"], "jvm": started["taskmanager"], "servers": servers}
    seconds = {part: sum(cpu_seconds(Path(f"/proc/{pid}/stat")) for pid in pids) for part, pids in parts.items()}
    clients = sum(cpu_seconds(Path(f"/proc/{pid}/stat"), children=True) for pid in started["client"])
    return {**seconds, "client": clients}


def cpu_seconds(stat: Path, *, children: bool = False) -> float:
    """Return the processor seconds of a process or thread; 0 when it is gone.

    :param stat: its file below ``/proc``
    :param children: add those of the children that it has waited for
    """
    try:
        # The name before these fields may hold blanks and brackets.
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if children else 13])) / _TICKS


def _threads(pid: int) -> Iterator[tuple[int, tuple[str, float]]]:
    """Name each living thread of a process, by id, with its processor seconds until now."""
    for folder in Path(f"/proc/{pid}/task").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text().rstrip("\n")
        except OSError:
            continue  # it ended while we looked
        if seconds := cpu_seconds(folder / "stat"):
            yield int(folder.name), (name, seconds)


def share_of_others(before: tuple[float, float], ours: float) -> float:
    """Return which share of the machine's processors was busy with something else since then.

    :param before: what ``machine_seconds`` returned
    :param ours: processor seconds since then that are not something else
    """
    busy, all_of_them = (now - then for now, then in zip(machine_seconds(), before, strict=True))
    return max(0.0, busy - ours) / all_of_them


def machine_seconds() -> tuple[float, float]:
    """Return the seconds that the machine's processors were busy since its start, and all of theirs."""
    user, nice, system, idle, waiting, *rest = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    busy = user + nice + system + sum(rest)
    return busy / _TICKS, (busy + idle + waiting) / _TICKS
