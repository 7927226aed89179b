"""Generated rows in S3 and what must become of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from event_recovery import Recovery
from generator import write_tree
from generator.configs import demo

from drills.outcome import Outcome, expected_outcome
from drills.site import Site

CONFIG = json.dumps(demo())


@dataclass(frozen=True, slots=True)
class Material:
    """The input of a run: where it lies, its bytes before compression, the independent count, and files cut short."""

    inputs: tuple[str, ...]
    bytes: int
    expected: Outcome
    damaged: frozenset[str] = frozenset()


def prepare(
    site: Site, folder: Path, *, rows: int, seed: int = 7, size: int | None = None, files: int = 24, copies: int = 1
) -> Material:
    """Generate rows (nested folders, half of the files gzipped), put them into the site's S3 and count independently.

    With ``copies`` the same tree is put under that many prefixes, for a large input at the cost of a small one.
    """
    name = f"rows-{rows}-{copies}"
    tree = folder / f"rows-{rows}-{seed}-{size}"
    manifest = write_tree(tree, rows, seed=seed, size=size, files=files)
    paths = sorted(path for path in tree.rglob("part-*") if path.is_file())
    for copy in range(copies):
        site.upload(tree, f"input/{name}/copy={copy}")
    expected = Outcome()
    with ProcessPoolExecutor(2) as processes:
        for part in processes.map(_expected_of, paths, repeat(CONFIG)):
            expected.add(part, times=copies)
    if expected.rows != rows * copies:
        raise AssertionError(f"{expected.rows} rows counted of {rows * copies} generated")
    return Material((f"s3://{site.bucket}/input/{name}",), manifest.bytes * copies, expected)


def _expected_of(path: Path, config: str) -> Outcome:
    return expected_outcome(Recovery.from_config(config), _lines(path))


def _lines(path: Path) -> Iterator[bytes]:
    with closing(gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")) as file:
        for line in file:
            yield line.rstrip(b"\n")
