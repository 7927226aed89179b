"""A node whose packages are not those of the bundle is told so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from event_recovery.bundle import BundleFile, Manifest
from event_recovery.bundle.check import check_installed, installed_version, main

pytestmark = pytest.mark.unit

WHEELS = ("wheels/any/a_b-1.0-py3-none-any.whl", "wheels/aarch64/c-2-cp311-cp311-linux.whl", "jars/x-1.jar")
MANIFEST = Manifest(
    version="1",
    flink="",
    architectures=("x86_64", "aarch64"),
    jars=(),
    files=tuple(BundleFile(path, 1, "0" * 64, path.split("/")[1] if "wheels" in path else "any") for path in WHEELS),
)


def test_versions_are_those_of_the_wheels_for_the_architecture() -> None:
    installed = {"a_b": "1.0", "c": "3"}
    assert check_installed(MANIFEST, "x86_64", installed.get) == []
    assert check_installed(MANIFEST, "aarch64", installed.get) == ["c is 3, expected 2"]
    none: dict[str, str] = {}
    assert check_installed(MANIFEST, "x86_64", none.get) == ["a_b is not installed, expected 1.0"]


def test_another_python_is_no_good() -> None:
    problems = check_installed(replace(MANIFEST, python="cp39"), "x86_64", {"a_b": "1.0"}.get)
    assert problems == ["Python is cp311, expected cp39"]


def test_names_are_found_however_they_are_spelt() -> None:
    assert installed_version("typing_extensions") == installed_version("typing-extensions") is not None
    assert installed_version("no-such-distribution") is None


def test_the_exit_code_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(MANIFEST.to_json())
    assert main([str(file)]) == 1
    captured = capsys.readouterr()
    assert "a_b is not installed, expected 1.0" in captured.err
    assert "NOT as the bundle has it" in captured.out
    file.write_text(replace(MANIFEST, files=()).to_json())
    assert main([str(file)]) == 0
    assert "as the bundle has it" in capsys.readouterr().out


def test_without_a_manifest_nothing_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert main([str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err.startswith("check: ")
