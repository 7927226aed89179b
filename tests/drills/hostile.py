"""Input that nobody would make on purpose, and what must become of it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from event_recovery import Recovery
from generator import rows

from drills.material import CONFIG, Material
from drills.outcome import expected_outcome
from drills.site import Site

_SEED = 7
_SMALL_FILES = 10_000
_LARGE_BYTES = 600_000  # of a row, which makes payloads that a record of the stream just holds
_GZIP = 16 + zlib.MAX_WBITS

#: Each is one failed row.
LINES = (
    b"",
    b" ",
    b"no JSON",
    b'{"a":\r1}',
    b"\xff\xfe\x00\x80 \x85\xe2\x80\xa8",
    b"\0" * 1000,
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"schema":"' + b"x" * 20_000_000 + b'"}',
)


def prepare_hostile(site: Site, folder: Path) -> Material:
    """Evil lines between good rows, rows of nearly a megabyte, Windows' line ends, and files that cannot be read."""
    failed = expected_outcome(Recovery.from_config(CONFIG), LINES).failed.total()
    assert failed == len(LINES), f"{failed} of {len(LINES)} hostile lines are failed rows"
    good = list(rows(200, seed=_SEED))
    packed = gzip.compress(b"\n".join(good), compresslevel=1)
    damaged = {"cut.gz": packed[: len(packed) // 2], "plain.gz": b"\n".join(good)}
    files = {
        **damaged,
        "empty.gz": b"",
        "lines": b"\n".join([*good[:50], *LINES, good[0].replace(b'"', b'"\0', 1), *good[50:]]),
        "lines-again.gz": gzip.compress(b"\n".join([*LINES, *good]) + b"\n\n", compresslevel=1),
        "large": b"\n".join(list(rows(20, seed=_SEED, size=_LARGE_BYTES)) * 15),
        "windows": b"\r\n".join([*good, b"", b"\r"]) + b"\r\n",
        "nothing": b"",
    }
    uris = _put(site, folder / "hostile", files)
    return _material(site, "hostile", files, damaged=frozenset(uris[name] for name in damaged))


def prepare_small_files(site: Site, folder: Path) -> Material:
    """One directory of 10,000 files with a row each, half of them compressed."""
    files: dict[str, bytes] = {}
    for number, row in enumerate(rows(_SMALL_FILES, seed=_SEED)):
        name, content = f"part-{number:05d}", row + b"\n"
        files |= {f"{name}.gz": gzip.compress(content, compresslevel=1)} if number % 2 else {name: content}
    _put(site, folder / "small-files", files)
    return _material(site, "small-files", files)


def _put(site: Site, folder: Path, files: dict[str, bytes]) -> dict[str, str]:
    """Give the URI of each file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    site.upload(folder, f"input/{folder.name}")
    return {name: f"s3://{site.bucket}/input/{folder.name}/{name}" for name in files}


def _material(site: Site, name: str, files: dict[str, bytes], *, damaged: frozenset[str] = frozenset()) -> Material:
    texts = [_text(file, content) for file, content in files.items()]
    expected = expected_outcome(Recovery.from_config(CONFIG), (line for text in texts for line in _lines(text)))
    return Material((f"s3://{site.bucket}/input/{name}",), sum(map(len, texts)), expected, damaged)


def _text(name: str, content: bytes) -> bytes:
    """As much of a file as can be read."""
    if not name.endswith(".gz"):
        return content
    try:
        return zlib.decompressobj(_GZIP).decompress(content)
    except zlib.error:
        return b""


def _lines(text: bytes) -> Iterator[bytes]:
    for line in text.removesuffix(b"\n").split(b"\n") if text else ():
        yield line.removesuffix(b"\r")
