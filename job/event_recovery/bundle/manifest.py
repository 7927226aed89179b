"""What a bundle holds, and the check of what is stored against it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

#: Processors that nodes may have.
Architecture = Literal["x86_64", "aarch64"]
ARCHITECTURES: Final[tuple[Architecture, ...]] = get_args(Architecture)
#: Stands for every architecture.
ANY: Final = "any"

#: The name of the manifest's file.
MANIFEST: Final = "manifest.json"
#: Changes when an older version could not read the manifest.
FORMAT: Final = 1
#: The only Python that both Flink 1.20 and EMR's nodes have.
PYTHON_ABI: Final = "cp311"

#: Files at the top of every bundle.
NEEDED: Final = ("bootstrap.sh", "node-setup.sh", "job.py", "cloudwatch-agent.json", "flink-conf.json")

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BundleError(Exception):
    """A bundle that cannot be made, read or used; the text has a line per problem."""


@dataclass(frozen=True, slots=True, order=True)
class BundleFile:
    """One file of a bundle.

    :param path: in the bundle
    :param size: in bytes
    :param sha256: in hex
    :param arch: the processor of the nodes that need it, or ``any``
    """

    path: str
    size: int
    sha256: str
    arch: str = ANY


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a stored file.

    :param sha256: None when only its size is known
    """

    size: int
    sha256: str | None = None

    @classmethod
    def of_object(cls, head: Mapping[str, Any]) -> Stored:
        """Read the answer of S3's HeadObject, asked for with checksums."""
        checksum = str(head.get("ChecksumSHA256", ""))
        # An object written in parts has a checksum of their checksums, which ends in their number.
        whole = bool(checksum) and "-" not in checksum
        return cls(head["ContentLength"], base64.b64decode(checksum).hex() if whole else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``manifest.json``: every other file of the bundle, and the versions it was made for."""

    #: Version of the job.
    version: str
    #: Version of apache-flink, the Python side of Flink.
    flink: str
    architectures: tuple[str, ...]
    #: Maven coordinates, ``group:artifact:version``.
    jars: tuple[str, ...]
    files: tuple[BundleFile, ...]
    python: str = PYTHON_ABI
    format: int = FORMAT

    def to_json(self) -> str:
        """Return indented JSON, the same for the same content."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Read what ``to_json`` wrote.

        :raises BundleError: when it is something else
        """
        try:
            document = json.loads(text)
            files = tuple(BundleFile(**entry) for entry in document["files"])
            manifest = cls(
                version=document["version"],
                flink=document["flink"],
                python=document["python"],
                format=document["format"],
                architectures=tuple(document["architectures"]),
                jars=tuple(document["jars"]),
                files=files,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"{MANIFEST} is not the manifest of a bundle: {error!r}") from error
        if faulty := [file.path for file in files if not _is_sound(file)]:
            raise BundleError(f"{MANIFEST} has entries without a path, a size and a SHA-256: {', '.join(faulty)}")
        return manifest

    def files_for(self, arch: str) -> list[BundleFile]:
        """Return the files that a node of this architecture needs."""
        return [file for file in self.files if file.arch in (ANY, arch)]


def check_manifest(manifest: Manifest, *, version: str, stored: Mapping[str, Stored | None] | None = None) -> list[str]:
    """List what is wrong with a bundle.

    :param version: version of the job that is expected
    :param stored: what is stored at each path of the bundle, None or no entry for a missing file; without it the files
        are not checked
    """
    if manifest.format != FORMAT:
        return [f"the bundle has format {manifest.format}, expected {FORMAT}: it was built by another version"]
    problems = []
    if manifest.version != version:
        problems.append(f"the bundle has version {manifest.version}, expected {version}")
    if manifest.python != PYTHON_ABI:
        problems.append(f"the bundle is for Python {manifest.python}, expected {PYTHON_ABI}")
    if not set(manifest.architectures) & set(ARCHITECTURES):
        problems.append(f"the bundle is for {', '.join(manifest.architectures) or 'no architecture'}")
    listed = {file.path for file in manifest.files}
    problems += [f"{path}: not in {MANIFEST}" for path in _needed(manifest.architectures) if path not in listed]
    if stored is not None:
        problems += _check_files(manifest.files, stored)
    return problems


def checksums(arch: str) -> str:
    """Return the name of the list by which a node of this architecture checks its files, as ``sha256sum`` reads it."""
    return f"checksums-{arch}.txt"


def _needed(architectures: Iterable[str]) -> list[str]:
    return [*NEEDED, *map(checksums, architectures)]


def _check_files(files: Iterable[BundleFile], stored: Mapping[str, Stored | None]) -> list[str]:
    problems = []
    for file in files:
        found = stored.get(file.path)
        if found is None:
            problems.append(f"{file.path}: missing")
        elif found.size != file.size:
            problems.append(f"{file.path}: {found.size} bytes, expected {file.size}")
        elif found.sha256 not in (None, file.sha256):
            problems.append(f"{file.path}: SHA-256 is {found.sha256}, expected {file.sha256}")
    return problems


def _is_sound(file: BundleFile) -> bool:
    inside = bool(file.path) and not file.path.startswith("/") and ".." not in file.path.split("/")
    return inside and isinstance(file.size, int) and _SHA256.fullmatch(file.sha256) is not None
