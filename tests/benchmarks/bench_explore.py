"""What it costs to group rows, beside unpacking and parsing the same files and nothing else; and the memory it takes.

Run by ``make bench-explore``.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import orjson
from event_recovery._compiled import COMPILED
from event_recovery.explore.reading import SourceFile, explore_files, sources
from event_recovery.explore.workers import explore_in_processes
from event_recovery.inputs.rows import RowSelection
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Local
from generator.known_rows import known_rows
from rich.console import Console
from rich.table import Table

_ROWS = RowSelection()
_ROWS_OF_A_FILE = 25_000
#: How many files are timed.
_TIMED = 4
_MEMORY = "--memory-of"
_MIB = 1024


def write(folder: Path, count: int) -> tuple[int, Counter[tuple[str, tuple[object, ...]]]]:
    """Write rows of known groups as the loader does, and return their bytes and how many are of each."""
    groups: Counter[tuple[str, tuple[object, ...]]] = Counter()
    size = 0
    file: gzip.GzipFile | None = None
    for number, (known, line) in enumerate(known_rows(count, seed=1)):
        if number % _ROWS_OF_A_FILE == 0:
            if file is not None:
                file.close()
            file = gzip.GzipFile(folder / f"part-{number // _ROWS_OF_A_FILE:05}.gz", "wb", compresslevel=1)
        assert file is not None
        file.write(line + b"\n")
        groups[known.type, known.wrong] += 1
        size += len(line) + 1
    if file is not None:
        file.close()
    return size, groups


def parse(files: list[SourceFile]) -> int:
    """Unpack files by zcat and parse their lines; return the bytes."""
    size = 0
    for one in files:
        with subprocess.Popen(["zcat", str(path_of(one))], stdout=subprocess.PIPE) as unpacking:
            assert unpacking.stdout is not None
            for line in unpacking.stdout:
                size += len(line)
                try:
                    orjson.loads(line)
                except ValueError:
                    continue
    return size


def path_of(one: SourceFile) -> Path:
    """Return where a local file is."""
    assert isinstance(one.file.location, Local)
    return one.file.location.path


def all_time() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + of_children.ru_utime + of_children.ru_stime


def listed(folder: Path) -> list[SourceFile]:
    """Return the files of a folder."""
    return sources(Storage().files(Local(folder)))


def seconds(files: list[SourceFile]) -> tuple[float, float]:
    """Return the processor time of both ways over files; they take turns, so that other work slows both alike."""
    parsing, grouping = 0.0, 0.0
    for one in files:
        begun = all_time()
        parse([one])
        between = all_time()
        explore_files([one], Storage(), _ROWS, lambda _: None)
        parsing += between - begun
        grouping += all_time() - between
    return parsing, grouping


def memory_of(folder: Path, cores: int) -> None:
    """Explore a folder in this process and its own, and print the most memory that each of them took, in KiB."""
    part = explore_in_processes(listed(folder), Storage(), _ROWS, lambda _: None, cores=cores)
    own, of_children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    groups = part.groups.largest_first()
    counts = {(key.type, tuple(tuple(cause) for cause in key.causes)): group.rows for key, group in groups}
    print(own, of_children if cores > 1 else 0, repr(counts))


def report(console: Console, *, counts: list[int], rounds: int, cores: int) -> None:
    """Print a line for each number of rows."""
    table = Table(title=f"Explore, {'engine compiled' if COMPILED else 'plain Python'}")
    for heading in ("rows", "MB", "groups", "zcat and orjson, MB/s", "explore, MB/s", "share", "memory, MiB"):
        table.add_column(heading, justify="right")
    for count in counts:
        with TemporaryDirectory() as place:
            folder = Path(place)
            size, expected = write(folder, count)
            # A process of its own, whose memory no other measurement has used.
            command = [sys.executable, __file__, _MEMORY, place, "--cores", str(cores)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            own, each, found = done.stdout.split(" ", 2)
            same = found.strip() == repr(dict(sorted(expected.items(), key=lambda item: (-item[1], item[0]))))
            timed = listed(folder)[:_TIMED]
            megabytes = parse(timed) / 1e6
            both = [seconds(timed) for _ in range(rounds)]
        parsed, grouped = (median(megabytes / spent[way] for spent in both) for way in (0, 1))
        table.add_row(
            f"{count:,}",
            f"{size / 1e6:,.0f}",
            f"{len(expected)}, {'as made' if same else 'WRONG'}",
            f"{parsed:.0f}",
            f"{grouped:.0f}",
            f"{median(parsing / grouping for parsing, grouping in both):.2f}",
            f"{int(own) / _MIB:.0f}" + (f" + {cores} x {int(each) / _MIB:.0f}" if cores > 1 else ""),
        )
    console.print(table)
    console.print("MB are unpacked, for each second of processor time, so for each core; both ways take turns by file.")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description="Measure the cost of grouping rows.")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="how many rows, one or more")
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take the median of (default 3)")
    parser.add_argument("--cores", type=int, default=2, help="processes whose memory is measured (default 2)")
    parser.add_argument(_MEMORY, dest="folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.folder is not None:
        memory_of(args.folder, args.cores)
        return
    report(Console(width=110), counts=args.rows, rounds=args.rounds, cores=args.cores)


if __name__ == "__main__":
    main()
