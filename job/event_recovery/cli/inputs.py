"""Bad rows from files, directories, globs and standard input, plain or gzipped."""

from __future__ import annotations

import glob
import gzip
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from event_recovery.cli.console import UNUSABLE, stop
from event_recovery.flink.input.gzip_input import SUFFIXES
from event_recovery.storage.locations import is_read_by_flink

_GLOB_CHARACTERS = "*?["


def find_files(inputs: tuple[str, ...]) -> list[Path]:
    """Resolve arguments to files: in directories sorted, and only those that the job would read."""
    files: list[Path] = []
    for given in inputs:
        if given == "-":
            files.append(Path("-"))
            continue
        path = Path(given)
        if path.is_dir():
            found = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_read(file, path)]
        elif path.is_file():
            found = [path]
        else:
            has_glob = any(char in given for char in _GLOB_CHARACTERS)
            found = [Path(name) for name in sorted(glob.glob(given, recursive=True)) if Path(name).is_file()]  # noqa: PTH207
            if not found and not has_glob:
                stop(f"INPUT {given} does not exist", UNUSABLE)
        if not found:
            stop(f"INPUT {given} holds no files", UNUSABLE)
        files += found
    return files


def _is_read(file: Path, root: Path) -> bool:
    return is_read_by_flink(file.relative_to(root).parts)


def total_bytes(files: list[Path]) -> int | None:
    """Sum the sizes of the files as they are on disk; standard input has none."""
    return None if Path("-") in files else sum(file.stat().st_size for file in files)


def read_lines(files: list[Path], advance: Callable[[int], None]) -> Iterator[bytes]:
    """Yield every line that is not blank, without its line end.

    :param advance: called with the number of bytes read from disk since the last call
    """
    for file in files:
        if file == Path("-"):
            yield from _lines(sys.stdin.buffer)
            continue
        try:
            with file.open("rb") as raw:
                lines = gzip.GzipFile(fileobj=raw) if file.name.endswith(SUFFIXES) else raw
                before = 0
                for number, line in enumerate(_lines(lines)):
                    yield line
                    if number % 100 == 0:
                        advance(raw.tell() - before)
                        before = raw.tell()
                advance(file.stat().st_size - before)
        except (OSError, EOFError, zlib.error) as error:
            stop(f"INPUT {file} cannot be read to its end: {error}", UNUSABLE)


def _lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    for line in stream:
        line = line.rstrip(b"\r\n")
        if line.strip():
            yield line
