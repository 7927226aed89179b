"""Files of generated rows, plain and gzipped, in folders as Snowplow's partitioned bad rows bucket has them."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import IO

from generator.stream import START, Row, generate


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written: files, rows, and bytes before compression, line ends included; rows by kind."""

    files: int
    rows: int
    bytes: int
    kinds: Mapping[str, int]


def _folder(row: Row) -> str:
    hour = START + timedelta(hours=row.hour)
    return f"com.snowplowanalytics.snowplow.badrows.{row.name}/{hour:%Y/%m/%d/%H}"


def _open(stack: ExitStack, path: Path, *, gzipped: bool) -> IO[bytes] | gzip.GzipFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = stack.enter_context(path.open("wb"))
    if not gzipped:
        return file
    # No name and no time in the header: the same rows give the same bytes.
    return stack.enter_context(gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=file, mtime=0))


def write_tree(
    folder: Path,
    count: int,
    *,
    seed: int,
    size: int | None = None,
    mix: Mapping[str, float] | None = None,
    files: int = 8,
    gz_share: float = 0.5,
    nested: bool = True,
) -> Manifest:
    """Write ``count`` rows under the folder, in about that many files, that share of them gzipped.

    Nested: ``⟨schema⟩/YYYY/MM/DD/HH/part-NNNNN[.gz]``, a file for each schema and hour (rare schemas have few rows a
    file, so there are at least as many files as schemas). Otherwise ``part-NNNNN[.gz]``, exactly ``files`` of them.
    """
    choose = Random(f"files {seed}")
    hours = max(1, files // 12) if nested else 1
    written: Counter[str] = Counter()
    total = 0
    opened: dict[str, IO[bytes] | gzip.GzipFile] = {}
    with ExitStack() as stack:
        for number, row in enumerate(generate(count, seed=seed, size=size, mix=mix, hours=hours)):
            key = _folder(row) if nested else str(number * files // count)
            if key not in opened:
                gzipped = choose.random() < gz_share
                name = f"part-{len(opened):05d}{'.gz' if gzipped else ''}"
                place = folder / key / name if nested else folder / name
                opened[key] = _open(stack, place, gzipped=gzipped)
            opened[key].write(row.line + b"\n")
            written[row.kind] += 1
            total += len(row.line) + 1
    return Manifest(files=len(opened), rows=written.total(), bytes=total, kinds=dict(written))
