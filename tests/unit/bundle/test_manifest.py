"""What speaks against a bundle is said, all of it, and a bundle that fits is let pass."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from event_recovery.bundle import BundleError, BundleFile, Manifest, Stored, check_manifest
from event_recovery.bundle.manifest import NEEDED

pytestmark = pytest.mark.unit

PATHS = (*NEEDED, "checksums-x86_64.txt", "wheels/any/a-1-py3-none-any.whl", "wheels/x86_64/b-1-cp311-cp311-linux.whl")


def entry(path: str) -> BundleFile:
    arch = path.split("/")[1] if path.startswith("wheels/") else "any"
    return BundleFile(path, len(path), hashlib.sha256(path.encode()).hexdigest(), arch)


MANIFEST = Manifest(
    version="1.2.3",
    flink="1.20.0",
    architectures=("x86_64",),
    jars=("org.example:connector:1",),
    files=tuple(map(entry, PATHS)),
)
STORED = {file.path: Stored(file.size, file.sha256) for file in MANIFEST.files}


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST
    assert MANIFEST.to_json() == Manifest.from_json(MANIFEST.to_json().encode()).to_json()


def test_a_whole_bundle_of_the_version_fits() -> None:
    assert check_manifest(MANIFEST, version="1.2.3") == []
    assert check_manifest(MANIFEST, version="1.2.3", stored=STORED) == []


def test_sizes_alone_are_compared_where_no_checksum_is_known() -> None:
    sizes = {path: Stored(known.size) for path, known in STORED.items()}
    assert check_manifest(MANIFEST, version="1.2.3", stored=sizes) == []
    sizes["job.py"] = Stored(1)
    assert check_manifest(MANIFEST, version="1.2.3", stored=sizes) == ["job.py: 1 bytes, expected 6"]


def test_every_problem_is_told_at_once() -> None:
    manifest = replace(MANIFEST, python="cp312", architectures=("riscv64",), files=MANIFEST.files[1:])
    stored: dict[str, Stored | None] = {**STORED, "job.py": None, "flink-conf.json": Stored(15, "0" * 64)}
    expected = hashlib.sha256(b"flink-conf.json").hexdigest()
    assert check_manifest(manifest, version="1.3.0", stored=stored) == [
        "the bundle has version 1.2.3, expected 1.3.0",
        "the bundle is for Python cp312, expected cp311",
        "the bundle is for riscv64",
        "bootstrap.sh: not in manifest.json",
        "checksums-riscv64.txt: not in manifest.json",
        "job.py: missing",
        f"flink-conf.json: SHA-256 is {'0' * 64}, expected {expected}",
    ]


def test_another_format_is_not_looked_into() -> None:
    assert check_manifest(replace(MANIFEST, format=2, version="9"), version="1.2.3") == [
        "the bundle has format 2, expected 1: it was built by another version"
    ]


def test_a_node_needs_the_files_of_its_architecture_and_those_of_any() -> None:
    assert [file.path for file in MANIFEST.files_for("aarch64")] == [*PATHS[:-1]]
    assert [file.path for file in MANIFEST.files_for("x86_64")] == [*PATHS]


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(MANIFEST.to_json()), **fields})


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "\xff", changed(files=None), changed(files=[{"path": "a"}]), changed(architectures=None)],
)
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="is not the manifest of a bundle"):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    "fault", [{"path": "/etc/passwd"}, {"path": "a/../../b"}, {"path": ""}, {"sha256": "abc"}, {"size": "12"}]
)
def test_entries_that_name_no_file_of_the_bundle_are_refused(fault: dict[str, Any]) -> None:
    good = {"path": "a", "size": 1, "sha256": "0" * 64, "arch": "any"}
    with pytest.raises(BundleError, match="without a path"):
        Manifest.from_json(changed(files=[{**good, **fault}]))
